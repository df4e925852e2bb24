//! `Word`: a named atomic whose every access is one step.
//!
//! The unlocked experiments are made of words: each access is whole by itself,
//! so nothing here is undefined behaviour, and everything between two accesses
//! is a race that can be seen. Must not know what its value means.

use std::sync::atomic::{AtomicI64, Ordering};

use super::event::ResourceKind;
use super::step::{Name, Object, Op, step};

/// A named 64-bit integer that threads share.
///
/// The orders are those of [`AtomicI64`], with the same rules and panics.
#[derive(Debug)]
pub struct Word {
    cell: AtomicI64,
    object: Object,
    /// What onlookers are shown of a value.
    shown: fn(i64) -> i64,
}

impl Word {
    pub fn new(name: impl Into<Name>, value: i64) -> Self {
        Self {
            cell: AtomicI64::new(value),
            object: Object::new(name, ResourceKind::Variable),
            shown: |value| value,
        }
    }

    /// Loads and stores show onlookers only what `shown` makes of a value: for a word
    /// that carries an experiment's own notes beside it.
    #[must_use]
    pub fn showing(mut self, shown: fn(i64) -> i64) -> Self {
        self.shown = shown;
        self
    }

    pub fn name(&self) -> Name {
        self.object.name()
    }

    #[inline]
    pub fn load(&self, order: Ordering) -> i64 {
        step(
            Op::Load,
            &self.object,
            || self.cell.load(order),
            |&value| (self.shown)(value),
        )
    }

    #[inline]
    pub fn store(&self, value: i64, order: Ordering) {
        step(
            Op::Store((self.shown)(value)),
            &self.object,
            || self.cell.store(value, order),
            |()| 0,
        );
    }

    /// Adds, wrapping, and gives the value before.
    #[inline]
    pub fn fetch_add(&self, value: i64, order: Ordering) -> i64 {
        step(
            Op::Add(value),
            &self.object,
            || self.cell.fetch_add(value, order),
            |&old| old,
        )
    }

    /// Puts `value` there and gives the value before.
    #[inline]
    pub fn swap(&self, value: i64, order: Ordering) -> i64 {
        step(
            Op::Swap(value),
            &self.object,
            || self.cell.swap(value, order),
            |&old| old,
        )
    }

    /// Puts `new` there if it finds `expected`.
    ///
    /// # Errors
    /// The value found, if it was another.
    #[inline]
    pub fn compare_exchange(
        &self,
        expected: i64,
        new: i64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<i64, i64> {
        step(
            Op::CompareExchange { expected, new },
            &self.object,
            || self.cell.compare_exchange(expected, new, success, failure),
            |&outcome| outcome.unwrap_or_else(|found| found),
        )
    }

    /// The value as an onlooker sees it: no step, for screens and audits.
    pub fn peek(&self) -> i64 {
        self.cell.load(Ordering::Relaxed)
    }

    /// Puts a value there as an onlooker: no step, for setting up between rounds
    /// while no thread runs.
    pub fn put(&self, value: i64) {
        self.cell.store(value, Ordering::Relaxed);
    }
}
