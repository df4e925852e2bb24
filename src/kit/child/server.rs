//! The fork server: one process with one thread that forks workers on demand.
//!
//! The loader's work is done once, when the server starts. A request brings the
//! worker's descriptors along; the server keeps no end of them, so a worker still ends
//! when its socket does. It reaps its workers and tells how they ended, and it ends
//! itself when the program that started it is gone.

use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, WaitOptions, pidfd_open, setpgid, waitpid};

use super::descriptors::receive_with;
use super::job::JobEntry;
use super::worker;
use crate::kit::sys::process::{Forked, close_all_but, exit_now, fork};
use crate::kit::wire::{self, Kind};

/// Bytes of each request: a frame's header and a number.
pub(super) const REQUEST: usize = 16;

struct Served {
    pid: Pid,
    end: OwnedFd,
    /// Which client asked for it.
    client: usize,
}

/// Serves `control` and the clients that it brings until `control` closes.
pub(super) fn serve(control: &UnixStream, jobs: &'static [&'static [JobEntry]]) -> io::Result<()> {
    let mut clients: Vec<Option<UnixStream>> = Vec::new();
    let mut served: Vec<Served> = Vec::new();
    loop {
        let ready = wait_for_any(control, &clients, &served)?;
        for at in (0..served.len()).rev() {
            if ready.contains(&Ready::End(at)) {
                bury(&served.swap_remove(at), &clients);
            }
        }
        for one in ready {
            match one {
                Ready::Control => match receive(control)? {
                    Some((_, mut descriptors)) => {
                        clients.extend(descriptors.pop().map(|fd| Some(fd.into())));
                    }
                    None => return Ok(()),
                },
                Ready::Client(at) => {
                    let Some(client) = &clients[at] else { continue };
                    match receive(client) {
                        Ok(Some((id, descriptors))) => {
                            if let Some(new) = start(&clients, at, id, descriptors, jobs) {
                                served.push(new);
                            }
                        }
                        _ => clients[at] = None,
                    }
                }
                Ready::End(_) => {}
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ready {
    Control,
    Client(usize),
    End(usize),
}

fn wait_for_any(
    control: &UnixStream,
    clients: &[Option<UnixStream>],
    served: &[Served],
) -> io::Result<Vec<Ready>> {
    let mut names = vec![Ready::Control];
    let mut watched = vec![PollFd::new(control, PollFlags::IN)];
    for (at, client) in clients.iter().enumerate() {
        if let Some(client) = client {
            names.push(Ready::Client(at));
            watched.push(PollFd::new(client, PollFlags::IN));
        }
    }
    for (at, one) in served.iter().enumerate() {
        names.push(Ready::End(at));
        watched.push(PollFd::new(&one.end, PollFlags::IN));
    }
    match poll(&mut watched, None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let ready = names
        .into_iter()
        .zip(&watched)
        .filter(|(_, fd)| !fd.revents().is_empty());
    Ok(ready.map(|(name, _)| name).collect())
}

/// One request, with its number and descriptors; `None` at the end of the stream.
fn receive(stream: &UnixStream) -> io::Result<Option<(u64, Vec<OwnedFd>)>> {
    let mut request = [0; REQUEST];
    let (count, descriptors) = receive_with(stream, &mut request)?;
    if count == 0 {
        return Ok(None);
    }
    (&*stream).read_exact(&mut request[count..])?;
    let frame =
        wire::read(&mut &request[..])?.ok_or_else(|| io::Error::other("an empty request"))?;
    let id = frame
        .payload
        .try_into()
        .map_err(|_| io::Error::other("a request without a number"))?;
    Ok(Some((u64::from_le_bytes(id), descriptors)))
}

/// Forks the worker for a request and tells the client its pid, or 0 and why not.
fn start(
    clients: &[Option<UnixStream>],
    client: usize,
    id: u64,
    descriptors: Vec<OwnedFd>,
    jobs: &'static [&'static [JobEntry]],
) -> Option<Served> {
    let forked = fork();
    if matches!(forked, Ok(Forked::Child)) {
        become_worker(descriptors, jobs);
    }
    drop(descriptors);
    let (pid, why) = match forked {
        Ok(Forked::Parent(pid)) => (Some(pid), String::new()),
        Ok(Forked::Child) => (None, String::new()),
        Err(error) => (None, error.to_string()),
    };
    let mut told = id.to_le_bytes().to_vec();
    told.extend(
        pid.map_or(0, |pid| pid.as_raw_nonzero().get())
            .to_le_bytes(),
    );
    told.extend(why.into_bytes());
    tell(clients, client, Kind::Forked, &told);
    let pid = pid?;
    // A descriptor that is ready when the worker ends, so that one wait serves for all.
    let end = pidfd_open(pid, PidfdFlags::empty()).ok()?;
    Some(Served { pid, end, client })
}

/// What the forked process does instead of serving.
fn become_worker(mut descriptors: Vec<OwnedFd>, jobs: &'static [&'static [JobEntry]]) -> ! {
    // The server's descriptors are of no use here, and a worker that kept them would
    // hide the end of whoever holds the other end: all but its own go.
    let keep: Vec<_> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    close_all_but(&keep);
    let _ = setpgid(None, None);
    let (stderr, stdout) = (descriptors.pop(), descriptors.pop());
    if let (Some(stdout), Some(stderr), Some(socket)) = (stdout, stderr, descriptors.pop()) {
        let ready =
            rustix::stdio::dup2_stdout(&stdout).and_then(|()| rustix::stdio::dup2_stderr(&stderr));
        drop((stdout, stderr));
        if ready.is_ok() && worker::work(&socket.into(), jobs).is_ok() {
            exit_now(0);
        }
    }
    exit_now(2)
}

/// Reaps a worker and tells its client how it ended.
fn bury(one: &Served, clients: &[Option<UnixStream>]) {
    let Ok(Some((pid, status))) = waitpid(Some(one.pid), WaitOptions::empty()) else {
        return;
    };
    let mut told = u64::from(pid.as_raw_nonzero().get().unsigned_abs())
        .to_le_bytes()
        .to_vec();
    let signal = status.terminating_signal().unwrap_or(0);
    told.extend(status.exit_status().unwrap_or(0).to_le_bytes());
    told.extend(signal.to_le_bytes());
    tell(clients, one.client, Kind::Ended, &told);
}

fn tell(clients: &[Option<UnixStream>], client: usize, kind: Kind, payload: &[u8]) {
    if let Some(Some(stream)) = clients.get(client) {
        // A client that is gone wants to know nothing.
        let _ = wire::write(&mut &*stream, kind, payload);
    }
}
