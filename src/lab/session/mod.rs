//! One run of a lab seen from its driver thread: the commands of the user, the settings, the
//! stop, the pauses, and the one way in which work ends early.
//!
//! # Threads
//!
//! A run has two sides. The thread that shows it holds the [`SessionHandle`]: it sends commands
//! and never waits. The driver thread, which the handle starts and whose lane is `main`, holds
//! the [`Session`] and runs [`Lab::run`] with it. What the body starts beside
//! itself (threads, pools, processes) ends inside the body, because each of these joins what it
//! started when it is dropped; so dropping the handle, which stops the session and joins the
//! driver thread, leaves nothing behind.
//!
//! ```text
//!   SessionHandle ──command──▶ queue ──▶ Session ──▶ Lab::run ──events──▶ recorder
//!         └──stop of the attempt (a setting changed) or of the run (dropped)──▲
//! ```
//!
//! # Attempts
//!
//! A command that needs another beginning ([`Effect::Restart`]) requests the stop of the
//! *attempt*, which ends all that waits by [`Session::stop`]; the body's next `?` on a method of
//! the session then gives [`Interrupt::Changed`], and the session begins again with the changed
//! settings. The end of the run requests the same stop and gives [`Interrupt::Stopped`].
//!
//! # Bodies
//!
//! All labs are built alike. `run.rs` holds the body: `run` makes a `Driver` with what is kept
//! from one attempt to the next and calls [`Session::restarting`] with a method of it, or does
//! the work itself if nothing is kept. Whatever takes long gets [`Session::stop`]; between two
//! parts of the work stands [`Session::check`] or, where commands are taken, a loop over
//! [`Session::try_command`]; a wait is [`Session::command_until`], or a `select!` with
//! [`Session::ready`]. All of them end early by `?`.
//!
//! ```text
//! fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
//!     loop {
//!         let measured = measure(session.settings(), session.stop());
//!         session.check()?;
//!         session.lane().reliable_fact(Fact::Measured(measured));
//!         let end = session.pause(Pause::Exercise, PAUSE);
//!         while session.command_until(end)?.is_some() {}
//!     }
//! }
//! ```
//!
//! # Locks
//!
//! There is one lock, around the queue and the attempt's stop. A command enters the queue and
//! interrupts the attempt under it, and a new attempt takes the changed settings and its new
//! stop under it. So each change is either in the settings of the attempt or interrupts it,
//! never both and never neither. The locks inside [`Stop`] are taken below it.

mod handle;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use parking_lot::Mutex;

pub use handle::{MAIN, OpenError, SessionHandle};

use super::{Command, Lab, Settings};
use crate::kit::clock;
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::stop::Stop;

/// Why a body ended before its work was done. Every method of [`Session`] that can find out
/// returns it, so that bodies pass it on with `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The run is being dropped, or its time is up: return soon, and emit no more results.
    Stopped,
    /// A setting changed that the work cannot take in its middle: it begins again. See
    /// [`Session::restarting`].
    Changed,
    /// The work cannot go on, and why. A lab reports this in its own words; one that lets it
    /// leave [`Lab::run`] ends its lane as by a panic with this text.
    Failed(String),
}

impl From<io::Error> for Interrupt {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What a command does at the moment it is sent, whatever the driver thread is busy with. In
/// each case the command is queued as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect<F> {
    /// Nothing: the body takes the command from the queue when it comes to it.
    Queued,
    /// Interrupts the attempt, which begins again with the changed settings. What the
    /// attempt has emitted so far stays: the lab's facts must make clear that another one
    /// begins.
    Restart,
    /// The same, and emits this fact at once, as [`Effect::Emit`] does: what was changed is
    /// on screen before the attempt has come to its end.
    RestartAnd(F),
    /// Emits this fact, in the name of the driver thread: for what is only to be shown,
    /// and must not wait until the driver has time for it.
    Emit(F),
}

/// A run as its driver thread has it. Methods that wait return as soon as the session is
/// interrupted.
pub struct Session<'a, L: Lab> {
    lane: &'a Lane<L::Fact>,
    /// As far as their commands were taken: they change only when the body takes a command, and
    /// when an attempt begins.
    settings: Settings,
    /// The queue of commands, which both sides have.
    shared: Arc<Shared<L::Command>>,
    /// Receives when a command was queued or the run ends.
    ready: Receiver<()>,
    /// The stop of the run.
    ended: Stop,
    /// The stop of this attempt, a child of `ended`.
    stop: Stop,
}

impl<L: Lab> fmt::Debug for Session<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("lane", &self.lane).finish_non_exhaustive()
    }
}

/// What both sides of a session share. The queue has its own lock, the bell needs none.
#[derive(Debug)]
struct Shared<C> {
    /// Held only for single operations, never while anything waits or a lab's code runs.
    queue: Mutex<Queue<C>>,
    /// Holds at most one message: that there is something to look for. A channel and not
    /// a condition variable, so that a body can wait for it in a `select!` with its own.
    bell: Sender<()>,
}

#[derive(Debug)]
struct Queue<C> {
    /// In the order in which they were sent.
    commands: VecDeque<Command<C>>,
    /// The stop of the current attempt.
    attempt: Stop,
}

impl<C> Shared<C> {
    /// Wakes the body, if it waits. Never blocks: the channel has room for one message,
    /// and one that is there already says the same.
    fn ring(&self) {
        // A full channel has rung already.
        let _ = self.bell.try_send(());
    }
}

impl<'a, L: Lab> Session<'a, L> {
    /// At the beginning of the first attempt: changes that came before it interrupt nothing.
    fn new(
        lane: &'a Lane<L::Fact>,
        settings: Settings,
        shared: Arc<Shared<L::Command>>,
        ready: Receiver<()>,
        ended: Stop,
    ) -> Self {
        let stop = ended.child();
        let mut session = Self { lane, settings, shared, ready, ended, stop };
        session.begin();
        session
    }

    /// The lane of the driver thread.
    pub fn lane(&self) -> &'a Lane<L::Fact> {
        self.lane
    }

    /// For lanes of other threads and processes.
    pub fn recorder(&self) -> &'a Recorder<L::Fact> {
        self.lane.recorder()
    }

    /// The settings as far as their commands were taken.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// For settings that follow from other commands. The handle does not see these changes.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// The stop of this attempt, for everything that can wait or compute for long: it is
    /// requested when a setting changes that needs another beginning, and when the run ends.
    /// Each attempt has a new one. A body does not request it; for a part of the work that may
    /// end by itself it takes a [`Stop::child`].
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Whether the body may go on. Takes no command, and costs one atomic load while it may.
    ///
    /// # Errors
    /// [`Interrupt::Stopped`] or [`Interrupt::Changed`]; so for all methods here.
    pub fn check(&self) -> Result<(), Interrupt> {
        if !self.stop.requested() {
            return Ok(());
        }
        Err(if self.ended.requested() { Interrupt::Stopped } else { Interrupt::Changed })
    }

    /// Takes the next command, if there is one. A changed setting is in [`Session::settings`]
    /// already when its command is returned.
    ///
    /// # Errors
    /// See [`Session::check`]; the command that interrupts is not taken, nor is any before it.
    pub fn try_command(&mut self) -> Result<Option<Command<L::Command>>, Interrupt> {
        let command = {
            let mut queue = self.shared.queue.lock();
            // Under the lock: a command that interrupts is in the queue before its stop
            // is requested, so this either sees the stop or takes a command from before
            // it.
            self.check()?;
            queue.commands.pop_front()
        };
        // Only now: until the body takes the command, it works by the settings before it.
        if let Some(Command::Set { key, value }) = &command {
            self.settings.put_value(key, value.clone());
        }
        Ok(command)
    }

    /// Waits for the next command, however long that takes.
    ///
    /// # Errors
    /// See [`Session::check`].
    pub fn command(&mut self) -> Result<Command<L::Command>, Interrupt> {
        loop {
            if let Some(command) = self.try_command()? {
                return Ok(command);
            }
            // The session holds a sender itself, so this is never an error; the end of the run
            // rings as well.
            let _ = self.ready.recv();
        }
    }

    /// Waits for the next command until `deadline`; `None` if none came.
    ///
    /// # Errors
    /// See [`Session::check`].
    pub fn command_until(
        &mut self,
        deadline: Instant,
    ) -> Result<Option<Command<L::Command>>, Interrupt> {
        loop {
            if let Some(command) = self.try_command()? {
                return Ok(Some(command));
            }
            if self.ready.recv_deadline(deadline) == Err(RecvTimeoutError::Timeout) {
                return Ok(None);
            }
        }
    }

    /// For a `select!` that waits for something else as well: receives when a command was
    /// queued, an attempt interrupted or the run ended. After each message the body calls
    /// [`Session::try_command`] until there is no more.
    pub fn ready(&self) -> &Receiver<()> {
        &self.ready
    }

    /// Begins a pause and records it. Returns when it is over, for [`Session::command_until`]:
    ///
    /// ```text
    /// let end = session.pause(Pause::Exercise, PAUSE);
    /// while let Some(command) = session.command_until(end)? { ... }
    /// ```
    pub fn pause(&self, pause: Pause, duration: Duration) -> Instant {
        let for_ns = clock::whole_ns(duration);
        self.lane.emit(LaneEvent::Sleeping { pause, for_ns });
        self.lane.flush();
        clock::after(duration)
    }

    /// Runs `attempt`, and again as often as it ends with [`Interrupt::Changed`]. The session
    /// does this with [`Lab::run`] itself; a body that keeps something from one
    /// attempt to the next does it inside. When an attempt begins, also the first, all changed
    /// settings are taken, so the body does not get their commands; other commands stay in the
    /// queue.
    ///
    /// # Errors
    /// How the last attempt ended.
    pub fn restarting(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        loop {
            match attempt(self) {
                Err(Interrupt::Changed) => self.begin(),
                ended => return ended,
            }
        }
    }

    /// Takes all changed settings, and a stop of its own for the attempt that follows.
    fn begin(&mut self) {
        let mut queue = self.shared.queue.lock();
        for command in std::mem::take(&mut queue.commands) {
            match command {
                // Their commands are done with: the attempt that begins has their values.
                Command::Set { key, value } => self.settings.put_value(key, value),
                other @ Command::Do(_) => queue.commands.push_back(other),
            }
        }
        self.stop = self.ended.child();
        queue.attempt = self.stop.clone();
        // What stays in the queue has rung before, and may not have been looked at.
        self.shared.ring();
    }
}
