//! Waiting for whichever of many things is ready first: `multiprocessing.connection.wait`.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::poll::{poll_once, ready};
use super::{Connection, Listener, PipeError};
use crate::kit::limit::{Limit, Timeout};

/// The end of a process, as something that can be waited for: a pidfd (`pidfd_open(2)`).
#[derive(Debug)]
pub struct Exit {
    end: OwnedFd,
}

impl Exit {
    /// The end of the process that has this pid now. A later process with the same pid is not
    /// meant.
    ///
    /// # Errors
    /// If there is no such process.
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
    /// A whole message, or the end of the stream. Half a message does not count.
    Message(&'a mut Connection),
    /// A process that wants to connect.
    Caller(&'a Listener),
    /// The end of a process.
    Exit(&'a Exit),
}

impl Source<'_> {
    /// Whether it need not be waited for. A connection reads what has arrived for that.
    fn is_ready(&mut self) -> Result<bool, PipeError> {
        if let Self::Message(connection) = self {
            return connection.is_ready();
        }
        match ready(self.descriptor(), PollFlags::IN, &Limit::now()) {
            Err(PipeError::Late(Timeout::Elapsed)) => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// What to poll while it is not ready.
    fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            Self::Message(connection) => connection.as_fd(),
            Self::Caller(listener) => listener.as_fd(),
            Self::Exit(exit) => exit.end.as_fd(),
        }
    }
}

/// Waits until at least one of `sources` is ready, and returns the places of all that are, in
/// ascending order. Takes nothing from them.
///
/// # Errors
/// If `limit` ends first, or the system refuses.
pub fn wait(sources: &mut [Source<'_>], limit: &Limit) -> Result<Vec<usize>, PipeError> {
    loop {
        // Asked before each wait: a message may be in an inbox already, where no poll would see
        // it, and bytes that are readable may be half a message.
        let mut found = Vec::new();
        for (at, source) in sources.iter_mut().enumerate() {
            match source.is_ready() {
                Ok(false) => {}
                Ok(true) => found.push(at),
                // A broken connection is reported to its receiver by `recv`; the others must be
                // woken all the same.
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
