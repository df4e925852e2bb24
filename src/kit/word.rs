//! `Word`: a named atomic whose every access is one step.
//!
//! The unlocked experiments are made of words: each access is whole by itself,
//! so nothing here is undefined behaviour, and everything between two accesses
//! is a race that can be seen. Must not know what its value means.

use std::sync::atomic::{AtomicI64, Ordering};

use super::event::ResourceKind;
use super::step::{Name, Object, Op, at_full_speed, step};

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
        if at_full_speed() {
            self.cell.load(order)
        } else {
            self.load_observed(order)
        }
    }

    #[inline]
    pub fn store(&self, value: i64, order: Ordering) {
        if at_full_speed() {
            self.cell.store(value, order);
        } else {
            self.store_observed(value, order);
        }
    }

    /// Adds, wrapping, and gives the value before.
    #[inline]
    pub fn fetch_add(&self, value: i64, order: Ordering) -> i64 {
        if at_full_speed() {
            self.cell.fetch_add(value, order)
        } else {
            self.add_observed(value, order)
        }
    }

    /// Puts `value` there and gives the value before.
    #[inline]
    pub fn swap(&self, value: i64, order: Ordering) -> i64 {
        if at_full_speed() {
            self.cell.swap(value, order)
        } else {
            self.swap_observed(value, order)
        }
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
        if at_full_speed() {
            self.cell.compare_exchange(expected, new, success, failure)
        } else {
            self.exchange_observed(expected, new, (success, failure))
        }
    }

    // The observed ways take plain values, not closures, so that the ways at full
    // speed need not prepare anything for them.

    #[cold]
    #[inline(never)]
    fn load_observed(&self, order: Ordering) -> i64 {
        let effect = || self.cell.load(order);
        step(Op::Load, &self.object, effect, |&value| (self.shown)(value))
    }

    #[cold]
    #[inline(never)]
    fn store_observed(&self, value: i64, order: Ordering) {
        let effect = || self.cell.store(value, order);
        step(Op::Store((self.shown)(value)), &self.object, effect, |()| 0);
    }

    #[cold]
    #[inline(never)]
    fn add_observed(&self, value: i64, order: Ordering) -> i64 {
        let effect = || self.cell.fetch_add(value, order);
        step(Op::Add(value), &self.object, effect, |&old| old)
    }

    #[cold]
    #[inline(never)]
    fn swap_observed(&self, value: i64, order: Ordering) -> i64 {
        let effect = || self.cell.swap(value, order);
        step(Op::Swap(value), &self.object, effect, |&old| old)
    }

    #[cold]
    #[inline(never)]
    fn exchange_observed(
        &self,
        expected: i64,
        new: i64,
        (success, failure): (Ordering, Ordering),
    ) -> Result<i64, i64> {
        let effect = || self.cell.compare_exchange(expected, new, success, failure);
        let op = Op::CompareExchange { expected, new };
        step(op, &self.object, effect, |&outcome| {
            outcome.unwrap_or_else(|found| found)
        })
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
