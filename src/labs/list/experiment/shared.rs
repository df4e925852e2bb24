//! The shared list itself: a length and slots, all atomics with relaxed order.
//!
//! This is the code that the lab is about. It is the same with and without a lock around
//! it: without one each access is still whole, so nothing here is undefined behaviour,
//! but between a thread's load of the length and its store others may run, and that is
//! the race. Every access is a step of the kit's step controller.
//!
//! # Why relaxed
//!
//! Under the lock the lock itself orders the accesses of one thread before those of the
//! next. Without it, a stronger order would not help: it orders accesses, but leaves the
//! load and the store of the length two operations with a gap between them. Relaxed
//! accesses also compile to plain loads and stores, so the window is as narrow as it is
//! in real code.
//!
//! A relaxed remover may therefore see a new length before the value in its slot, where
//! processor or compiler reorder the stores. It then takes an older value or the 0 of an
//! unwritten slot, which the audit reports as a duplicate or a phantom.
//!
//! # Why no index is out of range
//!
//! An append stores at most one more than some length that was there, so after k appends
//! no length exceeds k, and a round makes as many slots as it will append values.

use std::sync::atomic::Ordering::Relaxed;

use super::code::SourceLine;
use super::op::{Op, OpKind, Stamp, Version};
use crate::kit::step::at_line;
use crate::kit::stop::Stopped;
use crate::kit::traced_array::TracedArray;
use crate::kit::traced_atomic::TracedAtomic;

/// First in, first out, as the exercise's list with `append` and `pop(0)`. Any thread may
/// call `append` and `remove` at any time: what comes of it without a lock is the
/// experiment.
#[derive(Debug)]
pub struct SharedList {
    length: TracedAtomic,
    /// The values, the first in slot 0. Slots from `length` on contain what earlier
    /// operations left there, or 0.
    slots: TracedArray,
}

impl SharedList {
    /// An empty list with room for `capacity` appends in a round. The length shows only
    /// its length part to observers; see [`Stamp::shown`].
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
    /// between its load and its store, with the loaded stamp and the value: that is the
    /// race window, in which another thread's store makes this one overwrite it.
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
        // The slot before the length: in this order a reader that sees the new length
        // finds the value in its slot, wherever stores are not reordered.
        self.slots.store(read.length as usize, value, Relaxed);
        at_line(SourceLine::AppendStore.line());
        let longer = Stamp { length: read.length + 1, by: mine };
        self.length.store(longer.pack(), Relaxed);
        Ok(Op { kind: OpKind::Appended, value, read })
    }

    /// Removes the first value and shifts all others to the left, as `pop(0)` does;
    /// otherwise as [`SharedList::append`]. The shift makes the operation's window longer
    /// with each value in the list.
    ///
    /// # Errors
    /// [`Stopped`] if `between` was stopped; then nothing was written.
    pub fn remove(
        &self,
        mine: Version,
        between: impl FnOnce(Stamp, Option<i64>) -> Result<(), Stopped>,
    ) -> Result<Op, Stopped> {
        at_line(SourceLine::RemoveLoad.line());
        let read = Stamp::unpack(self.length.load(Relaxed));
        at_line(SourceLine::RemoveFirst.line());
        // Loaded before the window, so that two removers in it have the same value in
        // hand.
        let first = (read.length > 0).then(|| self.slots.load(0, Relaxed));
        at_line(SourceLine::RemoveWindow.line());
        between(read, first)?;
        // Decided by the length that was loaded, although appends may have come since.
        let Some(first) = first else {
            at_line(SourceLine::RemoveEmpty.line());
            return Ok(Op { kind: OpKind::FoundEmpty, value: 0, read });
        };
        at_line(SourceLine::RemoveShift.line());
        // Values that are appended meanwhile lie beyond the loaded length and are not
        // shifted: they stay where the next length does not reach them.
        self.slots.shift_left(read.length as usize, Relaxed);
        at_line(SourceLine::RemoveStore.line());
        let shorter = Stamp { length: read.length - 1, by: mine };
        self.length.store(shorter.pack(), Relaxed);
        Ok(Op { kind: OpKind::Removed, value: first, read })
    }

    /// The length word as an observer reads it: no step, so it disturbs no thread and is
    /// no operation of the experiment.
    pub fn stamp(&self) -> Stamp {
        Stamp::unpack(self.length.peek())
    }

    /// The first `most` values, read by an observer without a step. While threads work on
    /// the list these may belong to different moments.
    pub fn values(&self, most: usize) -> Vec<i64> {
        let length = self.stamp().length as usize;
        // No length exceeds the slots (see the top of this file); the minimum keeps an
        // observer from a panic all the same.
        (0..length.min(most).min(self.capacity())).map(|index| self.slots.peek(index)).collect()
    }

    /// Makes the list empty for the next round. Only while no thread works on it: these
    /// stores are not steps.
    pub fn clear(&self) {
        self.length.put(Stamp::START.pack());
        self.slots.clear();
    }
}
