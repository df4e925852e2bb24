//! `RLock`: a lock that its holder may take again, and must release as often. As
//! `threading.RLock` in Python.

use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

use super::event::{LaneId, ResourceKind};
use super::model::{Blocking, Op, OpResult, State};
use super::monitor::{Monitor, Refusal};
use super::step::Name;
use super::stop::Stopped;

/// A named re-entrant lock. It belongs to the thread that took it: only that one can
/// release it.
#[derive(Debug)]
pub struct RLock(Monitor);

/// A re-entrant lock as an observer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RLockView {
    pub holder: Option<LaneId>,
    /// How often its holder has to release it; 0 if it is free.
    pub depth: u32,
    /// Who waits, in order of arrival.
    pub waiters: Vec<LaneId>,
}

/// Releases the lock once when it drops. Cannot be sent to another thread, which could not
/// release it.
#[derive(Debug)]
#[must_use = "the lock is released when the guard drops"]
pub struct RGuard<'a> {
    lock: &'a RLock,
    /// Makes the guard neither `Send` nor `Sync`.
    here: PhantomData<*const ()>,
}

impl RLock {
    pub fn new(name: impl Into<Name>) -> Self {
        let state = State::RLock { holder: None, depth: 0 };
        Self(Monitor::new(name, ResourceKind::RLock, state))
    }

    /// Waits for the lock, and takes it once more. Pair it with [`Self::release`].
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop first.
    #[track_caller]
    pub fn acquire(&self) -> Result<(), Stopped> {
        let op = Op::Lock(Blocking::Forever);
        self.0.perform(op, None, Location::caller()).map(drop)
    }

    /// The same, with a guard.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop first.
    #[track_caller]
    pub fn lock(&self) -> Result<RGuard<'_>, Stopped> {
        self.acquire()?;
        Ok(RGuard { lock: self, here: PhantomData })
    }

    /// Takes the lock if no other thread has it at this moment; returns whether.
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        let op = Op::Lock(Blocking::Try);
        matches!(self.0.perform(op, None, Location::caller()), Ok(OpResult::Value(_)))
    }

    /// Waits for the lock for a limited time; returns whether it was got.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop first.
    #[track_caller]
    pub fn acquire_timeout(&self, limit: Duration) -> Result<bool, Stopped> {
        let op = Op::Lock(Blocking::Timeout);
        let seen = self.0.perform(op, Some(limit), Location::caller())?;
        Ok(matches!(seen, OpResult::Value(_)))
    }

    /// Releases it once.
    ///
    /// # Errors
    /// [`Refusal::Misuse`] if the calling thread does not hold it.
    #[track_caller]
    pub fn release(&self) -> Result<(), Refusal> {
        self.0.perform_checked(Op::Unlock, Location::caller())
    }

    /// A snapshot for screens and audits.
    pub fn peek(&self) -> RLockView {
        let (state, waiters) = self.0.peek();
        let State::RLock { holder, depth } = state else { unreachable!("a lock stays one") };
        RLockView { holder, depth, waiters }
    }
}

impl RGuard<'_> {
    /// Releases the lock once; the same as dropping the guard.
    #[track_caller]
    pub fn unlock(self) {
        let lock = self.lock;
        // Released here instead of in `drop`, which has no caller's place to show.
        std::mem::forget(self);
        // It was taken by this thread, so it can be released.
        let _ = lock.release();
    }
}

impl Drop for RGuard<'_> {
    fn drop(&mut self) {
        // It was taken by this thread, so it can be released.
        let _ = self.lock.release();
    }
}
