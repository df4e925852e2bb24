//! A schedule of the script on the screen, and the user as its scheduler.
//!
//! The script runs under the scheduler of [`crate::kit::python::control`], one thread at a time.
//! The user sees it after any of its steps, and lets another thread take the next one. Not L0
//! then: the level says whether the interpreter itself could have switched like that.

pub mod executed;
pub mod reader;
mod rows;
pub mod stepping;
