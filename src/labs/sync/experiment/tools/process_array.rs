//! The array in shared memory: processes move units from slot to slot under its lock; the
//! sum never changes.
//!
//! Misuse: moving without the lock. Two processes are made to load the same slot
//! before either stores, so one unit appears from nowhere.

use std::io;

use super::super::jobs::ProcessTool;
use super::super::process_context::ProcessContext;
use super::super::process_run::ProcessRun;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Array, Barrier, Layout};

const UNLOCKED: &str = "unlocked";

/// Slots, and what each holds at first.
const SLOTS: usize = 6;
const UNITS: i64 = 100;

pub const ARRAY: Tool = Tool {
    id: "process-array",
    title: "Process array",
    world: World::Processes,
    sees: "Each process moves one unit from a slot to the next, under the array's lock.",
    misuses: &[Misuse { name: UNLOCKED, about: "moves without the lock" }],
    run,
    cost,
};

pub const PROCESS: ProcessTool =
    ProcessTool { tool: ARRAY.id, kind: ResourceKind::Lock, run: run_process, time };

/// What the processes share.
struct SharedData {
    array: Array,
    /// Two have loaded, none has stored.
    window: Barrier,
}

impl SharedData {
    const CELLS: usize = Array::cells(SLOTS) + Barrier::CELLS;

    fn create(layout: &mut Layout) -> Self {
        let array = Array::create(layout, SLOTS);
        (0..SLOTS).for_each(|at| array.set(at, UNITS));
        Self { array, window: Barrier::create(layout, 2) }
    }

    fn attach(layout: &mut Layout) -> Self {
        Self { array: Array::attach(layout, SLOTS), window: Barrier::attach(layout) }
    }

    /// Moves a unit from slot `at` to the next: two loads and two stores.
    fn shift(&self, at: usize, between: impl FnOnce()) {
        let next = (at + 1) % SLOTS;
        let (from, to) = (self.array.get(at), self.array.get(next));
        between();
        self.array.set(at, from - 1);
        self.array.set(next, to + 1);
    }
}

fn run_process(process: &ProcessContext) -> Result<(), WorkerFnError> {
    let shared = SharedData::attach(&mut process.layout());
    let index = process.args.index;
    for op in 0..process.args.ops {
        let at = (index + usize::try_from(op).unwrap_or(0)) % SLOTS;
        if !process.is_misuse(UNLOCKED) {
            process.lock(shared.array.lock())?;
            shared.shift(at, || process.pause());
            process.release(|| shared.array.lock().release())?;
        } else if op == 0 && index < 2 {
            // The first moves 0 to 1, the second 1 to 2: both have loaded slot 1.
            shared.shift(index, || {
                let _ = shared.window.wait(&Limit::default(), || ());
                process.pause();
            });
        }
    }
    Ok(())
}

fn time(process: &ProcessContext) -> Result<(), WorkerFnError> {
    let shared = SharedData::attach(&mut process.layout());
    process.time(|| {
        let lock = shared.array.lock();
        lock.with(&Limit::default(), || shared.shift(0, || ()))
    })
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let mut run = context.process_run(&ARRAY, misuse, SharedData::CELLS)?;
    let shared = SharedData::create(&mut run.layout());
    run.start_all("mover", context.workers)?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    results.all()?;
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

fn snapshot(run: &ProcessRun<'_>, shared: &SharedData) -> Snapshot {
    let slots = shared.array.to_vec();
    let slots = slots.iter().enumerate();
    let mut snapshot = Snapshot::default()
        .figure("lock, holder", run.name(shared.array.lock().holder()))
        .figure("sum", shared.array.to_vec().iter().sum::<i64>())
        .waiting(run.waiting());
    snapshot.slots = slots.map(|(at, units)| (units.to_string(), at.to_string())).collect();
    snapshot
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    context.process_costs(&ARRAY, SharedData::CELLS, |layout| {
        drop(SharedData::create(layout));
    })
}
