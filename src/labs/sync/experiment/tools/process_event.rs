//! The event between processes: a writer makes data ready and sets it; readers wait.
//!
//! Misuse: a reader that does not wait, made to read before the data is there.

use std::io;

use super::super::jobs::ProcessTool;
use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Event, Layout, Value};

const NO_WAIT: &str = "no-wait";

const DATA: i64 = 42;

pub const EVENT: Tool = Tool {
    id: "process-event",
    title: "Process event",
    world: World::Processes,
    sees: "Reader processes wait for the event; the writer makes the data ready, then sets it.",
    misuses: &[Misuse { name: NO_WAIT, about: "one reads without waiting" }],
    run,
    cost,
};

pub const PROCESS: ProcessTool =
    ProcessTool { tool: EVENT.id, kind: ResourceKind::Event, run: run_process, time };

/// What writer and readers share.
struct SharedData {
    ready: Event,
    data: Value,
    /// Readers that found the data.
    found: Value,
    /// For the forced order: the hasty one has read.
    hasty: Event,
}

impl SharedData {
    const CELLS: usize = 2 * Event::CELLS + 2 * Value::CELLS;

    fn new(layout: &mut Layout) -> Self {
        Self {
            ready: Event::new(layout),
            data: Value::new(layout),
            found: Value::new(layout),
            hasty: Event::new(layout),
        }
    }
}

/// The last part is the writer's.
fn run_process(process: &ProcessContext) -> Result<(), WorkerFnError> {
    let shared = SharedData::new(&mut process.layout());
    let forever = Limit::default();
    if process.args.index == process.args.workers {
        if process.is_misuse(NO_WAIT) {
            shared.hasty.wait(&forever).map_err(refused)?;
        }
        process.pause();
        shared.data.set(DATA);
        process.pause();
        shared.ready.set();
        return Ok(());
    }
    if !process.is_culprit(NO_WAIT) {
        process.take(|| shared.ready.wait(&forever))?;
    }
    if shared.data.get() == DATA {
        shared.found.add(1, &forever).map_err(refused)?;
    }
    if process.args.index == 0 {
        shared.hasty.set();
    }
    Ok(())
}

fn time(process: &ProcessContext) -> Result<(), WorkerFnError> {
    let shared = SharedData::new(&mut process.layout());
    process.time(|| shared.ready.wait(&Limit::default()))
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let mut run = context.process_run(&EVENT, misuse, SharedData::CELLS)?;
    let shared = SharedData::new(&mut run.layout());
    run.start_all("reader", context.workers)?;
    run.start("writer")?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    results.all()?;
    let readers = context.workers as u64;
    let got = shared.found.get();
    let mut outcome = results.outcome(readers, readers, got);
    outcome.finding = misuse
        .filter(|_| !outcome.as_expected())
        .map(|_| "reader-1 did not wait and read 0, before the data was ready".to_owned());
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, shared: &SharedData) -> Snapshot {
    let event = if shared.ready.is_set() { "set" } else { "not set" };
    Snapshot::default()
        .figure("event", event)
        .figure("data", shared.data.get())
        .figure("readers that found it", shared.found.get())
        .waiting(run.waiting())
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    context.process_costs(&EVENT, SharedData::CELLS, |layout| {
        SharedData::new(layout).ready.set();
    })
}
