//! What processes share, under the numbers that each of them has for it.
//!
//! ```text
//!   made by the script        lock 3 of process 0
//!   in a forked child         3 of process 1          its parent's number
//!   pickled for a child       1 of process 2          its definition says: 3 of process 0
//! ```
//!
//! A forked child has its parent's numbers for all that its parent had. What belongs to
//! `multiprocessing` is the same thing there; a lock of `threading` is a copy, which knows nothing
//! of what happens to the original.

use std::collections::HashMap;

/// Numbers that are kept at most.
const MOST: usize = 100_000;

/// The first numbers of what has several.
#[derive(Debug, Default)]
pub struct SharedNumbers {
    first: HashMap<u64, u64>,
}

impl SharedNumbers {
    /// A process has this number for what has that one where it was made.
    pub fn define(&mut self, number: u64, first: u64) {
        if self.first.len() < MOST && number != first {
            self.first.insert(number, first);
        }
    }

    /// The number where it was made; `None` if it is not known to be another one.
    pub fn first(&self, number: u64) -> Option<u64> {
        self.first.get(&number).copied()
    }
}
