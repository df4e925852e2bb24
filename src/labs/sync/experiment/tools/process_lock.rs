//! The lock between processes: each adds to one number in shared memory, an addition
//! being a load and a store.
//!
//! Misuses: one process leaves the lock out, forced to have read before another
//! writes; a holder is killed in the middle of an addition, and the next holder gets to know it.

use std::io;

use super::super::jobs::ProcessTool;
use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use crate::kit::child::{WorkerFn, WorkerFnError};
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::process_pool::jobs::Raise;
use crate::kit::shared::{Acquired, Event, Layout, Lock, Value};

const SKIP: &str = "skip";
const DEAD_OWNER: &str = "dead-owner";
/// The signal that kills.
const KILL: u64 = 9;

pub const LOCK: Tool = Tool {
    id: "process-lock",
    title: "Process lock",
    world: World::Processes,
    sees: "Each process takes the lock, loads the number, stores one more, and releases.",
    misuses: &[
        Misuse { name: SKIP, about: "one process skips the lock" },
        Misuse { name: DEAD_OWNER, about: "a process is killed while it holds the lock" },
    ],
    run,
    cost,
};

pub const PROCESS: ProcessTool =
    ProcessTool { tool: LOCK.id, kind: ResourceKind::Lock, run: run_process, time };

/// What the processes share.
struct SharedData {
    lock: Lock,
    counter: Value,
    /// The forced interleaving: the first has read, or holds; another has written.
    read: Event,
    written: Event,
}

impl SharedData {
    const CELLS: usize = Lock::CELLS + Value::CELLS + 2 * Event::CELLS;

    fn new(layout: &mut Layout) -> Self {
        Self {
            lock: Lock::new(layout),
            counter: Value::new(layout),
            read: Event::new(layout),
            written: Event::new(layout),
        }
    }
}

fn run_process(process: &ProcessContext) -> Result<(), WorkerFnError> {
    let shared = SharedData::new(&mut process.layout());
    if !process.is_misuse(SKIP) && !process.is_misuse(DEAD_OWNER) {
        return (0..process.args.ops).try_for_each(|_| add(process, &shared, || Ok(())));
    }
    if process.is_culprit(SKIP) {
        shared.counter.add_unlocked(1, || {
            shared.read.set();
            // Ends with the run at the latest.
            let _ = shared.written.wait(&Limit::default());
        });
    } else if process.is_culprit(DEAD_OWNER) {
        add(process, &shared, || {
            shared.read.set();
            Raise::run(KILL)
        })?;
    } else {
        shared.read.wait(&Limit::default()).map_err(refused)?;
        add(process, &shared, || Ok(()))?;
        shared.written.set();
    }
    (1..process.args.ops).try_for_each(|_| add(process, &shared, || Ok(())))
}

/// One addition; `between` its load and its store.
fn add(
    process: &ProcessContext,
    shared: &SharedData,
    between: impl FnOnce() -> Result<(), WorkerFnError>,
) -> Result<(), WorkerFnError> {
    let acquired = process.lock(&shared.lock)?;
    if let Acquired::OwnerDied { tid } = acquired {
        process.add_message(format!("{} was told that holder {tid} had died", process.args.name));
    }
    process.pause();
    let value = shared.counter.get();
    between()?;
    shared.counter.set(value + 1);
    process.release(|| shared.lock.release())
}

fn time(process: &ProcessContext) -> Result<(), WorkerFnError> {
    let lock = Lock::new(&mut process.layout());
    process.time(|| {
        lock.acquire(&Limit::default()).map_err(refused)?;
        lock.release().map_err(refused)
    })
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let mut run = context.process_run(&LOCK, misuse, SharedData::CELLS)?;
    let shared = SharedData::new(&mut run.layout());
    run.start_all("adder", context.workers)?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    let expected = context.workers as u64 * context.ops;
    let got = shared.counter.get();
    let lost = i64::try_from(expected).unwrap_or(i64::MAX) - got;
    let finding = match misuse.map(|misuse| misuse.name) {
        None => results.all().map(|_| None)?,
        Some(SKIP) => Some(format!(
            "{lost} of {expected} additions were lost: adder-1 wrote what it had read without the lock"
        )),
        Some(_) => {
            let summary = results.messages().next().unwrap_or("no process was told");
            Some(format!(
                "adder-1 was killed while it held the lock, {lost} of {expected} additions undone; \
                 {summary}, and no process hung"
            ))
        }
    };
    let mut outcome = results.outcome(expected, expected, got);
    outcome.finding = finding.filter(|_| lost != 0);
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, shared: &SharedData) -> Snapshot {
    Snapshot::default()
        .figure("lock, holder", run.name(shared.lock.holder()))
        .figure("counter", shared.counter.get())
        .waiting(run.waiting())
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    context.process_costs(&LOCK, Lock::CELLS, |layout| drop(Lock::new(layout)))
}
