//! `Event`: set or clear; a thread waits until it is set. As `threading.Event` in Python.
//!
//! The file is not called `event.rs`, because that is the vocabulary of lane events.

use std::panic::Location;
use std::time::Duration;

use super::event::{LaneId, ResourceKind};
use super::model::{Blocking, Op, OpResult, State};
use super::monitor::Monitor;
use super::step::Name;
use super::stop::Stopped;

/// A named event, clear at first.
#[derive(Debug)]
pub struct Event(Monitor);

/// An event as an observer sees it: whether it is set, and who waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    pub set: bool,
    /// Who waits, in order of arrival.
    pub waiters: Vec<LaneId>,
}

impl Event {
    pub fn new(name: impl Into<Name>) -> Self {
        let state = State::Event { set: false };
        Self(Monitor::new(name, ResourceKind::Event, state))
    }

    /// Lets every thread continue from now on, those that wait and those that come, until it
    /// is cleared.
    #[track_caller]
    pub fn set(&self) {
        // Setting never waits, so it is never asked to stop.
        let _ = self.0.perform(Op::SetEvent, None, Location::caller());
    }

    /// Makes threads that come from now on wait. Those that were let go stay free, also
    /// if they have not run again since.
    #[track_caller]
    pub fn clear(&self) {
        // As with `set`.
        let _ = self.0.perform(Op::ClearEvent, None, Location::caller());
    }

    /// Waits until the event is set.
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

    /// A snapshot for screens and audits.
    pub fn peek(&self) -> EventView {
        let (state, waiters) = self.0.peek();
        let State::Event { set } = state else { unreachable!("an event stays one") };
        EventView { set, waiters }
    }
}
