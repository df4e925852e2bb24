//! The only place where the compiler's guarantees are taken over by hand.
//!
//! For what no safe crate gives. Each use says why it is sound.

pub(crate) mod fatal;
pub(crate) mod heap;
pub(crate) mod map;
pub(crate) mod process;
pub(crate) mod signal;
