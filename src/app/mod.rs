//! Where everything meets: labs, their screens and reports, the keyboard and signals.
//!
//! Must not know: the name of any single lab.

#[cfg(test)]
mod fake;
pub mod headless;
pub mod live;
pub mod picture;
mod summary;
mod trace;
