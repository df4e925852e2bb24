//! Waiting for a descriptor, and for whichever of many is ready first.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::poll::{poll_once, ready};
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
