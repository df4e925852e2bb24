//! One wait for descriptors, in slices of a limit, so that a stop ends it.

use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::PipeError;
use crate::kit::limit::Limit;

/// Waits until `descriptor` is ready for what is `wanted`, or has come to its end.
pub fn ready(
    descriptor: BorrowedFd<'_>,
    wanted: PollFlags,
    limit: &Limit,
) -> Result<(), PipeError> {
    let mut watched = [PollFd::from_borrowed_fd(descriptor, wanted)];
    loop {
        match poll_once(&mut watched, limit) {
            Ok(false) => {}
            // What is ready is taken, however late it is.
            Err(PipeError::Late(_)) if poll_for(&mut watched, Timespec::default())? => {
                return Ok(());
            }
            ended => return ended.map(drop),
        }
    }
}

/// Waits for one slice of the limit; whether something is ready.
pub fn poll_once(watched: &mut [PollFd<'_>], limit: &Limit) -> Result<bool, PipeError> {
    let slice = limit.slice()?;
    poll_for(watched, slice.try_into().unwrap_or_default())
}

fn poll_for(watched: &mut [PollFd<'_>], time: Timespec) -> Result<bool, PipeError> {
    match poll(watched, Some(&time)) {
        Ok(count) => Ok(count > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
