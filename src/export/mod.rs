//! What can be taken along: a trace for Perfetto, a picture as SVG, a recording for
//! asciinema, plain text.
//!
//! Must not know: labs, any terminal library, where the files go.

pub mod cast;
mod glyph;
mod picture;
pub mod svg;
pub mod trace;

pub use picture::{Cell, Picture, Rgb, Style};
