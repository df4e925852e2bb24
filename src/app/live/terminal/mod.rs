//! The guard of the terminal: entered once, left exactly once whatever happens.
//!
//! A signal that ends the program in the middle of an instruction is handled beside the
//! guard, by [`crate::kit::signals`], which is armed while there is something to restore.
//!
//! The settings found at first are put back byte for byte. Leaving is safe from any
//! thread, waits no longer than [`WRITE_TIMEOUT`] for a write, and a second call waits
//! for the first: so the drawing thread, its panic hook and the thread that watches
//! over the end may all leave, and the terminal is left once.
//!
//! Must not know what is shown.

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

/// Alternate screen; clicks, drags and wheel with wide coordinates (but not each
/// move of the mouse); pasted text marked as such; no cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?25l";
/// The same in reverse; before it, whatever a torn frame may have left behind.
const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[0m\x1b[?25h\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1049l";
/// Printed on the normal screen after an abort: the message of the standard library went
/// to the alternate screen, which is gone.
const GAVE_UP: &[u8] = b"threadbare: aborted: out of memory, or a bug\r\n";
/// How long a terminal may take to read what stands before the last bytes.
const WRITE_TIMEOUT: Duration = Duration::from_millis(200);

/// A handle to the terminal; all clones are one.
#[derive(Clone, Debug)]
pub struct TerminalGuard {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    input: OwnedFd,
    output: OwnedFd,
    writer: Arc<Writer>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// As found at first; they may have been raw already.
    found: Termios,
    entered: bool,
    /// Once the terminal was left for good it is not entered again.
    over: bool,
}

impl TerminalGuard {
    /// Takes stdin and stdout, which must be terminals, and changes nothing yet.
    /// `on_written` is called when the terminal has read all or takes no more.
    ///
    /// # Errors
    /// If there is no terminal, or no thread can be started.
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

    /// What ratatui draws on.
    ///
    /// # Errors
    /// If no descriptors are left.
    pub fn backend(&self) -> io::Result<Tty> {
        let tty = self.inner.output.try_clone()?;
        Ok(Tty::new(Arc::clone(&self.inner.writer), tty))
    }

    /// Makes the terminal ours; once more does the same again, for a terminal that
    /// another program has changed meanwhile. In the background this stops the program
    /// until it is in the foreground, as any program that touches the terminal.
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
        signals::arm(true);
        tcsetattr(&self.inner.input, OptionalActions::Now, &raw)?;
        state.entered = true;
        fault::pass("enter");
        self.inner.writer.begin(ENTER);
        Ok(())
    }

    /// Gives the terminal back as it was, for a while.
    pub fn leave(&self) {
        let mut state = self.state();
        if std::mem::take(&mut state.entered) {
            self.inner.writer.finish(LEAVE, WRITE_TIMEOUT);
            // Reports of the mouse and the rest of a paste are not for the shell.
            let _ = tcflush(&self.inner.input, QueueSelector::IFlush);
            // A terminal that is gone cannot be restored, and need not be.
            let _ = tcsetattr(&self.inner.input, OptionalActions::Now, &state.found);
            signals::arm(false);
        }
    }

    /// Gives the terminal back for good.
    pub fn leave_for_good(&self) {
        self.leave();
        self.state().over = true;
    }

    /// Whether the last frame is written. If not, `on_written` is called when it is.
    pub fn ready(&self) -> bool {
        self.inner.writer.ready()
    }

    /// Writes something besides frames.
    pub fn send(&self, bytes: &[u8]) {
        self.inner.writer.send(bytes.to_vec());
    }

    /// The terminal, for those who watch whether it is still there.
    ///
    /// # Errors
    /// If no descriptors are left.
    pub fn watched(&self) -> io::Result<OwnedFd> {
        self.inner.input.try_clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same terminal by a descriptor of its own that never waits for it. Where the
/// terminal cannot be opened again, as after `su`, it is the one that may.
fn without_waiting(terminal: &OwnedFd) -> io::Result<OwnedFd> {
    let path = format!("/proc/self/fd/{}", terminal.as_raw_fd());
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).or_else(|_| terminal.try_clone())
}
