//! Numbers in shared memory: one ([`Value`]), or many ([`Array`]).
//!
//! A single load or store is atomic and never torn, so the lock is needed only for a change
//! that consists of several steps. The lab shows what `value += 1` loses without it.
//!
//! The numbers are loaded and stored `Relaxed`. They carry no other data; where a change is
//! made under the lock, the lock orders it.

use std::sync::atomic::Ordering::Relaxed;

use super::lock::Lock;
use super::region::{Cells, Layout};
use crate::kit::limit::{Limit, Timeout};

/// One number that all processes see, with a lock of its own, as `multiprocessing.Value`.
#[derive(Clone, Debug)]
pub struct Value {
    lock: Lock,
    cells: Cells,
}

impl Value {
    /// Number of cells that a value occupies in a [`super::Region`].
    pub const CELLS: usize = Lock::CELLS + 1;

    /// Lays out a value; 0 in a new region.
    pub fn new(layout: &mut Layout) -> Self {
        Self { lock: Lock::new(layout), cells: layout.cells(1) }
    }

    /// The number at this moment. Needs no lock.
    pub fn get(&self) -> i64 {
        self.cells.wide(0).load(Relaxed).cast_signed()
    }

    /// Overwrites the number. Needs no lock, and undoes a change that another process is
    /// making.
    pub fn set(&self, value: i64) {
        self.cells.wide(0).store(value.cast_unsigned(), Relaxed);
    }

    /// The lock that guards a change made of several steps, as `get_lock()` in Python.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Adds under the lock: load, add, store, undisturbed. Returns the sum.
    ///
    /// # Errors
    /// If `limit` ends before the lock is acquired.
    pub fn add(&self, n: i64, limit: &Limit) -> Result<i64, Timeout> {
        self.lock.with(limit, || self.add_unlocked(n, || ()))
    }

    /// What `value += n` is without the lock: a load, whatever `between` does, and a store. Two
    /// of these at once lose one of the additions. Wraps around at the ends of the range.
    pub fn add_unlocked(&self, n: i64, between: impl FnOnce()) -> i64 {
        let sum = self.get().wrapping_add(n);
        between();
        self.set(sum);
        sum
    }
}

/// Numbers side by side that all processes see, with one lock, as `multiprocessing.Array`.
#[derive(Clone, Debug)]
pub struct Array {
    lock: Lock,
    cells: Cells,
}

impl Array {
    /// Number of cells that an array of `length` numbers occupies.
    pub const fn cells(length: usize) -> usize {
        Lock::CELLS + length
    }

    /// Lays out `length` numbers; all 0 in a new region.
    pub fn new(layout: &mut Layout, length: usize) -> Self {
        Self { lock: Lock::new(layout), cells: layout.cells(length) }
    }

    /// The number at this place.
    ///
    /// # Panics
    /// If there is no such place; so for [`Array::set`].
    pub fn get(&self, at: usize) -> i64 {
        self.cells.wide(at).load(Relaxed).cast_signed()
    }

    /// Overwrites the number at this place.
    ///
    /// # Panics
    /// See [`Array::get`].
    pub fn set(&self, at: usize, value: i64) {
        self.cells.wide(at).store(value.cast_unsigned(), Relaxed);
    }

    /// Overwrites every number. Needs no lock, as [`Value::set`].
    pub fn fill(&self, value: i64) {
        (0..self.len()).for_each(|at| self.set(at, value));
    }

    pub fn len(&self) -> usize {
        self.cells.count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lock that guards a change of several numbers.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// A copy of the numbers. Not of one moment, unless the caller holds the lock.
    pub fn to_vec(&self) -> Vec<i64> {
        (0..self.len()).map(|at| self.get(at)).collect()
    }
}
