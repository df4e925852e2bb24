//! Programs: small pieces of concurrent code with a question, a failure and a repair.
//!
//! Each is written once, over the kit's own primitives, so that the same code runs at full
//! speed, paced, step by step, and under a search of all its interleavings. The labs show
//! them: the explorer steps and searches any of them, and the tools for sharing show what a
//! misuse does by replaying its simplest failure.
//!
//! A program is a file in `all/`; what stands between its marks is both what runs and what
//! is shown ([`listing`]). A schedule of one travels as a short text ([`code`]).

pub mod all;
pub mod code;
mod code_panel;
pub(crate) mod describe;
pub(crate) mod flow;
pub mod listing;
pub mod program;

pub use all::{ALL, find};
pub use program::{Case, StepProgram};
