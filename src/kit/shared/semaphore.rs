//! A counting semaphore between processes.
//!
//! The free permits are the futex word itself, so a waiter sleeps while it is 0. Taking one is
//! a compare-and-swap loop: the number never goes below 0.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::region::{Cells, Layout};
use super::wait::{wait_slice, wake};
use super::waiters::Waiters;
use crate::kit::limit::{Limit, Timeout};

/// Free permits; waiters sleep on it.
const PERMITS: usize = 0;
/// The most permits that it may hold: written once, when it is made.
const BOUND: usize = 1;
const CELLS: usize = 2;

/// More permits were given back than a bounded semaphore has: `ValueError` of Python's
/// `BoundedSemaphore`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("released more often than acquired: the semaphore is bounded by {bound}")]
pub struct OverRelease {
    pub bound: u32,
}

/// A limited number of threads may be inside at once. A permit belongs to no thread: that of a
/// process that died with one is lost, as with POSIX semaphores. Any thread may release.
#[derive(Clone, Debug)]
pub struct Semaphore {
    cells: Cells,
    waiters: Waiters,
}

impl Semaphore {
    /// Number of cells that a semaphore occupies in a [`super::Region`].
    pub const CELLS: usize = CELLS + Waiters::CELLS;

    /// Lays out a semaphore; one in a new region has no permits and needs
    /// [`Semaphore::init`].
    pub fn new(layout: &mut Layout) -> Self {
        Self { cells: layout.cells(CELLS), waiters: Waiters::new(layout) }
    }

    /// Gives it `permits`; a `bounded` one refuses to hold more than that. For one process,
    /// before the others use it.
    pub fn init(&self, permits: u32, bounded: bool) {
        self.cells.word(BOUND).store(if bounded { permits } else { u32::MAX }, SeqCst);
        self.cells.word(PERMITS).store(permits, SeqCst);
    }

    /// Waits for a permit and takes it. Not fair: a thread that comes may take it before one
    /// that was woken.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn acquire(&self, limit: &Limit) -> Result<(), Timeout> {
        if self.take() {
            return Ok(());
        }
        // Announced before the permits are looked at again, and `release` adds permits before
        // it looks for waiters: at least one side sees the other. Both need SeqCst for that.
        let _waiting = self.waiters.enter();
        while !self.take() {
            wait_slice(self.cells.word(PERMITS), 0, limit)?;
        }
        Ok(())
    }

    fn take(&self) -> bool {
        self.cells
            .word(PERMITS)
            .fetch_update(SeqCst, SeqCst, |permits| permits.checked_sub(1))
            .is_ok()
    }

    /// Gives `count` permits back and wakes as many waiters.
    ///
    /// # Errors
    /// If a bounded semaphore would hold more than it was made with; none is given back then.
    pub fn release(&self, count: u32) -> Result<(), OverRelease> {
        // Relaxed: it does not change after the semaphore was made, which was before it was
        // handed over.
        let bound = self.cells.word(BOUND).load(Relaxed);
        let permits = self.cells.word(PERMITS);
        permits
            .fetch_update(SeqCst, SeqCst, |permits| {
                permits.checked_add(count).filter(|sum| *sum <= bound)
            })
            .map_err(|_| OverRelease { bound })?;
        if self.waiters.any() {
            wake(permits, count);
        }
        Ok(())
    }

    /// Number of free permits at this moment, for display.
    pub fn permits(&self) -> u32 {
        self.cells.word(PERMITS).load(Relaxed)
    }

    /// How many wait for one. Not for hot loops: checks whether each of them still lives.
    pub fn waiters(&self) -> u32 {
        self.waiters.count()
    }
}
