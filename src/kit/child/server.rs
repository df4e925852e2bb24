//! The fork server: one process with one thread that forks workers on demand.
//!
//! The loader's work is done once, when the server starts; a worker is then a `fork` away. The
//! server has one thread, because a fork copies only the calling thread: a lock that another
//! one holds would stay locked in the child.
//!
//! A request brings the worker's descriptors along; the server keeps no end of them, so an idle
//! worker still ends when its socket does. The server reaps its workers and reports how they
//! ended. It ends the workers of a client that is gone, and it ends itself, with all workers,
//! when the program that started it is gone; workers end with the server. Whatever the system
//! refuses is the answer to the request that needed it, and the server goes on. Answers wait
//! here until their client takes them, so a client that does not read holds up only itself.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process_group, pidfd_open,
    set_parent_process_death_signal, setpgid, waitpid,
};

use super::death::Death;
use super::descriptors::receive_with;
use super::worker;
use super::worker_fn::WorkerFnEntry;
use crate::kit::clock::monotonic_ns;
use crate::kit::panics;
use crate::kit::sys::process::{exit_now, fork_into};
use crate::kit::wire::{self, Kind};

/// In an answer in place of a worker's number: the client cannot be served at all.
pub(crate) const NO_LINK: u64 = u64::MAX;

/// Bytes of each request: a frame's header and a number, eight bytes each. Fixed, so that one
/// `recvmsg` takes a request with its descriptors, and never the bytes of the next.
pub const REQUEST: usize = 16;
/// Descriptors that a worker gets: its socket and its two outputs.
const DESCRIPTORS: usize = 3;

/// The state of the server. Single-threaded, so without locks.
struct Server<'a> {
    /// The socket of the program that started the server. Its end is the server's end.
    control: &'a UnixStream,
    worker_fns: &'static [&'static [WorkerFnEntry]],
    clients: Vec<PoolClient>,
    /// The number of the next client; numbers are not reused.
    clients_so_far: u64,
    served: Vec<Served>,
    /// Keeps a descriptor free: given up before a client is admitted, so that the message with
    /// the client's link can be received even when descriptors are short, and refused with a
    /// reason.
    spare: Option<UnixStream>,
}

/// A pool that asks for workers, on a link of its own: a socket. Several pools of the program
/// may use one server.
struct PoolClient {
    number: u64,
    stream: UnixStream,
    /// Answers that it has not taken yet. Bounded by what it asks for: one answer and one end
    /// for each worker.
    unsent: Vec<u8>,
}

/// A worker that the server has forked and not reaped.
struct Served {
    pid: Pid,
    /// Its pidfd, readable when it ends, so that one `poll` serves for all descriptors.
    end: OwnedFd,
    /// The number of the client that asked for it, and that client's number for the worker,
    /// under which its end is reported.
    client: u64,
    id: u64,
}

/// What a `poll` found ready. Collected first and handled afterwards, because handling changes
/// the lists that the wait borrows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ready {
    /// A client is introduced, or the control socket has closed.
    Control,
    /// The client with this number has sent a request, or is gone. A number and not a place,
    /// because clients before it may be removed in the same round.
    PoolClient(u64),
    /// The client takes answers again.
    Room(u64),
    /// The worker at this place in `served` has ended.
    End(usize),
}

/// Serves `control` and the clients that it brings until `control` closes. Then kills the
/// workers that are left.
///
/// # Errors
/// If the system refuses to wait or to read from `control`.
pub fn serve(
    control: &UnixStream,
    worker_fns: &'static [&'static [WorkerFnEntry]],
) -> io::Result<()> {
    let mut server = Server {
        control,
        worker_fns,
        clients: Vec::new(),
        clients_so_far: 0,
        served: Vec::new(),
        spare: Some(control.try_clone()?),
    };
    // The clock and the hook of panics are set up at their first use: here once, instead of in
    // each worker.
    let _ = panics::capture(monotonic_ns);
    // A server that is stopped when its parent ends must be continued to see that. One that runs
    // sees the end of `control`.
    let _ = set_parent_process_death_signal(Some(Signal::CONT));
    let result = loop {
        match server.round() {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    server.served.iter().for_each(Served::kill);
    result
}

impl Server<'_> {
    /// Waits for something to happen and handles it; `false` when the server's own end has
    /// come.
    fn round(&mut self) -> io::Result<bool> {
        let ready = self.wait()?;
        // From the last one down: `swap_remove` moves only an element behind those still to
        // come. Before the requests, so that new workers do not move the places.
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

    /// Waits without a limit for any of the descriptors.
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

    /// Takes on a client, if there is a descriptor left to keep spare after it.
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
            _ => {
                let reported = refusal(NO_LINK, "the fork server has no descriptor left");
                // It is closed at the end of this block, which leaves room for the next one.
                let _ = wire::write(&mut &client.stream, Kind::Forked, &reported);
            }
        }
    }

    /// A client asks for a worker, or is gone, and its workers with it: one that computes would
    /// not see the end of its socket.
    fn handle_request(&mut self, number: u64) {
        let Some(client) = self.clients.iter().find(|client| client.number == number) else {
            return;
        };
        match receive(&client.stream) {
            Ok(Some((id, descriptors))) => self.start(number, id, descriptors),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            _ => {
                self.clients.retain(|client| client.number != number);
                self.served.iter().filter(|one| one.client == number).for_each(Served::kill);
            }
        }
    }

    /// Forks the worker for a request and sends the client its pid, or 0 and the reason.
    /// Nothing that goes wrong here ends the server.
    fn start(&mut self, client: u64, id: u64, descriptors: Vec<OwnedFd>) {
        match fork_worker(descriptors, self.worker_fns) {
            Ok((pid, end)) => {
                let number = pid.as_raw_nonzero().get();
                let reported = [&id.to_le_bytes()[..], &number.to_le_bytes()].concat();
                self.send(client, Kind::Forked, &reported);
                // After the pid was sent, so that the client never hears of an end before the
                // start.
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
        one.kill();
        let status = waitpid(Some(one.pid), WaitOptions::empty());
        let death = match status {
            Ok(Some((_, status))) => Death::of(status.exit_status(), status.terminating_signal()),
            _ => Death::Unknown,
        };
        self.report_end(one.client, one.id, death);
    }

    /// Sends the client of a worker how that worker ended.
    fn report_end(&mut self, client: u64, id: u64, death: Death) {
        let reported = [&id.to_le_bytes()[..], &death.to_bytes()].concat();
        self.send(client, Kind::Ended, &reported);
    }

    /// Queues a frame for a client and sends what goes without waiting. Does nothing if the
    /// client is gone, since no reader is left.
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

impl Served {
    /// Kills it and what it started. While it is not reaped, no other process can have its
    /// number.
    fn kill(&self) {
        let _ = kill_process_group(self.pid, Signal::KILL);
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

/// The payload of a `Forked` that says that there is no worker `id`, and why.
fn refusal(id: u64, why: &str) -> Vec<u8> {
    [&id.to_le_bytes()[..], &0u32.to_le_bytes(), why.as_bytes()].concat()
}

/// One request with its number and descriptors; `None` at the end of the stream.
///
/// # Errors
/// If there is nothing to read now (`WouldBlock`), or what came is no request.
fn receive(stream: &UnixStream) -> io::Result<Option<(u64, Vec<OwnedFd>)>> {
    let mut request = [0; REQUEST];
    let (count, descriptors) = receive_with(stream, &mut request)?;
    if count == 0 {
        return Ok(None);
    }
    // A request is sent with one call and so arrives whole; this is for a client that is cut
    // off in the middle.
    (&*stream).read_exact(&mut request[count..])?;
    let frame =
        wire::read(&mut &request[..])?.ok_or_else(|| io::Error::other("an empty request"))?;
    let id =
        frame.payload.try_into().map_err(|_| io::Error::other("a request without a number"))?;
    Ok(Some((u64::from_le_bytes(id), descriptors)))
}

/// Forks a worker with these descriptors. Returns its pid, and its pidfd: `None` if it has
/// ended and the system has reaped it already.
fn fork_worker(
    descriptors: Vec<OwnedFd>,
    worker_fns: &'static [&'static [WorkerFnEntry]],
) -> io::Result<(Pid, Option<OwnedFd>)> {
    // The kernel cuts off the descriptors that the receiver may not have (`MSG_CTRUNC`,
    // `unix(7)`).
    if descriptors.len() != DESCRIPTORS {
        return Err(io::Error::other("it has no descriptor left"));
    }
    let pid = fork_into(descriptors, (worker_fns, getpid()), become_worker)?;
    // In the parent and in the child, whichever runs first: a kill of the group must find it
    // right after the fork, with its leader in it.
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

/// The main function of the forked process. Nothing is open but `descriptors` and the standard
/// three: a worker that kept the server's sockets would hide the end of a process that has the
/// other end.
fn become_worker(
    mut descriptors: Vec<OwnedFd>,
    (worker_fns, server): (&'static [&'static [WorkerFnEntry]], Pid),
) -> ! {
    let _ = setpgid(None, None);
    let (stderr, stdout) = (descriptors.pop(), descriptors.pop());
    if let (Some(stdout), Some(stderr), Some(socket)) = (stdout, stderr, descriptors.pop()) {
        let ready =
            rustix::stdio::dup2_stdout(&stdout).and_then(|()| rustix::stdio::dup2_stderr(&stderr));
        drop((stdout, stderr));
        if ready.is_ok() && worker::work(socket.into(), worker_fns, server).is_ok() {
            exit_now(0);
        }
    }
    exit_now(2)
}
