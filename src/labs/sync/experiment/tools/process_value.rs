//! The number in shared memory: each process adds to it under its lock.
//!
//! Misuse: `value += 1` without the lock is a load and a store with a window between.
//! Two processes are made to stand in it at once, and one addition is lost for certain;
//! after that each yields in the window.
//!
//! ```text
//! correct  lock ── load ── store + 1 ── unlock
//! misuse   adder-1  load 0 ─┐ window: both     store 1
//!          adder-2  load 0 ─┘ have loaded      store 1: one addition is lost
//! ```

use std::io;

use super::super::process_context::ProcessContext;
use super::super::process_run::ProcessRun;
use super::super::process_tool::ProcessTool;
use super::super::tool::{Cost, Figure, Misuse, Outcome, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Barrier, Value, laid_out};
use crate::programs::listing::Source;

const UNLOCKED: &str = "unlocked";

pub const VALUE: Tool = Tool {
    id: "process-value",
    title: "Process value",
    python: "multiprocessing.Value",
    purpose: "one shared number",
    kind: ToolKind::Processes(run),
    sees: "Each process adds one to a number in shared memory, under the number's lock.",
    code: Source { rust: "", python: include_str!("../../../../../assets/code/process_value.py") },
    misuses: &[Misuse::new(
        UNLOCKED,
        "value += 1 without the lock",
        "`value += 1` is a load and a store: without the lock, additions are lost.",
    )],
    cost,
};

laid_out! {
    /// What the processes share: a number with a lock of its own, which the misuse leaves out.
    pub struct ValueData {
        value: Value,
        /// For the forced order of the misuse: two have loaded, none has stored.
        window: Barrier,
    }
}

impl ProcessTool for ValueData {
    const TOOL: &'static Tool = &VALUE;
    const KIND: ResourceKind = ResourceKind::Lock;

    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        for op in 0..process.args.ops {
            if process.is_misuse(UNLOCKED) {
                self.value.add_unlocked(1, || {
                    if op == 0 && process.args.index < 2 {
                        let _ = self.window.wait(&Limit::FOREVER, || ());
                    }
                    process.pause_or_yield();
                });
            } else {
                let _held = process.lock(self.value.lock())?;
                self.value.add_unlocked(1, || process.pause());
            }
        }
        Ok(())
    }

    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        process.time(|| self.value.add(1, &Limit::FOREVER).map(|_| ()))
    }
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let (mut run, shared): (_, ValueData) = context.process_run(misuse)?;
    shared.window.init(2);
    run.start_all("adder", context.workers)?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    let expected = context.workers as u64 * context.ops;
    let got = shared.value.get();
    let lost = i64::try_from(expected).unwrap_or(i64::MAX) - got;
    let mut outcome = results.outcome(expected, expected, got);
    outcome.finding = misuse.filter(|_| lost != 0).map(|_| {
        format!(
            "{lost} of {expected} additions were lost: a load and a store, \
             and others stored in between"
        )
    });
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, shared: &ValueData) -> Snapshot {
    Snapshot::default()
        .value("value", shared.value.get())
        .figure("lock", Figure::Holder(run.name(shared.value.lock().holder())))
        .waiting(run.waiting())
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    context.process_costs(|_: &ValueData| ())
}
