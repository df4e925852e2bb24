//! The fork server: one process with one thread that forks workers on demand.
//!
//! The loader's work is done once, when the server starts. A request brings the
//! worker's descriptors along; the server keeps no end of them, so a worker still ends
//! when its socket does. It reaps its workers and reports how they ended, and it ends
//! itself when the program that started it is gone. Whatever the system refuses it is the
//! answer to the request that needed it; the server goes on. Answers wait here until
//! their client takes them, so a client that does not listen holds up only itself.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, kill_process_group, pidfd_open,
    set_parent_process_death_signal, setpgid, waitpid,
};

use super::death::Death;
use super::descriptors::receive_with;
use super::worker;
use super::worker_fn::WorkerFnEntry;
use crate::kit::sys::process::{exit_now, fork_into};
use crate::kit::wire::{self, Kind};

/// In an answer in place of a worker's number: the client cannot be served at all.
pub(crate) const NO_LINE: u64 = u64::MAX;

/// Bytes of each request: a frame's header and a number.
pub const REQUEST: usize = 16;
/// Descriptors that a worker gets: its socket and its two outputs.
const DESCRIPTORS: usize = 3;

struct Server<'a> {
    control: &'a UnixStream,
    jobs: &'static [&'static [WorkerFnEntry]],
    clients: Vec<PoolClient>,
    clients_so_far: u64,
    served: Vec<Served>,
    /// Keeps a descriptor free, so that a client that is one too many can be refused.
    spare: Option<UnixStream>,
}

/// A pool that asks for workers.
struct PoolClient {
    number: u64,
    stream: UnixStream,
    /// Answers that it has not taken yet.
    unsent: Vec<u8>,
}

/// A worker.
struct Served {
    pid: Pid,
    /// Ready when it ends, so that one wait serves for all.
    end: OwnedFd,
    /// The number of the client that asked for it, and its number for that worker.
    client: u64,
    id: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ready {
    Control,
    PoolClient(u64),
    /// The client takes answers again.
    Room(u64),
    End(usize),
}

/// Serves `control` and the clients that it brings until `control` closes.
pub fn serve(control: &UnixStream, jobs: &'static [&'static [WorkerFnEntry]]) -> io::Result<()> {
    let mut server = Server {
        control,
        jobs,
        clients: Vec::new(),
        clients_so_far: 0,
        served: Vec::new(),
        spare: Some(control.try_clone()?),
    };
    // As in a worker: one that is stopped must see the end.
    let _ = set_parent_process_death_signal(Some(Signal::CONT));
    let result = loop {
        match server.round() {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    // They end with their sockets; these words are for one that is stopped.
    for one in &server.served {
        let _ = kill_process_group(one.pid, Signal::KILL);
    }
    result
}

impl Server<'_> {
    /// Waits for something to happen and deals with it; `false` when its own end has come.
    fn round(&mut self) -> io::Result<bool> {
        let ready = self.wait()?;
        // From the last one down: a removal moves only those behind it.
        for one in ready.iter().rev() {
            if let Ready::End(at) = one {
                let ended = self.served.swap_remove(*at);
                self.reap_worker(&ended);
            }
        }
        for one in ready {
            match one {
                Ready::Control => {
                    self.spare = None;
                    match receive(self.control)? {
                        Some((_, mut descriptors)) => self.admit(descriptors.pop()),
                        None => return Ok(false),
                    }
                }
                Ready::PoolClient(number) => self.handle_request(number),
                Ready::Room(number) => self.flush(number),
                Ready::End(_) => {}
            }
        }
        Ok(true)
    }

    fn wait(&self) -> io::Result<Vec<Ready>> {
        let mut names = vec![Ready::Control];
        let mut watched = vec![PollFd::new(self.control, PollFlags::IN)];
        for client in &self.clients {
            names.push(Ready::PoolClient(client.number));
            watched.push(PollFd::new(&client.stream, PollFlags::IN));
            if !client.unsent.is_empty() {
                names.push(Ready::Room(client.number));
                watched.push(PollFd::new(&client.stream, PollFlags::OUT));
            }
        }
        for (at, one) in self.served.iter().enumerate() {
            names.push(Ready::End(at));
            watched.push(PollFd::new(&one.end, PollFlags::IN));
        }
        match poll(&mut watched, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = names.into_iter().zip(&watched).filter(|(_, fd)| !fd.revents().is_empty());
        Ok(ready.map(|(name, _)| name).collect())
    }

    fn admit(&mut self, descriptor: Option<OwnedFd>) {
        let Some(descriptor) = descriptor else { return };
        let client = PoolClient {
            number: self.clients_so_far,
            stream: descriptor.into(),
            unsent: Vec::new(),
        };
        match self.control.try_clone() {
            Ok(spare) if client.stream.set_nonblocking(true).is_ok() => {
                self.spare = Some(spare);
                self.clients_so_far += 1;
                self.clients.push(client);
            }
            // It is closed here; there is room again for the next one.
            _ => {
                let reported = refusal(NO_LINE, "the fork server has no descriptor left");
                let _ = wire::write(&mut &client.stream, Kind::Forked, &reported);
            }
        }
    }

    /// A client asks for a worker, or is gone.
    fn handle_request(&mut self, number: u64) {
        let Some(client) = self.clients.iter().find(|client| client.number == number) else {
            return;
        };
        match receive(&client.stream) {
            Ok(Some((id, descriptors))) => self.start(number, id, descriptors),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            _ => self.clients.retain(|client| client.number != number),
        }
    }

    /// Forks the worker for a request and sends the client its pid, or 0 and the reason.
    fn start(&mut self, client: u64, id: u64, descriptors: Vec<OwnedFd>) {
        match fork_worker(descriptors, self.jobs) {
            Ok((pid, end)) => {
                let number = pid.as_raw_nonzero().get();
                let reported = [&id.to_le_bytes()[..], &number.to_le_bytes()].concat();
                self.send(client, Kind::Forked, &reported);
                match end {
                    Some(end) => self.served.push(Served { pid, end, client, id }),
                    None => self.report_end(client, id, Death::Unknown),
                }
            }
            Err(error) => {
                let reported = refusal(id, &format!("the fork server: {error}"));
                self.send(client, Kind::Forked, &reported);
            }
        }
    }

    /// Reaps a worker, ends what it left behind, and reports to its client how it ended.
    fn reap_worker(&mut self, one: &Served) {
        // While it is not reaped, no other process can have its number.
        let _ = kill_process_group(one.pid, Signal::KILL);
        let status = waitpid(Some(one.pid), WaitOptions::empty());
        let death = match status {
            Ok(Some((_, status))) => Death::of(status.exit_status(), status.terminating_signal()),
            _ => Death::Unknown,
        };
        self.report_end(one.client, one.id, death);
    }

    fn report_end(&mut self, client: u64, id: u64, death: Death) {
        let reported = [&id.to_le_bytes()[..], &death.to_bytes()].concat();
        self.send(client, Kind::Ended, &reported);
    }

    /// A client that is gone wants to know nothing.
    fn send(&mut self, number: u64, kind: Kind, payload: &[u8]) {
        if let Some(client) = self.client(number) {
            let _ = wire::write(&mut client.unsent, kind, payload);
            client.flush();
        }
    }

    fn flush(&mut self, number: u64) {
        if let Some(client) = self.client(number) {
            client.flush();
        }
    }

    fn client(&mut self, number: u64) -> Option<&mut PoolClient> {
        let mut clients = self.clients.iter_mut();
        clients.find(|client| client.number == number)
    }
}

impl PoolClient {
    /// Sends what goes without waiting.
    fn flush(&mut self) {
        let mut sent = 0;
        while sent < self.unsent.len() {
            match (&self.stream).write(&self.unsent[sent..]) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // It is gone, which is seen when it is read.
                Err(_) => sent = self.unsent.len(),
            }
        }
        self.unsent.drain(..sent);
    }
}

/// The answer that there is no worker `id`, and why.
fn refusal(id: u64, why: &str) -> Vec<u8> {
    [&id.to_le_bytes()[..], &0u32.to_le_bytes(), why.as_bytes()].concat()
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
    let id =
        frame.payload.try_into().map_err(|_| io::Error::other("a request without a number"))?;
    Ok(Some((u64::from_le_bytes(id), descriptors)))
}

/// Forks a worker with these descriptors; gives its pid, and what is ready when it ends:
/// nothing, if it has ended and the system has reaped it already.
fn fork_worker(
    descriptors: Vec<OwnedFd>,
    jobs: &'static [&'static [WorkerFnEntry]],
) -> io::Result<(Pid, Option<OwnedFd>)> {
    // The system drops what this process has no room for.
    if descriptors.len() != DESCRIPTORS {
        return Err(io::Error::other("it has no descriptor left"));
    }
    let pid = fork_into(descriptors, jobs, become_worker)?;
    // Here and there: a process that kills the group next must find it, and its leader in it.
    let _ = setpgid(Some(pid), Some(pid));
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(end) => Ok((pid, Some(end))),
        // It has ended, and where `SIGCHLD` is ignored the system has reaped it already.
        Err(Errno::SRCH) => Ok((pid, None)),
        Err(error) => {
            let _ = kill_process_group(pid, Signal::KILL);
            let _ = waitpid(Some(pid), WaitOptions::empty());
            Err(error.into())
        }
    }
}

/// What the forked process does instead of serving, with nothing open but `descriptors`: a
/// worker that kept the server's would hide the end of a process that holds the other end.
fn become_worker(mut descriptors: Vec<OwnedFd>, jobs: &'static [&'static [WorkerFnEntry]]) -> ! {
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
