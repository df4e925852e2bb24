//! The terminal of a script that runs on the screen: a pseudoterminal (`pty(7)`) whose other side
//! is this program.
//!
//! ```text
//!  keys ──type_in──▶ ┌────────┐   the kernel: line mode,  ┌───────┐ ──▶ stdin
//!                    │ master │ ═════════════════════════ │ slave │        of the script
//! panel ◀───read──── └────────┘   echo, signals of keys   └───────┘ ◀── stdout, stderr
//! ```
//!
//! The script leads a session of its own whose controlling terminal this is, so Ctrl-C is a byte
//! here as anywhere, and closing the master hangs it up: the kernel sends SIGHUP to the script and
//! its foreground group.
//!
//! The slave stays open on this side, too. Otherwise the master would report an end whenever the
//! script has closed all that it has of the terminal, although it may open `/dev/tty` again.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{OFlags, fcntl_setfl, fstat, makedev, stat};
use rustix::process::Pid;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, Winsize, tcgetattr, tcgetsid, tcsetattr, tcsetwinsize,
};

use crate::kit::proc_stat::stat_of;
use crate::kit::sys::calls::{self, Call};
use crate::kit::sys::process::lead_session;

/// Bytes that were typed and that the terminal has no room for; what is typed beyond is dropped,
/// as a terminal does whose program does not read.
const TYPED: usize = 64 * 1024;

/// Threads of a process that are looked at for one that reads.
const THREADS: usize = 64;

/// Columns and rows of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

impl From<Size> for Winsize {
    fn from(size: Size) -> Self {
        Self { ws_col: size.columns, ws_row: size.rows, ws_xpixel: 0, ws_ypixel: 0 }
    }
}

/// Both sides of the pseudoterminal. Dropping it hangs it up.
#[derive(Debug)]
pub struct Terminal {
    /// `None` once it has hung up.
    master: Option<OwnedFd>,
    slave: OwnedFd,
    /// What was typed and is not written yet.
    typed: Vec<u8>,
}

impl Terminal {
    /// A terminal of this size, with the kernel's own settings: line mode and echo.
    ///
    /// # Errors
    /// If the system has no pseudoterminal left.
    pub fn open(size: Size) -> io::Result<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        // By the master and not by its name: `/dev/pts` may be another system's in a container.
        let slave = ioctl_tiocgptpeer(&master, flags)?;
        fcntl_setfl(&master, OFlags::NONBLOCK)?;
        tcsetwinsize(&master, size.into())?;
        let mut settings = tcgetattr(&slave)?;
        // A backspace takes a whole character back, however many bytes it has.
        settings.input_modes.insert(InputModes::IUTF8);
        tcsetattr(&slave, OptionalActions::Now, &settings)?;
        Ok(Self { master: Some(master), slave, typed: Vec::new() })
    }

    /// Has the process that `command` starts lead a session with this as its terminal.
    ///
    /// # Errors
    /// If there are no descriptors left.
    pub fn give_to(&self, command: &mut Command) -> io::Result<()> {
        let side = || self.slave.try_clone().map(Stdio::from);
        command.stdin(side()?).stdout(side()?).stderr(side()?);
        lead_session(command);
        Ok(())
    }

    /// What a wait for output has to look at; `None` once it has hung up.
    pub fn watch(&self) -> Option<PollFd<'_>> {
        let room = if self.typed.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        self.master.as_ref().map(|master| PollFd::new(master, PollFlags::IN | room))
    }

    /// The bytes that can be read now, if any: what was written, and the echo of what was typed.
    pub fn read(&self, buffer: &mut [u8]) -> Option<usize> {
        // It does not end while the slave is open.
        rustix::io::read(self.master.as_ref()?, buffer).ok().filter(|count| *count > 0)
    }

    /// Types this, as far as there is room; the rest follows with the next call.
    pub fn type_in(&mut self, text: &str) {
        let room = TYPED.saturating_sub(self.typed.len());
        self.typed.extend_from_slice(&text.as_bytes()[..text.floor_char_boundary(room)]);
        if let Some(master) = &self.master
            && let Ok(count) = rustix::io::write(master, &self.typed)
        {
            self.typed.drain(..count);
        }
    }

    /// Changes its size; the kernel sends SIGWINCH to the foreground group if it is another one.
    pub fn resize(&self, size: Size) {
        // A terminal that has hung up has no size.
        let _ = self.master.as_ref().map(|master| tcsetwinsize(master, size.into()));
    }

    /// Whether a thread of this process waits for a key, by the system call that it is in: it reads
    /// from this terminal, by its name or as `/dev/tty`, as questions for a password do; or it
    /// waits for a descriptor while the line mode is off, which is how line editors read.
    pub fn is_read_by(&self, pid: u32) -> bool {
        let Ok(device) = fstat(&self.slave).map(|slave| slave.st_rdev) else {
            return false;
        };
        let is_this = |fd: u64| {
            let file = stat(format!("/proc/{pid}/fd/{fd}")).map(|file| file.st_rdev);
            // 5:0 is `/dev/tty`, the terminal of the process that opens it; see `tty(4)`.
            file == Ok(device) || file == Ok(makedev(5, 0)) && self.controls(pid)
        };
        let edits = tcgetattr(&self.slave)
            .is_ok_and(|settings| !settings.local_modes.contains(LocalModes::ICANON));
        let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        threads.take(THREADS).any(|thread| {
            let line = fs::read_to_string(thread.path().join("syscall")).unwrap_or_default();
            match Call::parse(&line) {
                Some(Call::Waiting { number: libc::SYS_read, first }) => is_this(first),
                // Of none it only waits for time to pass, as sleeps do in old versions.
                Some(Call::Waiting { number, first: 1.. }) => edits && calls::is_poll(number),
                _ => false,
            }
        })
    }

    /// Whether this is the controlling terminal of a process.
    fn controls(&self, pid: u32) -> bool {
        let session = self.master.as_ref().and_then(|master| tcgetsid(master).ok());
        let is_in = |session: Pid| {
            stat_of(pid).is_ok_and(|stat| stat.session == session.as_raw_nonzero().get())
        };
        session.is_some_and(is_in)
    }

    /// Closes this program's side: the script has no terminal any more.
    pub fn hang_up(&mut self) {
        self.master = None;
    }
}
