//! The barrier between processes: each writes its step, waits for all, and reads what
//! the others wrote.
//!
//! Misuses: one process skips the barrier and is made to read before the others have
//! written; one more is expected than will ever come, and the wait breaks at its limit.

use std::io;

use super::super::jobs::ProcessTool;
use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Array, Barrier, Event, Layout, Value};

const SKIP: &str = "skip";
const TOO_MANY: &str = "too-many";

/// The most workers that the settings allow.
const MAX_WORKERS: usize = 16;
/// Rounds of each sample of the cost.
const ROUNDS: u64 = 200;

pub const BARRIER: Tool = Tool {
    id: "process-barrier",
    title: "Process barrier",
    world: World::Processes,
    sees: "Each process writes its step, waits for all, then reads the steps of the others.",
    misuses: &[
        Misuse { name: SKIP, about: "one process does not wait" },
        Misuse { name: TOO_MANY, about: "it waits for one more than there are" },
    ],
    run,
    cost,
};

pub const PROCESS: ProcessTool =
    ProcessTool { tool: BARRIER.id, kind: ResourceKind::Barrier, run: run_process, time };

/// What the processes share.
struct SharedData {
    barrier: Barrier,
    steps: Array,
    /// Looks that found every step as it must be.
    whole: Value,
    /// For the forced order: the hasty one has read.
    hasty: Event,
}

impl SharedData {
    const CELLS: usize = Barrier::CELLS + Array::cells(MAX_WORKERS) + Value::CELLS + Event::CELLS;

    fn create(layout: &mut Layout, parties: usize) -> Self {
        let parties = u32::try_from(parties).unwrap_or(u32::MAX);
        Self::with(Barrier::create(layout, parties), layout)
    }

    fn attach(layout: &mut Layout) -> Self {
        Self::with(Barrier::attach(layout), layout)
    }

    fn with(barrier: Barrier, layout: &mut Layout) -> Self {
        Self {
            barrier,
            steps: Array::attach(layout, MAX_WORKERS),
            whole: Value::new(layout),
            hasty: Event::new(layout),
        }
    }

    /// Looks at the steps of all; counts the look if each has come to `step`.
    fn check_steps(&self, workers: usize, step: i64) -> Result<(), WorkerFnError> {
        if (0..workers).all(|at| self.steps.get(at) == step) {
            self.whole.add(1, &Limit::default()).map_err(refused)?;
        }
        Ok(())
    }
}

fn run_process(process: &ProcessContext) -> Result<(), WorkerFnError> {
    let shared = SharedData::attach(&mut process.layout());
    let (index, workers) = (process.args.index, process.args.workers);
    if process.is_misuse(SKIP) {
        return skip(process, &shared);
    }
    let limit = if process.is_misuse(TOO_MANY) { process.blocking() } else { Limit::default() };
    for step in 1..=i64::try_from(process.args.ops).unwrap_or(i64::MAX) {
        // On the live screen each walks at a speed of its own.
        (0..=index).for_each(|_| process.pause());
        shared.steps.set(index, step);
        let passed = process.take(|| shared.barrier.wait(&limit, || ()));
        if process.is_misuse(TOO_MANY) && passed.is_err() {
            process.add_message("broken");
            return Ok(());
        }
        passed?;
        shared.check_steps(workers, step)?;
        // No thread writes the next before all have looked.
        process.take(|| shared.barrier.wait(&limit, || ()))?;
    }
    Ok(())
}

/// One step, in which the first process does not wait; the others wait for each other
/// once it has looked.
fn skip(process: &ProcessContext, shared: &SharedData) -> Result<(), WorkerFnError> {
    let (index, workers) = (process.args.index, process.args.workers);
    if index == 0 {
        shared.steps.set(index, 1);
        shared.check_steps(workers, 1)?;
        shared.hasty.set();
        return Ok(());
    }
    shared.hasty.wait(&Limit::default()).map_err(refused)?;
    process.pause();
    shared.steps.set(index, 1);
    process.take(|| shared.barrier.wait(&Limit::default(), || ()))?;
    shared.check_steps(workers, 1)
}

fn time(process: &ProcessContext) -> Result<(), WorkerFnError> {
    let shared = SharedData::attach(&mut process.layout());
    process.time_together(ROUNDS, || shared.barrier.wait(&Limit::default(), || ()).map(|_| ()))
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let mut run = context.process_run(&BARRIER, misuse, SharedData::CELLS)?;
    let workers = context.workers;
    let (parties, steps) = match misuse.map(|misuse| misuse.name) {
        None => (workers, context.ops),
        Some(SKIP) => (workers - 1, 1),
        Some(_) => (workers + 1, 1),
    };
    let shared = SharedData::create(&mut run.layout(), parties);
    run.start_all("walker", workers)?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    results.all()?;
    let expected = workers as u64 * steps;
    let got = shared.whole.get();
    let broken = results.messages().count();
    let mut outcome = results.outcome(expected, expected, got);
    let why = misuse.map(|misuse| match misuse.name {
        SKIP => "walker-1 did not wait and looked before the others had written".to_owned(),
        _ => format!(
            "the barrier waits for {parties}, {workers} came: it broke at the limit of a wait, \
             and {broken} of them were told"
        ),
    });
    outcome.finding = why.filter(|_| !outcome.as_expected());
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, shared: &SharedData) -> Snapshot {
    let broken = if shared.barrier.is_broken() { "broken" } else { "whole" };
    Snapshot::default()
        .figure("waits for", shared.barrier.parties())
        .figure("have come", shared.barrier.waiting())
        .figure("barrier", broken)
        .waiting(run.waiting())
}

/// A barrier for one is no barrier.
fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let prepare = |layout: &mut Layout| drop(SharedData::create(layout, 2));
    Ok(vec![context.process_cost(&BARRIER, SharedData::CELLS, prepare, 2)?])
}
