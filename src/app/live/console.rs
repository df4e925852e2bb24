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

use super::message::Message;
use super::run::Console;
use super::save::Kind;
use super::state::App;
use super::terminal::Guard;
use crate::kit::job_control;

/// How long a stop may take to come about, or to be dropped by the system.
const STOP: Duration = Duration::from_millis(200);

/// The terminal, and who else has to do with it.
#[derive(Debug)]
pub(super) struct Screen {
    pub(super) guard: Guard,
    pub(super) job: Job,
    pub(super) inbox: Sender<Message>,
}

/// How the thread that sees signals and the one that stops agree: a continuation
/// that somebody waits for is for nobody else.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) stopping: Arc<AtomicBool>,
    pub(super) continued: Receiver<()>,
}

impl Console for Screen {
    fn ready(&self) -> bool {
        self.guard.ready()
    }

    fn stop(&mut self) -> io::Result<()> {
        if !job_control::can_stop() {
            let text = "this program was started without job control".to_owned();
            let _ = self.inbox.send(Message::Told(text));
            return Ok(());
        }
        self.guard.leave();
        self.job.stopping.store(true, Ordering::SeqCst);
        while self.job.continued.try_recv().is_ok() {}
        let stopped = job_control::stop(|| {
            let _ = self.job.continued.recv_timeout(STOP);
        });
        self.job.stopping.store(false, Ordering::SeqCst);
        self.guard.enter()?;
        stopped
    }

    fn resume(&mut self) -> io::Result<()> {
        self.guard.enter()
    }

    fn copy(&mut self, text: &str) {
        let mut sequence = String::new();
        if CopyToClipboard::to_clipboard_from(text)
            .write_ansi(&mut sequence)
            .is_ok()
        {
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
            let told =
                std::env::current_dir().and_then(|folder| kind.save(&folder, lab, seed, &text));
            let told = match told {
                Ok(path) => format!("saved {}", path.display()),
                Err(error) => format!("not saved: {}", crate::report::reason(&error)),
            };
            let _ = inbox.send(Message::Told(told));
        };
        // Without a thread nothing is saved, and nothing says so; that machine has other troubles.
        let _ = thread::Builder::new().name("saving".to_owned()).spawn(save);
    }
}
