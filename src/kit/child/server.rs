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
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, kill_process_group, pidfd_open,
    set_parent_process_death_signal, setpgid, waitpid,
};

use super::death::Death;
use super::descriptors::receive_with;
use super::job::JobEntry;
use super::worker;
use crate::kit::sys::process::{Forked, close_all_but, exit_now, fork};
use crate::kit::wire::{self, Kind};

/// Bytes of each request: a frame's header and a number.
pub(super) const REQUEST: usize = 16;
/// Descriptors that a worker gets: its socket and its two outputs.
const DESCRIPTORS: usize = 3;

struct Server<'a> {
    control: &'a UnixStream,
    jobs: &'static [&'static [JobEntry]],
    clients: Vec<Client>,
    clients_so_far: u64,
    served: Vec<Served>,
}

/// A pool that asks for workers.
struct Client {
    number: u64,
    stream: UnixStream,
}

/// A worker.
struct Served {
    pid: Pid,
    /// Ready when it ends, so that one wait serves for all.
    end: OwnedFd,
    /// The number of the client that asked for it.
    client: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ready {
    Control,
    Client(u64),
    End(usize),
}

/// Serves `control` and the clients that it brings until `control` closes.
pub(super) fn serve(control: &UnixStream, jobs: &'static [&'static [JobEntry]]) -> io::Result<()> {
    let mut server = Server {
        control,
        jobs,
        clients: Vec::new(),
        clients_so_far: 0,
        served: Vec::new(),
    };
    // As in a worker: one that is stopped must see the end.
    let _ = set_parent_process_death_signal(Some(Signal::CONT));
    while server.round()? {}
    // They end with their sockets; these words are for one that is stopped.
    for one in &server.served {
        let _ = kill_process_group(one.pid, Signal::KILL);
    }
    Ok(())
}

impl Server<'_> {
    /// Waits for something to happen and deals with it; `false` when its own end has come.
    fn round(&mut self) -> io::Result<bool> {
        let ready = self.wait()?;
        // From the last one down: a removal moves only those behind it.
        for one in ready.iter().rev() {
            if let Ready::End(at) = one {
                let ended = self.served.swap_remove(*at);
                self.bury(&ended);
            }
        }
        for one in ready {
            match one {
                Ready::Control => match receive(self.control)? {
                    Some((_, mut descriptors)) => self.admit(descriptors.pop()),
                    None => return Ok(false),
                },
                Ready::Client(number) => self.hear(number),
                Ready::End(_) => {}
            }
        }
        Ok(true)
    }

    fn wait(&self) -> io::Result<Vec<Ready>> {
        let mut names = vec![Ready::Control];
        let mut watched = vec![PollFd::new(self.control, PollFlags::IN)];
        for client in &self.clients {
            names.push(Ready::Client(client.number));
            watched.push(PollFd::new(&client.stream, PollFlags::IN));
        }
        for (at, one) in self.served.iter().enumerate() {
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

    fn admit(&mut self, descriptor: Option<OwnedFd>) {
        if let Some(descriptor) = descriptor {
            self.clients.push(Client {
                number: self.clients_so_far,
                stream: descriptor.into(),
            });
            self.clients_so_far += 1;
        }
    }

    /// A client asks for a worker, or is gone.
    fn hear(&mut self, number: u64) {
        let Some(client) = self.clients.iter().find(|client| client.number == number) else {
            return;
        };
        match receive(&client.stream) {
            Ok(Some((id, descriptors))) => self.start(number, id, descriptors),
            _ => self.clients.retain(|client| client.number != number),
        }
    }

    /// Forks the worker for a request and tells the client its pid, or 0 and why not.
    fn start(&mut self, client: u64, id: u64, descriptors: Vec<OwnedFd>) {
        let mut told = id.to_le_bytes().to_vec();
        match fork_worker(descriptors, self.jobs) {
            Ok((pid, end)) => {
                told.extend(pid.as_raw_nonzero().get().to_le_bytes());
                self.served.push(Served { pid, end, client });
            }
            Err(error) => {
                told.extend(0u32.to_le_bytes());
                told.extend(error.to_string().into_bytes());
            }
        }
        self.tell(client, Kind::Forked, &told);
    }

    /// Reaps a worker, ends what it left behind, and tells its client how it ended.
    fn bury(&self, one: &Served) {
        // While it is not reaped, nobody else can have its number.
        let _ = kill_process_group(one.pid, Signal::KILL);
        let status = waitpid(Some(one.pid), WaitOptions::empty());
        let death = match status {
            Ok(Some((_, status))) => Death::of(status.exit_status(), status.terminating_signal()),
            _ => Death::Unknown,
        };
        let mut told = one.pid.as_raw_nonzero().get().to_le_bytes().to_vec();
        told.extend(death.to_bytes());
        self.tell(one.client, Kind::Ended, &told);
    }

    fn tell(&self, number: u64, kind: Kind, payload: &[u8]) {
        if let Some(client) = self.clients.iter().find(|client| client.number == number) {
            // A client that is gone wants to know nothing.
            let _ = wire::write(&mut &client.stream, kind, payload);
        }
    }
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

/// Forks a worker with these descriptors; gives its pid, and what is ready when it ends.
fn fork_worker(
    descriptors: Vec<OwnedFd>,
    jobs: &'static [&'static [JobEntry]],
) -> io::Result<(Pid, OwnedFd)> {
    // The system drops what this process has no room for.
    if descriptors.len() != DESCRIPTORS {
        return Err(io::Error::other("the fork server has no descriptor left"));
    }
    match fork()? {
        Forked::Child => become_worker(descriptors, jobs),
        Forked::Parent(pid) => {
            // Here and there: whoever kills the group next must find it, and its leader in it.
            let _ = setpgid(Some(pid), Some(pid));
            pidfd_open(pid, PidfdFlags::empty())
                .map(|end| (pid, end))
                .map_err(|error| {
                    let _ = kill_process_group(pid, Signal::KILL);
                    let _ = waitpid(Some(pid), WaitOptions::empty());
                    error.into()
                })
        }
    }
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
        if ready.is_ok() && worker::work(socket.into(), jobs).is_ok() {
            exit_now(0);
        }
    }
    exit_now(2)
}
