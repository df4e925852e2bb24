//! A condition variable between processes, tied to a [`Lock`].

use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::lock::{Lock, NotOwner};
use super::region::{Cells, Layout};
use super::wait::{doze, wake};
use crate::kit::limit::{Limit, Timeout};

const SEQUENCE: usize = 0;
const WAITERS: usize = 1;

/// How a wait ended; the lock is held again either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Notified, or woken without a reason: look at the predicate again.
    Notified,
    TimedOut,
    Stopped,
}

/// Waiting for something to become true under a lock.
#[derive(Clone, Debug)]
pub struct Condition {
    cells: Cells,
}

impl Condition {
    /// Cells that one takes.
    pub const CELLS: usize = 2;

    pub fn new(layout: &mut Layout) -> Self {
        Self {
            cells: layout.cells(Self::CELLS),
        }
    }

    /// Gives `lock` back, sleeps until notified, and takes it again.
    ///
    /// # Errors
    /// If the caller does not hold `lock`.
    pub fn wait(&self, lock: &Lock, limit: &Limit) -> Result<Woken, NotOwner> {
        if !lock.is_mine() {
            return Err(NotOwner);
        }
        let sequence = self.cells.word(SEQUENCE);
        let seen = sequence.load(SeqCst);
        self.cells.word(WAITERS).fetch_add(1, SeqCst);
        lock.release()?;
        let woken = loop {
            if sequence.load(SeqCst) != seen {
                break Woken::Notified;
            }
            match doze(sequence, seen, limit) {
                Ok(()) => {}
                Err(Timeout::Elapsed) => break Woken::TimedOut,
                Err(Timeout::Stopped) => break Woken::Stopped,
            }
        };
        self.cells.word(WAITERS).fetch_sub(1, SeqCst);
        // The caller gave the lock back to wait and counts on having it: no limit here.
        // Holders that die are noticed, so this ends.
        let _ = lock.acquire(&Limit::default());
        Ok(woken)
    }

    /// Waits until `predicate` holds; `false` if `limit` ended first.
    ///
    /// # Errors
    /// If the caller does not hold `lock`.
    pub fn wait_for(
        &self,
        lock: &Lock,
        limit: &Limit,
        mut predicate: impl FnMut() -> bool,
    ) -> Result<bool, NotOwner> {
        while !predicate() {
            if self.wait(lock, limit)? != Woken::Notified {
                return Ok(predicate());
            }
        }
        Ok(true)
    }

    /// Wakes at most `count` waiters.
    ///
    /// # Errors
    /// If the caller does not hold `lock`.
    pub fn notify(&self, lock: &Lock, count: u32) -> Result<(), NotOwner> {
        if !lock.is_mine() {
            return Err(NotOwner);
        }
        if self.waiters() > 0 {
            let sequence = self.cells.word(SEQUENCE);
            sequence.fetch_add(1, SeqCst);
            wake(sequence, count);
        }
        Ok(())
    }

    /// How many wait.
    pub fn waiters(&self) -> u32 {
        self.cells.word(WAITERS).load(Relaxed)
    }
}
