//! A counting semaphore between processes.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::region::{Cells, Layout};
use super::wait::{wait_slice, wake};
use super::waiters::Waiters;
use crate::kit::limit::{Limit, Timeout};

const PERMITS: usize = 0;
const BOUND: usize = 1;
const CELLS: usize = 2;

/// More permits were given back than a bounded semaphore has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("released more often than acquired: the semaphore is bounded by {bound}")]
pub struct OverRelease {
    pub bound: u32,
}

/// A limited number may enter at once. A permit belongs to no thread: that of a process that died
/// with one is lost, as with POSIX semaphores.
#[derive(Clone, Debug)]
pub struct Semaphore {
    cells: Cells,
    waiters: Waiters,
}

impl Semaphore {
    /// Cells that one takes.
    pub const CELLS: usize = CELLS + Waiters::CELLS;

    /// Finds the semaphore that its maker filled.
    pub fn attach(layout: &mut Layout) -> Self {
        Self { cells: layout.cells(CELLS), waiters: Waiters::new(layout) }
    }

    /// Makes one with `permits`; `bounded` refuses to ever hold more.
    pub fn create(layout: &mut Layout, permits: u32, bounded: bool) -> Self {
        let semaphore = Self::attach(layout);
        semaphore.cells.word(BOUND).store(if bounded { permits } else { u32::MAX }, SeqCst);
        semaphore.cells.word(PERMITS).store(permits, SeqCst);
        semaphore
    }

    /// Waits for a permit and takes it.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn acquire(&self, limit: &Limit) -> Result<(), Timeout> {
        if self.take() {
            return Ok(());
        }
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

    /// Gives `count` permits back and admits as many waiters.
    ///
    /// # Errors
    /// If a bounded semaphore would hold more than it was made with; none is given back then.
    pub fn release(&self, count: u32) -> Result<(), OverRelease> {
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

    /// Number of free permits at this moment.
    pub fn permits(&self) -> u32 {
        self.cells.word(PERMITS).load(Relaxed)
    }

    /// How many wait for one. Not for hot loops: looks whether each of them still lives.
    pub fn waiters(&self) -> u32 {
        self.waiters.count()
    }
}
