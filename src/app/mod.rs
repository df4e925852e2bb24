//! Where everything meets: labs, their screens and reports, the keyboard and signals.
//!
//! Must not know: the name of any single lab.

pub mod headless;
pub mod live;
pub mod picture;
#[cfg(test)]
mod scripted;
mod summary;
mod trace;
