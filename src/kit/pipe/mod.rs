//! Messages between two ends, whole and in order, within a process or between two.
//!
//! What Python's `multiprocessing` calls a Pipe, on a Unix stream socket with the frames of
//! [`super::wire`]. A message of any size arrives as it was sent, never merged with another and
//! never split. Each wait has a limit and can be stopped, and the death of a process that has
//! the other end is the end of the stream, not a hang.
//!
//! The descriptors stay in blocking mode; each call asks for "do not wait" by itself
//! (`MSG_DONTWAIT`). The mode belongs to the open socket, which another process may share, so
//! changing it would change it there too.

mod listener;
mod poll;
#[cfg(test)]
mod tests;
mod wait;

use std::io::{self, Read};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::limit::{Limit, Timeout};
use super::wire::{Decoder, Filled, Kind, WireError, encode};
pub use listener::Listener;
pub(crate) use poll::ready;
pub use wait::{Exit, Source, wait};

/// Why a message was not sent or not received.
#[derive(Debug, thiserror::Error)]
pub enum PipeError {
    /// This end of a one-way pipe only receives.
    #[error("this end of the pipe only receives")]
    ReceiveOnly,
    /// This end of a one-way pipe only sends.
    #[error("this end of the pipe only sends")]
    SendOnly,
    /// The other end is closed, or its process is gone, and nothing is left to receive.
    /// `EOFError` and `BrokenPipeError` in Python.
    #[error("the other end of the pipe is closed")]
    End,
    /// The limit came first. For sending, see [`Connection::send`]: the message may be torn.
    #[error("{0}")]
    Late(#[from] Timeout),
    /// What arrived is no message, or the stream ended within one.
    #[error("the other end {0}")]
    Wire(#[from] WireError),
    /// The system refused, for another reason than a closed end.
    #[error("the pipe failed: {0}")]
    System(#[source] io::Error),
}

impl From<Errno> for PipeError {
    fn from(error: Errno) -> Self {
        match error {
            Errno::PIPE | Errno::CONNRESET => Self::End,
            error => Self::System(error.into()),
        }
    }
}

impl From<PipeError> for io::Error {
    fn from(error: PipeError) -> Self {
        match error {
            PipeError::System(error) => error,
            PipeError::Late(Timeout::Elapsed) => Self::new(io::ErrorKind::TimedOut, error),
            PipeError::Late(Timeout::Stopped) => Self::new(io::ErrorKind::Interrupted, error),
            PipeError::End => Self::new(io::ErrorKind::UnexpectedEof, error),
            error => Self::other(error),
        }
    }
}

/// Which directions of a connection are open on this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directions {
    Both,
    Receive,
    Send,
}

/// One end of a pipe. Dropping it is the end of the stream for the other. For one thread at a
/// time.
#[derive(Debug)]
pub struct Connection {
    socket: UnixStream,
    directions: Directions,
    /// What has arrived and was not taken. It survives a wait that reaches its limit.
    inbox: Decoder,
    /// The stream has ended; frames that came before may still be in the inbox.
    ended: bool,
}

impl Connection {
    /// Two ends, each of which sends and receives.
    ///
    /// # Errors
    /// If descriptors are short.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, two) = UnixStream::pair()?;
        Ok((Self::over(one), Self::over(two)))
    }

    /// A receiver and a sender, in this order, as in `Pipe(duplex=False)`.
    ///
    /// # Errors
    /// If descriptors are short.
    pub fn one_way() -> io::Result<(Self, Self)> {
        let (one, two) = Self::pair()?;
        Ok((one.receive_only()?, two.send_only()?))
    }

    /// The other end of what a [`Listener`] accepts, perhaps in another process.
    ///
    /// # Errors
    /// If no process of this user listens at `address`.
    pub fn connect(address: &str) -> Result<Self, PipeError> {
        listener::connect(address).map(Self::over)
    }

    fn over(socket: UnixStream) -> Self {
        Self { socket, directions: Directions::Both, inbox: Decoder::default(), ended: false }
    }

    /// Gives up sending: the other end sees the end of the stream when it receives.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn receive_only(self) -> io::Result<Self> {
        self.narrow(Directions::Receive, Shutdown::Write)
    }

    /// Gives up receiving: the other end gets an error when it sends.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn send_only(self) -> io::Result<Self> {
        self.narrow(Directions::Send, Shutdown::Read)
    }

    /// Closes one direction in the kernel, so that the other end learns of it too.
    fn narrow(self, directions: Directions, given_up: Shutdown) -> io::Result<Self> {
        match self.socket.shutdown(given_up) {
            // `ENOTCONN`: the other end is gone already, which the next use reports.
            Err(error) if error.kind() != io::ErrorKind::NotConnected => Err(error),
            _ => Ok(Self { directions, ..self }),
        }
    }

    /// Sends `message`; waits while the other end's buffer is full.
    ///
    /// If the limit comes before the first byte is gone, nothing was sent and the pipe is as
    /// before. After that the message can only be torn, so this end sends no more and the other
    /// one gets [`WireError::Torn`]: half a message is never taken for a whole one.
    ///
    /// # Errors
    /// See [`PipeError`].
    pub fn send(&mut self, message: &[u8], limit: &Limit) -> Result<(), PipeError> {
        if self.directions == Directions::Receive {
            return Err(PipeError::ReceiveOnly);
        }
        let bytes = encode(Kind::Message, message)?;
        let mut gone = 0;
        while gone < bytes.len() {
            match self.send_some(&bytes[gone..], limit) {
                Ok(count) => gone += count,
                Err(error) => {
                    // Whatever the error is: more bytes would be taken for the rest of this
                    // message.
                    if gone > 0 {
                        let _ = self.socket.shutdown(Shutdown::Write);
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Sends what goes, at least one byte; waits until there is room for one.
    fn send_some(&self, bytes: &[u8], limit: &Limit) -> Result<usize, PipeError> {
        loop {
            // `MSG_NOSIGNAL`: a closed end is an error here, not a `SIGPIPE` for the whole
            // program.
            match send(&self.socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => ready(self.as_fd(), PollFlags::OUT, limit)?,
                sent => return Ok(sent?),
            }
        }
    }

    /// Waits for the next message and takes it.
    ///
    /// # Errors
    /// See [`PipeError`]. After a limit, what has arrived of a message is kept for the next
    /// call.
    pub fn recv(&mut self, limit: &Limit) -> Result<Vec<u8>, PipeError> {
        if self.directions == Directions::Send {
            return Err(PipeError::SendOnly);
        }
        loop {
            // Before the socket is read: several messages may have come with one read.
            if let Some(frame) = self.inbox.next_frame()? {
                return match frame.kind {
                    Kind::Message => Ok(frame.payload),
                    other => Err(WireError::Unknown { kind: other as u8 }.into()),
                };
            }
            // Only when no whole message is left: those that were sent before the end still
            // count.
            if self.ended {
                self.inbox.finish()?;
                return Err(PipeError::End);
            }
            if !self.fill()? {
                ready(self.as_fd(), PollFlags::IN, limit)?;
            }
        }
    }

    /// Waits until [`Connection::recv`] would not have to: a whole message is there, or the
    /// end. Takes nothing. `false` if the limit comes first.
    ///
    /// # Errors
    /// See [`PipeError`].
    pub fn poll(&mut self, limit: &Limit) -> Result<bool, PipeError> {
        if self.directions == Directions::Send {
            return Err(PipeError::SendOnly);
        }
        loop {
            if self.is_ready()? {
                return Ok(true);
            }
            match ready(self.as_fd(), PollFlags::IN, limit) {
                Err(PipeError::Late(Timeout::Elapsed)) => return Ok(false),
                other => other?,
            }
        }
    }

    /// Reads what has arrived into the inbox; returns whether a receiver would not have to
    /// wait.
    fn is_ready(&mut self) -> Result<bool, PipeError> {
        loop {
            // What is not a message also wakes the receiver, which gets the error.
            if self.ended || !matches!(self.inbox.has_frame(), Ok(false)) {
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    /// Reads once without waiting; `false` if there was nothing. The end is something.
    fn fill(&mut self) -> Result<bool, PipeError> {
        let filled = self.inbox.fill(Now(&self.socket));
        match filled.map_err(PipeError::System)? {
            Filled::Nothing => return Ok(false),
            Filled::End => self.ended = true,
            Filled::Bytes | Filled::All => {}
        }
        Ok(true)
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Reads a socket without waiting, whatever its mode is.
struct Now<'a>(&'a UnixStream);

impl Read for Now<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, _) = recv(self.0, buffer, RecvFlags::DONTWAIT)?;
        Ok(count)
    }
}
