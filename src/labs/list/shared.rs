//! The shared list itself: a length and slots, all atomics with relaxed order.
//!
//! The code that the lab is about. It is the same with and without a lock around
//! it: without one each access is still whole, so nothing here is undefined, but
//! between a thread's load of the length and its store others may run, and that is
//! the race. Every access is a step of the kit's seam.
//!
//! A length is never out of range: an append stores at most one more than some
//! length that was there, so after k appends no length exceeds k, and a round
//! makes as many slots as it will append values.
//!
//! Must not know threads, locks or who looks.

use std::sync::atomic::Ordering::Relaxed;

use super::code::Place;
use super::op::{Did, Op, Stamp, Version};
use crate::kit::step::at_line;
use crate::kit::stop::Stopped;
use crate::kit::traced_array::TracedArray;
use crate::kit::traced_atomic::TracedAtomic;

/// First in, first out, as the exercise's list with `append` and `pop(0)`.
#[derive(Debug)]
pub(super) struct SharedList {
    length: TracedAtomic,
    slots: TracedArray,
}

impl SharedList {
    /// Room for `capacity` appends in a round.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            length: TracedAtomic::new("length", Stamp::START.pack()).showing(Stamp::shown),
            slots: TracedArray::new("slot", capacity),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Appends `value`; `mine` is this operation's own version. `between` stands
    /// between its load and its store, and is given what was loaded and the value in
    /// hand, if there is one.
    ///
    /// # Errors
    /// [`Stopped`] if `between` was told to stop; nothing was written then.
    pub(super) fn append(
        &self,
        value: i64,
        mine: Version,
        between: impl FnOnce(Stamp, Option<i64>) -> Result<(), Stopped>,
    ) -> Result<Op, Stopped> {
        at_line(Place::AppendLoad.line());
        let read = Stamp::unpack(self.length.load(Relaxed));
        at_line(Place::AppendWindow.line());
        between(read, Some(value))?;
        at_line(Place::AppendSlot.line());
        self.slots.store(read.length as usize, value, Relaxed);
        at_line(Place::AppendStore.line());
        let longer = Stamp {
            length: read.length + 1,
            by: mine,
        };
        self.length.store(longer.pack(), Relaxed);
        Ok(Op {
            did: Did::Appended,
            value,
            read,
        })
    }

    /// Removes the first value; otherwise as [`SharedList::append`].
    pub(super) fn remove(
        &self,
        mine: Version,
        between: impl FnOnce(Stamp, Option<i64>) -> Result<(), Stopped>,
    ) -> Result<Op, Stopped> {
        at_line(Place::RemoveLoad.line());
        let read = Stamp::unpack(self.length.load(Relaxed));
        at_line(Place::RemoveFirst.line());
        let first = (read.length > 0).then(|| self.slots.load(0, Relaxed));
        at_line(Place::RemoveWindow.line());
        between(read, first)?;
        let Some(first) = first else {
            at_line(Place::RemoveEmpty.line());
            return Ok(Op {
                did: Did::FoundEmpty,
                value: 0,
                read,
            });
        };
        at_line(Place::RemoveShift.line());
        self.slots.shift_left(read.length as usize, Relaxed);
        at_line(Place::RemoveStore.line());
        let shorter = Stamp {
            length: read.length - 1,
            by: mine,
        };
        self.length.store(shorter.pack(), Relaxed);
        Ok(Op {
            did: Did::Removed,
            value: first,
            read,
        })
    }

    /// The length word as an onlooker sees it.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp::unpack(self.length.peek())
    }

    /// The values as an onlooker sees them, at most `most`.
    pub(super) fn values(&self, most: usize) -> Vec<i64> {
        let length = self.stamp().length as usize;
        (0..length.min(most).min(self.capacity()))
            .map(|index| self.slots.peek(index))
            .collect()
    }

    /// Empty again; only while no thread works on it.
    pub(super) fn clear(&self) {
        self.length.put(Stamp::START.pack());
        self.slots.clear();
    }
}
