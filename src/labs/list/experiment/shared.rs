//! The shared list itself: a length and slots, all atomics with relaxed order.
//!
//! The code that the lab is about. It is the same with and without a lock around
//! it: without one each access is still whole, so nothing here is undefined, but
//! between a thread's load of the length and its store others may run, and that is
//! the race. Every access is a step of the kit's step controller.
//!
//! A length is never out of range: an append stores at most one more than some
//! length that was there, so after k appends no length exceeds k, and a round
//! makes as many slots as it will append values.

use std::sync::atomic::Ordering::Relaxed;

use super::code::SourceLine;
use super::op::{Did, Op, Stamp, Version};
use crate::kit::step::at_line;
use crate::kit::stop::Stopped;
use crate::kit::traced_array::TracedArray;
use crate::kit::traced_atomic::TracedAtomic;

/// First in, first out, as the exercise's list with `append` and `pop(0)`.
#[derive(Debug)]
pub struct SharedList {
    length: TracedAtomic,
    slots: TracedArray,
}

impl SharedList {
    /// Room for `capacity` appends in a round.
    pub fn new(capacity: usize) -> Self {
        Self {
            length: TracedAtomic::new("length", Stamp::START.pack()).showing(Stamp::shown),
            slots: TracedArray::new("slot", capacity),
        }
    }

    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Appends `value`; `mine` is the version of this operation. `between` is called
    /// between its load and its store, with the loaded stamp and the value, if there is one.
    ///
    /// # Errors
    /// [`Stopped`] if `between` was stopped; then nothing was written.
    pub fn append(
        &self,
        value: i64,
        mine: Version,
        between: impl FnOnce(Stamp, Option<i64>) -> Result<(), Stopped>,
    ) -> Result<Op, Stopped> {
        at_line(SourceLine::AppendLoad.line());
        let read = Stamp::unpack(self.length.load(Relaxed));
        at_line(SourceLine::AppendWindow.line());
        between(read, Some(value))?;
        at_line(SourceLine::AppendSlot.line());
        self.slots.store(read.length as usize, value, Relaxed);
        at_line(SourceLine::AppendStore.line());
        let longer = Stamp { length: read.length + 1, by: mine };
        self.length.store(longer.pack(), Relaxed);
        Ok(Op { did: Did::Appended, value, read })
    }

    /// Removes the first value; otherwise as [`SharedList::append`].
    pub fn remove(
        &self,
        mine: Version,
        between: impl FnOnce(Stamp, Option<i64>) -> Result<(), Stopped>,
    ) -> Result<Op, Stopped> {
        at_line(SourceLine::RemoveLoad.line());
        let read = Stamp::unpack(self.length.load(Relaxed));
        at_line(SourceLine::RemoveFirst.line());
        let first = (read.length > 0).then(|| self.slots.load(0, Relaxed));
        at_line(SourceLine::RemoveWindow.line());
        between(read, first)?;
        let Some(first) = first else {
            at_line(SourceLine::RemoveEmpty.line());
            return Ok(Op { did: Did::FoundEmpty, value: 0, read });
        };
        at_line(SourceLine::RemoveShift.line());
        self.slots.shift_left(read.length as usize, Relaxed);
        at_line(SourceLine::RemoveStore.line());
        let shorter = Stamp { length: read.length - 1, by: mine };
        self.length.store(shorter.pack(), Relaxed);
        Ok(Op { did: Did::Removed, value: first, read })
    }

    /// The length word, read without a step.
    pub fn stamp(&self) -> Stamp {
        Stamp::unpack(self.length.peek())
    }

    /// The first `most` values, read without a step.
    pub fn values(&self, most: usize) -> Vec<i64> {
        let length = self.stamp().length as usize;
        (0..length.min(most).min(self.capacity())).map(|index| self.slots.peek(index)).collect()
    }

    /// Empty again; only while no thread works on it.
    pub fn clear(&self) {
        self.length.put(Stamp::START.pack());
        self.slots.clear();
    }
}
