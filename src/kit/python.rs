//! A real CPython beside this program, for measuring what the labs compare themselves with
//! instead of quoting it.
//!
//! A script runs in a process group of its own. A few lines in front of it (`watch.py`)
//! watch the other end of its standard input: when this program is gone, however that came
//! about, it and everything it forked ends. The other way round, dropping the group kills it
//! as a whole.
//!
//! And a script of the user's own, whose interpreter is watched from inside while it runs
//! ([`Watched`]): a shim that the interpreter imports writes records into a ring in memory,
//! which is read here.
//!
//! ```text
//!   this program                          the interpreter
//!   ────────────                          ───────────────
//!   shim: PYTHONPATH, THREADBARE_RUN ───► sitecustomize: imports the shim, takes both back
//!                                         the script runs, its threads emit
//!   definitions ◄── definitions.PID ────  names, places, exceptions: lines
//!   ring        ◄── ring.PID ───────────  records: 64 bytes each, no system call
//!               ─── position, locks ────► room in the ring, locks that are taken away
//!   group       ◄── pipes ──────────────  stdout and stderr
//! ```
//!
//! Each process that the script starts gets files of its own, by the same two variables, which
//! the shim sets for the moment of the start. What they say has numbers of its own too, which
//! [`Scope`] puts apart.
//!
//! | module | what |
//! |---|---|
//! | `group` | a process group: start, wait, kill, reap |
//! | `guard` | ends what a script has started if this program is killed |
//! | `terminal`, `session` | a script's own terminal, and the end of all that has to do with it |
//! | `processes` | its processes, as a user stops, continues and kills them |
//! | `shim` | the shim's files, and the folder of a run |
//! | `ring`, `record`, `scope`, `definitions` | what the shim writes |
//! | `source` | the source of a script |
//! | `states` | what its threads do, sampled from outside |
//! | `watched` | a script that runs under watch |
//! | [`control`] | a script whose threads run in an order that is chosen here |

pub mod control;
mod definitions;
mod group;
pub mod guard;
mod processes;
mod record;
mod ring;
mod scope;
mod session;
mod shim;
mod source;
mod states;
mod terminal;
mod watched;

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{Access, access};

pub use self::definitions::Definition;
use self::group::{Group, read};
pub use self::record::{
    ChildTask, Content, ListOperation, LockFailure, PoolStep, QueueWant, Record, RecordKind,
    RecordPlace, TaskEnd, TaskId,
};
pub use self::ring::REMOVABLE_LOCKS;
pub use self::scope::Scope;
pub use self::session::{COUNT_INTERVAL, PROCESSES_AT_ONCE};
pub use self::source::{Source, source_lines};
pub use self::states::{Sample, Sampler};
pub use self::terminal::Size;
pub use self::watched::{Seen, Watched};
use super::clock;
use super::stop::Stop;
use crate::printable::Printable;

/// Runs in the interpreter before the script.
const WATCH: &str = include_str!("../../assets/python/watch.py");
/// How long a wait for output goes on before it looks at the stop flag.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
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

    /// The interpreter that a user means: the one that is named, by path or as a shell would
    /// find it; else that of the active virtual environment, else `python3`.
    pub fn wanted(named: &str) -> Option<Self> {
        if named.contains('/') {
            let program = PathBuf::from(named);
            return is_program(&program).then_some(Self { program });
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        if !named.is_empty() {
            return Self::called(named, &path);
        }
        let environment = std::env::var_os("VIRTUAL_ENV");
        let own = environment.map(|folder| PathBuf::from(folder).join("bin"));
        own.and_then(|folder| Self::find_in(folder.as_os_str())).or_else(|| Self::find_in(&path))
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The same on a given path.
    fn find_in(path: &OsStr) -> Option<Self> {
        Self::called("python3", path)
    }

    fn called(name: &str, path: &OsStr) -> Option<Self> {
        let program = std::env::split_paths(path)
            .map(|folder| folder.join(name))
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
        let mut command = Command::new(&self.program);
        command
            // Without user site or warnings: neither belongs to what is measured.
            .args(["-s", "-W", "ignore", "-c"])
            .arg(format!("{WATCH}\n{script}"))
            .args(arguments)
            .stdin(Stdio::piped());
        let mut group = Group::start(&mut command).map_err(|error| self.failure(&error))?;
        let (mut lines, mut stderr_end) = (Lines::default(), Vec::new());
        let mut buffer = vec![0; READ];
        loop {
            go_on()?;
            let ended = group.wait(POLL_INTERVAL).map_err(|error| self.failure(&error))?;
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
                let status = group.reap().map_err(|error| self.failure(&error))?;
                return if status.success() { Ok(()) } else { Err(failed(status, &stderr_end)) };
            }
        }
    }

    /// An error with the program's name before it.
    fn failure(&self, error: &io::Error) -> Printable {
        Printable::foreign(&format!("{}: {error}", self.program.display()))
    }
}

fn is_program(file: &Path) -> bool {
    file.is_file() && access(file, Access::EXEC_OK).is_ok()
}

/// A status that is no success, as one sentence with the last line of stderr.
fn failed(status: ExitStatus, stderr_end: &[u8]) -> Printable {
    let last = last_line(stderr_end).unwrap_or_else(|| "no message".into());
    format!("it ended with {status}: {last}").into()
}

/// The last line that is none of blanks: an exception's message.
fn last_line(stderr: &[u8]) -> Option<Printable> {
    let text = String::from_utf8_lossy(stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(Printable::within(last.trim_end(), QUOTED))
}

/// The error for a line that should be a measurement and is none.
pub fn no_measurement(line: &str) -> Printable {
    let line = Printable::within(line, QUOTED);
    format!("it wrote `{line}`, which is no measurement").into()
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

#[cfg(test)]
mod tests;
