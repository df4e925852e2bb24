//! A bounded first-in first-out queue between processes.
//!
//! A ring of 64-bit items under a lock with two conditions, one for each kind of
//! waiter (one for both would let a notification reach the wrong kind). Each operation
//! takes effect with one store, so a process that dies inside leaves nothing half done.
//! Items have a fixed size; messages of any size travel through a pipe instead.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;

use super::condition::{Condition, Woken};
use super::lock::{Acquired, Lock, NotOwner};
use super::region::{Cells, Layout};
use crate::kit::limit::{Limit, Timeout};

/// How many items were put so far, were taken, and were marked done.
const PUT: usize = 0;
const TAKEN: usize = 1;
const DONE: usize = 2;
const CLOSED: usize = 3;
const RING: usize = 4;

/// More than can wait.
const ALL: u32 = u32::MAX >> 1;

/// Why a queue did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// Full until the limit.
    #[error("the queue is full")]
    Full,
    /// Empty until the limit.
    #[error("the queue is empty")]
    Empty,
    /// Closed: nothing goes in any more, and nothing is left to come out.
    #[error("the queue is closed")]
    Closed,
    /// Asked to stop while waiting.
    #[error("asked to stop while waiting for the queue")]
    Stopped,
    /// More items were marked done than were put in.
    #[error("task_done was called more often than items were put")]
    NothingToFinish,
}

/// Items in the order in which they were put.
#[derive(Clone, Debug)]
pub struct Queue {
    lock: Lock,
    not_empty: Condition,
    not_full: Condition,
    all_done: Condition,
    cells: Cells,
}

impl Queue {
    /// Cells that a queue of `capacity` items takes.
    pub const fn cells(capacity: usize) -> usize {
        Lock::CELLS + 3 * Condition::CELLS + RING + capacity
    }

    /// Lays out a queue of `capacity` items, at least 1, empty at first.
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
    /// [`QueueError::Full`] or [`QueueError::Stopped`] if `limit` ends first, [`QueueError::Closed`].
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
        self.place(self.count(PUT)).store(item, SeqCst);
        self.step(PUT);
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
        self.step(TAKEN);
        self.wake(&self.not_full, 1);
        Ok(item)
    }

    /// Marks one item that was taken as worked off.
    ///
    /// # Errors
    /// [`QueueError::NothingToFinish`] if there is none.
    pub fn task_done(&self) -> Result<(), QueueError> {
        let _inside = self.enter(&Limit::default(), QueueError::Stopped)?;
        if self.unfinished() == 0 {
            return Err(QueueError::NothingToFinish);
        }
        self.step(DONE);
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
        let _inside = self.inside(self.lock.acquire(limit)?);
        while self.unfinished() > 0 {
            self.sleep(&self.all_done, limit)?;
        }
        Ok(())
    }

    /// Nothing goes in from now on; what is in it can still be taken.
    pub fn close(&self) {
        let Ok(acquired) = self.lock.acquire(&Limit::default()) else {
            // Without a limit, it does not end without the lock.
            return;
        };
        let _inside = self.inside(acquired);
        self.cells.wide(CLOSED).store(1, SeqCst);
        self.wake_all();
    }

    /// Items in it now.
    pub fn len(&self) -> usize {
        // Without the lock the two counts may be of different moments.
        let taken = self.count(TAKEN);
        usize::try_from(self.count(PUT) - taken).map_or(0, |len| len.min(self.capacity()))
    }

    /// Items that were put and are not marked done yet.
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

    /// What is in it now, oldest first. Read without the lock, so for display only.
    pub fn peek(&self) -> Vec<u64> {
        let first = self.count(TAKEN);
        let all = first..first + self.len() as u64;
        all.map(|number| self.place(number).load(SeqCst)).collect()
    }

    fn count(&self, what: usize) -> u64 {
        self.cells.wide(what).load(SeqCst)
    }

    /// What makes an operation happen.
    fn step(&self, what: usize) {
        self.cells.wide(what).fetch_add(1, SeqCst);
    }

    /// Where the item of this number stands.
    fn place(&self, number: u64) -> &AtomicU64 {
        let at = usize::try_from(number % self.capacity() as u64).unwrap_or(0);
        self.cells.wide(RING + at)
    }

    fn enter(&self, limit: &Limit, late: QueueError) -> Result<Inside<'_>, QueueError> {
        let acquired = self.lock.acquire(limit);
        acquired.map(|acquired| self.inside(acquired)).map_err(|timeout| named(timeout, late))
    }

    fn inside(&self, acquired: Acquired) -> Inside<'_> {
        if let Acquired::OwnerDied { .. } = acquired {
            self.wake_all();
        }
        Inside(&self.lock)
    }

    /// Everyone looks again: at the end, or for a notification that a dead one owes.
    fn wake_all(&self) {
        for waiting in [&self.not_empty, &self.not_full, &self.all_done] {
            self.wake(waiting, ALL);
        }
    }

    fn wake(&self, waiting: &Condition, count: u32) {
        // Refused only to one who is not inside, and its callers are.
        let _ = waiting.notify(&self.lock, count);
    }

    fn wait(
        &self,
        condition: &Condition,
        limit: &Limit,
        late: QueueError,
    ) -> Result<(), QueueError> {
        let slept = self.sleep(condition, limit);
        slept.map_err(|timeout| named(timeout, late))
    }

    fn sleep(&self, condition: &Condition, limit: &Limit) -> Result<(), Timeout> {
        match condition.wait(&self.lock, limit) {
            Ok(Woken::Notified) => Ok(()),
            Ok(Woken::OwnerDied { .. }) => {
                self.wake_all();
                Ok(())
            }
            Ok(Woken::TimedOut) => Err(Timeout::Elapsed),
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

struct Inside<'a>(&'a Lock);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // It is held: a process that is inside acquired it.
        let _ = self.0.release();
    }
}
