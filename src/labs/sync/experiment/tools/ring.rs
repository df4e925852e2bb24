//! A small ring buffer, and what became of its items: what the runs of the condition share.
//!
//! It guards nothing by itself: each access of a slot or a count is a step of its own. Must not
//! know who takes and who puts.
//!
//! ```text
//! slots   │ 4 │ 5 │ 6 │    put 6, taken 4: the next item goes into slot 6 % 3 = 0, over the 4 that
//!                          was taken; the next taking is from slot 4 % 3 = 1 and finds the 5
//! ```

use std::sync::atomic::Ordering::SeqCst;

use parking_lot::Mutex;

use super::super::tool::Snapshot;
use crate::kit::traced_atomic::TracedAtomic;

/// What stands in a slot that was never written; items are numbered from 1.
const NOTHING: i64 = 0;

/// A ring buffer without a lock of its own, and the takings from it: whether it is used rightly
/// depends on its callers alone.
pub struct Ring {
    slots: Vec<TracedAtomic>,
    /// How many items were ever put, and how many were taken: the next of each go into the
    /// slot of that number, round and round.
    put: TracedAtomic,
    taken: TracedAtomic,
    /// What was taken, for the audit. A plain mutex, as no thread of the run reads it:
    /// recording it is no step that a search would have to order.
    takings: Mutex<Vec<i64>>,
}

impl Ring {
    /// An empty buffer for `capacity` items, at least one.
    pub fn new(capacity: u32) -> Self {
        Self {
            slots: (0..capacity).map(|at| TracedAtomic::new(("slot", at), NOTHING)).collect(),
            put: TracedAtomic::new("put", 0),
            taken: TracedAtomic::new("taken", 0),
            takings: Mutex::default(),
        }
    }

    fn slot(&self, number: i64) -> usize {
        usize::try_from(number).unwrap_or_default() % self.slots.len()
    }

    pub fn is_full(&self) -> bool {
        let count = self.put.load(SeqCst) - self.taken.load(SeqCst);
        usize::try_from(count).is_ok_and(|count| count >= self.slots.len())
    }

    pub fn is_empty(&self) -> bool {
        self.put.load(SeqCst) <= self.taken.load(SeqCst)
    }

    /// Puts an item, a number from 1, into the next slot, whatever stands there: the caller
    /// holds the lock and has made sure that there is room.
    pub fn put(&self, item: i64) {
        let number = self.put.load(SeqCst);
        self.slots[self.slot(number)].store(item, SeqCst);
        self.put.store(number + 1, SeqCst);
    }

    /// Takes what stands in the next slot, be it nothing or an item that another thread has
    /// taken: that shows in the audit.
    pub fn take(&self) {
        let number = self.taken.load(SeqCst);
        let item = self.slots[self.slot(number)].load(SeqCst);
        self.taken.store(number + 1, SeqCst);
        self.takings.lock().push(item);
    }

    /// How many items were taken, and how many takings were in vain: of nothing, or of an
    /// item that another had already.
    pub fn audit(&self) -> (usize, usize) {
        let mut taken = self.takings.lock().clone();
        let all = taken.len();
        taken.retain(|&item| item != NOTHING);
        taken.sort_unstable();
        taken.dedup();
        (taken.len(), all - taken.len())
    }

    /// The slots and cursors as an onlooker sees them: without a step, so a thread that runs may be
    /// between two of the values.
    pub fn draw(&self, mut snapshot: Snapshot) -> Snapshot {
        let (put, taken) = (self.put.peek(), self.taken.peek());
        let slots = self.slots.iter().enumerate().map(|(at, item)| {
            let label = match (at == self.slot(put), at == self.slot(taken)) {
                (true, true) => "in, out",
                (true, false) => "in",
                (false, true) => "out",
                (false, false) => "",
            };
            let text = match item.peek() {
                NOTHING => "-".to_owned(),
                item => item.to_string(),
            };
            (text, label.to_owned())
        });
        snapshot.slots = slots.collect();
        snapshot.value("items", put - taken)
    }
}
