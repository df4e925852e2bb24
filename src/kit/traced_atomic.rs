//! `TracedAtomic`: a named atomic whose every access is one step.
//!
//! The unlocked experiments are made of these. Each access is atomic, so nothing here is
//! undefined behaviour, and everything between two accesses is a race that can be seen.
//!
//! Each access has two ways. At full speed it is the bare atomic operation behind one
//! comparison. Otherwise a cold function describes the operation as an [`Op`] and passes it
//! through the step controller; the cold functions take plain values, so that the fast way
//! prepares nothing.

use std::panic::Location;
use std::sync::atomic::{AtomicI64, Ordering};

use super::event::{LaneEvent, ResourceKind};
use super::model::{Op, OpResult, State};
use super::recorder::EventSink;
use super::step::{Name, Object, ObjectId, Operand, Place, StepRequest, at_full_speed, step};

/// A named 64-bit integer that threads share.
///
/// The orders are those of [`AtomicI64`], with the same rules and panics. In single-stepped
/// mode they matter less: the gate orders all steps, so only the explorer's simulated store
/// buffers can show a reordering.
#[derive(Debug)]
pub struct TracedAtomic {
    /// The only data; the rest is for observers.
    cell: AtomicI64,
    object: Object,
    /// What observers see of a value; see [`Self::showing`].
    shown: fn(i64) -> i64,
}

impl TracedAtomic {
    /// An atomic that holds `value`. Made while the explorer instantiates a program, it becomes
    /// part of the model state.
    pub fn new(name: impl Into<Name>, value: i64) -> Self {
        Self {
            cell: AtomicI64::new(value),
            object: Object::modelled(name, ResourceKind::Variable, || State::Atomic(value)),
            shown: |value| value,
        }
    }

    /// Events and the model state show only what `shown` makes of a value: for one that carries
    /// notes of the experiment in some of its bits.
    #[must_use]
    pub fn showing(mut self, shown: fn(i64) -> i64) -> Self {
        self.shown = shown;
        self
    }

    pub fn name(&self) -> Name {
        self.object.name()
    }

    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    /// The value, without a step: for code that is itself part of a step.
    pub(crate) fn look(&self, order: Ordering) -> i64 {
        self.cell.load(order)
    }

    /// Whether it is the object of that number in a model state.
    pub(crate) fn is(&self, object: ObjectId) -> bool {
        self.object.model_id() == Some(object)
    }

    /// Loads the value: one step. In single-stepped mode under TSO it may find the thread's
    /// own buffered store.
    #[inline]
    #[track_caller]
    pub fn load(&self, order: Ordering) -> i64 {
        if at_full_speed() {
            self.cell.load(order)
        } else {
            self.load_observed(order, Location::caller())
        }
    }

    /// Stores a value: one step. Under the explorer's TSO memory it may stay in the
    /// thread's buffer, unless its order is `SeqCst`.
    #[inline]
    #[track_caller]
    pub fn store(&self, value: i64, order: Ordering) {
        if at_full_speed() {
            self.cell.store(value, order);
        } else {
            self.store_observed(value, order, Location::caller());
        }
    }

    /// Adds, wrapping, and returns the value before: one step. So two threads that each add
    /// this way never lose an update, which a load and a store can.
    #[inline]
    #[track_caller]
    pub fn fetch_add(&self, value: i64, order: Ordering) -> i64 {
        if at_full_speed() {
            self.cell.fetch_add(value, order)
        } else {
            self.add_observed(value, order, Location::caller())
        }
    }

    /// Replaces the value and returns the one before: one step.
    #[inline]
    #[track_caller]
    pub fn swap(&self, value: i64, order: Ordering) -> i64 {
        if at_full_speed() {
            self.cell.swap(value, order)
        } else {
            self.swap_observed(value, order, Location::caller())
        }
    }

    /// Replaces the value by `new` if it is `expected`: one step, whether or not it
    /// succeeds.
    ///
    /// # Errors
    /// The value found, if it was another.
    #[inline]
    #[track_caller]
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
            let op = Op::CompareExchange { expected, new };
            let found = self.observed(&op, (success, failure), Location::caller());
            if found == expected { Ok(found) } else { Err(found) }
        }
    }

    // The cold functions are never inlined: otherwise the compiler prepares their arguments on
    // the fast way.
    #[cold]
    #[inline(never)]
    fn load_observed(&self, order: Ordering, place: Place) -> i64 {
        self.observed(&Op::Load, (order, order), place)
    }

    #[cold]
    #[inline(never)]
    fn store_observed(&self, value: i64, order: Ordering, place: Place) {
        // On x86 a `SeqCst` store is an `xchg`, which empties the store buffer.
        let ordered = order == Ordering::SeqCst;
        self.observed(&Op::Store { value, ordered }, (order, order), place);
    }

    #[cold]
    #[inline(never)]
    fn add_observed(&self, value: i64, order: Ordering, place: Place) -> i64 {
        self.observed(&Op::Add(value), (order, order), place)
    }

    #[cold]
    #[inline(never)]
    fn swap_observed(&self, value: i64, order: Ordering, place: Place) -> i64 {
        self.observed(&Op::Swap(value), (order, order), place)
    }

    /// The common part of the cold functions.
    #[cold]
    #[inline(never)]
    fn observed(&self, op: &Op, orders: (Ordering, Ordering), place: Place) -> i64 {
        let target = Target { cell: &self.cell, object: &self.object, shown: self.shown };
        target.access(*op, orders, place)
    }

    /// The value as an observer sees it: no step, for screens and audits. Relaxed: audits
    /// come after the threads were joined, and a screen may be a moment late.
    pub fn peek(&self) -> i64 {
        self.cell.load(Ordering::Relaxed)
    }

    /// Stores a value as an observer: no step. For setting up between rounds while no
    /// thread runs, and for the explorer's drained stores, where the baton orders the
    /// threads.
    pub fn put(&self, value: i64) {
        self.cell.store(value, Ordering::Relaxed);
    }
}

/// What an observed access is about. Borrowed parts instead of a [`TracedAtomic`], because
/// the elements of a `TracedArray` are stored apart from their names.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) cell: &'a AtomicI64,
    pub(crate) object: &'a Object,
    pub(crate) shown: fn(i64) -> i64,
}

impl Target<'_> {
    /// Takes the step and returns the value that it found (0 for a store).
    pub(crate) fn access(&self, op: Op, orders: (Ordering, Ordering), place: Place) -> i64 {
        // Observers see the shown value; `op` itself is what is carried out.
        let shown = match op {
            Op::Store { value, ordered } => Op::Store { value: (self.shown)(value), ordered },
            other => other,
        };
        let peek = || State::Atomic((self.shown)(self.cell.load(Ordering::Relaxed)));
        let request = StepRequest {
            op: shown,
            on: &[Operand { object: self.object, peek: &peek }],
            until: None,
            place,
        };
        step(
            &request,
            // With a buffered value, the memory is not touched: a load finds that value,
            // and a store stays in the model's buffer until it drains.
            |buffered| buffered.unwrap_or_else(|| self.carry_out(op, orders)),
            |&found| match op {
                Op::Store { .. } => OpResult::Done,
                _ => OpResult::Value((self.shown)(found)),
            },
            |&found, sink| self.emit(shown, (self.shown)(found), sink),
        )
    }

    /// The real access. Only a compare-exchange has a second order.
    fn carry_out(&self, op: Op, (success, failure): (Ordering, Ordering)) -> i64 {
        match op {
            Op::Store { value, .. } => {
                self.cell.store(value, success);
                0
            }
            Op::Add(value) => self.cell.fetch_add(value, success),
            Op::Swap(value) => self.cell.swap(value, success),
            Op::CompareExchange { expected, new } => self
                .cell
                .compare_exchange(expected, new, success, failure)
                .unwrap_or_else(|found| found),
            _ => self.cell.load(success),
        }
    }

    /// A read-modify-write is a read and, if it changes the value, a write.
    fn emit(&self, op: Op, found: i64, sink: &dyn EventSink) {
        let resource = self.object.resource(sink);
        if !matches!(op, Op::Store { .. }) {
            let value = found;
            sink.emit(LaneEvent::Read { resource, value });
        }
        if let Some(value) = op.writes(found) {
            sink.emit(LaneEvent::Wrote { resource, value });
        }
    }
}
