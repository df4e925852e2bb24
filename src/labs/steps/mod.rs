//! You are the scheduler. Question: which orders of steps break a program?
//!
//! You see small programs whose threads are held at their next step. You let them
//! take it one by one, undo it, or have all interleavings searched. What the code
//! panel shows is what runs, on threads of the system.

pub mod code;
pub mod explore;
mod flow;
pub mod listing;
pub mod program;
pub mod programs;
#[cfg(test)]
mod tests;
