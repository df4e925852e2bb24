//! The program around labs, tried with toys: every key, the mouse, floods, and what
//! must not happen at rest.

pub(super) mod desk;
mod flow;
mod foreign;
mod keys;
mod pointer;
mod prompts;
mod random;
mod rest;
mod saved;
mod shown;
pub(super) mod stage;
mod time;
mod toy;
