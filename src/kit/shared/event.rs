//! A flag between processes that can be waited for.

use std::sync::atomic::Ordering::SeqCst;

use super::region::{Cells, Layout};
use super::wait::{wait_slice, wake};
use crate::kit::limit::{Limit, Timeout};

/// Set or clear; waiting ends as soon as it is set.
#[derive(Clone, Debug)]
pub struct Event {
    cells: Cells,
}

impl Event {
    /// Cells that one takes.
    pub const CELLS: usize = 1;

    pub fn new(layout: &mut Layout) -> Self {
        Self { cells: layout.cells(Self::CELLS) }
    }

    /// Sets the flag and wakes everyone.
    pub fn set(&self) {
        self.cells.word(0).store(1, SeqCst);
        wake(self.cells.word(0), u32::MAX >> 1);
    }

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
