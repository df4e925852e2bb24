//! Waiting for descriptors with a limit that can be stopped.
//!
//! A stop request wakes no `poll(2)`, so each wait goes on in slices of its [`Limit`] and looks
//! at the stop flag in between.

use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::PipeError;
use crate::kit::limit::Limit;

/// Waits until `descriptor` is ready for what is `wanted`, or has come to its end.
///
/// # Errors
/// If `limit` ends first, or the system refuses.
pub fn ready(
    descriptor: BorrowedFd<'_>,
    wanted: PollFlags,
    limit: &Limit,
) -> Result<(), PipeError> {
    let mut watched = [PollFd::from_borrowed_fd(descriptor, wanted)];
    loop {
        match poll_once(&mut watched, limit) {
            Ok(false) => {}
            // What is ready counts, however late this thread got to look: a limit of zero means
            // "what is there now", and a thread that was preempted must not report that nothing
            // came.
            Err(PipeError::Late(_)) if poll_for(&mut watched, Timespec::default())? => {
                return Ok(());
            }
            ended => return ended.map(drop),
        }
    }
}

/// Waits for one slice of the limit; returns whether something is ready.
///
/// # Errors
/// If `limit` has ended already, or the system refuses.
pub fn poll_once(watched: &mut [PollFd<'_>], limit: &Limit) -> Result<bool, PipeError> {
    let slice = limit.slice()?;
    poll_for(watched, slice.try_into().unwrap_or_default())
}

/// One call of `poll(2)`. An interruption by a signal is a wait that brought nothing.
fn poll_for(watched: &mut [PollFd<'_>], time: Timespec) -> Result<bool, PipeError> {
    match poll(watched, Some(&time)) {
        Ok(count) => Ok(count > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
