//! The program around labs, tried with toys: every key, the mouse, floods, and what
//! must not happen at rest.

pub mod app_harness;
mod bugs;
pub mod fitted;
mod flow;
pub mod footers;
mod foreign;
mod guided;
mod keys;
pub mod loop_harness;
pub mod panels;
mod pointer;
mod prompts;
mod random;
mod reading;
mod recorded;
mod rest;
mod saved;
mod shown;
mod time;
mod toy;
mod typing;
