//! A barrier between processes: no process goes on before all have come.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::Ordering::SeqCst;

use super::lock::{Acquired, Lock};
use super::region::{Cells, Layout};
use super::wait::{wait_slice, wake};
use super::waiters::Waiters;
use crate::kit::limit::Limit;

const PARTIES: usize = 0;
const GENERATION: usize = 1;
const BROKEN: usize = 2;
/// How each of the latest generations ended, so that a waiter that wakes late still
/// learns what became of its own.
const ENDINGS: usize = 3;
const REMEMBERED: u32 = 8;
const CELLS: usize = ENDINGS + REMEMBERED as usize;

const OPEN: u32 = 0;
const PASSED: u32 = 1;
const FAILED: u32 = 2;

/// All have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// True for exactly one of them.
    pub leader: bool,
}

/// A process gave up waiting, or the barrier was aborted or reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the barrier is broken")]
pub struct Broken;

/// A meeting point for a fixed number of parties, again and again. The arrival of a party
/// that dies while it waits is taken back: the others wait for one in its place.
#[derive(Clone, Debug)]
pub struct Barrier {
    lock: Lock,
    cells: Cells,
    arrived: Waiters,
}

impl Barrier {
    /// Cells that one takes.
    pub const CELLS: usize = Lock::CELLS + CELLS + Waiters::CELLS;

    /// Finds the barrier that its maker set up.
    pub fn attach(layout: &mut Layout) -> Self {
        Self { lock: Lock::new(layout), cells: layout.cells(CELLS), arrived: Waiters::new(layout) }
    }

    /// Makes one for `parties`, at least 1.
    pub fn create(layout: &mut Layout, parties: u32) -> Self {
        let barrier = Self::attach(layout);
        barrier.cells.word(PARTIES).store(parties.max(1), SeqCst);
        barrier
    }

    /// Waits for the others. The last to come runs `action` before anyone goes on.
    ///
    /// # Errors
    /// If the barrier is broken, or breaks while waiting; a wait that reaches its
    /// limit breaks it for all, and so does a panic or a death in `action`.
    pub fn wait(&self, limit: &Limit, action: impl FnOnce()) -> Result<Passed, Broken> {
        let generation = {
            let _inside = self.enter();
            if self.is_broken() {
                return Err(Broken);
            }
            let generation = self.cells.word(GENERATION).load(SeqCst);
            self.ending(generation).store(OPEN, SeqCst);
            // Whether the others still live matters only to the one who may be the last.
            let others = self.parties() - 1;
            if self.arrived.len() >= others && self.arrived.count() >= others {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(action)) {
                    self.break_up();
                    resume_unwind(panic);
                }
                self.close(PASSED);
                return Ok(Passed { leader: true });
            }
            self.arrived.take_place();
            generation
        };
        self.sleep(generation, limit)
    }

    fn sleep(&self, generation: u32, limit: &Limit) -> Result<Passed, Broken> {
        loop {
            match self.ending(generation).load(SeqCst) {
                PASSED => return Ok(Passed { leader: false }),
                FAILED => return Err(Broken),
                _ => {}
            }
            let slept = wait_slice(self.ending(generation), OPEN, limit);
            if slept.is_err() || self.lock.is_abandoned() {
                let _inside = self.enter();
                if slept.is_err() && self.ending(generation).load(SeqCst) == OPEN {
                    self.break_up();
                }
            }
        }
    }

    /// Breaks it: everyone who waits or comes gets [`Broken`] until it is reset.
    pub fn abort(&self) {
        let _inside = self.enter();
        self.break_up();
    }

    /// Makes it as new; a process that waits now gets [`Broken`].
    pub fn reset(&self) {
        let _inside = self.enter();
        self.cells.word(BROKEN).store(0, SeqCst);
        if self.arrived.any() {
            self.close(FAILED);
        }
    }

    pub fn is_broken(&self) -> bool {
        self.cells.word(BROKEN).load(SeqCst) == 1
    }

    /// How many wait now. Not for hot loops: looks whether each of them still lives.
    pub fn waiting(&self) -> u32 {
        self.arrived.count()
    }

    pub fn parties(&self) -> u32 {
        self.cells.word(PARTIES).load(SeqCst)
    }

    /// Breaks it for this generation and those to come; the caller is inside.
    fn break_up(&self) {
        self.cells.word(BROKEN).store(1, SeqCst);
        self.close(FAILED);
    }

    /// Ends this generation; the caller is inside.
    fn close(&self, ending: u32) {
        let generation = self.cells.word(GENERATION).load(SeqCst);
        self.arrived.clear();
        self.ending(generation).store(ending, SeqCst);
        self.cells.word(GENERATION).store(generation.wrapping_add(1), SeqCst);
        wake(self.ending(generation), u32::MAX >> 1);
    }

    fn ending(&self, generation: u32) -> &std::sync::atomic::AtomicU32 {
        self.cells.word(ENDINGS + (generation % REMEMBERED) as usize)
    }

    /// The barrier's own short critical section.
    fn enter(&self) -> Inside<'_> {
        // Its holders never wait in it, and a dead one is noticed: this ends.
        let acquired = self.lock.acquire(&Limit::default());
        let inside = Inside(&self.lock);
        if let Ok(Acquired::OwnerDied { .. }) = acquired {
            // It died in its action, or half way through ending a generation.
            self.break_up();
        }
        inside
    }
}

struct Inside<'a>(&'a Lock);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // It is held: a process that is inside acquired it.
        let _ = self.0.release();
    }
}
