//! `Semaphore`: a limited number of threads may enter; bounded, if more releases than
//! acquisitions are an error. As `threading.Semaphore` and `BoundedSemaphore` in Python.

use std::panic::Location;
use std::time::Duration;

use super::event::{LaneId, ResourceKind};
use super::model::{Blocking, Op, OpResult, State};
use super::monitor::{Monitor, Refusal};
use super::step::Name;
use super::stop::Stopped;

/// A named counting semaphore. Permits belong to no thread: any thread may release.
#[derive(Debug)]
pub struct Semaphore(Monitor);

/// A semaphore as an observer sees it: the permits that can be had, and who waits for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SemaphoreView {
    pub permits: u32,
    /// In order of arrival. Which of them gets the next permit is decided by the system:
    /// all are woken, and the first to take the mutex has it.
    pub waiters: Vec<LaneId>,
}

impl Semaphore {
    /// A semaphore with `permits` permits and no limit to what is released.
    pub fn new(name: impl Into<Name>, permits: u32) -> Self {
        Self::with_limit(name, permits, None)
    }

    /// A semaphore whose permits may never be more than at first: a release without an
    /// acquire is found at once, instead of letting one thread too many in.
    pub fn bounded(name: impl Into<Name>, permits: u32) -> Self {
        Self::with_limit(name, permits, Some(permits))
    }

    fn with_limit(name: impl Into<Name>, permits: u32, limit: Option<u32>) -> Self {
        let state = State::Semaphore { permits, limit };
        Self(Monitor::new(name, ResourceKind::Semaphore, state))
    }

    /// Waits for a permit and takes it.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop first.
    #[track_caller]
    pub fn acquire(&self) -> Result<(), Stopped> {
        let op = Op::Acquire(Blocking::Forever);
        self.0.perform(op, None, Location::caller()).map(drop)
    }

    /// Takes a permit if there is one at this moment; returns whether. `false` also if the
    /// run was asked to stop.
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        // A stop request comes out as `Err`, which is no permit either.
        let op = Op::Acquire(Blocking::Try);
        self.0.perform(op, None, Location::caller()) == Ok(OpResult::Done)
    }

    /// Waits for a permit for a limited time; returns whether it was got.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop first.
    #[track_caller]
    pub fn acquire_timeout(&self, limit: Duration) -> Result<bool, Stopped> {
        let op = Op::Acquire(Blocking::Timeout);
        let seen = self.0.perform(op, Some(limit), Location::caller())?;
        Ok(seen == OpResult::Done)
    }

    /// Returns `permits` permits and wakes the threads that wait.
    ///
    /// # Errors
    /// [`Refusal::Misuse`] if a bounded semaphore would have more than at first.
    #[track_caller]
    pub fn release(&self, permits: u32) -> Result<(), Refusal> {
        self.0.perform_checked(Op::Release(permits), Location::caller())
    }

    /// A snapshot for screens and audits.
    pub fn peek(&self) -> SemaphoreView {
        let (state, waiters) = self.0.peek();
        let State::Semaphore { permits, .. } = state else { unreachable!("a semaphore stays one") };
        SemaphoreView { permits, waiters }
    }
}
