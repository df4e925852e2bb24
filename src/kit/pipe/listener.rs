//! Where other processes find the other end of a pipe.
//!
//! An address in the kernel's abstract name space (`unix(7)`): it leaves no file behind and is
//! gone with its process. Such an address has no permissions, so both sides check that the
//! other one belongs to the same user.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::sockopt::socket_peercred;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, acceptfrom_with, bind, getsockname,
    listen, socket_with,
};
use rustix::process::getuid;

use super::{Connection, PipeError, poll};
use crate::kit::limit::Limit;

/// How many may wait to be accepted; more get `EAGAIN` or wait in `connect`.
const BACKLOG: i32 = 128;

/// Waits for other ends to connect. Dropping it frees the address.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    address: String,
}

impl Listener {
    /// Listens at an address of the kernel's choice, so that no two programs can collide.
    ///
    /// # Errors
    /// If descriptors or addresses are short.
    pub fn bind() -> io::Result<Self> {
        let socket =
            socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        // An address without a name asks for the "autobind" feature: the kernel chooses five
        // hexadecimal digits.
        bind(&socket, &SocketAddrUnix::new_unnamed())?;
        listen(&socket, BACKLOG)?;
        let bound = SocketAddrUnix::try_from(getsockname(&socket)?)?;
        let address = bound
            .abstract_name()
            .and_then(|name| std::str::from_utf8(name).ok())
            .ok_or(io::ErrorKind::AddrNotAvailable)?
            .to_owned();
        Ok(Self { socket: socket.into(), address })
    }

    /// The address to pass to [`Connection::connect`], in any process of this user.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Waits for the next process that connects. Those of other users are closed at once.
    ///
    /// # Errors
    /// If `limit` ends first, or the system refuses.
    pub fn accept(&self, limit: &Limit) -> Result<Connection, PipeError> {
        loop {
            poll::ready(self.as_fd(), PollFlags::IN, limit)?;
            match acceptfrom_with(&self.socket, SocketFlags::CLOEXEC) {
                Ok((socket, _)) => {
                    let socket = UnixStream::from(socket);
                    if is_ours(&socket) {
                        return Ok(Connection::over(socket));
                    }
                }
                // The other end gave up between the poll and the accept: wait for the next one.
                Err(Errno::INTR | Errno::CONNABORTED) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Connects to a listener of this user.
///
/// # Errors
/// If none is there, or it belongs to another user (`EPERM`).
pub fn connect(address: &str) -> Result<UnixStream, PipeError> {
    let name = SocketAddrUnix::new_abstract_name(address.as_bytes())?;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::connect(&socket, &name)?;
    let socket = UnixStream::from(socket);
    if is_ours(&socket) { Ok(socket) } else { Err(Errno::PERM.into()) }
}

/// Whether the process at the other end ran as this user when it connected (`SO_PEERCRED`).
fn is_ours(socket: &UnixStream) -> bool {
    socket_peercred(socket).is_ok_and(|peer| peer.uid == getuid())
}
