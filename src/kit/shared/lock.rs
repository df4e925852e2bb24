//! A lock and a re-entrant lock between processes.
//!
//! The owner's identity stands in shared memory, so a waiter can name the holder and
//! notice its death. Algorithm: the futex mutex of Ulrich Drepper's "Futexes Are
//! Tricky" with the owner in place of the state and the waiters beside it.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::identity::ThreadIdentity;
use super::region::{Cells, Layout};
use super::wait::{wait_slice, wake};
use super::waiters::Waiters;
use crate::kit::limit::{Limit, Timeout};

/// The identity of the owner, 0 while the lock is free.
const OWNER: usize = 0;
/// Changes with each release that a process waits for: what waiters sleep on, because the
/// owner is wider than a futex.
const RELEASES: usize = 1;
/// How often the owner of an [`RLock`] took it.
const DEPTH: usize = 2;
const CELLS: usize = 3;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the caller does not hold the lock")]
pub struct NotOwner;

/// Mutual exclusion between processes and threads alike. Any thread may release it,
/// as with Python's `Lock`.
#[derive(Clone, Debug)]
pub struct Lock {
    cells: Cells,
    waiters: Waiters,
}

impl Lock {
    /// Cells that one takes.
    pub const CELLS: usize = CELLS + Waiters::CELLS;

    pub fn new(layout: &mut Layout) -> Self {
        Self { cells: layout.cells(CELLS), waiters: Waiters::new(layout) }
    }

    /// Waits for the lock and takes it.
    ///
    /// # Errors
    /// If `limit` ends first; the lock is then as it was.
    pub fn acquire(&self, limit: &Limit) -> Result<Acquired, Timeout> {
        let me = ThreadIdentity::current();
        if self.pass_on(None, me) {
            return Ok(Acquired::Clean);
        }
        let _waiting = self.waiters.enter();
        let releases = self.cells.word(RELEASES);
        loop {
            // Before the owner: a release after that look changes it and ends the sleep.
            let seen = releases.load(SeqCst);
            match self.owner() {
                None if self.pass_on(None, me) => return Ok(Acquired::Clean),
                None => {}
                Some(dead) if dead.is_gone() && self.pass_on(Some(dead), me) => {
                    return Ok(Acquired::OwnerDied { tid: dead.tid() });
                }
                // Held, if only since another was faster.
                Some(_) => wait_slice(releases, seen, limit)?,
            }
        }
    }

    /// Makes `to` the owner if `from` is.
    fn pass_on(&self, from: Option<ThreadIdentity>, to: ThreadIdentity) -> bool {
        let from = from.map_or(0, ThreadIdentity::to_cell);
        let owner = self.cells.wide(OWNER);
        // Acquire would do to see what the last owner wrote; SeqCst orders it with the
        // waiters' places, see `release`.
        owner.compare_exchange(from, to.to_cell(), SeqCst, Relaxed).is_ok()
    }

    fn owner(&self) -> Option<ThreadIdentity> {
        ThreadIdentity::from_cell(self.cells.wide(OWNER).load(SeqCst))
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// If no thread held it.
    pub fn release(&self) -> Result<(), NotOwner> {
        if self.cells.wide(OWNER).swap(0, SeqCst) == 0 {
            return Err(NotOwner);
        }
        // A waiter takes its place before it looks at the owner: either it is seen here,
        // or it finds the lock free.
        if self.waiters.any() {
            let releases = self.cells.word(RELEASES);
            releases.fetch_add(1, SeqCst);
            wake(releases, 1);
        }
        Ok(())
    }

    /// The kernel's id of the thread that holds it, if one does.
    pub fn holder(&self) -> Option<u32> {
        self.owner().map(ThreadIdentity::tid)
    }

    /// Whether the calling thread holds it.
    pub fn is_mine(&self) -> bool {
        self.owner() == Some(ThreadIdentity::current())
    }

    /// Whether its holder has died. The next process that acquires the lock learns of it.
    pub fn is_abandoned(&self) -> bool {
        self.owner().is_some_and(ThreadIdentity::is_gone)
    }

    /// How many wait for it. Not for hot loops: looks whether each of them still lives.
    pub fn waiters(&self) -> u32 {
        self.waiters.count()
    }

    /// Has `owner` hold it, whichever process that is.
    #[cfg(test)]
    pub(crate) fn force_owner(&self, owner: ThreadIdentity) {
        self.cells.wide(OWNER).store(owner.to_cell(), SeqCst);
    }

    /// Runs `critical` with the lock held; gives it back also when that panics. For what
    /// a dead owner cannot leave half done: its death is not reported here.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn with<T>(&self, limit: &Limit, critical: impl FnOnce() -> T) -> Result<T, Timeout> {
        struct Held<'a>(&'a Lock);
        impl Drop for Held<'_> {
            fn drop(&mut self) {
                // Only refused if `critical` released it, which leaves nothing to do.
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
        Self { lock: Lock::new(layout) }
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

    /// Has `owner` hold it, whichever process that is.
    #[cfg(test)]
    pub(crate) fn force_owner(&self, owner: ThreadIdentity) {
        self.lock.force_owner(owner);
        self.lock.cells.word(DEPTH).store(1, SeqCst);
    }
}
