//! A bounded first-in first-out queue between processes.
//!
//! A ring of 64-bit items under a lock with two conditions, one for each kind of
//! waiter (one for both would let a notification reach the wrong kind). Items have
//! a fixed size; messages of any size travel through a pipe instead.

use std::fmt;
use std::sync::atomic::Ordering::SeqCst;

use super::condition::{Condition, Woken};
use super::lock::Lock;
use super::region::{Cells, Layout};
use crate::kit::limit::{Limit, Timeout};

const HEAD: usize = 0;
const LENGTH: usize = 1;
const UNFINISHED: usize = 2;
const CLOSED: usize = 3;
const RING: usize = 4;

/// Why a queue did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueError {
    /// Full until the limit.
    Full,
    /// Empty until the limit.
    Empty,
    /// Closed: nothing goes in any more, and nothing is left to come out.
    Closed,
    /// Asked to stop while waiting.
    Stopped,
    /// More items were marked done than were put in.
    NothingToFinish,
}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the queue is full",
            Self::Empty => "the queue is empty",
            Self::Closed => "the queue is closed",
            Self::Stopped => "asked to stop while waiting for the queue",
            Self::NothingToFinish => "task_done was called more often than items were put",
        })
    }
}

impl std::error::Error for QueueError {}

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
            if self.get_word(CLOSED) == 1 {
                return Err(QueueError::Closed);
            }
            if self.len() < self.capacity() {
                break;
            }
            self.wait(&self.not_full, limit, QueueError::Full)?;
        }
        let (head, length) = (self.get_word(HEAD) as usize, self.len());
        let at = (head + length) % self.capacity();
        self.cells.wide(RING + at).store(item, SeqCst);
        self.add(LENGTH, 1);
        self.add(UNFINISHED, 1);
        let _ = self.not_empty.notify(&self.lock, 1);
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
            if self.get_word(CLOSED) == 1 {
                return Err(QueueError::Closed);
            }
            self.wait(&self.not_empty, limit, QueueError::Empty)?;
        }
        let head = self.get_word(HEAD) as usize;
        let item = self.cells.wide(RING + head).load(SeqCst);
        let next = u32::try_from((head + 1) % self.capacity()).unwrap_or(0);
        self.cells.word(HEAD).store(next, SeqCst);
        self.cells.word(LENGTH).fetch_sub(1, SeqCst);
        let _ = self.not_full.notify(&self.lock, 1);
        Ok(item)
    }

    /// Marks one item that was taken as worked off.
    ///
    /// # Errors
    /// [`QueueError::NothingToFinish`] if there is none.
    pub fn task_done(&self) -> Result<(), QueueError> {
        let _inside = self.enter(&Limit::default(), QueueError::Stopped)?;
        match self.get_word(UNFINISHED) {
            0 => return Err(QueueError::NothingToFinish),
            left => self.cells.word(UNFINISHED).store(left - 1, SeqCst),
        }
        if self.get_word(UNFINISHED) == 0 {
            let _ = self.all_done.notify(&self.lock, u32::MAX >> 1);
        }
        Ok(())
    }

    /// Waits until every item that was put is marked done.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn join(&self, limit: &Limit) -> Result<(), Timeout> {
        self.lock.acquire(limit)?;
        let _inside = Inside(&self.lock);
        while self.get_word(UNFINISHED) > 0 {
            match self.all_done.wait(&self.lock, limit) {
                Ok(Woken::Notified) => {}
                Ok(Woken::TimedOut) => return Err(Timeout::Elapsed),
                _ => return Err(Timeout::Stopped),
            }
        }
        Ok(())
    }

    /// Nothing goes in from now on; what is in it can still be taken.
    pub fn close(&self) {
        let _ = self.lock.acquire(&Limit::default());
        let _inside = Inside(&self.lock);
        self.cells.word(CLOSED).store(1, SeqCst);
        for waiting in [&self.not_empty, &self.not_full] {
            let _ = waiting.notify(&self.lock, u32::MAX >> 1);
        }
    }

    /// Items in it now.
    pub fn len(&self) -> usize {
        self.get_word(LENGTH) as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn capacity(&self) -> usize {
        self.cells.count() - RING
    }

    /// What is in it now, oldest first: a glance without the lock, for showing only.
    pub fn peek(&self) -> Vec<u64> {
        let (head, length) = (
            self.get_word(HEAD) as usize,
            self.len().min(self.capacity()),
        );
        (0..length)
            .map(|i| {
                self.cells
                    .wide(RING + (head + i) % self.capacity())
                    .load(SeqCst)
            })
            .collect()
    }

    fn get_word(&self, at: usize) -> u32 {
        self.cells.word(at).load(SeqCst)
    }

    fn add(&self, at: usize, n: u32) {
        self.cells.word(at).fetch_add(n, SeqCst);
    }

    fn enter(&self, limit: &Limit, late: QueueError) -> Result<Inside<'_>, QueueError> {
        self.lock
            .acquire(limit)
            .map_err(|timeout| named(timeout, late))?;
        Ok(Inside(&self.lock))
    }

    fn wait(
        &self,
        condition: &Condition,
        limit: &Limit,
        late: QueueError,
    ) -> Result<(), QueueError> {
        match condition.wait(&self.lock, limit) {
            Ok(Woken::Notified) => Ok(()),
            Ok(Woken::TimedOut) => Err(late),
            _ => Err(QueueError::Stopped),
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
        let _ = self.0.release();
    }
}
