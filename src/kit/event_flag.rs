//! `Event`: set or clear; a thread waits until it is set. As `threading.Event` in Python.
//!
//! Must not know what it is used for.

use std::panic::Location;
use std::time::Duration;

use super::event::{LaneId, ResourceKind};
use super::model::{Blocking, Op, OpResult, State};
use super::monitor::Monitor;
use super::step::Name;
use super::stop::Stopped;

/// A named gate, shut at first.
#[derive(Debug)]
pub struct Event(Monitor);

/// A gate as an onlooker sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    pub set: bool,
    /// Who waits, in order of arrival.
    pub line: Vec<LaneId>,
}

impl Event {
    pub fn new(name: impl Into<Name>) -> Self {
        let state = State::Event { set: false };
        Self(Monitor::new(name, ResourceKind::Event, state))
    }

    /// Lets everyone through from now on.
    #[track_caller]
    pub fn set(&self) {
        // Setting never waits, so it is never asked to stop.
        let _ = self.0.perform(Op::SetEvent, None, Location::caller());
    }

    #[track_caller]
    pub fn clear(&self) {
        let _ = self.0.perform(Op::ClearEvent, None, Location::caller());
    }

    /// Waits until the gate is open.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop first.
    #[track_caller]
    pub fn wait(&self) -> Result<(), Stopped> {
        let op = Op::WaitEvent(Blocking::Forever);
        self.0.perform(op, None, Location::caller()).map(drop)
    }

    /// Waits for a limited time; returns whether the event was set.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop first.
    #[track_caller]
    pub fn wait_timeout(&self, limit: Duration) -> Result<bool, Stopped> {
        let op = Op::WaitEvent(Blocking::Timeout);
        let seen = self.0.perform(op, Some(limit), Location::caller())?;
        Ok(seen == OpResult::Done)
    }

    pub fn peek(&self) -> EventView {
        let (state, line) = self.0.peek();
        let State::Event { set } = state else { unreachable!("a gate stays one") };
        EventView { set, line }
    }
}
