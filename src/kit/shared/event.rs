//! A flag between processes that can be waited for.
//!
//! The flag is the futex word, so no waiter needs to be announced: setting it always makes the
//! system call.

use std::sync::atomic::Ordering::SeqCst;

use super::region::{Cells, Layout};
use super::wait::{wait_slice, wake};
use crate::kit::limit::{Limit, Timeout};

/// Set or clear; a wait ends as soon as it is set, for all waiters.
#[derive(Clone, Debug)]
pub struct Event {
    cells: Cells,
}

impl Event {
    /// Number of cells that an event occupies in a [`super::Region`].
    pub const CELLS: usize = 1;

    /// Lays out an event; clear in a new region.
    pub fn new(layout: &mut Layout) -> Self {
        Self { cells: layout.cells(Self::CELLS) }
    }

    /// Sets the flag and wakes all waiters.
    pub fn set(&self) {
        self.cells.word(0).store(1, SeqCst);
        // The largest number that the kernel takes: its count is signed.
        wake(self.cells.word(0), u32::MAX >> 1);
    }

    /// Clears the flag. A waiter that was woken and has not looked yet finds it clear and
    /// sleeps on.
    pub fn clear(&self) {
        self.cells.word(0).store(0, SeqCst);
    }

    pub fn is_set(&self) -> bool {
        self.cells.word(0).load(SeqCst) == 1
    }

    /// Waits until the flag is set.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn wait(&self, limit: &Limit) -> Result<(), Timeout> {
        while !self.is_set() {
            wait_slice(self.cells.word(0), 0, limit)?;
        }
        Ok(())
    }
}
