//! A real CPython beside this program, for measuring what the labs compare themselves with
//! instead of quoting it.
//!
//! A script runs in a process group of its own. A few lines in front of it (`watch.py`)
//! watch the other end of its standard input: when this program is gone, however that came
//! about, it and everything it forked ends. The other way round, dropping the group kills it
//! as a whole.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Access, OFlags, access, fcntl_setfl};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid,
};

use super::stop::Stop;
use super::{clock, job_control};
use crate::printable::Printable;

/// Runs in the interpreter before the script.
const WATCH: &str = include_str!("../../assets/python/watch.py");
/// How long a wait for output goes on before it looks at the stop flag.
const POLL_INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// Bytes read at once, and bytes of the last output on stderr that are kept.
const READ: usize = 64 * 1024;
/// Bytes of a line at most. The longest that a script of this program writes holds the squares of
/// one run's tasks, some kilobytes.
const LONGEST_LINE: usize = 1024 * 1024;
/// Characters of an error message, or of a line that is no measurement, that are worth repeating.
const QUOTED: usize = 200;

/// An interpreter that was found. Its version is not checked: scripts report it themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    program: PathBuf,
}

impl Python {
    /// The first `python3` on the path that may be executed, as a shell finds it. `None` if
    /// there is none.
    pub fn find() -> Option<Self> {
        Self::find_in(&std::env::var_os("PATH")?)
    }

    /// The same on a given path.
    fn find_in(path: &OsStr) -> Option<Self> {
        let is_program = |file: &Path| file.is_file() && access(file, Access::EXEC_OK).is_ok();
        let program = std::env::split_paths(path)
            .map(|folder| folder.join("python3"))
            .find(|file| is_program(file))?;
        Some(Self { program })
    }

    /// Runs `script` with `arguments` and passes each line of its output to `line`, as it
    /// came: it is foreign. A `line` that fails ends the script. Blocks the calling thread
    /// meanwhile.
    ///
    /// # Errors
    /// One sentence: it could not be started, ended with an error (the last line of its
    /// stderr), wrote what `line` refuses or a line without end, did not end within `limit`, or
    /// was asked to stop. Whatever it started is gone then, and also if it ends well.
    pub fn run(
        &self,
        script: &str,
        arguments: &[String],
        limit: Duration,
        stop: &Stop,
        mut line: impl FnMut(&str) -> Result<(), Printable>,
    ) -> Result<(), Printable> {
        let deadline = clock::after(limit);
        let go_on = || {
            if stop.requested() {
                return Err(Printable::from("asked to stop"));
            }
            let late = Instant::now() >= deadline;
            if late { Err("it did not end in time".into()) } else { Ok(()) }
        };
        let started = Group::start(self, script, arguments);
        let mut group = started.map_err(|error| self.failure(&error))?;
        let (mut lines, mut stderr_end) = (Lines::default(), Vec::new());
        let mut buffer = vec![0; READ];
        loop {
            go_on()?;
            let ended = group.wait().map_err(|error| self.failure(&error))?;
            // Before the pipes are read to their ends: a process that it forked may hold
            // them open.
            if ended {
                // What it left behind must not keep its output open.
                group.kill();
            }
            while let Some(count) = read(&mut group.stdout, &mut buffer) {
                lines.take(&buffer[..count], &mut line)?;
                go_on()?;
            }
            while let Some(count) = read(&mut group.stderr, &mut buffer) {
                stderr_end.extend_from_slice(&buffer[..count]);
                // Only the end of stderr is wanted: the message of an exception is its last
                // line.
                stderr_end.drain(..stderr_end.len().saturating_sub(READ));
                go_on()?;
            }
            if ended {
                lines.end(&mut line)?;
                return group.reap(&stderr_end);
            }
        }
    }

    /// An error with the program's name before it.
    fn failure(&self, error: &io::Error) -> Printable {
        Printable::foreign(&format!("{}: {error}", self.program.display()))
    }
}

/// The error for a line that should be a measurement and is none.
pub fn no_measurement(line: &str) -> Printable {
    let line = Printable::within(line, QUOTED);
    format!("it wrote `{line}`, which is no measurement").into()
}

/// The bytes that can be read from a pipe now, if any; a pipe that has ended is closed.
fn read(pipe: &mut Option<OwnedFd>, buffer: &mut [u8]) -> Option<usize> {
    match rustix::io::read(pipe.as_ref()?.as_fd(), buffer) {
        Ok(count) if count > 0 => Some(count),
        Err(Errno::AGAIN | Errno::INTR) => None,
        Ok(_) | Err(_) => {
            *pipe = None;
            None
        }
    }
}

/// Cuts output into lines, each of which fits into memory. A read ends anywhere, also
/// within a character.
#[derive(Debug, Default)]
struct Lines {
    /// Of the line that has not ended.
    begun: Vec<u8>,
}

impl Lines {
    /// Passes on the lines that end in `bytes`, and keeps the rest.
    fn take(
        &mut self,
        mut bytes: &[u8],
        line: &mut impl FnMut(&str) -> Result<(), Printable>,
    ) -> Result<(), Printable> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(&bytes[..end]);
            self.end(line)?;
            bytes = &bytes[end + 1..];
        }
        self.begun.extend_from_slice(bytes);
        if self.begun.len() > LONGEST_LINE {
            return Err(no_measurement(&String::from_utf8_lossy(&self.begun)));
        }
        Ok(())
    }

    /// The line has ended; one of blanks is none.
    fn end(
        &mut self,
        line: &mut impl FnMut(&str) -> Result<(), Printable>,
    ) -> Result<(), Printable> {
        let text = std::mem::take(&mut self.begun);
        match text.trim_ascii_end() {
            [] => Ok(()),
            text => line(&String::from_utf8_lossy(text)),
        }
    }
}

/// The interpreter and whatever it forks. Dropping it kills and reaps them.
#[derive(Debug)]
struct Group {
    child: Child,
    /// A pidfd (`pidfd_open(2)`): readable when the interpreter has ended, so one `poll`
    /// waits for that and for output.
    end: Option<OwnedFd>,
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    /// Whether the kernel has forgotten it, so that its number may be another process's.
    reaped: bool,
}

impl Group {
    /// Starts it with all three streams piped.
    fn start(python: &Python, script: &str, arguments: &[String]) -> io::Result<Self> {
        let mut command = Command::new(&python.program);
        command
            // Without user site or warnings: neither belongs to what is measured.
            .args(["-s", "-W", "ignore", "-c"])
            .arg(format!("{WATCH}\n{script}"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Its number is the group's, too.
            .process_group(0);
        let mut child = job_control::start(&mut command)?;
        let mut group = Self {
            stdout: child.stdout.take().map(OwnedFd::from),
            stderr: child.stderr.take().map(OwnedFd::from),
            end: None,
            child,
            reaped: false,
        };
        // From here on an error ends what was started.
        for pipe in [&group.stdout, &group.stderr].into_iter().flatten() {
            fcntl_setfl(pipe, OFlags::NONBLOCK)?;
        }
        let leader = group.leader().ok_or(io::ErrorKind::InvalidData)?;
        group.end = Some(pidfd_open(leader, PidfdFlags::empty())?);
        Ok(group)
    }

    /// The interpreter's process number.
    fn leader(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    /// Waits a moment for output or the interpreter's end, and returns whether that has come.
    fn wait(&self) -> io::Result<bool> {
        let all = [&self.end, &self.stdout, &self.stderr];
        let watch = |fd| PollFd::from_borrowed_fd(fd, PollFlags::IN);
        let mut ready: Vec<_> = all.into_iter().flatten().map(|fd| watch(fd.as_fd())).collect();
        match poll(&mut ready, Some(&POLL_INTERVAL)) {
            // `end` is the first of those that are polled.
            Ok(_) => Ok(ready.first().is_some_and(|end| !end.revents().is_empty())),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends whatever of the group still lives. The leader is not reaped before, so that its
    /// number, which is the group's, cannot be another's by now.
    fn kill(&self) {
        // Whether the leader is still a child, without reaping it: ended or not.
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        if let Some(leader) = self.leader()
            && waitid(WaitId::Pid(leader), look).is_ok()
        {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }

    /// Takes the exit status, now that it has ended; a failure becomes one sentence with
    /// the last line of stderr.
    fn reap(mut self, stderr_end: &[u8]) -> Result<(), Printable> {
        let status = self.child.wait();
        self.reaped = true;
        let status = status.map_err(|error| Printable::foreign(&error.to_string()))?;
        if status.success() {
            return Ok(());
        }
        let stderr_end = String::from_utf8_lossy(stderr_end);
        let mut last = stderr_end.lines().rev();
        let last = last.find(|line| !line.trim().is_empty());
        let last = Printable::within(last.unwrap_or("no message").trim_end(), QUOTED);
        Err(format!("it ended with {status}: {last}").into())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.reaped {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests;
