//! The threads that wait at a tool, each by its identity, so that one that dies while it waits
//! can be found and is not counted for ever.
//!
//! A place is one cell with the identity of its waiter, so taking it and giving it back is one
//! store each, and a death in between leaves nothing half done. Waiters beyond [`PLACES`] are
//! only counted, and those among them that die stay counted.
//!
//! All operations are `SeqCst`: a tool announces a waiter here and then looks at its own state,
//! and the other side changes the state and then looks here. See [`super`].
//!
//! ```text
//! cells   used 3 │ unnamed 0 │ 4711.1 │ · │ 4713.1 │ · │ ... 32 places
//!                              waits      waits: died there, and is found by `living`
//! ```

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::identity::ThreadIdentity;
use super::region::{Cells, Layout};

/// Waiters of one tool that are known by their identity. More than a lab starts at a tool, and
/// few enough to be looked at one by one.
pub const PLACES: usize = 32;

/// The number of places that were ever taken: those above need not be looked at.
const USED: usize = 0;
/// Waiters that found no free place.
const UNNAMED: usize = 1;
const FIRST: usize = 2;

/// The threads that wait at one tool: up to [`PLACES`] by identity, and a count of the others.
#[derive(Clone, Debug)]
pub struct Waiters {
    cells: Cells,
}

/// Keeps its thread among the waiters until it is dropped.
#[derive(Debug)]
pub struct Waiting<'a> {
    waiters: &'a Waiters,
    /// `None` if all places were taken.
    place: Option<usize>,
}

impl Waiting<'_> {
    /// Its place, below [`PLACES`]; `None` if it is only counted. For data that a tool keeps for
    /// each waiter.
    pub fn place(&self) -> Option<usize> {
        self.place
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        match self.place {
            Some(place) => self.waiters.place(place).store(0, SeqCst),
            None => drop(self.waiters.cells.word(UNNAMED).fetch_sub(1, SeqCst)),
        }
    }
}

impl Waiters {
    /// Number of cells that the waiters of a tool occupy.
    pub const CELLS: usize = FIRST + PLACES;

    /// Lays out the waiters of a tool; none in a new region.
    pub fn new(layout: &mut Layout) -> Self {
        Self { cells: layout.cells(Self::CELLS) }
    }

    /// Counts the calling thread among the waiters until the result is dropped.
    pub fn enter(&self) -> Waiting<'_> {
        Waiting { place: self.take_place(), waiters: self }
    }

    /// Counts the calling thread among the waiters until [`Waiters::clear`]. For a tool that
    /// releases all waiters at once.
    pub fn take_place(&self) -> Option<usize> {
        let me = ThreadIdentity::current().to_cell();
        for (place, number) in (0..PLACES).zip(1..) {
            // Before the place is taken: a thread that reads a smaller number has read it
            // before this waiter was there, and so need not see it.
            self.cells.word(USED).fetch_max(number, SeqCst);
            let cell = self.place(place);
            if cell.compare_exchange(0, me, SeqCst, Relaxed).is_ok() {
                return Some(place);
            }
        }
        self.cells.word(UNNAMED).fetch_add(1, SeqCst);
        None
    }

    /// Forgets all waiters. For a tool that releases all of them at once, under its lock, so
    /// that none arrives meanwhile.
    pub fn clear(&self) {
        self.taken().for_each(|(place, _)| self.place(place).store(0, SeqCst));
        self.cells.word(UNNAMED).store(0, SeqCst);
    }

    /// Whether any thread waits, perhaps one that died. Cheap: called at each release.
    pub fn any(&self) -> bool {
        self.unnamed() > 0 || self.taken().next().is_some()
    }

    /// The number of waiters, perhaps with some that died. Cheap.
    pub fn len(&self) -> u32 {
        self.unnamed() + self.taken().fold(0, |count, _| count + 1)
    }

    /// The number of waiters. Takes the places of dead ones back, for which it reads `/proc`
    /// once for each waiter.
    pub fn count(&self) -> u32 {
        self.unnamed() + self.living().fold(0, |count, _| count + 1)
    }

    /// The number of waiters without a place, perhaps with some that died.
    pub fn unnamed(&self) -> u32 {
        self.cells.word(UNNAMED).load(SeqCst)
    }

    /// The places of those that live. Takes the places of the others back. Reads `/proc` once
    /// for each waiter.
    pub fn living(&self) -> impl Iterator<Item = usize> {
        self.taken().filter_map(|(place, waiter)| {
            if !waiter.is_gone() {
                return Some(place);
            }
            // From this very identity: another thread may have found the death too, and the
            // place may be taken again by now.
            let dead = waiter.to_cell();
            let _ = self.place(place).compare_exchange(dead, 0, SeqCst, Relaxed);
            None
        })
    }

    fn taken(&self) -> impl Iterator<Item = (usize, ThreadIdentity)> {
        let used = self.cells.word(USED).load(SeqCst) as usize;
        (0..used.min(PLACES)).filter_map(|place| {
            let waiter = ThreadIdentity::from_cell(self.place(place).load(SeqCst));
            waiter.map(|waiter| (place, waiter))
        })
    }

    fn place(&self, at: usize) -> &AtomicU64 {
        self.cells.wide(FIRST + at)
    }
}
