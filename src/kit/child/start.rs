//! The parent's side of a process: starts workers and fork servers, kills and reaps them.
//!
//! ```text
//! Start::Spawn        this program ── fork, exec ──▶ worker        its own child: reaped here
//! Start::ForkServer   this program ── fork, exec ──▶ fork server   once
//!                     this program ── request ─────▶ fork server ── fork ──▶ worker
//!                                  ◀─ pid, end ─────                 reaped by the server
//! in both             this program ◀─── socket ────────────────────▶ worker
//! ```

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use parking_lot::Mutex;
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid,
};

use super::death::Death;
use super::descriptors::send_with;
use super::{CHILD, FORK_SERVER, WORKER};
use crate::kit::job_control;
use crate::kit::limit::Limit;
use crate::kit::stream::Limited;
use crate::kit::wire::{self, Kind, encode};

/// How worker processes are made, in the words of Python's `multiprocessing`.
#[derive(Clone, Debug)]
pub enum Start {
    /// `fork` and `exec` of the program for each worker. Each start pays for the loader;
    /// nothing is inherited but the arguments and the socket.
    Spawn,
    /// A fork of a small server process, which is the same program, started once. A worker
    /// costs a `fork`; it never has copies of the parent's threads, locks or descriptors.
    ForkServer(ForkServer),
}

/// A worker process, seen from its parent. Dropping it kills the worker with all that it
/// started, and reaps it.
#[derive(Debug)]
pub struct Process {
    /// 0 until the fork server has reported it. A pid that is known and not reaped names this
    /// process and no other.
    pid: u32,
    /// The parent's end of the socket. Closing it ends a worker that waits for a task; one that
    /// computes sees it only when it reads again, and is killed before (see the module).
    pub(crate) socket: UnixStream,
    /// The read ends of the worker's standard output and error; `None` after their end. The pool
    /// emits what comes from them line by line.
    pub(crate) stdout: Option<OwnedFd>,
    pub(crate) stderr: Option<OwnedFd>,
    parent: Parent,
    /// Reaped: its pid may belong to another process, so nothing is sent to it any more.
    dead: bool,
}

/// Whose child the worker is, which decides who can wait for it (`wait(2)` serves parents
/// only).
#[derive(Debug)]
enum Parent {
    /// A child of this process. The pidfd `end` is readable when it has ended.
    This { child: Child, end: OwnedFd },
    /// A child of the fork server, which reaps it and reports how it ended.
    ForkServer,
}

impl Process {
    /// Starts `program` as a worker and returns when its `exec` has succeeded. Its hello comes
    /// later.
    ///
    /// # Errors
    /// If the program cannot be started; the text names it.
    pub fn spawn(program: &Path) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        let mut command = Command::new(program);
        command
            .args([CHILD, WORKER, &std::process::id().to_string()])
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that a tree is ended as a tree.
            .process_group(0);
        let mut child = job_control::start(&mut command).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", program.display()))
        })?;
        let pid = child.id();
        // Before it is reaped, its pid is certainly its own: a pidfd opened here is the right
        // one.
        let end = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).inspect_err(|_| {
            // Without a pidfd no thread would learn of its end.
            let _ = child.kill();
            let _ = child.wait();
        })?;
        let (stdout, stderr) =
            (child.stdout.take().map(OwnedFd::from), child.stderr.take().map(OwnedFd::from));
        Ok(Self { pid, socket, stdout, stderr, parent: Parent::This { child, end }, dead: false })
    }

    /// A worker that a fork server is still to be asked for, and the request. Its socket can be
    /// written to at once: the bytes wait in it until the worker exists.
    ///
    /// # Errors
    /// If descriptors are short.
    pub(crate) fn served() -> io::Result<(Self, ForkRequest)> {
        let (socket, theirs) = UnixStream::pair()?;
        let (stdout, out) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let (stderr, err) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let process = Self {
            pid: 0,
            socket,
            stdout: Some(stdout),
            stderr: Some(stderr),
            parent: Parent::ForkServer,
            dead: false,
        };
        let request = ForkRequest { ends: [theirs.into(), out, err] };
        Ok((process, request))
    }

    /// Waits until the worker has sent its hello: its program runs and serves.
    ///
    /// # Errors
    /// If it ends before, or `limit` does.
    pub fn wait_hello(&self, limit: &Limit) -> io::Result<()> {
        let mut socket = Limited { descriptor: &self.socket, limit };
        let hello = wire::read(&mut socket)?;
        hello.map(drop).ok_or(io::ErrorKind::UnexpectedEof.into())
    }

    /// Its process id; 0 as long as the fork server has not reported it.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn set_pid(&mut self, pid: u32) {
        self.pid = pid;
    }

    /// A descriptor that is readable when the process has ended; `None` if it is the fork
    /// server's child.
    pub(crate) fn end(&self) -> Option<BorrowedFd<'_>> {
        match &self.parent {
            Parent::This { end, .. } => Some(end.as_fd()),
            Parent::ForkServer => None,
        }
    }

    /// Reaps it if it is this program's child and has ended, and returns how. Kills what it
    /// left in its process group first. Does not wait.
    pub(crate) fn reap(&mut self) -> Option<Death> {
        let Parent::This { child, end } = &mut self.parent else {
            return None;
        };
        // `WNOWAIT` leaves it a zombie: see the kill below.
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let death = match waitid(WaitId::PidFd(end.as_fd()), look) {
            Ok(Some(_)) => {
                // While it is a zombie, no other process or group can have its number, so this
                // reaches its group and no other.
                kill_group(self.pid, Signal::KILL);
                let status = child.wait().ok();
                Death::of(
                    status.and_then(|status| status.code()),
                    status.and_then(|status| status.signal()),
                )
            }
            // Where `SIGCHLD` is ignored, the kernel reaps children itself (`wait(2)`).
            Err(Errno::CHILD) => Death::Unknown,
            _ => return None,
        };
        self.dead = true;
        Some(death)
    }

    /// The fork server has reaped it: from now on nothing is sent to its pid.
    pub(crate) fn mark_reaped(&mut self) {
        self.dead = true;
    }

    /// Sends `signal` to it and to all that it started in its process group. Does nothing if it is
    /// known to be dead or its pid is not known. Does not wait: that it has ended shows in
    /// `reap`, or in a report of the fork server.
    pub fn kill(&self, signal: Signal) {
        if !self.dead {
            kill_group(self.pid, signal);
        }
    }
}

/// A request for one worker: the worker's ends of its socket and of its two outputs. They are
/// closed here when the request is dropped, after it was sent.
#[derive(Debug)]
pub(crate) struct ForkRequest {
    ends: [OwnedFd; 3],
}

/// Why a request did not reach the fork server.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The server has not read its earlier requests yet: there is room after its next answer,
    /// if one is due.
    Busy(io::Error),
    /// It will never reach it: the server is gone, or the message is refused.
    Failed(io::Error),
}

impl ForkRequest {
    /// Sends it over `client`, which must not block. The worker's pid, or why there is none,
    /// and later how it ended, come back over `client` under the number `id`.
    ///
    /// # Errors
    /// [`RequestError`]. This is the only place where `EAGAIN` means "later" and not "never".
    pub(crate) fn send(&self, client: &UnixStream, id: u64) -> Result<(), RequestError> {
        let ends = self.ends.each_ref().map(AsFd::as_fd);
        let request = encode(Kind::Fork, &id.to_le_bytes())
            .map_err(|error| RequestError::Failed(error.into()))?;
        send_with(client, &request, &ends).map_err(|error| {
            // `EAGAIN`: the socket's buffer is full. `ETOOMANYREFS`: more descriptors of this
            // user are on their way through sockets than it may have open (`unix(7)`).
            let busy = [Errno::AGAIN, Errno::TOOMANYREFS].map(Errno::raw_os_error);
            match error.raw_os_error() {
                Some(number) if busy.contains(&number) => RequestError::Busy(error),
                _ => RequestError::Failed(error),
            }
        })
    }
}

/// Sends `signal` to the process group of `leader`. Nothing if the pid is 0: that would be the
/// group of this program.
fn kill_group(leader: u32, signal: Signal) {
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, signal);
    }
}

/// Kills and reaps. A worker of a fork server is only killed: the server reaps it.
impl Drop for Process {
    fn drop(&mut self) {
        self.kill(Signal::KILL);
        if let Parent::This { child, .. } = &mut self.parent {
            let _ = child.wait();
        }
    }
}

/// A running fork server, which may serve several pools. Clones share it; the last one to be
/// dropped kills it, and its workers end with it. It stays a process with one thread, so a fork of
/// it copies no lock that another thread holds.
#[derive(Clone, Debug)]
pub struct ForkServer {
    inner: Arc<Server>,
}

#[derive(Debug)]
struct Server {
    /// The socket over which pools are introduced. Held for one message that does not block.
    control: Mutex<UnixStream>,
    child: Child,
}

impl ForkServer {
    /// Starts `program` as a fork server.
    ///
    /// # Errors
    /// If it cannot be started. An error after its `exec` shows in the first link to it.
    pub fn start(program: &Path) -> io::Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        // A server that is stopped must not block the pools, which send under their lock.
        control.set_nonblocking(true)?;
        let mut command = Command::new(program);
        command
            .args([CHILD, FORK_SERVER])
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let child = job_control::start(&mut command).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", program.display()))
        })?;
        Ok(Self { inner: Arc::new(Server { control: Mutex::new(control), child }) })
    }

    pub fn pid(&self) -> u32 {
        self.inner.child.id()
    }

    /// Opens a link to the server for one pool, so that each pool gets reports on its own
    /// workers only.
    ///
    /// # Errors
    /// If descriptors are short, or the server is gone or does not read.
    pub(crate) fn connect(&self) -> io::Result<UnixStream> {
        let (client, theirs) = UnixStream::pair()?;
        let control = self.inner.control.lock();
        send_with(&control, &encode(Kind::Hello, &0u64.to_le_bytes())?, &[theirs.as_fd()])?;
        Ok(client)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
