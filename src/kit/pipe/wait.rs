//! Waiting for a descriptor, and for whichever of many is ready first.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::{Connection, Listener, PipeError};
use crate::kit::limit::{Limit, Timeout};

/// The end of a process, as something that can be waited for.
#[derive(Debug)]
pub struct Exit {
    end: OwnedFd,
}

impl Exit {
    /// Of the process that has this pid now.
    ///
    /// # Errors
    /// If there is none.
    pub fn of(pid: u32) -> io::Result<Self> {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or(io::ErrorKind::NotFound)?;
        let end = pidfd_open(pid, PidfdFlags::empty())?;
        Ok(Self { end })
    }
}

/// One of many things to wait for.
#[derive(Debug)]
pub enum Source<'a> {
    /// A whole message, or the end of the stream.
    Message(&'a mut Connection),
    /// A process that connects.
    Caller(&'a Listener),
    /// The end of a process.
    Exit(&'a Exit),
}

impl Source<'_> {
    /// Whether it need not be waited for.
    fn is_ready(&mut self) -> Result<bool, PipeError> {
        if let Self::Message(connection) = self {
            return connection.is_ready();
        }
        match ready(self.descriptor(), PollFlags::IN, &Limit::now()) {
            Err(PipeError::Late(Timeout::Elapsed)) => Ok(false),
            other => other.map(|()| true),
        }
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            Self::Message(connection) => connection.as_fd(),
            Self::Caller(listener) => listener.as_fd(),
            Self::Exit(exit) => exit.end.as_fd(),
        }
    }
}

/// Waits until at least one of `sources` is ready, and gives the places of all that are.
/// Takes nothing from them.
///
/// # Errors
/// If `limit` ends first, or the system refuses.
pub fn wait(sources: &mut [Source<'_>], limit: &Limit) -> Result<Vec<usize>, PipeError> {
    loop {
        let mut found = Vec::new();
        for (at, source) in sources.iter_mut().enumerate() {
            match source.is_ready() {
                Ok(false) => {}
                Ok(true) => found.push(at),
                // What is wrong with one connection is its receiver's news, and no reason
                // not to be woken for the others.
                Err(_) if matches!(source, Source::Message(_)) => found.push(at),
                Err(error) => return Err(error),
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
        let watched = |source| PollFd::from_borrowed_fd(Source::descriptor(source), PollFlags::IN);
        let mut watched: Vec<_> = sources.iter().map(watched).collect();
        poll_once(&mut watched, limit)?;
    }
}

/// Waits until `descriptor` is ready for what is `wanted`, or has come to its end.
pub(crate) fn ready(
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
fn poll_once(watched: &mut [PollFd<'_>], limit: &Limit) -> Result<bool, PipeError> {
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
