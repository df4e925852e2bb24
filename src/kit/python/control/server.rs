//! The interpreter that runs the schedules: requests to it, and its answers.
//!
//! Both are lines on its standard input, which is a socket:
//!
//! ```text
//!   ready 3.11.7 GROUP                                once, when it can be asked
//!   run SECONDS END DETAIL POLICY SEED DEPTH LENGTH SWITCHES
//!       END       quick or whole
//!       DETAIL    steps, or values: also what variables and tools become
//!       POLICY    default, walk or pct; zeros for what it does not need
//!       SWITCHES  THREAD.POINT.NEXT,... or -
//!   done STATUS                                       as waitpid(2) says it
//!   late                                              it was killed after SECONDS
//! ```
//!
//! One request at a time. The server itself never runs the script's code, so a schedule that does
//! not end is killed whatever it does. All that the schedules start is in the process group GROUP,
//! and what is left of it is killed after each schedule.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};

use super::super::group::{Group, read};
use super::super::guard::Guard;
use super::super::session::{COUNT_INTERVAL, PROCESSES_AT_ONCE, count, number};
use super::super::shim::RunFolder;
use super::super::{Python, last_line};
use super::execution::{End, Execution, Output};
use super::schedule::ForcedSwitch;
use super::trace::TraceFile;
use crate::kit::proc_stat::stat_of;
use crate::kit::stop::Stop;
use crate::kit::sys::process::kill_with_parent;

/// How long a wait goes on before it looks at the stop flag.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// A schedule that takes longer is ended.
pub const LIMIT: Duration = Duration::from_secs(5);
/// How long the interpreter may take to start, and to answer after its child was to be killed.
const START: Duration = Duration::from_secs(20);
const LATE: Duration = Duration::from_secs(5);
/// Bytes of output that are read at once, and in one look at a schedule that runs; of answers.
const READ: usize = 64 * 1024;
const MOST: usize = 16 * READ;
const ANSWER: usize = 4096;

/// How threads are chosen where the schedule does not say it. The chance is the shim's own, from
/// the seed alone: the same request leads to the same choices under every version of CPython.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The one that runs goes on, then the one that was started first.
    Default,
    /// At each point another one with some probability.
    Walk { seed: u64 },
    /// By priorities that change `depth - 1` times within `length` choices.
    Pct { seed: u64, depth: u32, length: u64 },
}

/// One schedule to run: what is asked for, in the order of its points, and how all else is chosen.
/// A switch whose point never comes has no effect; one to a thread that is not ready is refused,
/// which the trace says.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub policy: Policy,
    pub asked: &'a [ForcedSwitch],
    /// Let the interpreter end as it does, with destructors of what lived up to then.
    pub whole: bool,
    /// Write the values of variables and the uses of tools, too.
    pub values: bool,
}

/// Why no schedule can be run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("{0}")]
    Start(#[from] io::Error),
    #[error("{0} cannot be controlled, only CPython from 3.8 on")]
    Refused(String),
    #[error("the interpreter did not load the shim")]
    NoShim,
    #[error("the interpreter ended{0}")]
    Gone(String),
    #[error("it had more than {PROCESSES_AT_ONCE} processes at once")]
    Processes,
    #[error("a schedule did not end although it was killed")]
    Stuck,
    #[error("asked to stop")]
    Stopped,
}

/// A running interpreter. Dropping it kills it and all of its process group.
#[derive(Debug)]
pub struct Server {
    /// As of a script that runs under watch.
    guard: Option<Guard>,
    group: Group,
    /// The process group of all that schedules start.
    schedules: Option<Pid>,
    folder: RunFolder,
    socket: UnixStream,
    answers: Vec<u8>,
    trace: Option<TraceFile>,
    stdout: Output,
    stderr: Output,
    version: String,
}

impl Server {
    /// Starts the interpreter for a script, with `program`, which is this one, as its guard. The
    /// calling thread must not end before the server is dropped: the interpreter is killed with it.
    ///
    /// # Errors
    /// If it cannot be started, or cannot be controlled.
    pub fn start(
        program: &Path,
        python: &Python,
        script: &Path,
        arguments: &[OsString],
        stop: &Stop,
    ) -> Result<Self, ServerError> {
        let folder = RunFolder::create()?;
        std::fs::write(folder.path().join("explore"), "")?;
        let (socket, theirs) = UnixStream::pair()?;
        socket.set_nonblocking(true)?;
        let mut command = Command::new(python.program());
        command.arg(script).args(arguments).stdin(Stdio::from(OwnedFd::from(theirs)));
        // Sets have the same order in each process.
        command.env("PYTHONHASHSEED", "0");
        folder.let_in(&mut command);
        kill_with_parent(&mut command);
        let group = Group::start(&mut command)?;
        // The command holds the other end of the socket.
        drop(command);
        let mut server = Self {
            guard: Guard::start(program, group.leader(), folder.path()).ok(),
            group,
            schedules: None,
            folder,
            socket,
            answers: Vec::new(),
            trace: None,
            stdout: Output::default(),
            stderr: Output::default(),
            version: String::new(),
        };
        match server.answer(START, stop) {
            Ok(line) if server.take_ready(&line).is_some() => {}
            Ok(_) | Err(ServerError::Stuck) => return Err(ServerError::NoShim),
            Err(ServerError::Gone(_)) => return Err(server.not_started()),
            Err(error) => return Err(error),
        }
        server.trace = Some(TraceFile::open(&server.path("trace"))?);
        Ok(server)
    }

    /// Takes the line that says which interpreter it is, and where the schedules will be.
    fn take_ready(&mut self, line: &str) -> Option<()> {
        let (version, group) = line.strip_prefix("ready ")?.split_once(' ')?;
        let group = Pid::from_raw(group.parse().ok()?)?;
        // Only what the interpreter has made itself is ever killed.
        let stat = stat_of(number(group)).ok()?;
        (stat.parent == number(self.group.leader())).then_some(())?;
        if let Some(guard) = &mut self.guard {
            guard.add(group, stat.start).ok()?;
        }
        version.clone_into(&mut self.version);
        self.schedules = Some(group);
        Some(())
    }

    /// Runs one schedule to its end.
    ///
    /// # Errors
    /// If the interpreter is gone or does not answer, or if it was asked to stop.
    pub fn run(&mut self, request: &Request<'_>, stop: &Stop) -> Result<Execution, ServerError> {
        (self.stdout, self.stderr) = (Output::default(), Output::default());
        self.send(&line(request))?;
        let answer = self.answer(LIMIT + LATE, stop)?;
        let end = match answer.strip_prefix("done ") {
            Some(status) => status.parse().ok().map(End::from_wait),
            None => (answer == "late").then_some(End::Late),
        };
        let Some(end) = end else {
            return Err(ServerError::Gone(format!(": it answered `{answer}`")));
        };
        let trace = self.trace.as_ref().ok_or(ServerError::NoShim)?.read()?;
        let execution = Execution {
            trace,
            end,
            stdout: std::mem::take(&mut self.stdout),
            stderr: std::mem::take(&mut self.stderr),
        };
        if execution.is_broken() {
            return Err(gone(&execution.stderr));
        }
        Ok(execution)
    }

    /// The interpreter's version, such as `3.11.7`. Where it may switch threads depends on it, and
    /// so does what a schedule is worth as evidence.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn send(&self, line: &str) -> Result<(), ServerError> {
        let mut rest = line.as_bytes();
        while !rest.is_empty() {
            match rustix::io::write(&self.socket, rest) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::AGAIN | Errno::INTR) => {
                    let mut fds = [PollFd::new(&self.socket, PollFlags::OUT)];
                    let _ = poll(&mut fds, Some(&Timespec::try_from(LATE).unwrap_or_default()));
                }
                Err(error) => return Err(ServerError::Gone(format!(": {error}"))),
            }
        }
        Ok(())
    }

    /// Waits for the next line of the server, and takes output meanwhile.
    fn answer(&mut self, limit: Duration, stop: &Stop) -> Result<String, ServerError> {
        let deadline = Instant::now() + limit;
        let mut next_count = Instant::now() + COUNT_INTERVAL;
        let mut buffer = vec![0; READ];
        loop {
            if stop.requested() {
                return Err(ServerError::Stopped);
            }
            if Instant::now() >= deadline {
                return Err(ServerError::Stuck);
            }
            self.wait()?;
            // A schedule that takes so long may start processes without end.
            if Instant::now() >= next_count {
                next_count = Instant::now() + COUNT_INTERVAL;
                if self.schedules.is_some_and(|all| count(all) > PROCESSES_AT_ONCE) {
                    return Err(ServerError::Processes);
                }
            }
            // The answer first: what was written before it is then in the pipes.
            let ended = self.read_answer(&mut buffer);
            self.read_output(&mut buffer);
            if let Some(end) = self.answers.iter().position(|byte| *byte == b'\n') {
                let rest = self.answers.split_off(end + 1);
                let line = std::mem::replace(&mut self.answers, rest);
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if ended || self.answers.len() > ANSWER {
                return Err(ServerError::Gone(String::new()));
            }
        }
    }

    fn wait(&self) -> io::Result<()> {
        let pipes = [&self.group.stdout, &self.group.stderr].into_iter().flatten();
        let mut ready: Vec<_> =
            pipes.map(|pipe| PollFd::from_borrowed_fd(pipe.as_fd(), PollFlags::IN)).collect();
        ready.push(PollFd::new(&self.socket, PollFlags::IN));
        let limit = Timespec::try_from(POLL_INTERVAL).unwrap_or_default();
        match poll(&mut ready, Some(&limit)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes what was answered; returns whether the server has closed its end.
    fn read_answer(&mut self, buffer: &mut [u8]) -> bool {
        match rustix::io::read(&self.socket, &mut *buffer) {
            Ok(0) => true,
            Ok(count) => {
                self.answers.extend_from_slice(&buffer[..count]);
                false
            }
            Err(Errno::AGAIN | Errno::INTR) => false,
            Err(_) => true,
        }
    }

    fn read_output(&mut self, buffer: &mut [u8]) {
        for (pipe, output) in
            [(&mut self.group.stdout, &mut self.stdout), (&mut self.group.stderr, &mut self.stderr)]
        {
            let mut taken = 0;
            while taken < MOST
                && let Some(count) = read(pipe, buffer)
            {
                output.take(&buffer[..count]);
                taken += count;
            }
        }
    }

    /// Why the interpreter ended before it was ready.
    fn not_started(&self) -> ServerError {
        if let Some(text) = self.folder.refused() {
            return ServerError::Refused(text);
        }
        gone(&self.stderr)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // First, so that it starts no other schedule.
        self.group.kill();
        if let Some(schedules) = self.schedules {
            let _ = kill_process_group(schedules, Signal::KILL);
        }
    }
}

fn line(request: &Request<'_>) -> String {
    let (kind, seed, depth, length) = match request.policy {
        Policy::Default => ("default", 0, 0, 0),
        Policy::Walk { seed } => ("walk", seed, 0, 0),
        Policy::Pct { seed, depth, length } => ("pct", seed, depth, length),
    };
    let switch = |one: &ForcedSwitch| format!("{}.{}.{}", one.thread, one.point, one.next);
    let asked: Vec<_> = request.asked.iter().map(switch).collect();
    let asked = if asked.is_empty() { "-".to_owned() } else { asked.join(",") };
    let limit = LIMIT.as_secs();
    let end = if request.whole { "whole" } else { "quick" };
    let detail = if request.values { "values" } else { "steps" };
    format!("run {limit} {end} {detail} {kind} {seed} {depth} {length} {asked}\n")
}

/// Why the shim ended the interpreter; without a message it was not the shim.
fn gone(stderr: &Output) -> ServerError {
    last_line(&stderr.kept)
        .map_or(ServerError::NoShim, |line| ServerError::Gone(format!(": {line}")))
}
