//! A script of the user's own that runs under watch.
//!
//! It runs as it would without: the same arguments, environment and working directory, and its
//! own exit status. Only its two outputs are pipes, or all of its standard streams are a terminal
//! of its own. Whatever it leaves behind in its process group, or with that terminal, ends with it.
//!
//! ```text
//!   start ─► look, look, ... ─► look returns true ─► status
//!               │                    the group is killed, then what was written is read to its
//!               │                    end: also records that no thread finished
//!               └ interrupt, kill, take_away at any time
//! ```
//!
//! A look takes, in this order: output, new processes, the records of all processes up to the
//! moment at which it began to read them, and then their definitions. Records are merged by their
//! times, because all processes read the same clock; those of one process stay in its order,
//! whatever their times say.

mod merge;
mod written;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::pipe::fcntl_getpipe_size;
use rustix::process::Signal;
use rustix::termios::isatty;

use self::merge::Merger;
use self::written::Written;
use super::Python;
use super::definitions::Definition;
use super::group::{Group, read};
use super::guard::Guard;
use super::processes::{Process, Stopped};
use super::record::Record;
use super::scope::Scope;
use super::session::{self, number};
use super::shim::{RunFolder, writers};
use super::terminal::{Size, Terminal};
use crate::kit::clock::{monotonic_ns, whole_ns};
use crate::kit::event::Stream;
use crate::kit::proc_stat::stat_of;
use crate::kit::sys::process::kill_with_parent;

/// Bytes of output that are read at once, and at most in one look at a script that runs.
const READ: usize = 64 * 1024;
const MOST: usize = 4 * READ;
/// Processes that are followed at most, and of those besides the first that are looked at for one
/// that reads from the terminal.
const PROCESSES: usize = 256;
const READERS: usize = 8;

/// A running script. Dropping it kills it and all of its process group.
#[derive(Debug)]
pub struct Watched {
    /// Without one, only a kill of this program leaves more behind. Ended before the script's
    /// number can be another's.
    guard: Option<Guard>,
    group: Group,
    folder: RunFolder,
    /// For output, of [`READ`] bytes.
    buffer: Vec<u8>,
    /// What each process writes, as soon as the shim has made it: the script's own first.
    written: Vec<Written>,
    /// Which of those that may have ended is asked at the next look whether it has.
    turn: usize,
    merger: Merger,
    /// Why what the shim writes could not be read, if so.
    unreadable: Option<io::Error>,
    /// While it stands still.
    stopped: Option<Stopped>,
    /// After each record, in nanoseconds: also of processes that begin later.
    delay: u64,
}

/// What was seen since the last look. Definitions go before the records that refer to them.
#[derive(Debug, Default)]
pub struct Seen {
    /// Each with the process that wrote it.
    pub definitions: Vec<(Scope, Definition)>,
    /// Of all processes, in the order of time.
    pub records: Vec<Record>,
    /// Processes that have begun: their numbers in the system, in the order of their scopes.
    pub begun: Vec<u32>,
    pub output: Vec<(Stream, Vec<u8>)>,
    /// There are records left behind, to be seen at the next look.
    pub more: bool,
}

impl Watched {
    /// Starts the script, in a terminal of this size if there is one, with `program`, which is this
    /// one, as its guard. Otherwise its outputs are pipes, and it reads this program's standard
    /// input, unless that is a terminal, whose input belongs to another process group. With
    /// `places` each record has its place, which the script's threads pay for; after each they wait
    /// for `delay`. The calling thread must not end before the script: that is killed with it.
    ///
    /// # Errors
    /// If the interpreter cannot be started, or there is no room for the folder of the run.
    pub fn start(
        program: &Path,
        python: &Python,
        script: &Path,
        arguments: &[OsString],
        size: Option<Size>,
        places: bool,
        delay: Duration,
    ) -> io::Result<Self> {
        let folder = RunFolder::create()?;
        let delay = whole_ns(delay);
        folder.request(places, delay)?;
        let mut command = Command::new(python.program());
        command.arg(script).args(arguments);
        folder.let_in(&mut command);
        kill_with_parent(&mut command);
        let group = if let Some(size) = size {
            Group::start_in(&mut command, Terminal::open(size)?, folder.path())?
        } else {
            let own = !isatty(rustix::stdio::stdin());
            command.stdin(if own { Stdio::inherit() } else { Stdio::null() });
            Group::start(&mut command)?
        };
        let guard = Guard::start(program, group.leader(), folder.path()).ok();
        let buffer = vec![0; READ];
        let (written, turn, merger) = (Vec::new(), 0, Merger::default());
        Ok(Self {
            guard,
            group,
            folder,
            buffer,
            written,
            turn,
            merger,
            unreadable: None,
            stopped: None,
            delay,
        })
    }

    /// Waits until there is output or the script has ended, at most for `limit`, and takes what
    /// was written: of each process a few thousand records at most, and then the next look does not
    /// wait. Returns whether it has ended and all is taken.
    ///
    /// # Errors
    /// If the system does not let it be waited for.
    pub fn look(&mut self, limit: Duration, seen: &mut Seen) -> io::Result<bool> {
        let limit = if seen.more { Duration::ZERO } else { limit };
        let ended = self.group.wait(limit)?;
        if ended {
            // What it left behind must not keep its output open.
            self.group.kill();
        }
        self.read_output(ended, seen);
        if self.unreadable.is_none() {
            seen.more = false;
            self.unreadable = self.read_written(ended, seen).err();
        }
        Ok(ended && !seen.more)
    }

    /// Stops the script: all of its process group, and what is watched and has left that. Returns
    /// the processes that go on, because they have left the script. Nothing if it is
    /// stopped already.
    pub fn pause(&mut self) -> Vec<u32> {
        if self.stopped.is_some() {
            return Vec::new();
        }
        let pids = self.written.iter().map(|one| one.pid);
        let (stopped, running) = Stopped::stop(&self.group, pids);
        self.stopped = Some(stopped);
        running
    }

    /// Continues the script where it was stopped.
    pub fn resume(&mut self) {
        if self.stopped.take().is_some() {
            self.group.signal(Signal::CONT);
        }
    }

    /// Lets each thread wait this long after each record, in all processes that are watched, and
    /// in those that begin later as soon as they are seen. 0 for no delay.
    ///
    /// # Errors
    /// If that cannot be written any more.
    pub fn slow(&mut self, delay: Duration) -> io::Result<()> {
        self.delay = whole_ns(delay);
        let mut rings = self.written.iter().filter_map(|one| one.files.as_ref());
        rings.try_for_each(|(ring, _)| ring.slow(self.delay))
    }

    /// Kills a process that the script started; whether it was there and one of the script's.
    pub fn kill_process(&self, pid: u32) -> bool {
        Process::open(pid, &self.group).is_some_and(|process| process.kill())
    }

    /// Asks the script to end, as a user does with Ctrl-C. One that is stopped goes on, or it
    /// could not.
    pub fn interrupt(&mut self) {
        self.resume();
        self.group.signal(Signal::INT);
    }

    /// Hangs up the script's terminal, if it has one, and ends the script and all of its processes
    /// at once.
    pub fn kill(&mut self) {
        self.group.hang_up();
    }

    /// Types this in the script's terminal. Nothing without one.
    pub fn type_in(&mut self, text: &str) {
        if let Some(terminal) = &mut self.group.terminal {
            terminal.type_in(text);
        }
    }

    /// Gives the script's terminal another size. Nothing without one.
    pub fn resize(&self, size: Size) {
        if let Some(terminal) = &self.group.terminal {
            terminal.resize(size);
        }
    }

    /// Whether the script waits for a key in its terminal, as far as the system shows what its
    /// first processes do.
    pub fn wants_input(&self) -> bool {
        let Some(terminal) = &self.group.terminal else {
            return false;
        };
        let others = self.written.iter().skip(1).take(READERS).map(|one| one.pid);
        std::iter::once(self.leader()).chain(others).any(|pid| terminal.is_read_by(pid))
    }

    /// Takes locks of the script's first process away and gives its others back: bit 0 is the lock
    /// with the number 1. Holds from the next acquisition on; nothing if it is not watched.
    ///
    /// # Errors
    /// If that cannot be written any more.
    pub fn take_away(&self, locks: u64) -> io::Result<()> {
        let first = self.written.first().and_then(|first| first.files.as_ref());
        first.map_or(Ok(()), |(ring, _)| ring.take_away(locks))
    }

    /// Records read, and records lost, of all processes. The sum is what the shim wanted to write.
    pub fn records(&self) -> (u64, u64) {
        let each = self.written.iter().map(|one| one.records);
        each.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1.saturating_add(one.1)))
    }

    /// How many processes are followed at most, if there were as many.
    pub fn most_processes(&self) -> Option<usize> {
        Some(PROCESSES).filter(|most| self.written.len() >= *most)
    }

    /// Whether there were processes that had no room for their records.
    pub fn was_crowded(&self) -> bool {
        self.folder.path().join("crowded").exists()
    }

    /// How many processes it has now; 0 while there is room to follow each.
    pub fn processes(&self) -> usize {
        let is_full = self.most_processes().is_some() || self.was_crowded();
        if is_full { session::count(self.group.leader()) } else { 0 }
    }

    /// Why nothing was seen, or no more from some moment on: the interpreter is none that can be
    /// watched, did not load the shim, or what was written is unreadable. `None` if all is well.
    pub fn blind(&self) -> Option<String> {
        if let Some(error) = &self.unreadable {
            return Some(format!("what the shim wrote cannot be read: {error}"));
        }
        let nothing = "the interpreter did not load the shim";
        self.written.is_empty().then(|| nothing.to_owned())
    }

    /// The interpreter, if it is one that was refused: the script has not run.
    pub fn refused(&self) -> Option<String> {
        self.folder.refused()
    }

    /// Takes the exit status, now that it has ended.
    ///
    /// # Errors
    /// If the system has lost it.
    pub fn reap(mut self) -> io::Result<ExitStatus> {
        self.guard = None;
        self.group.reap()
    }

    /// Takes output, of a script that has ended all that it can have left in its pipes: what
    /// another process in a session of its own still writes must not keep this going.
    fn read_output(&mut self, ended: bool, seen: &mut Seen) {
        if let Some(terminal) = &mut self.group.terminal {
            // What did not fit in before.
            terminal.type_in("");
            let mut written = Vec::new();
            while written.len() < MOST
                && let Some(count) = terminal.read(&mut self.buffer)
            {
                written.extend_from_slice(&self.buffer[..count]);
            }
            seen.output.extend((!written.is_empty()).then_some((Stream::Stdout, written)));
        }
        let pipes =
            [(Stream::Stdout, &mut self.group.stdout), (Stream::Stderr, &mut self.group.stderr)];
        for (stream, pipe) in pipes {
            let most =
                pipe.as_ref().filter(|_| ended).and_then(|pipe| fcntl_getpipe_size(pipe).ok());
            let (mut taken, most) = (0, most.unwrap_or(MOST));
            while taken < most
                && let Some(count) = read(pipe, &mut self.buffer)
            {
                taken += count;
                seen.output.push((stream, self.buffer[..count].to_vec()));
            }
        }
    }

    fn leader(&self) -> u32 {
        number(self.group.leader())
    }

    fn read_written(&mut self, ended: bool, seen: &mut Seen) -> io::Result<()> {
        // What is younger waits: the rings are read one after the other, so a record of the next
        // one may be the cause of what is read of it and not of its cause. So may the beginning of
        // a process whose ring is not open yet.
        let mut until = if ended { u64::MAX } else { monotonic_ns() };
        self.open_new(seen)?;
        // Before it is read: what has ended by then has written all.
        let mut read_out = self.next_gone();
        for (at, one) in self.written.iter_mut().enumerate() {
            let mut records = Vec::new();
            let is_gone = read_out == Some(at);
            let more = one.read(ended || is_gone, &mut records)?;
            if more && is_gone {
                read_out = None;
            }
            let latest = self.merger.add(at, records, monotonic_ns());
            if more {
                seen.more = true;
                until = until.min(latest);
            }
        }
        self.merger.take(until, &mut seen.records);
        // After the records: each is written before those that refer to it.
        for (scope, one) in self.written.iter_mut().enumerate() {
            let scope = scope_of(scope);
            seen.definitions.extend(one.definitions()?.into_iter().map(|one| (scope, one)));
        }
        if let Some(one) = read_out.and_then(|at| self.written.get_mut(at)) {
            one.close(self.folder.path());
        }
        Ok(())
    }

    /// One of the script's children that has ended, if the one whose turn it is has.
    fn next_gone(&mut self) -> Option<usize> {
        let open = self.written.iter().enumerate().skip(1).filter(|(_, one)| one.files.is_some());
        let open: Vec<_> = open.map(|(at, one)| (at, one.pid)).collect();
        self.turn = (self.turn + 1) % open.len().max(1);
        let (at, pid) = *open.get(self.turn)?;
        let runs = stat_of(pid).is_ok_and(|stat| !matches!(stat.state, 'Z' | 'X'));
        (!runs).then_some(at)
    }

    /// Opens what processes write that have begun since the last look. A ring has its name only
    /// when both files are there.
    fn open_new(&mut self, seen: &mut Seen) -> io::Result<()> {
        let mut pids = vec![self.leader()];
        if !self.written.is_empty() {
            pids.extend(writers(self.folder.path())?);
        }
        for pid in pids {
            let is_open = |one: &Written| one.pid == pid && one.files.is_some();
            if self.written.iter().any(is_open) {
                continue;
            }
            if self.written.len() >= PROCESSES {
                // Those that begin from now on write nothing.
                fs::write(self.folder.path().join("full"), "")?;
                written::remove(self.folder.path(), pid);
                continue;
            }
            let scope = scope_of(self.written.len());
            if let Some(one) = Written::open(self.folder.path(), pid, scope, self.delay)? {
                self.written.push(one);
                seen.begun.push(pid);
            }
        }
        Ok(())
    }
}

fn scope_of(position: usize) -> Scope {
    Scope(u32::try_from(position).unwrap_or_default())
}
