//! Where the events of a run come from: a driver thread and its lanes, or a recording. Nothing
//! above the runner differs between the two.
//!
//! ```text
//!           events                        commands, stop
//! Live      threads ─▶ lanes ─▶ drain     ─▶ the session's driver thread
//! Recorded  file ─▶ playback ─▶ drain     nothing: it only plays faster, slower, or again
//! ```

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Select;

use super::playback::Playback;
use super::recording::RecordedEvents;
use super::run::PlaybackCommand;
use super::session::{OpenError, SessionHandle};
use super::{Command, Lab, Settings};
use crate::kit::event::Stamped;
use crate::kit::recorder::{EventReader, recorder};

/// The source of the events of one run of lab `L`.
pub enum Source<L: Lab> {
    Live {
        /// Dropped first, as fields are dropped in their order: its threads and children end
        /// before the event reader does.
        session: SessionHandle<L>,
        reader: EventReader<L::Fact>,
    },
    Recorded {
        settings: Settings,
        playback: Playback<L::Fact>,
    },
}

impl<L: Lab> Source<L> {
    /// Starts the driver thread.
    ///
    /// # Errors
    /// What could not be started, and why.
    pub fn live(settings: Settings) -> Result<Self, OpenError> {
        let (recorder, reader) = recorder();
        Ok(Self::Live { session: SessionHandle::start(settings, recorder)?, reader })
    }

    pub fn recorded(settings: Settings, run: Arc<RecordedEvents<L::Fact>>) -> Self {
        Self::Recorded { settings, playback: Playback::new(run) }
    }

    pub fn settings(&self) -> &Settings {
        match self {
            Self::Live { session, .. } => session.settings(),
            Self::Recorded { settings, .. } => settings,
        }
    }

    pub fn playback(&self) -> Option<&Playback<L::Fact>> {
        match self {
            Self::Live { .. } => None,
            Self::Recorded { playback, .. } => Some(playback),
        }
    }

    /// Changes the playback of a recording. Returns whether the run begins again.
    pub fn play(&mut self, command: PlaybackCommand) -> bool {
        match self {
            Self::Live { .. } => false,
            Self::Recorded { playback, .. } => playback.play(command),
        }
    }

    pub fn drain(&mut self, max: usize, take: impl FnMut(Stamped<L::Fact>)) -> usize {
        match self {
            Self::Live { reader, .. } => reader.drain(max, take),
            Self::Recorded { playback, .. } => playback.drain(max, take),
        }
    }

    pub fn wait(&self, limit: Duration) {
        match self {
            Self::Live { reader, .. } => reader.wait(limit),
            Self::Recorded { playback, .. } => playback.wait(limit),
        }
    }

    pub fn watch<'a>(&'a self, select: &mut Select<'a>) {
        match self {
            Self::Live { reader, .. } => reader.watch(select),
            Self::Recorded { playback, .. } => drop(select.recv(playback.due())),
        }
    }

    /// Sends a command to the driver thread. A recording takes none: what happened has
    /// happened.
    pub fn command(&mut self, command: Command<L::Command>) {
        if let Self::Live { session, .. } = self {
            session.command(command);
        }
    }

    pub fn stop(&mut self) {
        if let Self::Live { session, .. } = self {
            session.end();
        }
    }

    /// Nanoseconds since the run began.
    pub fn now(&self) -> u64 {
        match self {
            Self::Live { reader, .. } => reader.clock().now(),
            Self::Recorded { playback, .. } => playback.now(),
        }
    }

    /// Events lost so far because the reading side was behind.
    pub fn dropped(&self) -> u64 {
        match self {
            Self::Live { reader, .. } => reader.dropped(),
            Self::Recorded { playback, .. } => playback.dropped(),
        }
    }
}
