//! A bounded first-in first-out queue between processes.
//!
//! A ring of 64-bit items under a lock, with a condition for each kind of waiter: one for all
//! would let a notification for a reader reach a writer, and both would sleep on. The state is
//! three counters that only grow (put, taken, done); an item's place is its number modulo the
//! capacity.
//!
//! Each operation takes effect with one addition to one counter, so a process that dies inside
//! leaves nothing half done. What it may owe is a notification: whichever process acquires the
//! lock after it wakes all waiters. Items have a fixed size; messages of any size travel
//! through a pipe instead.
//!
//! ```text
//! cells     lock │ three conditions │ put 7 │ taken 4 │ done 3 │ closed 0 │ ring of 4
//! numbers   0 1 2   done            ring   4  5  6  3
//!           3       taken, not done        │  │  │  └ free: taken already
//!           4 5 6   in the queue           └──┴──┴── item n is at n modulo 4
//! ```

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;

use super::condition::{Condition, Woken};
use super::lock::{Acquired, Guard, Lock, NotOwner};
use super::region::{Cells, Layout};
use super::wait::ALL;
use crate::kit::limit::{Limit, Timeout};

/// Items that were put so far. The counters never wrap: at one item each nanosecond they last
/// for centuries.
const PUT: usize = 0;
/// Items that were taken so far, by [`Queue::get`].
const TAKEN: usize = 1;
/// Items that were marked as worked off, by [`Queue::task_done`].
const DONE: usize = 2;
const CLOSED: usize = 3;
const RING: usize = 4;

/// Why a queue did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// It was full until the limit.
    #[error("the queue is full")]
    Full,
    /// It was empty until the limit.
    #[error("the queue is empty")]
    Empty,
    /// It is closed: nothing goes in any more, and nothing is left to come out.
    #[error("the queue is closed")]
    Closed,
    /// A stop was requested while it waited.
    #[error("asked to stop while waiting for the queue")]
    Stopped,
    /// More items were marked done than were put in: `ValueError` in Python.
    #[error("task_done was called more often than items were put")]
    NothingToFinish,
}

/// Items in the order in which they were put. Any number of processes may put and get.
#[derive(Clone, Debug)]
pub struct Queue {
    lock: Lock,
    /// Where readers wait for an item.
    not_empty: Condition,
    /// Where writers wait for room.
    not_full: Condition,
    /// Where [`Queue::join`] waits.
    all_done: Condition,
    cells: Cells,
}

impl Queue {
    /// Number of cells that a queue of `capacity` items occupies in a [`super::Region`].
    pub const fn cells(capacity: usize) -> usize {
        Lock::CELLS + 3 * Condition::CELLS + RING + capacity
    }

    /// Lays out a queue of `capacity` items, at least 1; empty in a new region.
    pub fn new(layout: &mut Layout, capacity: usize) -> Self {
        Self {
            lock: Lock::new(layout),
            not_empty: Condition::new(layout),
            not_full: Condition::new(layout),
            all_done: Condition::new(layout),
            cells: layout.cells(RING + capacity.max(1)),
        }
    }

    /// Waits for room and puts `item` at the end.
    ///
    /// # Errors
    /// [`QueueError::Full`] or [`QueueError::Stopped`] if `limit` ends first,
    /// [`QueueError::Closed`].
    pub fn put(&self, item: u64, limit: &Limit) -> Result<(), QueueError> {
        let _inside = self.enter(limit, QueueError::Full)?;
        loop {
            if self.count(CLOSED) == 1 {
                return Err(QueueError::Closed);
            }
            if self.len() < self.capacity() {
                break;
            }
            self.wait(&self.not_full, limit, QueueError::Full)?;
        }
        // The item first, then the count: before the count moves, the item does not exist for
        // anyone.
        self.place(self.count(PUT)).store(item, SeqCst);
        self.add_one(PUT);
        self.wake(&self.not_empty, 1);
        Ok(())
    }

    /// Waits for an item and takes the oldest.
    ///
    /// # Errors
    /// [`QueueError::Empty`] or [`QueueError::Stopped`] if `limit` ends first,
    /// [`QueueError::Closed`] if it is closed and nothing is left.
    pub fn get(&self, limit: &Limit) -> Result<u64, QueueError> {
        let _inside = self.enter(limit, QueueError::Empty)?;
        while self.is_empty() {
            if self.count(CLOSED) == 1 {
                return Err(QueueError::Closed);
            }
            self.wait(&self.not_empty, limit, QueueError::Empty)?;
        }
        let item = self.place(self.count(TAKEN)).load(SeqCst);
        // A process that dies right after this has taken the item and lost it: at most once,
        // not at least once.
        self.add_one(TAKEN);
        self.wake(&self.not_full, 1);
        Ok(item)
    }

    /// Marks one item that was taken as worked off. When none is left, wakes those in
    /// [`Queue::join`].
    ///
    /// # Errors
    /// [`QueueError::NothingToFinish`] if every item is marked already.
    pub fn task_done(&self) -> Result<(), QueueError> {
        let _inside = self.enter(&Limit::FOREVER, QueueError::Stopped)?;
        if self.unfinished() == 0 {
            return Err(QueueError::NothingToFinish);
        }
        self.add_one(DONE);
        if self.unfinished() == 0 {
            self.wake(&self.all_done, ALL);
        }
        Ok(())
    }

    /// Waits until every item that was put is marked done.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn join(&self, limit: &Limit) -> Result<(), Timeout> {
        let _inside = self.repair(self.lock.lock(limit)?);
        while self.unfinished() > 0 {
            self.sleep(&self.all_done, limit)?;
        }
        Ok(())
    }

    /// Closes it for all processes: nothing goes in from now on; what is in it can still be taken.
    /// Wakes all waiters, which then find it closed. A second call changes nothing.
    pub fn close(&self) {
        let Ok(inside) = self.lock.lock(&Limit::FOREVER) else {
            // Without a limit, it does not end without the lock.
            return;
        };
        let _inside = self.repair(inside);
        self.cells.wide(CLOSED).store(1, SeqCst);
        self.wake_all();
    }

    /// Items in it now, from 0 to the capacity. Exact for a caller that holds the lock, otherwise
    /// of about this moment.
    pub fn len(&self) -> usize {
        // The smaller count first: without the lock the two may be of different moments, and
        // read in this order the difference cannot be negative.
        let taken = self.count(TAKEN);
        usize::try_from(self.count(PUT) - taken).map_or(0, |len| len.min(self.capacity()))
    }

    /// Items that were put and are not marked done yet, taken or not.
    pub fn unfinished(&self) -> u64 {
        let done = self.count(DONE);
        self.count(PUT) - done
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn capacity(&self) -> usize {
        self.cells.count() - RING
    }

    /// What is in it now, oldest first. Read without the lock, so for display only: an item may
    /// be taken and its place used again while this reads.
    pub fn peek(&self) -> Vec<u64> {
        let first = self.count(TAKEN);
        let all = first..first + self.len() as u64;
        all.map(|number| self.place(number).load(SeqCst)).collect()
    }

    fn count(&self, what: usize) -> u64 {
        self.cells.wide(what).load(SeqCst)
    }

    /// Adds 1 to a counter: the moment at which an operation happens.
    fn add_one(&self, what: usize) {
        self.cells.wide(what).fetch_add(1, SeqCst);
    }

    /// The cell of the item with this number. It is free again when the item that is `capacity`
    /// older has been taken.
    fn place(&self, number: u64) -> &AtomicU64 {
        let at = usize::try_from(number % self.capacity() as u64).unwrap_or(0);
        self.cells.wide(RING + at)
    }

    /// Acquires the lock; `late` is the error if the time is up.
    fn enter(&self, limit: &Limit, late: QueueError) -> Result<Guard<'_>, QueueError> {
        let inside = self.lock.lock(limit);
        inside.map(|inside| self.repair(inside)).map_err(|timeout| named(timeout, late))
    }

    /// Makes up for what a dead owner may have left undone. Every way in passes here.
    fn repair<'a>(&self, inside: Guard<'a>) -> Guard<'a> {
        // The counters are right, see the module; only a notification may be missing.
        if let Acquired::OwnerDied { .. } = inside.acquired() {
            self.wake_all();
        }
        inside
    }

    /// Wakes all waiters so that they check their condition again: when the queue is closed, or
    /// when the process that should have notified them has died.
    fn wake_all(&self) {
        for waiting in [&self.not_empty, &self.not_full, &self.all_done] {
            self.wake(waiting, ALL);
        }
    }

    /// Notifies at most `count` waiters of one condition.
    fn wake(&self, waiting: &Condition, count: u32) {
        // Refused only to one who is not inside, and its callers are.
        let _ = waiting.notify(&self.lock, count);
    }

    /// Waits at a condition; `late` is the error if the time is up.
    fn wait(
        &self,
        condition: &Condition,
        limit: &Limit,
        late: QueueError,
    ) -> Result<(), QueueError> {
        let slept = self.sleep(condition, limit);
        slept.map_err(|timeout| named(timeout, late))
    }

    /// Waits at a condition. A death of the lock's holder is handled here, so callers only look
    /// at their condition again.
    fn sleep(&self, condition: &Condition, limit: &Limit) -> Result<(), Timeout> {
        match condition.wait(&self.lock, limit) {
            Ok(Woken::Notified) => Ok(()),
            Ok(Woken::OwnerDied { .. }) => {
                self.wake_all();
                Ok(())
            }
            Ok(Woken::TimedOut) => Err(Timeout::Elapsed),
            // `NotOwner` cannot come: every caller is inside.
            Ok(Woken::Stopped) | Err(NotOwner) => Err(Timeout::Stopped),
        }
    }
}

fn named(timeout: Timeout, late: QueueError) -> QueueError {
    match timeout {
        Timeout::Elapsed => late,
        Timeout::Stopped => QueueError::Stopped,
    }
}
