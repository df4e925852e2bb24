//! File descriptors: moving the worker's socket to a safe number, and passing descriptors to
//! other processes.
//!
//! A descriptor travels over a Unix socket as ancillary data of type `SCM_RIGHTS` (`unix(7)`):
//! the kernel makes a duplicate in the receiving process.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};

/// The most descriptors that travel with one message: a fork request has three.
const MOST: usize = 4;

/// Takes the socket that stands in for standard input, and opens `/dev/null` there, so that a
/// task that reads its input gets its end and not the pool's frames.
///
/// # Errors
/// If standard input is no socket: a person has started the worker from a shell.
pub fn take_stdin() -> io::Result<UnixStream> {
    let stdin = io::stdin();
    rustix::net::getsockname(&stdin)
        .map_err(|_| io::Error::other("standard input is not threadbare's socket"))?;
    // Above the standard three, and closed in every program that a task may start.
    let socket = rustix::io::fcntl_dupfd_cloexec(&stdin, 3)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(socket.into())
}

/// Sends `bytes` with descriptors. At least one byte must travel with them: the kernel delivers
/// ancillary data only with data.
///
/// # Errors
/// Those of the socket.
///
/// # Panics
/// If there are more than four descriptors.
pub(crate) fn send_with(
    socket: &UnixStream,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    assert!(descriptors.len() <= MOST, "{} descriptors in one message", descriptors.len());
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(descriptors));
    let sent = rustix::io::retry_on_intr(|| {
        // `MSG_NOSIGNAL`: a peer that is gone is `EPIPE` and not a signal that ends this
        // program.
        rustix::net::sendmsg(socket, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL)
    })?;
    // The descriptors went with the first byte; the rest goes without them.
    if sent < bytes.len() {
        io::Write::write_all(&mut &*socket, &bytes[sent..])?;
    }
    Ok(())
}

/// Receives some bytes, at most what `buffer` holds, and the descriptors that came along. No
/// bytes mean that the other end is closed.
///
/// # Errors
/// Those of the socket.
pub fn receive_with(socket: impl AsFd, buffer: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = loop {
        let into = &mut [IoSliceMut::new(buffer)];
        // Close-on-exec from the first moment: another thread may start a program before a
        // later call could set it.
        match rustix::net::recvmsg(&socket, into, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Err(Errno::INTR) => {}
            received => break received?.bytes,
        }
    };
    let descriptors = control
        .drain()
        .filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
            _ => None,
        })
        .flatten()
        .collect();
    Ok((received, descriptors))
}
