//! The barrier between processes: each writes its step, waits for all, and reads what
//! the others wrote.
//!
//! Misuses: one process skips the barrier and is made to read before the others have
//! written; one more is expected than will ever come, and the wait breaks at its limit.
//!
//! ```text
//! walker-1  steps[0] = n ─┐            looks at all ─┐
//! walker-2  steps[1] = n ─┤ barrier    looks at all ─┤ barrier    n + 1 ...
//! walker-3  steps[2] = n ─┘            looks at all ─┘
//! skip      walker-1 looks before the others write: the event `hasty` forces that order
//! ```

use std::io;

use super::super::control_block::MAX_WORKERS;
use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::process_tool::ProcessTool;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Array, Barrier, Event, Value, laid_out};
use crate::programs::listing::Source;

const SKIP: &str = "skip";
const TOO_MANY: &str = "too-many";

/// Rounds of each sample of the cost. A number and not a time, as all must come equally often.
const ROUNDS: u64 = 200;

pub const BARRIER: Tool = Tool {
    id: "process-barrier",
    title: "Process barrier",
    python: "multiprocessing.Barrier",
    purpose: "wait for all",
    kind: ToolKind::Processes(run),
    sees: "Each process writes its step, waits for all, then reads the others' steps.",
    code: Source {
        rust: "",
        python: include_str!("../../../../../assets/code/process_barrier.py"),
    },
    misuses: &[
        Misuse::new(
            SKIP,
            "one process does not wait",
            "One process does not wait: it looks before the others have written.",
        ),
        Misuse::new(
            TOO_MANY,
            "it waits for one more than there are",
            "The barrier is for one more than there are: all wait until it breaks.",
        ),
    ],
    cost,
};

laid_out! {
    /// What the processes share: each writes its own step, and only the barrier orders the
    /// looks at those of the others.
    pub struct BarrierData {
        barrier: Barrier,
        steps: Array[MAX_WORKERS],
        /// Looks that found every step as it must be: what the audit reads.
        whole: Value,
        /// For the forced order of the misuse: the process that does not wait has looked.
        hasty: Event,
    }
}

impl BarrierData {
    /// Looks at the steps of all; counts the look if each has come to `step`.
    ///
    /// # Errors
    /// If the counter's lock cannot be had.
    fn check_steps(&self, workers: usize, step: i64) -> Result<(), WorkerFnError> {
        if (0..workers).all(|at| self.steps.get(at) == step) {
            self.whole.add(1, &Limit::FOREVER).map_err(refused)?;
        }
        Ok(())
    }
}

impl ProcessTool for BarrierData {
    const TOOL: &'static Tool = &BARRIER;
    const KIND: ResourceKind = ResourceKind::Barrier;

    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        let (index, workers) = (process.args.index, process.args.workers);
        if process.is_misuse(SKIP) {
            return skip(process, self);
        }
        let limit =
            if process.is_misuse(TOO_MANY) { process.misuse_limit() } else { Limit::FOREVER };
        for step in 1..=i64::try_from(process.args.ops).unwrap_or(i64::MAX) {
            // On the live screen each walks at a speed of its own.
            (0..=index).for_each(|_| process.pause());
            self.steps.set(index, step);
            let passed = process.take(|| self.barrier.wait(&limit, || ()));
            if process.is_misuse(TOO_MANY) && passed.is_err() {
                process.add_message("broken");
                return Ok(());
            }
            passed?;
            self.check_steps(workers, step)?;
            // No thread writes the next before all have looked.
            process.take(|| self.barrier.wait(&limit, || ()))?;
        }
        Ok(())
    }

    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        process.time_together(ROUNDS, || self.barrier.wait(&Limit::FOREVER, || ()).map(|_| ()))
    }
}

/// One step, in which the first process does not wait; the others wait for each other
/// once it has looked.
fn skip(process: &ProcessContext, shared: &BarrierData) -> Result<(), WorkerFnError> {
    let (index, workers) = (process.args.index, process.args.workers);
    if index == 0 {
        shared.steps.set(index, 1);
        shared.check_steps(workers, 1)?;
        shared.hasty.set();
        return Ok(());
    }
    shared.hasty.wait(&Limit::FOREVER).map_err(refused)?;
    process.pause();
    shared.steps.set(index, 1);
    process.take(|| shared.barrier.wait(&Limit::FOREVER, || ()))?;
    shared.check_steps(workers, 1)
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let (mut run, shared): (_, BarrierData) = context.process_run(misuse)?;
    let workers = context.workers;
    let (parties, steps) = match misuse.map(|misuse| misuse.name) {
        None => (workers, context.ops),
        Some(SKIP) => (workers - 1, 1),
        Some(_) => (workers + 1, 1),
    };
    shared.barrier.init(u32::try_from(parties).unwrap_or(u32::MAX));
    run.start_all("walker", workers)?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    let expected = workers as u64 * steps;
    let got = shared.whole.get();
    let broken = results.messages().count();
    let mut outcome = results.outcome(expected, expected, got);
    let why = misuse.map(|misuse| match misuse.name {
        SKIP => "walker-1 did not wait and looked before the others had written".to_owned(),
        _ => format!(
            "the barrier waits for {parties}, {workers} came: it broke at the limit of a wait, \
             and {broken} of them got an error"
        ),
    });
    outcome.finding = why.filter(|_| !outcome.as_expected());
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, shared: &BarrierData) -> Snapshot {
    let broken = if shared.barrier.is_broken() { "broken" } else { "whole" };
    Snapshot::default()
        .value("waits for", shared.barrier.parties())
        .value("have come", shared.barrier.waiting())
        .value("barrier", broken)
        .waiting(run.waiting())
}

/// Only the cost of two that meet: a barrier for one is no barrier.
fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    Ok(vec![context.process_cost(|shared: &BarrierData| shared.barrier.init(2), 2)?])
}
