//! A lock and a re-entrant lock between processes.
//!
//! The lock is one cell with the identity of its owner, 0 while it is free; acquiring is a
//! compare-and-swap from 0 to the own identity. So a waiter can name the owner and notice its
//! death, and takes the lock over with a swap from the dead identity to its own: exactly one
//! waiter succeeds and learns of the death.
//!
//! Algorithm: the futex mutex of Ulrich Drepper's "Futexes Are Tricky", with the owner in place
//! of the state and the waiters beside it. The lock is not fair: a thread that comes may take
//! it before one that was woken.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::identity::ThreadIdentity;
use super::region::{Cells, Layout};
use super::wait::{wait_slice, wake};
use super::waiters::Waiters;
use crate::kit::limit::{Limit, Timeout};

/// The identity of the owner, 0 while the lock is free.
const OWNER: usize = 0;
/// Counts the releases that had a waiter. Waiters sleep on it, because the owner's identity is
/// wider than a futex word. It may wrap around: a sleeper would have to miss 2³² releases
/// within one slice to be misled, and then the slice ends.
const RELEASES: usize = 1;
/// How often the owner of an [`RLock`] acquired it. Unused in a [`Lock`].
const DEPTH: usize = 2;
const CELLS: usize = 3;

/// How a lock was acquired. A caller whose data a death can leave half changed must look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquired {
    /// Its last owner released it, or it never had one.
    Clean,
    /// Its owner died while it held the lock: what the lock guards may be half changed.
    /// Reported to one process, the next owner; robust mutexes of POSIX call it `EOWNERDEAD`.
    OwnerDied {
        /// The kernel's id of the thread that died.
        tid: u32,
    },
}

/// The caller does not hold the lock, and the operation is for its holder alone: `RuntimeError`
/// in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the caller does not hold the lock")]
pub struct NotOwner;

/// Mutual exclusion between processes and threads alike. Any thread may release it, as with
/// Python's `Lock`. Not re-entrant: an owner that acquires it again waits for itself, until its
/// limit.
#[derive(Clone, Debug)]
pub struct Lock {
    cells: Cells,
    waiters: Waiters,
}

impl Lock {
    /// Number of cells that a lock occupies in a [`super::Region`].
    pub const CELLS: usize = CELLS + Waiters::CELLS;

    /// Lays out a lock; free in a new region.
    pub fn new(layout: &mut Layout) -> Self {
        Self { cells: layout.cells(CELLS), waiters: Waiters::new(layout) }
    }

    /// Waits for the lock and holds it until the guard is dropped, also when a panic does that.
    ///
    /// # Errors
    /// If `limit` ends first; the lock is then as it was.
    pub fn lock(&self, limit: &Limit) -> Result<Guard<'_>, Timeout> {
        let acquired = self.acquire(limit)?;
        Ok(Guard { lock: self, acquired })
    }

    /// Waits for the lock and takes it, to be given back by [`Lock::release`], perhaps by
    /// another thread. Without a waiter before it this is one compare-and-swap.
    ///
    /// # Errors
    /// If `limit` ends first; the lock is then as it was.
    pub fn acquire(&self, limit: &Limit) -> Result<Acquired, Timeout> {
        let me = ThreadIdentity::current();
        if self.pass_on(None, me) {
            return Ok(Acquired::Clean);
        }
        // Announced before the owner is looked at again: see `release`.
        let _waiting = self.waiters.enter();
        let releases = self.cells.word(RELEASES);
        loop {
            // Before the owner: a release after that look changes the word, and the kernel does
            // not put this thread to sleep on the old value.
            let seen = releases.load(SeqCst);
            match self.owner() {
                // Free; if another was faster, the loop looks again.
                None if self.pass_on(None, me) => return Ok(Acquired::Clean),
                None => {}
                // The swap from this very identity fails if another waiter has taken the lock
                // over already.
                Some(dead) if dead.is_gone() && self.pass_on(Some(dead), me) => {
                    return Ok(Acquired::OwnerDied { tid: dead.tid() });
                }
                // Held, if only because another was faster. `is_gone` is asked again after each
                // slice.
                Some(_) => wait_slice(releases, seen, limit)?,
            }
        }
    }

    /// Makes `to` the owner if `from` is; `None`: if the lock is free.
    fn pass_on(&self, from: Option<ThreadIdentity>, to: ThreadIdentity) -> bool {
        let from = from.map_or(0, ThreadIdentity::to_cell);
        let owner = self.cells.wide(OWNER);
        // Acquire would do to see what the last owner wrote; SeqCst orders it with the waiters'
        // places, see `release`. Nothing that a failure reads is used, so it is Relaxed.
        owner.compare_exchange(from, to.to_cell(), SeqCst, Relaxed).is_ok()
    }

    fn owner(&self) -> Option<ThreadIdentity> {
        ThreadIdentity::from_cell(self.cells.wide(OWNER).load(SeqCst))
    }

    /// Gives the lock back, and wakes one waiter if there is one.
    ///
    /// # Errors
    /// If no thread held it; nothing is changed then.
    pub fn release(&self) -> Result<(), NotOwner> {
        if self.cells.wide(OWNER).swap(0, SeqCst) == 0 {
            return Err(NotOwner);
        }
        // A waiter stores its place and then loads the owner; this thread has stored the owner
        // and now loads the places. In the total order of SeqCst one of the two comes second:
        // either the waiter is seen here, or it finds the lock free.
        if self.waiters.any() {
            let releases = self.cells.word(RELEASES);
            releases.fetch_add(1, SeqCst);
            // One is enough: only one can have the lock. If the one that is woken has died or
            // gives up, another finds the lock free when its slice ends.
            wake(releases, 1);
        }
        Ok(())
    }

    /// The kernel's id of the thread that holds it, if one does. For display: it may change at
    /// once.
    pub fn holder(&self) -> Option<u32> {
        self.owner().map(ThreadIdentity::tid)
    }

    /// Whether the calling thread holds it. The answer stays true until this thread releases
    /// it, unless another thread does so.
    pub fn is_mine(&self) -> bool {
        self.owner() == Some(ThreadIdentity::current())
    }

    /// Whether its holder has died. The next process that acquires the lock gets
    /// [`Acquired::OwnerDied`]. Reads `/proc` while the lock is held.
    pub fn is_abandoned(&self) -> bool {
        self.owner().is_some_and(ThreadIdentity::is_gone)
    }

    /// How many wait for it. Not for hot loops: checks whether each of them still lives.
    pub fn waiters(&self) -> u32 {
        self.waiters.count()
    }

    /// Makes `owner` hold it, whichever process that is.
    #[cfg(test)]
    pub(crate) fn force_owner(&self, owner: ThreadIdentity) {
        self.cells.wide(OWNER).store(owner.to_cell(), SeqCst);
    }

    /// Runs `critical` with the lock held, and gives it back also when that panics. For data
    /// that a dead owner cannot leave half changed, since its death is not reported here.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn with<T>(&self, limit: &Limit, critical: impl FnOnce() -> T) -> Result<T, Timeout> {
        let _held = self.lock(limit)?;
        Ok(critical())
    }
}

/// A held [`Lock`]. Releases it when dropped.
#[derive(Debug)]
#[must_use = "the lock is released at once if the guard is not kept"]
pub struct Guard<'a> {
    lock: &'a Lock,
    acquired: Acquired,
}

impl Guard<'_> {
    /// How the lock was acquired: whether the data behind it may be half changed.
    pub fn acquired(&self) -> Acquired {
        self.acquired
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // Refused only if another thread released the lock meanwhile, which any may; there is
        // nothing left to do then.
        let _ = self.lock.release();
    }
}

/// A lock that its owner may acquire again. Only the owner may release it, as often as it
/// acquired it.
#[derive(Clone, Debug)]
pub struct RLock {
    lock: Lock,
}

impl RLock {
    /// Number of cells that one occupies; the depth has its cell in every [`Lock`].
    pub const CELLS: usize = Lock::CELLS;

    /// Lays out a re-entrant lock; free in a new region.
    pub fn new(layout: &mut Layout) -> Self {
        Self { lock: Lock::new(layout) }
    }

    /// Waits for the lock unless the caller holds it, and goes one level deeper.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn acquire(&self, limit: &Limit) -> Result<Acquired, Timeout> {
        let depth = self.lock.cells.word(DEPTH);
        if self.lock.is_mine() {
            // Relaxed: only the owner changes the depth, and the lock orders one owner's
            // changes before the next owner's.
            depth.fetch_add(1, Relaxed);
            return Ok(Acquired::Clean);
        }
        let acquired = self.lock.acquire(limit)?;
        // A store and not an addition: a dead owner's depth is overwritten.
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

    /// Levels that the holder is deep; 0 when it is free. For display.
    pub fn depth(&self) -> u32 {
        self.lock.cells.word(DEPTH).load(Relaxed)
    }

    /// The kernel's id of the thread that holds it, if one does.
    pub fn holder(&self) -> Option<u32> {
        self.lock.holder()
    }

    /// Makes `owner` hold it at depth 1, whichever process that is.
    #[cfg(test)]
    pub(crate) fn force_owner(&self, owner: ThreadIdentity) {
        self.lock.force_owner(owner);
        self.lock.cells.word(DEPTH).store(1, SeqCst);
    }
}
