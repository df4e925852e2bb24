//! The lock between processes: each adds to one number in shared memory, an addition
//! being a load and a store.
//!
//! Misuses: one process leaves the lock out, forced to have read before another
//! writes; a holder is killed in the middle of an addition, and the next holder gets to know it.
//!
//! ```text
//! skip        adder-1 (no lock)  load 0 ── read ─▶                      store 1
//!             adder-2 (lock)               load 0, store 1 ── written ─▶
//! dead-owner  adder-1  lock, load, read ─▶ SIGKILL
//!             adder-2  lock: the notice that its holder has died, and the data as it was left
//! ```

use std::io;

use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::process_tool::ProcessTool;
use super::super::tool::{Cost, Figure, Misuse, Outcome, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::child::{WorkerFn, WorkerFnError};
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::process_pool::worker_fns::Raise;
use crate::kit::shared::{Acquired, Event, Lock, Value, laid_out};
use crate::programs::listing::Source;

const SKIP: &str = "skip";
const DEAD_OWNER: &str = "dead-owner";
/// The number of SIGKILL, which no process can handle: it dies at once, with the lock.
const KILL: u64 = 9;

pub const LOCK: Tool = Tool {
    id: "process-lock",
    title: "Process lock",
    python: "multiprocessing.Lock",
    purpose: "one at a time",
    kind: ToolKind::Processes(run),
    sees: "A process takes the lock, loads the number, stores one more, and releases.",
    code: Source { rust: "", python: include_str!("../../../../../assets/code/process_lock.py") },
    misuses: &[
        Misuse::new(
            SKIP,
            "one process skips the lock",
            "One process adds without the lock: it writes over what the others added.",
        ),
        Misuse::new(
            DEAD_OWNER,
            "a process is killed while it holds the lock",
            "A holder is killed before it stores: the next gets the lock and a notice.",
        ),
    ],
    cost,
};

laid_out! {
    /// What the processes share: a number that takes a load and a store to add to, and the lock
    /// around both.
    pub struct LockData {
        lock: Lock,
        counter: Value,
        /// The forced interleaving: the first has read, or holds; another has written.
        read: Event,
        written: Event,
    }
}

impl ProcessTool for LockData {
    const TOOL: &'static Tool = &LOCK;
    const KIND: ResourceKind = ResourceKind::Lock;

    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        if !process.is_misuse(SKIP) && !process.is_misuse(DEAD_OWNER) {
            return (0..process.args.ops).try_for_each(|_| add(process, self, || Ok(())));
        }
        if process.is_culprit(SKIP) {
            self.counter.add_unlocked(1, || {
                self.read.set();
                // Ends with the run at the latest.
                let _ = self.written.wait(&Limit::FOREVER);
            });
        } else if process.is_culprit(DEAD_OWNER) {
            add(process, self, || {
                self.read.set();
                Raise::run(KILL)
            })?;
        } else {
            self.read.wait(&Limit::FOREVER).map_err(refused)?;
            add(process, self, || Ok(()))?;
            self.written.set();
        }
        (1..process.args.ops).try_for_each(|_| add(process, self, || Ok(())))
    }

    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        process.time(|| self.lock.lock(&Limit::FOREVER).map(drop))
    }
}

/// One addition under the lock; `between` runs between its load and its store. Notes whether the
/// lock came from a holder that had died.
///
/// # Errors
/// If the lock cannot be had, or `between` fails.
fn add(
    process: &ProcessContext,
    shared: &LockData,
    between: impl FnOnce() -> Result<(), WorkerFnError>,
) -> Result<(), WorkerFnError> {
    let held = process.lock(&shared.lock)?;
    if let Acquired::OwnerDied { tid } = held.acquired() {
        process.add_message(format!(
            "{} got the lock with the notice that holder {tid} had died",
            process.args.name
        ));
    }
    process.pause();
    let value = shared.counter.get();
    between()?;
    shared.counter.set(value + 1);
    Ok(())
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let (mut run, shared): (_, LockData) = context.process_run(misuse)?;
    let misuse = misuse.map(|misuse| misuse.name);
    if misuse == Some(DEAD_OWNER) {
        run.expect_death();
    }
    run.start_all("adder", context.workers)?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    let expected = context.workers as u64 * context.ops;
    let got = shared.counter.get();
    let lost = i64::try_from(expected).unwrap_or(i64::MAX) - got;
    let notice = results.messages().next().unwrap_or("no process got a notice");
    let finding = misuse.map(|misuse| match misuse {
        SKIP => format!(
            "{lost} of {expected} additions were lost: adder-1 wrote what it had read without the lock"
        ),
        _ => format!(
            "adder-1 was killed while it held the lock, {lost} of {expected} additions undone; \
             {notice}, and no process hung"
        ),
    });
    let mut outcome = results.outcome(expected, expected, got);
    outcome.finding = finding.filter(|_| lost != 0);
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, shared: &LockData) -> Snapshot {
    Snapshot::default()
        .figure("lock", Figure::Holder(run.name(shared.lock.holder())))
        .value("counter", shared.counter.get())
        .waiting(run.waiting())
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    context.process_costs(|_: &LockData| ())
}
