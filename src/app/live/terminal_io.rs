//! What the loop needs of the real terminal besides drawing.
//!
//! Must not know what is shown.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

use super::document::Kind;
use super::message::Message;
use super::run::TerminalIo;
use super::state::App;
use super::terminal::TerminalGuard;
use crate::kit::job_control;

/// How long to wait for SIGCONT after asking for a stop that the system may have dropped.
const STOP: Duration = Duration::from_millis(200);

/// The real terminal, and what stopping and saving need.
#[derive(Debug)]
pub struct RealTerminal {
    pub guard: TerminalGuard,
    pub stop_state: StopState,
    pub inbox: Sender<Message>,
}

/// Shared by the signal thread and the thread that stops the program: while the latter
/// waits for SIGCONT, the former sends it there and not to the inbox.
#[derive(Clone, Debug)]
pub struct StopState {
    pub stopping: Arc<AtomicBool>,
    pub continued: Receiver<()>,
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
        self.guard.leave();
        self.stop_state.stopping.store(true, Ordering::SeqCst);
        while self.stop_state.continued.try_recv().is_ok() {}
        let stopped = job_control::stop(|| {
            let _ = self.stop_state.continued.recv_timeout(STOP);
        });
        self.stop_state.stopping.store(false, Ordering::SeqCst);
        self.guard.enter()?;
        stopped
    }

    fn resume(&mut self) -> io::Result<()> {
        self.guard.enter()
    }

    fn copy(&mut self, text: &str) {
        let mut sequence = String::new();
        if CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence).is_ok() {
            self.guard.send(sequence.as_bytes());
        }
    }

    fn save(&mut self, kind: Kind, app: &App) {
        let Some(run) = app.chosen().and_then(|slot| slot.run()) else {
            return;
        };
        let (text, lab, seed) = (kind.write(run, app), run.info().id, run.settings().seed);
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
        // If no thread can be started nothing is saved and no notice appears.
        let _ = thread::Builder::new().name("saving".to_owned()).spawn(save);
    }
}
