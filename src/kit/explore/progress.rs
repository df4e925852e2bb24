//! How far a search has come, readable from any thread while it goes on.

use std::sync::Arc;

use parking_lot::Mutex;

use super::counts::Counts;

/// A search's figures at a moment: runs of the program, states remembered (0 for a search
/// that compares none), interleavings covered, and those of them that fail. They belong
/// together: all were published at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub runs: u64,
    pub states: usize,
    pub covered: u128,
    pub failed: u128,
}

/// A shared snapshot. Clones are one. A search writes after every run, any thread reads; neither
/// makes the other wait for long.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<Snapshot>>);

impl Progress {
    /// The figures last published; all 0 before the first run has ended. They may be some runs old,
    /// and never belong to different moments.
    pub fn get(&self) -> Snapshot {
        self.0.lock().clone()
    }

    /// Publishes the figures of a systematic search, whose counts are of interleavings covered.
    pub(crate) fn report(&self, runs: u64, states: usize, counts: &Counts) {
        self.publish(Snapshot { runs, states, covered: counts.total, failed: counts.failed() });
    }

    /// Publishes the figures of runs that are only tried. Each run stands for itself, so no states
    /// are remembered and runs are what was covered.
    pub(crate) fn report_tried(&self, runs: u64, failed: u64) {
        self.publish(Snapshot { runs, states: 0, covered: runs.into(), failed: failed.into() });
    }

    /// Adds the figures of runs to those that are published. For searches of parts, which add to
    /// the same figures: so it waits for its turn.
    pub(crate) fn add(&self, runs: u64, covered: u128, failed: u128) {
        let mut snapshot = self.0.lock();
        snapshot.runs += runs;
        snapshot.covered = snapshot.covered.saturating_add(covered);
        snapshot.failed = snapshot.failed.saturating_add(failed);
    }

    /// Writes without waiting: a report that would have to wait for a reader is left to the
    /// next run, so that no reader slows the search down.
    fn publish(&self, now: Snapshot) {
        if let Some(mut snapshot) = self.0.try_lock() {
            *snapshot = now;
        }
    }
}
