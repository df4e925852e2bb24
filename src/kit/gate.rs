//! `Gate`: open or shut; whoever comes to a shut one waits. Python calls it Event.
//!
//! Must not know what it is used for.

use std::panic::Location;
use std::time::Duration;

use super::event::{LaneId, ResourceKind};
use super::model::{Op, Patience, Seen, State};
use super::monitor::Monitor;
use super::step::Name;
use super::stop::Stopped;

/// A named gate, shut at first.
#[derive(Debug)]
pub struct Gate(Monitor);

/// A gate as an onlooker sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateView {
    pub open: bool,
    /// Who waits, in order of arrival.
    pub line: Vec<LaneId>,
}

impl Gate {
    pub fn new(name: impl Into<Name>) -> Self {
        let state = State::Gate { open: false };
        Self(Monitor::new(name, ResourceKind::Event, state))
    }

    /// Lets everyone through from now on.
    #[track_caller]
    pub fn open(&self) {
        // Opening never waits, so it is never told to stop.
        let _ = self.0.perform(Op::Open, None, Location::caller());
    }

    #[track_caller]
    pub fn shut(&self) {
        let _ = self.0.perform(Op::Shut, None, Location::caller());
    }

    /// Waits until the gate is open.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was told to stop first.
    #[track_caller]
    pub fn pass(&self) -> Result<(), Stopped> {
        let op = Op::Pass(Patience::Endless);
        self.0.perform(op, None, Location::caller()).map(drop)
    }

    /// Waits at most so long; tells whether the gate was open.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was told to stop first.
    #[track_caller]
    pub fn pass_for(&self, limit: Duration) -> Result<bool, Stopped> {
        let op = Op::Pass(Patience::Limited);
        let seen = self.0.perform(op, Some(limit), Location::caller())?;
        Ok(seen == Seen::Done)
    }

    pub fn peek(&self) -> GateView {
        let (state, line) = self.0.peek();
        let State::Gate { open } = state else {
            unreachable!("a gate stays one")
        };
        GateView { open, line }
    }
}
