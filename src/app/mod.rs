//! The application: the two ways to use the labs, with a screen and without one.
//!
//! - [`live`] draws the labs on a terminal and lets a user control them.
//! - [`headless`] runs one lab to its end and writes text or JSON, for scripts and for CI.
//! - [`picture`] turns a drawn screen into plain cells, for the exports.
//!
//! Both ways read a lab through the same contract ([`crate::lab::Run`]) and get the labs as a
//! list from `main`. So no module here names a lab: a lab that is added to the registry appears
//! in both without a change.

pub mod headless;
pub mod live;
pub mod picture;
#[cfg(test)]
mod scripted;
mod summary;
mod trace;

#[cfg(test)]
pub(crate) use live::tests::{fitted, footers, panels};
