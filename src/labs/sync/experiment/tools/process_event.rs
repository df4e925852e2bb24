//! The event between processes: a writer makes data ready and sets it; readers wait.
//!
//! Misuse: a reader that does not wait, made to read before the data is there.
//!
//! ```text
//! writer    data = 42 ── set
//! reader-n  wait ─▶ reads 42
//! no-wait   reader-1 reads 0 ── sets `hasty` ─▶ only then the writer begins
//! ```

use std::io;

use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::process_tool::ProcessTool;
use super::super::tool::{Cost, Figure, Misuse, Outcome, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Event, Value, laid_out};
use crate::programs::listing::Source;

const NO_WAIT: &str = "no-wait";

const DATA: i64 = 42;

pub const EVENT: Tool = Tool {
    id: "process-event",
    title: "Process event",
    python: "multiprocessing.Event",
    purpose: "wait for a signal",
    kind: ToolKind::Processes(run),
    sees: "Readers wait for the event; the writer makes the data ready, then sets it.",
    code: Source { rust: "", python: include_str!("../../../../../assets/code/process_event.py") },
    misuses: &[Misuse::new(
        NO_WAIT,
        "one reads without waiting",
        "One reader does not wait for the event: it reads before the data is there.",
    )],
    cost,
};

laid_out! {
    /// What writer and readers share: the data is a plain cell, and only the event orders the
    /// readers after the writer.
    pub struct EventData {
        ready: Event,
        data: Value,
        /// Readers that found the data, counted by themselves. All of them must.
        found: Value,
        /// For the forced order of the misuse: the reader that does not wait has read.
        hasty: Event,
    }
}

impl ProcessTool for EventData {
    const TOOL: &'static Tool = &EVENT;
    const KIND: ResourceKind = ResourceKind::Event;

    /// The last process, beyond the workers, is the writer; all others read.
    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        if process.args.index == process.args.workers {
            if process.is_misuse(NO_WAIT) {
                self.hasty.wait(&Limit::FOREVER).map_err(refused)?;
            }
            process.pause();
            self.data.set(DATA);
            process.pause();
            self.ready.set();
            return Ok(());
        }
        if !process.is_culprit(NO_WAIT) {
            process.take(|| self.ready.wait(&Limit::FOREVER))?;
        }
        if self.data.get() == DATA {
            self.found.add(1, &Limit::FOREVER).map_err(refused)?;
        }
        if process.args.index == 0 {
            self.hasty.set();
        }
        Ok(())
    }

    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        process.time(|| self.ready.wait(&Limit::FOREVER))
    }
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let (mut run, shared): (_, EventData) = context.process_run(misuse)?;
    run.start_all("reader", context.workers)?;
    run.start("writer")?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    let readers = context.workers as u64;
    let got = shared.found.get();
    let mut outcome = results.outcome(readers, readers, got);
    outcome.finding = misuse
        .filter(|_| !outcome.as_expected())
        .map(|_| "reader-1 did not wait and read 0, before the data was ready".to_owned());
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, shared: &EventData) -> Snapshot {
    Snapshot::default()
        .figure("event", Figure::Set(shared.ready.is_set()))
        .value("data", shared.data.get())
        .value("readers that found it", shared.found.get())
        .waiting(run.waiting())
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    context.process_costs(|shared: &EventData| shared.ready.set())
}
