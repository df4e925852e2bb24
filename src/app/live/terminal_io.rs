//! What the loop needs of the real terminal besides drawing: stop and resume, the clipboard,
//! saving to a file.
//!
//! # Stopping (Ctrl-Z, SIGTSTP)
//!
//! ```text
//!  screen                                      signals
//!    leave the terminal
//!    stopping := true
//!    drop SIGCONTs that came earlier
//!    kill(process group, SIGTSTP) with its
//!    default action ── all threads stop ──
//!                                              ... `fg`: SIGCONT, all threads continue ...
//!    wait for `continued`, at most STOP  ◀──── stopping: to `continued`, not to the inbox
//!    enter the terminal, redraw every cell     stopping := false
//! ```
//!
//! The kernel stops the threads of a process one after another, not at once. `screen` waits for
//! SIGCONT before it enters, or it could draw on the shell's screen in the moment between the
//! signal and the stop. Where the kernel drops the stop (no process could ever continue an
//! orphaned process group), no SIGCONT comes and the wait ends after [`STOP`].
//!
//! The wait may also end before `signals` has seen the SIGCONT: the clock goes on during the
//! stop. So `stopping` ends with the SIGCONT and not with the wait, or the SIGCONT would be
//! taken for one after an unannounced stop, and the terminal would be entered twice.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

use super::document::DocumentKind;
use super::message::Message;
use super::path::Save;
use super::run::TerminalIo;
use super::slot::bug;
use super::state::App;
use super::terminal::TerminalGuard;
use crate::kit::job_control;

/// How long to wait for SIGCONT after asking for a stop that the kernel may have dropped. The
/// clock goes on while the program is stopped, so after a long stop the deadline may have
/// passed first; that is harmless, as the program runs again by then.
const STOP: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub struct RealTerminal {
    /// The guard of the terminal. `main` and the panic hook have clones of it, by which they
    /// restore the terminal if this thread cannot.
    pub guard: TerminalGuard,
    pub stop_state: StopState,
    /// For notices from the threads that save, and about a stop that is refused. A sender of
    /// the loop's own inbox, so the loop never finds it disconnected.
    pub inbox: Sender<Message>,
}

/// Shared by the signal thread and the thread that stops the program: while the latter
/// waits for SIGCONT, the former sends it there and not to the inbox.
#[derive(Clone, Debug)]
pub struct StopState {
    /// Set by `screen` when it stops the program. The thread `signals` clears it with the
    /// SIGCONT that belongs to this stop, and reports that SIGCONT to `continued` alone.
    pub stopping: Arc<AtomicBool>,
    /// Where SIGCONT is reported while [`Self::stopping`] is set. A channel of its own, because
    /// the inbox is read by the very thread that waits.
    pub continued: Receiver<()>,
}

impl RealTerminal {
    /// Runs what waits for a disk, aside.
    fn save_aside(&self, save: impl FnOnce() + Send + 'static) {
        if let Err(error) = thread::Builder::new().name("saving".to_owned()).spawn(save) {
            let why = crate::report::reason(&error);
            let _ = self.inbox.send(Message::Notice(format!("not saved: {why}")));
        }
    }
}

impl TerminalIo for RealTerminal {
    fn ready(&self) -> bool {
        self.guard.ready()
    }

    fn stop(&mut self) -> io::Result<()> {
        if !job_control::can_stop() {
            let text = "this program was started without job control".to_owned();
            let _ = self.inbox.send(Message::Notice(text));
            return Ok(());
        }
        // Before the stop: the shell takes the terminal as soon as this program has stopped.
        self.guard.leave();
        self.stop_state.stopping.store(true, Ordering::SeqCst);
        // A SIGCONT of an earlier stop may still be here; it would end the wait too early.
        while self.stop_state.continued.try_recv().is_ok() {}
        let stopped = job_control::stop(|| {
            let _ = self.stop_state.continued.recv_timeout(STOP);
        });
        if stopped.is_err() {
            // No stop was asked for, so no SIGCONT belongs to it.
            self.stop_state.stopping.store(false, Ordering::SeqCst);
        }
        // Also after an error: the program continues, so it needs its terminal.
        self.guard.enter()?;
        stopped
    }

    fn resume(&mut self) -> io::Result<()> {
        self.guard.enter()
    }

    /// Sends OSC 52, which most terminals take as a request to set the clipboard. Sent through
    /// the writing thread, so that it cannot stand in the middle of a frame.
    fn copy(&mut self, text: &str) {
        let mut sequence = String::new();
        if CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence).is_ok() {
            self.guard.send(sequence.as_bytes());
        }
    }

    fn save(&mut self, kind: DocumentKind, app: &mut App) {
        let Some(run) = app.chosen_run() else {
            return;
        };
        let (lab, seed) = (run.info().id, run.settings().seed);
        // The text is made here, where the run is; only bytes go to the thread that writes
        // them.
        let text = match kind.write(app) {
            Ok(text) => text,
            Err(panic) => {
                let said = format!("not saved: {}", bug("is in", &panic));
                let _ = self.inbox.send(Message::Notice(said));
                return;
            }
        };
        let inbox = self.inbox.clone();
        let save = move || {
            let result =
                std::env::current_dir().and_then(|folder| kind.save(&folder, lab, seed, &text));
            let result = match result {
                Ok(path) => format!("saved {}", path.display()),
                Err(error) => format!("not saved: {}", crate::report::reason(&error)),
            };
            let _ = inbox.send(Message::Notice(result));
        };
        self.save_aside(save);
    }

    fn keep(&mut self, save: Save) {
        let inbox = self.inbox.clone();
        let save = move || {
            let failed = save();
            let _ = failed.map(|why| inbox.send(Message::Notice(why.to_string())));
        };
        self.save_aside(save);
    }
}
