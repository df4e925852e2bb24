//! The only place where the compiler's guarantees are replaced by our own reasoning.
//!
//! For what no safe crate gives. Each use says why it is sound.

pub mod fatal;
pub mod heap;
pub mod map;
pub mod process;
pub mod signal;
