//! A lock and a re-entrant lock between processes.
//!
//! The owner's thread id stands in shared memory, so a waiter can name the holder
//! and notice its death. Algorithm: the futex mutex of Ulrich Drepper's "Futexes
//! Are Tricky" with the owner in place of the state and a separate count of waiters.

use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};

use super::region::{Cells, Layout};
use super::wait::{doze, wake};
use crate::kit::job;
use crate::kit::limit::{Limit, Timeout};

const OWNER: usize = 0;
const WAITERS: usize = 1;
const DEPTH: usize = 2;

/// How a lock was got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquired {
    /// In the ordinary way.
    Clean,
    /// Its owner died in the critical section: what it guards may be half done.
    OwnerDied {
        /// The kernel's id of the thread that died.
        tid: u32,
    },
}

/// The caller does not hold the lock, and the operation is for its holder alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOwner;

impl fmt::Display for NotOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the caller does not hold the lock")
    }
}

impl std::error::Error for NotOwner {}

/// Mutual exclusion between processes and threads alike. Any thread may release it,
/// as with Python's `Lock`.
#[derive(Clone, Debug)]
pub struct Lock {
    cells: Cells,
}

impl Lock {
    /// Cells that one takes.
    pub const CELLS: usize = 3;

    pub fn new(layout: &mut Layout) -> Self {
        Self {
            cells: layout.cells(Self::CELLS),
        }
    }

    /// Waits for the lock and takes it.
    ///
    /// # Errors
    /// If `limit` ends first; the lock is then as it was.
    pub fn acquire(&self, limit: &Limit) -> Result<Acquired, Timeout> {
        let me = tid();
        let owner = self.cells.word(OWNER);
        if owner.compare_exchange(0, me, Acquire, Relaxed).is_ok() {
            return Ok(Acquired::Clean);
        }
        let waiters = self.cells.word(WAITERS);
        waiters.fetch_add(1, SeqCst);
        let acquired = self.wait_for(me, limit);
        waiters.fetch_sub(1, SeqCst);
        acquired
    }

    fn wait_for(&self, me: u32, limit: &Limit) -> Result<Acquired, Timeout> {
        let owner = self.cells.word(OWNER);
        loop {
            let holder = owner.load(SeqCst);
            let free = holder == 0;
            if free || is_gone(holder) {
                if owner.compare_exchange(holder, me, SeqCst, Relaxed).is_ok() {
                    return Ok(if free {
                        Acquired::Clean
                    } else {
                        Acquired::OwnerDied { tid: holder }
                    });
                }
                continue;
            }
            doze(owner, holder, limit)?;
        }
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// If nobody held it.
    pub fn release(&self) -> Result<(), NotOwner> {
        let owner = self.cells.word(OWNER);
        if owner.swap(0, SeqCst) == 0 {
            return Err(NotOwner);
        }
        if self.cells.word(WAITERS).load(SeqCst) > 0 {
            wake(owner, 1);
        }
        Ok(())
    }

    /// The kernel's id of the thread that holds it, if one does.
    pub fn holder(&self) -> Option<u32> {
        Some(self.cells.word(OWNER).load(Relaxed)).filter(|tid| *tid != 0)
    }

    /// Whether the calling thread holds it.
    pub fn is_mine(&self) -> bool {
        self.holder() == Some(tid())
    }

    /// Whether its holder is no more. The next who acquires it is told.
    pub fn is_abandoned(&self) -> bool {
        self.holder().is_some_and(is_gone)
    }

    /// How many wait for it.
    pub fn waiters(&self) -> u32 {
        self.cells.word(WAITERS).load(Relaxed)
    }

    /// Runs `critical` with the lock held; gives it back also when that panics.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn with<T>(&self, limit: &Limit, critical: impl FnOnce() -> T) -> Result<T, Timeout> {
        struct Held<'a>(&'a Lock);
        impl Drop for Held<'_> {
            fn drop(&mut self) {
                let _ = self.0.release();
            }
        }
        self.acquire(limit)?;
        let _held = Held(self);
        Ok(critical())
    }
}

/// A lock that its owner may take again; only the owner may release it, and as
/// often as it took it.
#[derive(Clone, Debug)]
pub struct RLock {
    lock: Lock,
}

impl RLock {
    /// Cells that one takes.
    pub const CELLS: usize = Lock::CELLS;

    pub fn new(layout: &mut Layout) -> Self {
        Self {
            lock: Lock::new(layout),
        }
    }

    /// Waits for the lock unless the caller has it, and goes one level deeper.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn acquire(&self, limit: &Limit) -> Result<Acquired, Timeout> {
        let depth = self.lock.cells.word(DEPTH);
        if self.lock.is_mine() {
            depth.fetch_add(1, Relaxed);
            return Ok(Acquired::Clean);
        }
        let acquired = self.lock.acquire(limit)?;
        // Only the owner writes the depth; a dead owner's is overwritten.
        depth.store(1, Relaxed);
        Ok(acquired)
    }

    /// Goes one level up, and gives the lock back at the outermost.
    ///
    /// # Errors
    /// If the calling thread does not hold it.
    pub fn release(&self) -> Result<(), NotOwner> {
        if !self.lock.is_mine() {
            return Err(NotOwner);
        }
        if self.lock.cells.word(DEPTH).fetch_sub(1, Relaxed) == 1 {
            self.lock.release()?;
        }
        Ok(())
    }

    /// Levels that the holder is deep; 0 when free.
    pub fn depth(&self) -> u32 {
        self.lock.cells.word(DEPTH).load(Relaxed)
    }

    /// The kernel's id of the thread that holds it, if one does.
    pub fn holder(&self) -> Option<u32> {
        self.lock.holder()
    }
}

/// The kernel's id of the calling thread: unique on this machine while it lives.
fn tid() -> u32 {
    rustix::thread::gettid()
        .as_raw_nonzero()
        .get()
        .unsigned_abs()
}

/// Whether thread `tid` is no more, or only a zombie that nobody has reaped yet.
fn is_gone(tid: u32) -> bool {
    match job::state_of(tid) {
        Ok(state) => matches!(state, 'Z' | 'X'),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}
