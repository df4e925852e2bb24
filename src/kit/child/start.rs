//! Starts worker processes, and reports how they ended.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

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

/// How worker processes come to be, in the words of Python's `multiprocessing`.
#[derive(Clone, Debug)]
pub enum Start {
    /// Our own program, started for each worker.
    Spawn,
    /// A fork of a small server that is our own program, started once.
    ForkServer(ForkServer),
}

/// A worker process, seen from its parent. Dropping it kills and reaps it with all that
/// it started.
#[derive(Debug)]
pub struct Process {
    /// 0 until the fork server has reported it.
    pid: u32,
    pub(crate) socket: UnixStream,
    pub(crate) stdout: Option<OwnedFd>,
    pub(crate) stderr: Option<OwnedFd>,
    kin: Kin,
    dead: bool,
}

#[derive(Debug)]
enum Kin {
    /// Ours to reap. The descriptor is ready when it ends.
    Own { child: Child, end: OwnedFd },
    /// The fork server's to reap.
    Served,
}

impl Process {
    /// Starts `program` as a worker.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn spawn(program: &Path) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        let mut command = Command::new(program);
        command
            .args([CHILD, WORKER])
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that a tree is ended as a tree.
            .process_group(0);
        let mut child = job_control::start(&mut command).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", program.display()))
        })?;
        let pid = child.id();
        let end = watch_end(pid).inspect_err(|_| {
            // No process would learn of its end.
            let _ = child.kill();
            let _ = child.wait();
        })?;
        let (stdout, stderr) =
            (child.stdout.take().map(OwnedFd::from), child.stderr.take().map(OwnedFd::from));
        Ok(Self { pid, socket, stdout, stderr, kin: Kin::Own { child, end }, dead: false })
    }

    /// A worker that a fork server is still to be asked for, and what to ask with. Its
    /// socket can be used at once.
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
            kin: Kin::Served,
            dead: false,
        };
        let request = ForkRequest { ends: [theirs.into(), out, err] };
        Ok((process, request))
    }

    /// Waits until the worker has said hello.
    ///
    /// # Errors
    /// If it ends before, or `limit` does.
    pub fn wait_hello(&self, limit: &Limit) -> io::Result<()> {
        let mut socket = Limited { descriptor: &self.socket, limit };
        let hello = wire::read(&mut socket)?;
        hello.map(drop).ok_or(io::ErrorKind::UnexpectedEof.into())
    }

    /// 0 while it is not known yet.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn set_pid(&mut self, pid: u32) {
        self.pid = pid;
    }

    /// Ready when the process has ended, if it is ours to reap.
    pub(crate) fn end(&self) -> Option<BorrowedFd<'_>> {
        match &self.kin {
            Kin::Own { end, .. } => Some(end.as_fd()),
            Kin::Served => None,
        }
    }

    /// How it ended, if it is ours and has. What it started ends then too.
    pub(crate) fn reap(&mut self) -> Option<Death> {
        let Kin::Own { child, end } = &mut self.kin else {
            return None;
        };
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let death = match waitid(WaitId::PidFd(end.as_fd()), look) {
            Ok(Some(_)) => {
                // While it is not reaped, no other process can have its number.
                kill_group(self.pid, Signal::KILL);
                let status = child.wait().ok();
                Death::of(
                    status.and_then(|status| status.code()),
                    status.and_then(|status| status.signal()),
                )
            }
            // Reaped by the system itself.
            Err(Errno::CHILD) => Death::Unknown,
            _ => return None,
        };
        self.dead = true;
        Some(death)
    }

    /// The fork server has reaped it.
    pub(crate) fn mark_reaped(&mut self) {
        self.dead = true;
    }

    /// Sends `signal` to it and all that it started. Nothing, if it is known to be dead.
    pub fn kill(&self, signal: Signal) {
        if !self.dead {
            kill_group(self.pid, signal);
        }
    }
}

/// A request for one worker: the other ends of its socket and of its two outputs.
#[derive(Debug)]
pub(crate) struct ForkRequest {
    ends: [OwnedFd; 3],
}

/// Why a request did not reach the fork server.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// Requests that it has not read yet are in the way: there is room after its next
    /// answer, if one is due.
    Busy(io::Error),
    /// It never will.
    Failed(io::Error),
}

impl ForkRequest {
    /// Sends it over `client`, which must not block. The worker's pid, or why there is
    /// none, and later how it ended, come back over `client` under the number `id`.
    ///
    /// # Errors
    /// [`RequestError`]: this is the only place where `EAGAIN` means "later".
    pub(crate) fn send(&self, client: &UnixStream, id: u64) -> Result<(), RequestError> {
        let ends = self.ends.each_ref().map(AsFd::as_fd);
        let request = encode(Kind::Fork, &id.to_le_bytes())
            .map_err(|error| RequestError::Failed(error.into()))?;
        send_with(client, &request, &ends).map_err(|error| {
            // The second: more descriptors on their way than this user may have open.
            let busy = [Errno::AGAIN, Errno::TOOMANYREFS].map(Errno::raw_os_error);
            match error.raw_os_error() {
                Some(number) if busy.contains(&number) => RequestError::Busy(error),
                _ => RequestError::Failed(error),
            }
        })
    }
}

/// A descriptor that is ready when the child `pid` ends.
fn watch_end(pid: u32) -> io::Result<OwnedFd> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidData)?;
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

/// Sends `signal` to the process group of `leader`; nothing, if the pid is not known.
fn kill_group(leader: u32, signal: Signal) {
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, signal);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill(Signal::KILL);
        if let Kin::Own { child, .. } = &mut self.kin {
            let _ = child.wait();
        }
    }
}

/// A running fork server. Clones are one; the last to drop ends it.
#[derive(Clone, Debug)]
pub struct ForkServer {
    inner: Arc<Server>,
}

#[derive(Debug)]
struct Server {
    control: Mutex<UnixStream>,
    child: Child,
}

impl ForkServer {
    /// Starts `program` as a fork server.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(program: &Path) -> io::Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        // A server that does not listen must not keep those who ask from going on.
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

    /// The server's own pid.
    pub fn pid(&self) -> u32 {
        self.inner.child.id()
    }

    /// A line to the server for one pool, so that each gets reports on its own workers only.
    pub(crate) fn connect(&self) -> io::Result<UnixStream> {
        let (client, theirs) = UnixStream::pair()?;
        let control = self.inner.control.lock().unwrap_or_else(PoisonError::into_inner);
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
