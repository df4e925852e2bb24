//! A small ring buffer with cursors, and what became of its items: what the runs of
//! the condition share.
//!
//! It guards nothing by itself. Taking from an empty one gives whatever stands there,
//! as memory does. Must not know who takes and who puts.

use parking_lot::Mutex;

use super::super::tool::Snapshot;

/// What stands in a slot that was never written.
const NOTHING: i64 = 0;

/// The buffer and the takings from it. Its mutex only makes each access whole.
pub struct Ring(Mutex<Memory>);

struct Memory {
    slots: Vec<i64>,
    next_in: usize,
    next_out: usize,
    /// Below zero when more were taken than put.
    count: i64,
    taken: Vec<i64>,
}

impl Ring {
    /// A buffer for `capacity` items, at least one.
    pub fn new(capacity: usize) -> Self {
        Self(Mutex::new(Memory {
            slots: vec![NOTHING; capacity.max(1)],
            next_in: 0,
            next_out: 0,
            count: 0,
            taken: Vec::new(),
        }))
    }

    pub fn is_full(&self) -> bool {
        let memory = self.0.lock();
        usize::try_from(memory.count).is_ok_and(|count| count >= memory.slots.len())
    }

    pub fn is_empty(&self) -> bool {
        self.0.lock().count <= 0
    }

    /// Puts an item, a number from 1, into the next slot.
    pub fn put(&self, item: i64) {
        let memory = &mut *self.0.lock();
        let at = memory.next_in;
        memory.next_in = (at + 1) % memory.slots.len();
        memory.slots[at] = item;
        memory.count += 1;
    }

    /// Takes what stands in the next slot.
    pub fn take(&self) {
        let memory = &mut *self.0.lock();
        let at = memory.next_out;
        memory.next_out = (at + 1) % memory.slots.len();
        memory.count -= 1;
        memory.taken.push(memory.slots[at]);
    }

    /// How many items were taken, and how many takings were in vain: of nothing, or of an
    /// item that another had already.
    pub fn audit(&self) -> (usize, usize) {
        let mut taken = self.0.lock().taken.clone();
        let all = taken.len();
        taken.retain(|&item| item != NOTHING);
        taken.sort_unstable();
        taken.dedup();
        (taken.len(), all - taken.len())
    }

    /// The slots and cursors as an onlooker sees them.
    pub fn draw(&self, mut snapshot: Snapshot) -> Snapshot {
        let memory = self.0.lock();
        let slots = memory.slots.iter().enumerate().map(|(at, item)| {
            let label = match (at == memory.next_in, at == memory.next_out) {
                (true, true) => "in, out",
                (true, false) => "in",
                (false, true) => "out",
                (false, false) => "",
            };
            let text = match *item {
                NOTHING => "-".to_owned(),
                item => item.to_string(),
            };
            (text, label.to_owned())
        });
        snapshot.slots = slots.collect();
        snapshot.figure("items", memory.count)
    }
}
