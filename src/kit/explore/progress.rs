//! How far a search has come, readable from any thread while it goes on.
//!
//! Must not know who reads.

use std::sync::{Arc, Mutex, PoisonError};

use super::counts::Counts;

/// A search's figures at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub runs: u64,
    pub states: usize,
    /// Interleavings covered.
    pub covered: u128,
    pub failed: u128,
}

/// A shared snapshot. Clones are one. A search writes, anyone reads.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<Snapshot>>);

impl Progress {
    pub fn get(&self) -> Snapshot {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A report that would have to wait for a reader is left to the next run.
    pub(crate) fn report(&self, runs: u64, states: usize, counts: &Counts) {
        self.publish(Snapshot { runs, states, covered: counts.total, failed: counts.failed() });
    }

    /// The same of runs that are only tried, not counted.
    pub(crate) fn report_tried(&self, runs: u64, failed: u64) {
        self.publish(Snapshot { runs, states: 0, covered: runs.into(), failed: failed.into() });
    }

    fn publish(&self, now: Snapshot) {
        if let Ok(mut snapshot) = self.0.try_lock() {
            *snapshot = now;
        }
    }
}
