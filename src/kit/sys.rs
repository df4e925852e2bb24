//! The only place where the compiler's guarantees are replaced by our own reasoning.
//!
//! For what no safe crate gives. Each use says why it is sound.

pub(crate) mod fatal;
pub(crate) mod heap;
pub(crate) mod map;
pub(crate) mod process;
pub(crate) mod signal;
