//! The side of the recorder that is drained: takes what has arrived, and gives it out in the order
//! of time.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, Select};

use super::{CAPACITY, Clock, Parcel, RecorderShared, Stamped, What};

/// Events that the reader sorts at once, about: the latest batches of some hundred lanes. To sort
/// all that a full channel holds would cost the memory of four.
pub(super) const SORTED: usize = CAPACITY / 4;

/// The reading side of a run's events. There is one for each run.
pub struct EventReader<F> {
    // Dropping it ends the channel: senders notice nothing, and their parcels are freed.
    parcels: Receiver<Parcel<F>>,
    /// Taken out of the channel and sorted, not yet given out.
    ready: VecDeque<Stamped<F>>,
    shared: Arc<RecorderShared<F>>,
}

impl<F> fmt::Debug for EventReader<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReader").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}

impl<F: Send + 'static> EventReader<F> {
    pub(super) fn new(parcels: Receiver<Parcel<F>>, shared: Arc<RecorderShared<F>>) -> Self {
        Self { parcels, ready: VecDeque::new(), shared }
    }

    /// Gives at most `max` events to `take`, oldest first among those that have arrived,
    /// and returns how many it gave. Never blocks, and always ends, however fast the lanes
    /// emit.
    pub fn drain(&mut self, max: usize, mut take: impl FnMut(Stamped<F>)) -> usize {
        let mut given = 0;
        // Fewer than `max` mean that nothing was left.
        while given < max {
            // Only then: what was given out before cannot be sorted with what comes now, so the
            // two must not overlap.
            if self.ready.is_empty() {
                self.gather(max - given);
            }
            let count = (max - given).min(self.ready.len());
            if count == 0 {
                break;
            }
            self.ready.drain(..count).for_each(&mut take);
            given += count;
        }
        given
    }

    /// Events dropped so far because this side was behind.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// The clock that stamps the run's events.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Waits until there is something to drain, at most for `limit`. May return without.
    pub fn wait(&self, limit: Duration) {
        if self.ready.is_empty() {
            let mut select = Select::new();
            self.watch(&mut select);
            let _ = select.ready_timeout(limit);
        }
    }

    /// Registers the channel with `select`, which is then ready when there is something to
    /// drain.
    pub fn watch<'a>(&'a self, select: &mut Select<'a>) {
        select.recv(&self.parcels);
    }

    /// Takes the first part of the channel and sorts it by time. Each parcel holds at least
    /// one event, so `enough` parcels give at least that many, and a fast lab cannot keep
    /// the reader here.
    fn gather(&mut self, enough: usize) {
        let mut gathered = Vec::new();
        for _ in 0..enough {
            if gathered.len() >= SORTED {
                break;
            }
            match self.parcels.try_recv() {
                Ok(Parcel::Batch(batch)) => {
                    let in_channel = &self.shared.in_channel;
                    in_channel.fetch_sub(batch.len(), Ordering::Relaxed);
                    gathered.extend(batch);
                }
                Ok(Parcel::Reliable(event)) => gathered.push(event),
                Err(_) => break,
            }
        }
        // Batches of different lanes overlap in time. Events are sorted by their time, but none
        // goes before the last introduction that was sent earlier: an event that refers to it
        // stays behind it, even if its own stamp is slightly earlier.
        let mut floor = 0;
        let keyed = gathered.into_iter().map(|event| {
            let key = event.at.max(floor);
            if matches!(&event.what, What::Lane(what) if what.introduces()) {
                floor = key;
            }
            (key, event)
        });
        let mut sorted: Vec<_> = keyed.collect();
        // Stable: events with the same key stay in the order in which they were sent.
        sorted.sort_by_key(|(key, _)| *key);
        self.ready.extend(sorted.into_iter().map(|(_, event)| event));
    }
}
