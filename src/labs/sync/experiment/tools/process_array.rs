//! The array in shared memory: processes move units from slot to slot under its lock; the
//! sum never changes.
//!
//! Misuse: moving without the lock. Two processes are made to load the same slot
//! before either stores, so one unit appears from nowhere.
//!
//! ```text
//! correct  lock ── load a, load b ── store a - 1, store b + 1 ── unlock
//! misuse   mover-1  loads 0 and 1 ─┐ window: both     stores 0 and 1
//!          mover-2  loads 1 and 2 ─┘ have loaded      stores 1 and 2: one store of 1 is lost
//! ```

use std::io;

use super::super::process_context::ProcessContext;
use super::super::process_run::ProcessRun;
use super::super::process_tool::ProcessTool;
use super::super::tool::{Cost, Figure, Misuse, Outcome, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Array, Barrier, laid_out};
use crate::programs::listing::Source;

const UNLOCKED: &str = "unlocked";

/// Slots of the array; each holds [`UNITS`] at first.
const SLOTS: usize = 6;
const UNITS: i64 = 100;

pub const ARRAY: Tool = Tool {
    id: "process-array",
    title: "Process array",
    python: "multiprocessing.Array",
    purpose: "shared numbers",
    kind: ToolKind::Processes(run),
    sees: "Each process moves one unit from a slot to the next, under the array's lock.",
    code: Source { rust: "", python: include_str!("../../../../../assets/code/process_array.py") },
    misuses: &[Misuse::new(
        UNLOCKED,
        "moves without the lock",
        "Two processes load the same slot without the lock: one store is lost.",
    )],
    cost,
};

laid_out! {
    /// What the processes share: an array whose sum no move changes, so the audit adds it up.
    pub struct ArrayData {
        array: Array[SLOTS],
        /// For the forced order of the misuse: two have loaded, none has stored.
        window: Barrier,
    }
}

impl ArrayData {
    fn init(&self) {
        self.array.fill(UNITS);
        self.window.init(2);
    }

    /// Moves a unit from slot `at` to the next: two loads, then two stores. `between` runs between
    /// them, where the misuse makes another process come in.
    fn shift(&self, at: usize, between: impl FnOnce()) {
        let next = (at + 1) % SLOTS;
        let (from, to) = (self.array.get(at), self.array.get(next));
        between();
        self.array.set(at, from - 1);
        self.array.set(next, to + 1);
    }
}

impl ProcessTool for ArrayData {
    const TOOL: &'static Tool = &ARRAY;
    const KIND: ResourceKind = ResourceKind::Lock;

    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        let index = process.args.index;
        for op in 0..process.args.ops {
            let at = (index + usize::try_from(op).unwrap_or(0)) % SLOTS;
            if !process.is_misuse(UNLOCKED) {
                let _held = process.lock(self.array.lock())?;
                self.shift(at, || process.pause());
            } else if op == 0 && index < 2 {
                // The first moves 0 to 1, the second 1 to 2: both have loaded slot 1.
                self.shift(index, || {
                    let _ = self.window.wait(&Limit::FOREVER, || ());
                    process.pause();
                });
            }
        }
        Ok(())
    }

    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        process.time(|| {
            let lock = self.array.lock();
            lock.with(&Limit::FOREVER, || self.shift(0, || ()))
        })
    }
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let (mut run, shared): (_, ArrayData) = context.process_run(misuse)?;
    shared.init();
    run.start_all("mover", context.workers)?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    let expected: i64 = (0..SLOTS).map(|_| UNITS).sum();
    let got: i64 = shared.array.to_vec().iter().sum();
    let moves = if misuse.is_some() { 2 } else { context.workers as u64 * context.ops };
    let mut outcome = results.outcome(moves, summary(expected), summary(got));
    outcome.finding = misuse.filter(|_| got != expected).map(|_| {
        let off = got - expected;
        format!("{off:+} of {expected} units: two processes loaded slot 1, and each stored over the other")
    });
    Ok(outcome)
}

fn summary(units: i64) -> String {
    format!("{units} units in all")
}

fn snapshot(run: &ProcessRun<'_>, shared: &ArrayData) -> Snapshot {
    let slots = shared.array.to_vec();
    let slots = slots.iter().enumerate();
    let mut snapshot = Snapshot::default()
        .figure("lock", Figure::Holder(run.name(shared.array.lock().holder())))
        .value("sum", shared.array.to_vec().iter().sum::<i64>())
        .waiting(run.waiting());
    snapshot.slots = slots.map(|(at, units)| (units.to_string(), at.to_string())).collect();
    snapshot
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    context.process_costs(ArrayData::init)
}
