//! The program around labs, tried with toys: every key, the mouse, floods, and what
//! must not happen at rest.

mod flow;
mod foreign;
mod keys;
mod random;
mod rest;
pub(super) mod stage;
mod time;
mod toy;
