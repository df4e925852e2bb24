//! A script of the user's own that runs under watch.
//!
//! It runs as it would without: the same arguments, environment and working directory, and its
//! own exit status. Only its two outputs are pipes. Whatever it leaves behind in its process
//! group ends with it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::pipe::fcntl_getpipe_size;
use rustix::process::{Signal, kill_process_group};
use rustix::termios::isatty;

use super::Python;
use super::definitions::{Definition, Definitions};
use super::group::{Group, read};
use super::ring::{Record, Ring};
use super::shim::RunFolder;
use crate::kit::event::Stream;
use crate::kit::sys::process::kill_with_parent;

/// Bytes of output that are read at once, and at most in one look at a script that runs.
const READ: usize = 64 * 1024;
const MOST: usize = 4 * READ;
/// Bytes that are read of a reason why the interpreter was refused.
const REASON: usize = 100;

/// A running script. Dropping it kills it and all of its process group.
#[derive(Debug)]
pub struct Watched {
    group: Group,
    folder: RunFolder,
    /// As soon as the shim has made them.
    written: Option<(Ring, Definitions)>,
    /// Why what the shim writes could not be read, if so.
    unreadable: Option<io::Error>,
}

/// What was seen since the last look. Definitions go before the records that refer to them.
#[derive(Debug, Default)]
pub struct Seen {
    pub definitions: Vec<Definition>,
    pub records: Vec<Record>,
    pub output: Vec<(Stream, Vec<u8>)>,
}

impl Watched {
    /// Starts the script. It reads this program's standard input if `input` is set, unless that is
    /// a terminal, whose input belongs to another process group. The calling thread must not end
    /// before the script does: the script is killed with it.
    ///
    /// # Errors
    /// If the interpreter cannot be started, or there is no room for the folder of the run.
    pub fn start(
        python: &Python,
        script: &Path,
        arguments: &[OsString],
        input: bool,
    ) -> io::Result<Self> {
        let folder = RunFolder::create()?;
        let mut command = Command::new(python.program());
        let own = input && !isatty(rustix::stdio::stdin());
        let stdin = if own { Stdio::inherit() } else { Stdio::null() };
        command.arg(script).args(arguments).stdin(stdin);
        folder.let_in(&mut command);
        kill_with_parent(&mut command);
        let group = Group::start(&mut command)?;
        Ok(Self { group, folder, written: None, unreadable: None })
    }

    /// Waits until there is output or the script has ended, at most for `limit`, and takes what
    /// was written. Returns whether it has ended.
    ///
    /// # Errors
    /// If the system does not let it be waited for.
    pub fn look(&mut self, limit: Duration, seen: &mut Seen) -> io::Result<bool> {
        let ended = self.group.wait(limit)?;
        if ended {
            // What it left behind must not keep its output open.
            self.group.kill();
        }
        self.read_output(ended, seen);
        if let Err(error) = self.read_written(ended, seen) {
            self.written = None;
            self.unreadable.get_or_insert(error);
        }
        Ok(ended)
    }

    /// Asks the script to end, as a user does with Ctrl-C.
    pub fn interrupt(&self) {
        let _ = kill_process_group(self.group.leader(), Signal::INT);
    }

    /// Ends the script and all of its process group at once.
    pub fn kill(&self) {
        self.group.kill();
    }

    /// Records read, and records lost; `None` if the shim wrote none.
    pub fn records(&self) -> Option<(u64, u64)> {
        self.written.as_ref().map(|(ring, _)| (ring.count(), ring.lost()))
    }

    /// Why nothing was seen, or no more from some moment on: the interpreter is none that can be
    /// watched, did not load the shim, or what was written is unreadable. `None` if all is well.
    pub fn blind(&self) -> Option<String> {
        if let Some(error) = &self.unreadable {
            return Some(format!("what the shim wrote cannot be read: {error}"));
        }
        let nothing = "the interpreter did not load the shim";
        self.written.is_none().then(|| nothing.to_owned())
    }

    /// The interpreter, if it is one that was refused: the script has not run.
    pub fn refused(&self) -> Option<String> {
        let mut text = fs::read_to_string(self.folder.path().join("refused")).ok()?;
        text.truncate(text.floor_char_boundary(REASON));
        Some(text)
    }

    /// Takes the exit status, now that it has ended.
    ///
    /// # Errors
    /// If the system has lost it.
    pub fn reap(self) -> io::Result<ExitStatus> {
        self.group.reap()
    }

    /// Takes output, of a script that has ended all that it can have left in its pipes: what
    /// another process in a session of its own still writes must not keep this going.
    fn read_output(&mut self, ended: bool, seen: &mut Seen) {
        let mut buffer = vec![0; READ];
        let pipes =
            [(Stream::Stdout, &mut self.group.stdout), (Stream::Stderr, &mut self.group.stderr)];
        for (stream, pipe) in pipes {
            let most =
                pipe.as_ref().filter(|_| ended).and_then(|pipe| fcntl_getpipe_size(pipe).ok());
            let (mut taken, most) = (0, most.unwrap_or(MOST));
            while taken < most
                && let Some(count) = read(pipe, &mut buffer)
            {
                taken += count;
                seen.output.push((stream, buffer[..count].to_vec()));
            }
        }
    }

    fn read_written(&mut self, ended: bool, seen: &mut Seen) -> io::Result<()> {
        if self.written.is_none() && self.unreadable.is_none() {
            let leader = self.group.leader().as_raw_nonzero();
            let file = |name| self.folder.path().join(format!("{name}.{leader}"));
            // The ring has its name only when both files are there.
            if let Some(ring) = Ring::open(&file("ring"))? {
                self.written = Some((ring, Definitions::open(&file("definitions"))?));
            }
        }
        if let Some((ring, definitions)) = &mut self.written {
            if ended {
                ring.read_rest(&mut seen.records)?;
            } else {
                ring.read(&mut seen.records)?;
            }
            // After the records: each is written before those that refer to it.
            definitions.read(&mut seen.definitions)?;
        }
        Ok(())
    }
}
