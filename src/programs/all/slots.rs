//! What the programs about a list have in common: a length and slots, a lock around each
//! operation, and the values that are there in the end.
//!
//! How a value is appended and taken, and at which end, is up to each program.

use std::sync::Arc;

use parking_lot::Mutex;

use super::super::program::Case;
use super::StepResult;
use crate::kit::explore::{Broken, Plan};
use crate::kit::lock::Lock;
use crate::kit::step::Switch;
use crate::kit::traced_atomic::TracedAtomic;

/// A list of fixed capacity that the threads of a program share: `length` values in the first
/// slots, and 0 or a value of before in the others. Every access to it is a step.
pub struct Shared {
    pub length: TracedAtomic,
    slots: Vec<TracedAtomic>,
    pub lock: Lock,
    pub on: Switch,
}

/// Checks all values, those left in the list before those taken.
type Audit = fn(&[i64], u32) -> Result<(), Broken>;

impl Shared {
    /// A list that holds the first n values, with room for n more. The adder adds n and the remover
    /// takes n, so neither has to wait for room or for a value.
    fn new(case: Case) -> Self {
        let n = case.n;
        let slots =
            (0..2 * n).map(|i| TracedAtomic::new(("slot", i), if i < n { value(i) } else { 0 }));
        Self {
            length: TracedAtomic::new("length", n.into()),
            slots: slots.collect(),
            lock: Lock::new("lock"),
            on: Switch::new(case.repaired),
        }
    }

    /// The slot at `place`, counted from 0.
    ///
    /// # Panics
    /// If more values are taken or added than the n that the list has and the n that it has room
    /// for; no program does that, not even in its broken version.
    pub fn slot(&self, place: i64) -> &TracedAtomic {
        let place = usize::try_from(place).expect("no more is taken than was there at first");
        &self.slots[place]
    }

    /// The values in the list, for the check at the end: no step.
    fn left(&self) -> impl Iterator<Item = i64> {
        let length = usize::try_from(self.length.peek()).unwrap_or_default();
        self.slots.iter().take(length).map(TracedAtomic::peek)
    }
}

/// The nth value, from 0, is n + 1: an empty slot holds 0.
pub fn value(number: u32) -> i64 {
    i64::from(number) + 1
}

/// A plan for an adder of n values and a remover of n, which runs `audit` when both have ended. The
/// values taken are collected outside of the model, in the order in which they were taken: only the
/// remover touches that list, so it costs no steps.
pub fn instantiate(
    case: Case,
    adder: fn(&Shared, u32) -> StepResult,
    remover: fn(&Shared, u32, &Mutex<Vec<i64>>) -> StepResult,
    audit: Audit,
) -> Plan {
    let n = case.n;
    let list = Arc::new(Shared::new(case));
    let taken = Arc::new(Mutex::new(Vec::with_capacity(n as usize)));
    let (adding, removing, removed) = (list.clone(), list.clone(), taken.clone());
    Plan::new()
        .thread("adder", move || adder(&adding, n))
        .thread("remover", move || remover(&removing, n, &removed))
        .at_end(move |_| {
            let all: Vec<i64> = list.left().chain(taken.lock().iter().copied()).collect();
            audit(&all, n)
        })
}
