//! The side of the thread that shows a run: it starts the driver thread, sends commands
//! and ends the run. No method waits except [`SessionHandle::end`].
//!
//! ```text
//! command ─▶ check ─▶ effect ─▶ a fact, in the driver's name ─▶ queue ─▶ bell ─▶ the body
//!              │                                                  └ a restart: interrupt it
//!              └ contradicts the other settings: nothing changes
//! ```

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};
use parking_lot::Mutex;

use super::{Effect, Interrupt, Queue, Session, Shared};
use crate::kit::event::{LaneId, What};
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;
use crate::lab::{Command, Lab, SettingConflict, Settings};

/// The lane of the driver thread: it opens the first one of the run, so its number is
/// known here without a message.
pub const MAIN: LaneId = LaneId(0);

/// Why a run could not be started.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Conflict(#[from] SettingConflict),
    #[error("the main thread could not be started: {0}")]
    NoThread(#[source] io::Error),
}

/// A run as the thread that shows it has it. Dropping it ends the run and joins its
/// threads, whatever they are doing: every wait in a body can be stopped.
pub struct SessionHandle<L: Lab> {
    /// All changes that were sent, whether the body has taken them or not: what the next
    /// key changes.
    settings: Settings,
    shared: Arc<Shared<L::Command>>,
    /// For facts that are emitted in the name of the driver while it is busy.
    recorder: Recorder<L::Fact>,
    group: ThreadGroup,
}

impl<L: Lab> SessionHandle<L> {
    /// Starts the driver thread.
    ///
    /// # Errors
    /// If the settings cannot be had together, or there is no thread.
    pub fn start(settings: Settings, recorder: Recorder<L::Fact>) -> Result<Self, OpenError> {
        // Before anything starts; the command line checks it too, but tests and sample
        // runs come here directly.
        L::check(&settings)?;
        let (mut handle, ready) = Self::new(settings, recorder);
        let (settings, shared) = (handle.settings.clone(), Arc::clone(&handle.shared));
        let drive = move |lane: &Lane<L::Fact>, ended: &Stop| {
            let mut session = Session::new(lane, settings, shared, ready, ended.clone());
            if let Err(Interrupt::Failed(why)) = session.restarting(L::run) {
                // The panic is caught by the thread group and becomes the end of the
                // lane, with this text: a finding, and no message on the terminal.
                panic!("{why}");
            }
        };
        handle.group.spawn(L::DRIVER, &handle.recorder, drive).map_err(OpenError::NoThread)?;
        Ok(handle)
    }

    /// A handle without a driver thread, whose commands change the settings and nothing else.
    #[cfg(test)]
    pub fn idle(settings: Settings, recorder: Recorder<L::Fact>) -> Self {
        Self::new(settings, recorder).0
    }

    fn new(settings: Settings, recorder: Recorder<L::Fact>) -> (Self, Receiver<()>) {
        // One message is enough: it says that the queue is to be looked at, not how
        // often.
        let (bell, ready) = bounded(1);
        let ended = Stop::new();
        let queue = Queue { commands: VecDeque::new(), attempt: ended.child() };
        let shared = Arc::new(Shared { queue: Mutex::new(queue), bell });
        let group = ThreadGroup::new(L::INFO.id, ended);
        (Self { settings, shared, recorder, group }, ready)
    }

    /// Both sides of a session on one thread, for a test that takes the place of the
    /// body.
    #[cfg(test)]
    pub fn with_session(settings: Settings, lane: &Lane<L::Fact>) -> (Self, Session<'_, L>) {
        let (handle, ready) = Self::new(settings.clone(), lane.recorder().clone());
        let ended = handle.group.stop().clone();
        let session = Session::new(lane, settings, Arc::clone(&handle.shared), ready, ended);
        (handle, session)
    }

    /// The settings with all changes that were sent.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Sends a command; never blocks. A setting that contradicts the others is refused:
    /// it changes nothing.
    pub fn command(&mut self, command: Command<L::Command>) {
        let before = self.settings.clone();
        if let Command::Set { key, value } = &command {
            self.settings.put_value(key, value.clone());
            if L::check(&self.settings).is_err() {
                self.settings = before;
                return;
            }
        }
        let (fact, restart) = match L::effect(&command, &before, &self.settings) {
            Effect::Queued => (None, false),
            Effect::Restart => (None, true),
            Effect::RestartAnd(fact) => (Some(fact), true),
            Effect::Emit(fact) => (Some(fact), false),
        };
        // Before the command is queued, so that the fact is never behind what the body
        // makes of the command.
        if let Some(fact) = fact {
            self.recorder.emit_reliable(MAIN, What::Fact(fact));
        }
        let mut queue = self.shared.queue.lock();
        // In this order under one lock: the body either takes the command with its next
        // look at the queue, or is interrupted and begins again with the setting, never
        // both. See the module's notes on locks.
        queue.commands.push_back(command);
        if restart {
            queue.attempt.request();
        }
        drop(queue);
        self.shared.ring();
    }

    /// Ends the run and joins its threads. Waits until the body has seen the stop and all
    /// that it started has ended; a second call returns at once.
    pub fn end(&mut self) {
        self.group.stop().request();
        // A body that waits for a command waits for the bell, not for the stop.
        self.shared.ring();
        // A panic was already recorded as the end of its lane.
        self.group.join();
    }
}

impl<L: Lab> Drop for SessionHandle<L> {
    fn drop(&mut self) {
        self.end();
    }
}
