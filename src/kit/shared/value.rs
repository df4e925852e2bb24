//! Numbers in shared memory: one (`Value`), or many (`Array`).

use std::sync::atomic::Ordering::Relaxed;

use super::lock::Lock;
use super::region::{Cells, Layout};
use crate::kit::limit::{Limit, Timeout};

/// One number that all processes see, with a lock of its own.
#[derive(Clone, Debug)]
pub struct Value {
    lock: Lock,
    cells: Cells,
}

impl Value {
    /// Cells that one takes.
    pub const CELLS: usize = Lock::CELLS + 1;

    /// Lays one out, 0 at first.
    pub fn new(layout: &mut Layout) -> Self {
        Self { lock: Lock::new(layout), cells: layout.cells(1) }
    }

    pub fn get(&self) -> i64 {
        self.cells.wide(0).load(Relaxed).cast_signed()
    }

    pub fn set(&self, value: i64) {
        self.cells.wide(0).store(value.cast_unsigned(), Relaxed);
    }

    /// The lock that guards a change made of several steps.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Adds under the lock: load, add, store, undisturbed.
    ///
    /// # Errors
    /// If `limit` ends before the lock is got.
    pub fn add(&self, n: i64, limit: &Limit) -> Result<i64, Timeout> {
        self.lock.with(limit, || self.add_unlocked(n, || ()))
    }

    /// What `value += n` is without the lock: a load, whatever `between` does, and a
    /// store. Two of these at once lose one of the additions.
    pub fn add_unlocked(&self, n: i64, between: impl FnOnce()) -> i64 {
        let sum = self.get().wrapping_add(n);
        between();
        self.set(sum);
        sum
    }
}

/// Numbers side by side that all processes see, with one lock.
#[derive(Clone, Debug)]
pub struct Array {
    lock: Lock,
    cells: Cells,
}

impl Array {
    /// Cells that an array of `length` numbers takes.
    pub const fn cells(length: usize) -> usize {
        Lock::CELLS + length
    }

    /// Lays out `length` numbers and sets them to 0, also in memory that was used before.
    pub fn create(layout: &mut Layout, length: usize) -> Self {
        let array = Self::attach(layout, length);
        for at in 0..length {
            array.set(at, 0);
        }
        array
    }

    /// Finds the array that its maker set up.
    pub fn attach(layout: &mut Layout, length: usize) -> Self {
        Self { lock: Lock::new(layout), cells: layout.cells(length) }
    }

    /// # Panics
    /// If there is no such place; so for [`Array::set`].
    pub fn get(&self, at: usize) -> i64 {
        self.cells.wide(at).load(Relaxed).cast_signed()
    }

    /// # Panics
    /// See [`Array::get`].
    pub fn set(&self, at: usize, value: i64) {
        self.cells.wide(at).store(value.cast_unsigned(), Relaxed);
    }

    pub fn len(&self) -> usize {
        self.cells.count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    pub fn to_vec(&self) -> Vec<i64> {
        (0..self.len()).map(|at| self.get(at)).collect()
    }
}
