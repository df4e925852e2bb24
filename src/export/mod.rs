//! Documents that outlive the program:
//!
//! - [`trace`]: what each lane did when, for Perfetto and `chrome://tracing`,
//! - [`svg`]: a screen as a picture that looks the same everywhere, or several as a moving one,
//! - [`Picture::text`]: a screen as plain text.
//!
//! All are written from plain data ([`Picture`], a timeline) to any writer; which file that is,
//! is decided in [`crate::app`]. No terminal library is needed.
//!
//! ```text
//! screen ── app::picture ──▶ Picture ── svg, text ──▶ any writer
//! timeline ────────────────────────── trace ─────────────▶ any writer
//! ```

mod glyph;
mod picture;
pub mod svg;
pub mod trace;

pub use picture::{Cell, Picture, Rgb, Style};
