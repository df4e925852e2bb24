//! An interpreter as a process group: started, waited for, killed and reaped as a whole.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid,
};

use super::super::job_control;
use super::session;
use super::terminal::Terminal;

/// The bytes that can be read from a pipe now, if any; a pipe that has ended is closed.
pub fn read(pipe: &mut Option<OwnedFd>, buffer: &mut [u8]) -> Option<usize> {
    match rustix::io::read(pipe.as_ref()?.as_fd(), buffer) {
        Ok(count) if count > 0 => Some(count),
        Err(Errno::AGAIN | Errno::INTR) => None,
        Ok(_) | Err(_) => {
            *pipe = None;
            None
        }
    }
}

/// The interpreter and whatever it forks. Dropping it kills and reaps them, as far as they are in
/// the group: a process that made a group of its own is not found by this.
#[derive(Debug)]
pub struct Group {
    child: Child,
    /// A pidfd (`pidfd_open(2)`): readable when the interpreter has ended, so one `poll`
    /// waits for that and for output.
    end: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
    /// What it has instead of the pipes. Then it leads a session, and all of that ends with it.
    pub terminal: Option<Terminal>,
    /// With a terminal: the folder that all of its processes write to.
    folder: Option<PathBuf>,
    /// Whether the kernel has forgotten it, so that its number may be another process's.
    reaped: bool,
}

impl Group {
    /// Starts it with stdout and stderr piped, in a process group of its own. A terminal's Ctrl-C
    /// does therefore not reach it, and it cannot read from that terminal.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Its number is the group's, too.
            .process_group(0);
        Self::spawn(command, None, None)
    }

    /// Starts it as the leader of a session with this terminal. Its processes write to `folder`.
    pub fn start_in(command: &mut Command, terminal: Terminal, folder: &Path) -> io::Result<Self> {
        terminal.give_to(command)?;
        Self::spawn(command, Some(terminal), Some(folder.to_owned()))
    }

    fn spawn(
        command: &mut Command,
        terminal: Option<Terminal>,
        folder: Option<PathBuf>,
    ) -> io::Result<Self> {
        let mut child = job_control::start(command)?;
        let mut group = Self {
            stdout: child.stdout.take().map(OwnedFd::from),
            stderr: child.stderr.take().map(OwnedFd::from),
            terminal,
            folder,
            end: None,
            child,
            reaped: false,
        };
        // From here on an error ends what was started.
        for pipe in [&group.stdout, &group.stderr].into_iter().flatten() {
            fcntl_setfl(pipe, OFlags::NONBLOCK)?;
        }
        group.end = Some(pidfd_open(group.leader(), PidfdFlags::empty())?);
        Ok(group)
    }

    /// The interpreter's process number.
    pub fn leader(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until there is output or the interpreter has ended, at most for `limit`, and returns
    /// whether it has ended.
    pub fn wait(&self, limit: Duration) -> io::Result<bool> {
        let all = [&self.end, &self.stdout, &self.stderr];
        let watch = |fd| PollFd::from_borrowed_fd(fd, PollFlags::IN);
        let mut ready: Vec<_> = all.into_iter().flatten().map(|fd| watch(fd.as_fd())).collect();
        ready.extend(self.terminal.as_ref().and_then(Terminal::watch));
        let limit = Timespec::try_from(limit).unwrap_or_default();
        match poll(&mut ready, Some(&limit)) {
            // `end` is the first of those that are polled.
            Ok(_) => Ok(ready.first().is_some_and(|end| !end.revents().is_empty())),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends whatever of the group still lives, stopped or not; of a script with a terminal also
    /// what has left the group.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        if let Some(folder) = &self.folder
            && self.has_leader()
        {
            session::kill_all(self.leader(), folder);
        }
    }

    /// Sends a signal to whatever of the group still lives. The leader is not reaped before, so
    /// that its number, which is the group's, cannot be another's by now.
    pub fn signal(&self, signal: Signal) {
        if self.has_leader() {
            let _ = kill_process_group(self.leader(), signal);
        }
    }

    /// Whether the leader is still a child, ended or not, so that its number is its own.
    fn has_leader(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(self.leader()), look).is_ok()
    }

    /// Closes the terminal, if it has one, and then ends it all.
    pub fn hang_up(&mut self) {
        self.terminal.as_mut().map(Terminal::hang_up).unwrap_or_default();
        self.kill();
    }

    /// Takes the exit status, now that it has ended.
    pub fn reap(mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait();
        self.reaped = true;
        status
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.reaped {
            self.hang_up();
            let _ = self.child.wait();
        }
    }
}
