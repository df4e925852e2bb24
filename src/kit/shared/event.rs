//! A flag between processes that can be waited for.
//!
//! The flag is the lowest bit of the futex word, so no waiter needs to be announced: setting it
//! always makes the system call. The other bits count how often it was set. So a waiter that
//! finds the word changed was let go, also if the flag was cleared again before it could look.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;

use super::region::{Cells, Layout};
use super::wait::{wait_slice, wake};
use crate::kit::limit::{Limit, Timeout};

/// The bit of the word that is the flag.
const SET: u32 = 1;
/// Added with each setting: the lowest bit of the count.
const COUNT: u32 = 2;

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
        // The flag first: a waiter that the count lets go finds it set, unless it was cleared
        // again.
        self.word().fetch_or(SET, SeqCst);
        self.word().fetch_add(COUNT, SeqCst);
        // The largest number that the kernel takes: its count is signed.
        wake(self.word(), u32::MAX >> 1);
    }

    /// Clears the flag. Waiters that were let go stay free, also if they have not looked yet.
    pub fn clear(&self) {
        self.word().fetch_and(!SET, SeqCst);
    }

    pub fn is_set(&self) -> bool {
        self.word().load(SeqCst) & SET == SET
    }

    /// Waits until the flag is set.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn wait(&self, limit: &Limit) -> Result<(), Timeout> {
        let word = self.word().load(SeqCst);
        // A clear flag is changed by nothing but being set.
        while word & SET == 0 && self.word().load(SeqCst) == word {
            wait_slice(self.word(), word, limit)?;
        }
        Ok(())
    }

    fn word(&self) -> &AtomicU32 {
        self.cells.word(0)
    }
}
