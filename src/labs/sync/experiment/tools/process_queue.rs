//! The queue between processes: producers put, consumers take and mark done, and
//! any thread that joins waits until all is done.
//!
//! Misuses: a put after the closing; a consumer that marks an item done once too
//! often, so that a join returns while an item is still to do.
//!
//! ```text
//! producer-n  put ... ── the last one: join ── close
//! consumer-n  get ── work ── task_done ... until closed and empty
//! ```

use std::io;

use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::process_tool::ProcessTool;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Event, Queue, QueueError, Value, laid_out};
use crate::programs::listing::Source;

const CLOSED: &str = "closed";
const TOO_MANY_TASK_DONE: &str = "too-many-task-done";

/// Items that the queue holds: few, so that producers wait for room.
const ROOM: usize = 3;

pub const QUEUE: Tool = Tool {
    id: "process-queue",
    title: "Process queue",
    python: "multiprocessing.Queue",
    purpose: "hand items over",
    kind: ToolKind::Processes(run),
    sees: "Producers put items into a bounded queue; consumers take and mark them done.",
    code: Source { rust: "", python: include_str!("../../../../../assets/code/process_queue.py") },
    misuses: &[
        Misuse::new(
            CLOSED,
            "a producer puts after the queue was closed",
            "A producer closes the queue first: each later put is refused.",
        ),
        Misuse::new(
            TOO_MANY_TASK_DONE,
            "a consumer marks one item done twice",
            "A consumer marks one item done twice: join returns with one still to do.",
        ),
    ],
    cost,
};

laid_out! {
    /// What producers and consumers share beside the queue: counts for the audit, which cannot
    /// ask the processes after their end.
    pub struct QueueData {
        queue: Queue[ROOM],
        /// Items worked off. With the sum of their numbers it shows that each was taken once.
        done: Value,
        sum: Value,
        /// Producers that have put all their items.
        through: Value,
        /// Items that were still to do when the join returned.
        undone: Value,
        /// For the forced order of a misuse: what the other processes wait for.
        ready: Event,
    }
}

impl QueueData {
    /// Takes an item and works it off; `false` when the queue is closed and empty.
    ///
    /// # Errors
    /// If the queue refuses otherwise, or a count cannot be changed.
    fn consume(&self, process: &ProcessContext) -> Result<bool, WorkerFnError> {
        let item = match process.attempt(|| self.queue.get(&Limit::FOREVER)) {
            Err(QueueError::Closed) => return Ok(false),
            item => item.map_err(refused)?,
        };
        process.pause();
        let item = i64::try_from(item).unwrap_or(0);
        self.sum.add(item, &Limit::FOREVER).map_err(refused)?;
        self.done.add(1, &Limit::FOREVER).map_err(refused)?;
        Ok(true)
    }
}

/// How many of the workers produce: half of them. There are at least two workers, so one does.
fn producers(workers: usize) -> usize {
    workers / 2
}

impl ProcessTool for QueueData {
    const TOOL: &'static Tool = &QUEUE;
    const KIND: ResourceKind = ResourceKind::Queue;

    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        if process.is_misuse(TOO_MANY_TASK_DONE) {
            return mark_twice(process, self);
        }
        if process.args.index < producers(process.args.workers) {
            return produce(process, self);
        }
        while self.consume(process)? {
            self.queue.task_done().map_err(refused)?;
        }
        Ok(())
    }

    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        process.time(|| {
            self.queue.put(1, &Limit::FOREVER)?;
            self.queue.get(&Limit::FOREVER).map(|_| ())
        })
    }
}

fn produce(process: &ProcessContext, shared: &QueueData) -> Result<(), WorkerFnError> {
    let (index, ops) = (process.args.index as u64, process.args.ops);
    if process.is_culprit(CLOSED) {
        // One producer believes that all is done.
        shared.queue.close();
    }
    for op in 0..ops {
        process.pause();
        let item = index * ops + op + 1;
        match process.attempt(|| shared.queue.put(item, &Limit::FOREVER)) {
            Err(QueueError::Closed) => process.add_message("refused"),
            put => put.map_err(refused)?,
        }
    }
    // The last of the producers closes the queue, once all of it is done.
    let through = shared.through.add(1, &Limit::FOREVER).map_err(refused)?;
    if usize::try_from(through) == Ok(producers(process.args.workers)) {
        shared.queue.join(&Limit::FOREVER).map_err(refused)?;
        shared.queue.close();
    }
    Ok(())
}

/// One puts two items and joins; another marks the first of them done twice; what is
/// left is worked off when the join is over.
fn mark_twice(process: &ProcessContext, shared: &QueueData) -> Result<(), WorkerFnError> {
    match process.args.index {
        0 => {
            for item in [1, 2] {
                let put = || shared.queue.put(item, &Limit::FOREVER);
                process.take(put)?;
            }
            shared.queue.join(&Limit::FOREVER).map_err(refused)?;
            shared.undone.set(2 - shared.done.get());
            shared.ready.set();
        }
        1 => {
            shared.consume(process)?;
            shared.queue.task_done().map_err(refused)?;
            // The second item must be there for the mark to be taken.
            while !shared.ready.is_set() && shared.queue.task_done().is_err() {
                process.pause_or_yield();
            }
            shared.ready.wait(&Limit::FOREVER).map_err(refused)?;
            shared.consume(process)?;
            if let Err(error) = shared.queue.task_done() {
                process.add_message(error.to_string());
            }
        }
        _ => {}
    }
    Ok(())
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let (mut run, shared): (_, QueueData) = context.process_run(misuse)?;
    let producers = producers(context.workers);
    run.start_all("producer", producers)?;
    run.start_all("consumer", context.workers - producers)?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    if misuse.is_some_and(|misuse| misuse.name == TOO_MANY_TASK_DONE) {
        let undone = shared.undone.get();
        let summary = |undone| format!("{undone} items to do when the join returned");
        let refused = results.messages().next().unwrap_or_default().to_owned();
        let mut outcome = results.outcome(2, summary(0), summary(undone));
        outcome.finding = (undone != 0).then(|| {
            format!("the join returned with {undone} of 2 items still to do; at the end: {refused}")
        });
        return Ok(outcome);
    }
    let items = producers as u64 * context.ops;
    let total = i64::try_from(items).unwrap_or(i64::MAX);
    let (done, sum) = (shared.done.get(), shared.sum.get());
    let twice = misuse.is_none() && sum != total * (total + 1) / 2;
    let summary = |done, twice| {
        let twice = if twice { ", some twice" } else { "" };
        format!("{done} of {total} items done{twice}")
    };
    let refused = results.messages().count();
    let mut outcome = results.outcome(items, summary(total, false), summary(done, twice));
    outcome.finding = misuse.filter(|_| done != total).map(|_| {
        format!(
            "the queue was closed before producer-1 had put its items: {refused} puts were refused, \
             {} of {total} items were never done",
            total - done
        )
    });
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, shared: &QueueData) -> Snapshot {
    let mut snapshot = Snapshot::default()
        .value("items", format!("{} of {ROOM}", shared.queue.len()))
        .value("to do", shared.queue.unfinished())
        .value("done", shared.done.get())
        .waiting(run.waiting());
    let items = shared.queue.peek();
    let text = |at: usize| items.get(at).map(u64::to_string).unwrap_or_default();
    let label = |at| if at == 0 { "next out" } else { "" };
    snapshot.slots = (0..ROOM).map(|at| (text(at), label(at).to_owned())).collect();
    snapshot
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    context.process_costs(|_: &QueueData| ())
}
