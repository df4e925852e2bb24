//! Byte streams of the system (pipes, TCP on the loopback interface) whose waits can be
//! stopped.
//!
//! The standard library's reads, writes, `accept` and `connect` wait as long as the other
//! side likes. Here each of them waits for readiness first, by `poll(2)` within a
//! [`Limit`].

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, acceptfrom_with, bind, connect, getsockname, listen,
    socket_with, sockopt,
};

use super::limit::Limit;
use super::pipe::ready;

/// Callers that may wait for [`Server::accept`]; the system refuses or delays others.
const BACKLOG: i32 = 128;

/// Reads from and writes to a descriptor; each wait ends with the limit at the latest, with
/// the error [`io::ErrorKind::TimedOut`] or [`io::ErrorKind::Interrupted`].
///
/// A write is cut to what fits without a wait only if the descriptor does not block; those
/// that [`connect_to`] and [`Server::accept`] return do not.
#[derive(Debug)]
pub struct Limited<'a, D> {
    pub descriptor: D,
    /// Of all reads and writes through this together.
    pub limit: &'a Limit,
}

impl<D: AsFd> Limited<'_, D> {
    /// Waits until the descriptor is ready and calls `act`, until `act` does not have to
    /// wait.
    fn retry<T>(
        &self,
        wanted: PollFlags,
        mut act: impl FnMut() -> rustix::io::Result<T>,
    ) -> io::Result<T> {
        loop {
            ready(self.descriptor.as_fd(), wanted, self.limit)?;
            match act() {
                // Ready for another thread, or no longer ready.
                Err(Errno::AGAIN | Errno::INTR) => {}
                done => return Ok(done?),
            }
        }
    }
}

impl<D: AsFd> Read for Limited<'_, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.retry(PollFlags::IN, || rustix::io::read(&self.descriptor, &mut *buffer))
    }
}

impl<D: AsFd> Write for Limited<'_, D> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.retry(PollFlags::OUT, || rustix::io::write(&self.descriptor, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Listens on a free port of the loopback interface. Dropping it refuses those who have
/// connected and were not accepted yet: they do not wait for an answer in vain.
#[derive(Debug)]
pub struct Server {
    socket: OwnedFd,
    address: SocketAddr,
}

impl Server {
    /// Listens on a port that the system chooses.
    ///
    /// # Errors
    /// If there is no free port, or descriptors are short.
    pub fn bind() -> io::Result<Self> {
        let socket = tcp()?;
        bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listen(&socket, BACKLOG)?;
        let address = SocketAddr::try_from(getsockname(&socket)?)?;
        Ok(Self { socket, address })
    }

    /// Where [`connect_to`] finds it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the next caller. The stream does not block, and is not inherited by
    /// children.
    ///
    /// # Errors
    /// If `limit` ends first, or the system refuses.
    pub fn accept(&self, limit: &Limit) -> io::Result<OwnedFd> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let listening = Limited { descriptor: &self.socket, limit };
        let stream = loop {
            let accept = || acceptfrom_with(&self.socket, flags);
            match listening.retry(PollFlags::IN, accept) {
                // The caller has given up; the next one counts.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                accepted => break accepted?.0,
            }
        };
        // Small messages go out at once: otherwise Nagle's algorithm would hold each back
        // until the one before it is acknowledged.
        sockopt::set_tcp_nodelay(&stream, true)?;
        Ok(stream)
    }
}

/// Connects to a [`Server`]. The stream does not block, and is not inherited by children.
///
/// # Errors
/// If no process listens at `address`, or `limit` ends first.
pub fn connect_to(address: SocketAddr, limit: &Limit) -> io::Result<OwnedFd> {
    let socket = tcp()?;
    match connect(&socket, &address) {
        Ok(()) => {}
        // The connection is being made, also after a signal; `SO_ERROR` has its result when
        // the socket becomes writable (`connect(2)`).
        Err(Errno::INPROGRESS | Errno::INTR) => {
            ready(socket.as_fd(), PollFlags::OUT, limit)?;
            sockopt::socket_error(&socket)??;
        }
        Err(error) => return Err(error.into()),
    }
    sockopt::set_tcp_nodelay(&socket, true)?;
    Ok(socket)
}

/// A TCP socket that does not block.
fn tcp() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::pipe::{PipeFlags, pipe_with};

    use super::*;
    use crate::kit::stop::Stop;

    fn stopped() -> Limit {
        let stop = Stop::new();
        stop.request();
        Limit::until(&stop)
    }

    fn long() -> Limit {
        Limit::within(Duration::from_secs(30))
    }

    #[test]
    fn bytes_go_there_and_back() {
        let server = Server::bind().unwrap();
        let limit = long();
        let client = connect_to(server.address(), &limit).unwrap();
        let accepted = server.accept(&limit).unwrap();
        let [mut client, mut accepted] =
            [client, accepted].map(|descriptor| Limited { descriptor, limit: &limit });
        client.write_all(b"there").unwrap();
        let mut read = [0; 5];
        accepted.read_exact(&mut read).unwrap();
        assert_eq!(&read, b"there");
        drop(accepted);
        let end = client.read_exact(&mut read).unwrap_err();
        assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_stop_ends_every_wait() {
        let server = Server::bind().unwrap();
        let limit = stopped();
        let refused = server.accept(&limit).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::Interrupted);
        let (reader, _writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let mut reader = Limited { descriptor: reader, limit: &limit };
        let refused = reader.read(&mut [0]).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::Interrupted);
    }

    #[test]
    fn a_caller_that_was_not_accepted_learns_that_the_server_is_gone() {
        let server = Server::bind().unwrap();
        let limit = long();
        let client = connect_to(server.address(), &limit).unwrap();
        drop(server);
        let mut client = Limited { descriptor: client, limit: &limit };
        let refused = client.read(&mut [0]).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionReset);
    }
}
