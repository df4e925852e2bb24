//! A barrier between processes: no party goes on before all have come.
//!
//! Arrivals are counted under a lock of the barrier's own. The last party to come ends the
//! *generation*: it stores how it ended and wakes the others, who sleep on that word. Each
//! generation has a word of its own for a while, so a waiter that wakes late reads the end of
//! its own generation and not that of the next.
//!
//! ```text
//!               arrive, not the last            the last arrives: PASSED
//!   outside ─────────────────────▶ waiting ─────────────────────────────▶ Passed
//!      │                              │ limit over, abort, reset, death in the action: FAILED
//!      │ barrier is broken            ▼
//!      └──────────────────────────▶ Broken
//! ```
//!
//! A party that dies while it waits is found by the next one to arrive that could be the last,
//! and its arrival is taken back. A party that dies inside the lock breaks the barrier, since
//! its action may be half done.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::Ordering::SeqCst;

use super::lock::{Acquired, Guard, Lock};
use super::region::{Cells, Layout};
use super::wait::{ALL, wait_slice, wake};
use super::waiters::Waiters;
use crate::kit::limit::Limit;

const PARTIES: usize = 0;
const GENERATION: usize = 1;
const BROKEN: usize = 2;
/// How each of the latest generations ended, so that a waiter that wakes late still
/// learns what became of its own.
const ENDINGS: usize = 3;
/// How many generations have a word. A waiter that has not seen the end of its generation is
/// usually one late, since a generation needs all parties; it would have to sleep through eight
/// ends to miss its own.
const REMEMBERED: u32 = 8;
const CELLS: usize = ENDINGS + REMEMBERED as usize;

/// The generation has not ended: waiters sleep while its word is this.
const OPEN: u32 = 0;
/// All parties came.
const PASSED: u32 = 1;
/// The barrier broke or was reset.
const FAILED: u32 = 2;

/// All parties have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// True for exactly one of them: the last to come, which ran the action.
    pub leader: bool,
}

/// A party gave up waiting, its action failed, or the barrier was aborted or reset. Parties
/// that did the same work cannot count on each other then, as in Python's `BrokenBarrierError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the barrier is broken")]
pub struct Broken;

/// A meeting point for a fixed number of parties, again and again. The arrival of a party that
/// dies while it waits is taken back: the others wait for one in its place.
#[derive(Clone, Debug)]
pub struct Barrier {
    lock: Lock,
    cells: Cells,
    arrived: Waiters,
}

impl Barrier {
    /// Number of cells that a barrier occupies in a [`super::Region`].
    pub const CELLS: usize = Lock::CELLS + CELLS + Waiters::CELLS;

    /// Lays out a barrier; one in a new region needs [`Barrier::init`].
    pub fn new(layout: &mut Layout) -> Self {
        Self { lock: Lock::new(layout), cells: layout.cells(CELLS), arrived: Waiters::new(layout) }
    }

    /// Says for how many `parties` it is, at least 1. For one process, before the others use
    /// it.
    pub fn init(&self, parties: u32) {
        self.cells.word(PARTIES).store(parties.max(1), SeqCst);
    }

    /// Waits for the others. The last to come runs `action` before any party goes on.
    ///
    /// # Errors
    /// If the barrier is broken, or breaks while waiting. A wait that reaches its limit breaks
    /// it for all, and so does a panic or a death in `action`.
    pub fn wait(&self, limit: &Limit, action: impl FnOnce()) -> Result<Passed, Broken> {
        let generation = {
            let _inside = self.enter();
            if self.is_broken() {
                return Err(Broken);
            }
            let generation = self.cells.word(GENERATION).load(SeqCst);
            // The word still has the end of a generation long ago. Each arrival stores the
            // same, under the lock.
            self.ending(generation).store(OPEN, SeqCst);
            // Cheap first: whether the others still live matters only to a party that may be
            // the last.
            let others = self.parties() - 1;
            if self.arrived.len() >= others && self.arrived.count() >= others {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(action)) {
                    self.break_up();
                    resume_unwind(panic);
                }
                self.close(PASSED);
                return Ok(Passed { leader: true });
            }
            // Not given back by a guard: the party that ends the generation forgets all at
            // once.
            self.arrived.take_place();
            generation
        };
        self.sleep(generation, limit)
    }

    /// Sleeps until the generation has ended. Without the lock, so that others can arrive.
    fn sleep(&self, generation: u32, limit: &Limit) -> Result<Passed, Broken> {
        loop {
            match self.ending(generation).load(SeqCst) {
                PASSED => return Ok(Passed { leader: false }),
                FAILED => return Err(Broken),
                _ => {}
            }
            let slept = wait_slice(self.ending(generation), OPEN, limit);
            // `enter` breaks the barrier if it finds the lock abandoned; the loop then reads
            // that.
            if slept.is_err() || self.lock.is_abandoned() {
                let _inside = self.enter();
                // Under the lock the end is certain: the last party may have come just now, and
                // then all pass.
                if slept.is_err() && self.ending(generation).load(SeqCst) == OPEN {
                    self.break_up();
                }
            }
        }
    }

    /// Breaks it: every party that waits or comes gets [`Broken`] until it is reset.
    pub fn abort(&self) {
        let _inside = self.enter();
        self.break_up();
    }

    /// Makes it as new; a party that waits now gets [`Broken`]. Without waiters only the broken
    /// state is removed.
    pub fn reset(&self) {
        let _inside = self.enter();
        self.cells.word(BROKEN).store(0, SeqCst);
        if self.arrived.any() {
            self.close(FAILED);
        }
    }

    /// Whether it is broken. For display: it may change at once.
    pub fn is_broken(&self) -> bool {
        self.cells.word(BROKEN).load(SeqCst) == 1
    }

    /// How many wait now. Not for hot loops: checks whether each of them still lives.
    pub fn waiting(&self) -> u32 {
        self.arrived.count()
    }

    pub fn parties(&self) -> u32 {
        self.cells.word(PARTIES).load(SeqCst)
    }

    /// Breaks it for this generation and those to come. The caller is inside the lock.
    fn break_up(&self) {
        self.cells.word(BROKEN).store(1, SeqCst);
        self.close(FAILED);
    }

    /// Ends this generation in the given way and begins the next one. The caller is inside the
    /// lock.
    fn close(&self, ending: u32) {
        let generation = self.cells.word(GENERATION).load(SeqCst);
        // Before the end is visible, so that a party that comes again at once finds no old
        // arrivals.
        self.arrived.clear();
        self.ending(generation).store(ending, SeqCst);
        self.cells.word(GENERATION).store(generation.wrapping_add(1), SeqCst);
        wake(self.ending(generation), ALL);
    }

    /// The word of a generation, on which its waiters sleep.
    fn ending(&self, generation: u32) -> &std::sync::atomic::AtomicU32 {
        self.cells.word(ENDINGS + (generation % REMEMBERED) as usize)
    }

    /// Acquires the barrier's lock for a short critical section. No holder waits in it except
    /// in its action.
    fn enter(&self) -> Guard<'_> {
        let Ok(inside) = self.lock.lock(&Limit::FOREVER) else {
            unreachable!("a wait without a limit ends only with the lock")
        };
        // It died in its action, or half way through ending a generation.
        if let Acquired::OwnerDied { .. } = inside.acquired() {
            self.break_up();
        }
        inside
    }
}
