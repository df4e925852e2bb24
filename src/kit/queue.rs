//! `Queue`: first in, first out, with limited room; it can be closed and joined. As
//! `queue.Queue` in Python, with the closing of its `shutdown`.
//!
//! Its items are numbers: an experiment about sharing needs no more, and an explorer can
//! compare its states.

use std::panic::Location;
use std::time::Duration;

use super::event::{LaneId, ResourceKind};
use super::model::{self, Blocking, Op, OpResult, State};
use super::monitor::{Monitor, Refusal};
use super::step::Name;
use super::stop::Stopped;

/// A named queue. Any number of threads may send and receive.
#[derive(Debug)]
pub struct Queue(Monitor);

/// A queue as an observer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueView {
    /// The next to be received comes first.
    pub items: Vec<i64>,
    /// `None` for a queue without a bound.
    pub capacity: Option<usize>,
    /// Whether it refuses what is sent.
    pub closed: bool,
    /// Items sent and not yet marked as done.
    pub unfinished: u32,
    /// Senders and receivers that wait, in order of arrival.
    pub waiters: Vec<LaneId>,
}

impl Queue {
    /// A queue with room for `capacity` items; 0 counts as 1.
    pub fn bounded(name: impl Into<Name>, capacity: usize) -> Self {
        Self::with_capacity(name, Some(capacity.max(1)))
    }

    /// A queue whose senders never wait.
    pub fn unbounded(name: impl Into<Name>) -> Self {
        Self::with_capacity(name, None)
    }

    fn with_capacity(name: impl Into<Name>, capacity: Option<usize>) -> Self {
        let state = State::Queue(model::Queue { capacity, ..model::Queue::default() });
        Self(Monitor::new(name, ResourceKind::Queue, state))
    }

    /// Waits for room and sends.
    ///
    /// # Errors
    /// [`Refusal::Closed`], or [`Refusal::Stopped`] if asked to stop first.
    #[track_caller]
    pub fn send(&self, item: i64) -> Result<(), Refusal> {
        let op = Op::Send(item, Blocking::Forever);
        sent(self.0.perform(op, None, Location::caller())?).map(drop)
    }

    /// Sends if there is room at this moment; returns whether. Never waits.
    ///
    /// # Errors
    /// [`Refusal::Closed`].
    #[track_caller]
    pub fn try_send(&self, item: i64) -> Result<bool, Refusal> {
        let op = Op::Send(item, Blocking::Try);
        sent(self.0.perform(op, None, Location::caller())?)
    }

    /// Waits for room for a limited time; returns whether it was sent.
    ///
    /// # Errors
    /// [`Refusal::Closed`], or [`Refusal::Stopped`] if asked to stop first.
    #[track_caller]
    pub fn send_timeout(&self, item: i64, limit: Duration) -> Result<bool, Refusal> {
        let op = Op::Send(item, Blocking::Timeout);
        sent(self.0.perform(op, Some(limit), Location::caller())?)
    }

    /// Waits for an item. What was sent before the queue was closed can still be received.
    ///
    /// # Errors
    /// [`Refusal::Closed`], or [`Refusal::Stopped`] if asked to stop first.
    #[track_caller]
    pub fn receive(&self) -> Result<i64, Refusal> {
        let op = Op::Receive(Blocking::Forever);
        let item = received(self.0.perform(op, None, Location::caller())?)?;
        // An operation that waits forever ends with an item, or with an error before this
        // line.
        item.ok_or(Refusal::Stopped)
    }

    /// Takes an item if there is one at this moment.
    ///
    /// # Errors
    /// [`Refusal::Closed`].
    #[track_caller]
    pub fn try_receive(&self) -> Result<Option<i64>, Refusal> {
        let op = Op::Receive(Blocking::Try);
        received(self.0.perform(op, None, Location::caller())?)
    }

    /// Waits for an item for a limited time.
    ///
    /// # Errors
    /// [`Refusal::Closed`], or [`Refusal::Stopped`] if asked to stop first.
    #[track_caller]
    pub fn receive_timeout(&self, limit: Duration) -> Result<Option<i64>, Refusal> {
        let op = Op::Receive(Blocking::Timeout);
        received(self.0.perform(op, Some(limit), Location::caller())?)
    }

    /// Marks one received item as done; the last one wakes those that [`join`](Self::join).
    ///
    /// # Errors
    /// [`Refusal::Misuse`] if none is left to be marked.
    #[track_caller]
    pub fn task_done(&self) -> Result<(), Refusal> {
        self.0.perform_checked(Op::TaskDone, Location::caller())
    }

    /// Waits until every item that was sent is marked as done: received is not enough.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop first.
    #[track_caller]
    pub fn join(&self) -> Result<(), Stopped> {
        let op = Op::Join(Blocking::Forever);
        self.0.perform(op, None, Location::caller()).map(drop)
    }

    /// Refuses what is sent from now on, and wakes all that wait. Items in the queue can
    /// still be received; a receiver of the empty queue gets [`Refusal::Closed`].
    #[track_caller]
    pub fn close(&self) {
        // Closing never waits, so it is never asked to stop.
        let _ = self.0.perform(Op::Close, None, Location::caller());
    }

    /// A snapshot for screens and audits.
    pub fn peek(&self) -> QueueView {
        let (state, waiters) = self.0.peek();
        let State::Queue(queue) = state else { unreachable!("a queue stays one") };
        QueueView {
            items: queue.items.into(),
            capacity: queue.capacity,
            closed: queue.closed,
            unfinished: queue.unfinished,
            waiters,
        }
    }
}

/// Whether it was sent; a timed or single try may end without.
fn sent(seen: OpResult) -> Result<bool, Refusal> {
    match seen {
        OpResult::Closed => Err(Refusal::Closed),
        seen => Ok(seen == OpResult::Done),
    }
}

/// The item, if there was one in time.
fn received(seen: OpResult) -> Result<Option<i64>, Refusal> {
    match seen {
        OpResult::Closed => Err(Refusal::Closed),
        OpResult::Value(item) => Ok(Some(item)),
        _ => Ok(None),
    }
}
