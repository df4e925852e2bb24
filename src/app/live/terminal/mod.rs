//! The guard of the terminal: whatever happens, the terminal is restored exactly once.
//!
//! # The life of the terminal
//!
//! ```text
//!             new                  enter                     leave_for_good
//!   (found) ───────▶ ┌──────────┐ ───────▶ ┌─────────┐ ──────────────────────▶ ┌──────┐
//!                    │ prepared │          │ entered │ ◀─┐ enter again          │ over │
//!                    └──────────┘ ◀─────── └─────────┘ ──┘ (continued, resumed) └──────┘
//!                                   leave    │     │                               │
//!                                 (suspend)  │     └── fatal signal: the handler   └─ `enter`
//!                                            │         restores, the process ends     does
//!                                            │                                        nothing
//!                                            └ frames: the writing thread alone writes them
//! ```
//!
//! **Prepared** ([`TerminalGuard::new`]). The settings are read (`tcgetattr`) and kept byte for
//! byte. Everything that the handler of fatal signals may need is made now, because it can
//! allocate nothing: a descriptor of the input, a copy of the settings, a second descriptor of
//! the output that does not block, and the bytes to write, which are static. Nothing on the
//! terminal has changed.
//!
//! **Enter**: arm the handler, set raw mode, then send [`ENTER`] to the writing thread. The
//! handler is armed first, so that there is no moment in which the terminal is changed and not
//! guarded.
//!
//! **Leave**, always in this order, under the lock of the guard:
//!
//! 1. [`LEAVE`] is written after the frames that are under way. If that takes longer than
//!    [`WRITE_TIMEOUT`], those frames are discarded and the terminal's output queue is flushed.
//! 2. Unread input is discarded: mouse reports and pastes are not for the shell. After step 1,
//!    as the terminal sends mouse reports until it has read [`LEAVE`].
//! 3. The settings that were found are set again.
//! 4. The handler is disarmed.
//!
//! | what happens | which thread restores | then |
//! |---|---|---|
//! | `q`, Ctrl-C, an error in drawing | `screen`, when the loop returns | exit 0 or 1 |
//! | a signal that ends the program | `screen`; `main` after its grace period | exit 128 + n |
//! | the terminal vanishes (SIGHUP, POLLHUP, EIO) | the same; errors are ignored | exit 129 |
//! | a panic of a program thread | that thread, in the panic hook, before the message | exit 101 |
//! | a panic of any other thread | none: a notice appears | the report follows at the end |
//! | Ctrl-Z, SIGTSTP | `screen` leaves, stops the process group, enters again | full redraw |
//! | SIGCONT after a stop that was not announced | `screen` enters again | full redraw |
//! | SIGABRT, SIGSEGV, ... | the failing thread, in the handler | the signal ends it |
//! | SIGKILL | none can | `reset` in the shell |
//!
//! Several of these may come at once. [`TerminalGuard::leave`] therefore works from any thread:
//! the first call restores, a second one waits for the lock and finds nothing to do. Once it
//! was left for good, a late `enter` (a SIGCONT that arrives while the program ends) does
//! nothing.
//!
//! The last row but one includes an abort for lack of memory and an overflow of the stack. The
//! handler of these signals ([`crate::kit::signals`]) takes no lock. It excludes the writing
//! thread by two flags: the writer marks each write, and writes nothing once the handler runs.
//!
//! **Nothing under the lock of the guard may panic**: the panic hook calls
//! [`TerminalGuard::leave_for_good`] on the same thread, before the lock is released by
//! unwinding, and would wait for itself.

mod backend;
mod writer;

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

pub(crate) use backend::Tty;
pub(crate) use writer::OnWritten;
use writer::Writer;

use super::fault;
use crate::kit::signals::{self, Restore};

/// Alternate screen (1049); clicks (1000), drags and wheel (1002) with wide coordinates (1006),
/// but not each move of the mouse; pasted text marked as such (2004); no cursor (25).
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?25l";
/// The same in reverse. Before it stands what ends a torn frame: a synchronised update (2026)
/// and a style that was left on.
const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[0m\x1b[?25h\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1049l";
/// Printed on the normal screen after an abort: the message of the standard library went to the
/// alternate screen, which is gone. In raw mode or not, `\r\n` begins a new line.
const GAVE_UP: &[u8] = b"threadbare: aborted: out of memory, or a bug\r\n";
/// How long a terminal may take to read what stands before the last bytes. It is used up to
/// twice: once before the frames that are stuck are discarded, and once after.
const WRITE_TIMEOUT: Duration = Duration::from_millis(200);

/// A handle to the terminal. All clones share one state; any thread may call any method.
#[derive(Clone, Debug)]
pub struct TerminalGuard {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Duplicates of stdin and stdout: they stay the terminal even if other code closes or
    /// redirects the standard streams.
    input: OwnedFd,
    output: OwnedFd,
    writer: Arc<Writer>,
    /// Held while the terminal is entered or left, so that one thread completes what it began
    /// before the next begins. Nothing under it may panic: see the module.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// As found at first, to be set again byte for byte. They may have been raw already.
    found: Termios,
    /// Whether [`TerminalGuard::leave`] has something to restore.
    entered: bool,
    /// The terminal was left for good and is not entered again. Without this, a SIGCONT during
    /// the last moments would take it from the shell.
    over: bool,
}

impl TerminalGuard {
    /// Takes stdin and stdout, which must be terminals, and changes nothing on them. Starts the
    /// writing thread and installs the handler of fatal signals, unarmed. Called once per
    /// process: the handler keeps what it was given first.
    ///
    /// `on_written` is called on the writing thread when the terminal has read everything, or
    /// with the error after which it takes no more.
    ///
    /// # Errors
    /// If there is no terminal, no descriptor is left, or no thread can be started.
    pub fn new(on_written: OnWritten) -> io::Result<Self> {
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        let found = tcgetattr(&input)?;
        let writer = Arc::new(Writer::open(output.try_clone()?, on_written)?);
        signals::prepare(Restore {
            input: input.try_clone()?,
            settings: found.clone(),
            output: without_waiting(&output)?,
            bytes: LEAVE,
            gave_up: GAVE_UP,
        })?;
        let state = State { found, entered: false, over: false };
        Ok(Self { inner: Arc::new(Inner { input, output, writer, state: Mutex::new(state) }) })
    }

    /// The backend that ratatui draws on. It sends frames to the same writing thread.
    ///
    /// # Errors
    /// If no descriptors are left.
    pub fn backend(&self) -> io::Result<Tty> {
        let tty = self.inner.output.try_clone()?;
        Ok(Tty::new(Arc::clone(&self.inner.writer), tty))
    }

    /// Makes the terminal ours: raw mode, alternate screen, mouse reports. When it is entered
    /// already it does the same again, for a terminal that another program has changed
    /// meanwhile.
    ///
    /// The kernel stops a background process that sets a terminal's attributes (SIGTTOU), so a
    /// program that is continued by `bg` stops here until it is in the foreground.
    ///
    /// # Errors
    /// If the terminal refuses, as one that has vanished does.
    pub fn enter(&self) -> io::Result<()> {
        let mut state = self.state();
        if state.over {
            return Ok(());
        }
        let mut raw = state.found.clone();
        raw.make_raw();
        // Before the first change. The handler then restores settings that may still be the old
        // ones, which is harmless.
        signals::arm(true);
        tcsetattr(&self.inner.input, OptionalActions::Now, &raw)?;
        // From here on `leave` has work to do, even if [`ENTER`] is never written.
        state.entered = true;
        fault::pass("enter");
        self.inner.writer.begin(ENTER);
        Ok(())
    }

    /// Restores the terminal as it was found; [`Self::enter`] takes it again. Does nothing if
    /// it is not entered. Waits at most twice [`WRITE_TIMEOUT`] for the terminal to read.
    pub fn leave(&self) {
        self.restore(&mut self.state());
    }

    /// Restores the terminal and refuses every later [`Self::enter`], also one that waits for this.
    /// Called by each thread that may be the last to be able to; after the first call the others
    /// find nothing to do.
    pub fn leave_for_good(&self) {
        let mut state = self.state();
        state.over = true;
        self.restore(&mut state);
    }

    fn restore(&self, state: &mut State) {
        if std::mem::take(&mut state.entered) {
            self.inner.writer.finish(LEAVE, WRITE_TIMEOUT);
            // Reports of the mouse and the rest of a paste are not for the shell.
            let _ = tcflush(&self.inner.input, QueueSelector::IFlush);
            // A terminal that is gone cannot be restored, and need not be.
            let _ = tcsetattr(&self.inner.input, OptionalActions::Now, &state.found);
            // Last: until now a fatal signal would have had something to restore.
            signals::arm(false);
        }
    }

    /// Whether the last frame is written. If not, `on_written` is called when it is.
    pub fn ready(&self) -> bool {
        self.inner.writer.ready()
    }

    /// Writes something besides frames, such as a request to set the clipboard.
    pub fn send(&self, bytes: &[u8]) {
        self.inner.writer.send(bytes.to_vec());
    }

    /// A descriptor of the terminal, for a thread that reads it or watches whether it is still
    /// there.
    ///
    /// # Errors
    /// If no descriptors are left.
    pub fn watched(&self) -> io::Result<OwnedFd> {
        self.inner.input.try_clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A poisoned lock still guards a state that can be restored.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same terminal by an open file description of its own, which does not block. A duplicate
/// would not do: `O_NONBLOCK` belongs to the description, so it would change stdout of this
/// program and of the shell that shares it (open(2), fcntl(2)).
///
/// Where the terminal cannot be opened again, as after `su` from another user, the descriptor
/// is a duplicate that may block.
fn without_waiting(terminal: &OwnedFd) -> io::Result<OwnedFd> {
    let path = format!("/proc/self/fd/{}", terminal.as_raw_fd());
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).or_else(|_| terminal.try_clone())
}
