//! Where other processes find the other end of a pipe.
//!
//! An address in the kernel's abstract name space: it leaves no file behind and is gone
//! with its process. Both sides make sure that the other belongs to the same user.

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

/// How many may knock before one is let in.
const BACKLOG: i32 = 128;

/// Waits for other ends to connect.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    address: String,
}

impl Listener {
    /// Listens at an address of the system's choice.
    ///
    /// # Errors
    /// If descriptors or addresses are short.
    pub fn bind() -> io::Result<Self> {
        let socket =
            socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
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

    /// The address to pass to [`Connection::connect`].
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Waits for the next who connects. Other users are sent away.
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

pub fn connect(address: &str) -> Result<UnixStream, PipeError> {
    let name = SocketAddrUnix::new_abstract_name(address.as_bytes())?;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::connect(&socket, &name)?;
    let socket = UnixStream::from(socket);
    if is_ours(&socket) { Ok(socket) } else { Err(Errno::PERM.into()) }
}

fn is_ours(socket: &UnixStream) -> bool {
    socket_peercred(socket).is_ok_and(|peer| peer.uid == getuid())
}
