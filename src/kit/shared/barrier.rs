//! A barrier between processes: nobody goes on before all have come.

use std::fmt;
use std::sync::atomic::Ordering::SeqCst;

use super::lock::Lock;
use super::region::{Cells, Layout};
use super::wait::{doze, wake};
use crate::kit::limit::Limit;

const PARTIES: usize = 0;
const ARRIVED: usize = 1;
const GENERATION: usize = 2;
const BROKEN: usize = 3;
/// How each of the latest generations ended, so that a waiter that wakes late still
/// learns what became of its own.
const ENDINGS: usize = 4;
const REMEMBERED: u32 = 8;

const OPEN: u32 = 0;
const PASSED: u32 = 1;
const FAILED: u32 = 2;

/// All have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// True for exactly one of them.
    pub leader: bool,
}

/// Somebody gave up waiting, or the barrier was aborted or reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}

impl std::error::Error for Broken {}

/// A meeting point for a fixed number of parties, again and again.
#[derive(Clone, Debug)]
pub struct Barrier {
    lock: Lock,
    cells: Cells,
}

impl Barrier {
    /// Cells that one takes.
    pub const CELLS: usize = Lock::CELLS + ENDINGS + REMEMBERED as usize;

    /// Finds the barrier that its maker set up.
    pub fn attach(layout: &mut Layout) -> Self {
        let lock = Lock::new(layout);
        Self {
            lock,
            cells: layout.cells(ENDINGS + REMEMBERED as usize),
        }
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
    /// limit breaks it for all.
    pub fn wait(&self, limit: &Limit, action: impl FnOnce()) -> Result<Passed, Broken> {
        let generation = {
            let _inside = self.enter();
            if self.is_broken() {
                return Err(Broken);
            }
            let generation = self.cells.word(GENERATION).load(SeqCst);
            self.ending(generation).store(OPEN, SeqCst);
            if self.cells.word(ARRIVED).fetch_add(1, SeqCst) + 1 == self.parties() {
                action();
                self.close(PASSED);
                return Ok(Passed { leader: true });
            }
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
            if doze(self.ending(generation), OPEN, limit).is_err() {
                let _inside = self.enter();
                if self.ending(generation).load(SeqCst) == OPEN {
                    self.cells.word(BROKEN).store(1, SeqCst);
                    self.close(FAILED);
                }
            }
        }
    }

    /// Breaks it: everyone who waits or comes gets [`Broken`] until it is reset.
    pub fn abort(&self) {
        let _inside = self.enter();
        self.cells.word(BROKEN).store(1, SeqCst);
        self.close(FAILED);
    }

    /// Makes it as new; whoever waits now gets [`Broken`].
    pub fn reset(&self) {
        let _inside = self.enter();
        self.cells.word(BROKEN).store(0, SeqCst);
        if self.waiting() > 0 {
            self.close(FAILED);
        }
    }

    pub fn is_broken(&self) -> bool {
        self.cells.word(BROKEN).load(SeqCst) == 1
    }

    /// How many wait now.
    pub fn waiting(&self) -> u32 {
        self.cells.word(ARRIVED).load(SeqCst)
    }

    pub fn parties(&self) -> u32 {
        self.cells.word(PARTIES).load(SeqCst)
    }

    /// Ends this generation; the caller is inside.
    fn close(&self, ending: u32) {
        let generation = self.cells.word(GENERATION).load(SeqCst);
        self.cells.word(ARRIVED).store(0, SeqCst);
        self.ending(generation).store(ending, SeqCst);
        self.cells
            .word(GENERATION)
            .store(generation.wrapping_add(1), SeqCst);
        wake(self.ending(generation), u32::MAX >> 1);
    }

    fn ending(&self, generation: u32) -> &std::sync::atomic::AtomicU32 {
        self.cells
            .word(ENDINGS + (generation % REMEMBERED) as usize)
    }

    /// The barrier's own short critical section.
    fn enter(&self) -> Inside<'_> {
        // Its holders never wait in it, and a dead one is noticed: this ends.
        let _ = self.lock.acquire(&Limit::default());
        Inside(&self.lock)
    }
}

struct Inside<'a>(&'a Lock);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let _ = self.0.release();
    }
}
