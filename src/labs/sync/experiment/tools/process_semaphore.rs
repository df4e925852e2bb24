//! The semaphore between processes: guests visit a room with a few seats.
//!
//! Misuse: a release too many makes a permit out of nothing, and one guest more than
//! there are seats is let in. A bounded semaphore refuses that release.
//!
//! ```text
//! correct       permits 2: never more than 2 guests inside; a release too many is refused
//! over-release  one release before the guests come: permits 3, and 3 guests on 2 seats
//! ```
//!
//! In the misuse the first guests wait inside for each other, so that all of them are in at once
//! for certain.

use std::io;

use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::process_tool::ProcessTool;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Barrier, Semaphore, Value, laid_out};
use crate::programs::listing::Source;

const OVER_RELEASE: &str = "over-release";

pub const SEMAPHORE: Tool = Tool {
    id: "process-semaphore",
    title: "Process semaphore",
    python: "multiprocessing.Semaphore",
    purpose: "at most n at once",
    kind: ToolKind::Processes(run),
    sees: "Guests, each a process, take a seat, stay a moment, and give it back.",
    code: Source {
        rust: "",
        python: include_str!("../../../../../assets/code/process_semaphore.py"),
    },
    misuses: &[Misuse::new(
        OVER_RELEASE,
        "released once more than taken",
        "One release too many makes a permit: one guest too many gets in.",
    )],
    cost,
};

laid_out! {
    /// What the guests share: seats, and a count of those inside that the audit compares with
    /// them.
    pub struct Room {
        seats: Semaphore,
        /// Those inside now. The next two are the most at once, and the visits, so far.
        guests: Value,
        most: Value,
        visits: Value,
        /// Where those who got in by the release too many stay until all of them are in.
        full: Barrier,
    }
}

impl Room {
    fn init(&self, seats: u32, bounded: bool) {
        self.seats.init(seats, bounded);
        self.full.init(seats + 1);
    }

    /// Changes the number of guests and keeps the most of them so far, as one step; returns the
    /// number of visits by then.
    fn count(&self, change: i64) -> Result<i64, WorkerFnError> {
        let counted = self.guests.lock().with(&Limit::FOREVER, || {
            let guests = self.guests.add_unlocked(change, || ());
            self.most.set(self.most.get().max(guests));
            self.visits.get()
        });
        counted.map_err(refused)
    }
}

impl ProcessTool for Room {
    const TOOL: &'static Tool = &SEMAPHORE;
    const KIND: ResourceKind = ResourceKind::Semaphore;

    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        // One visit each is enough to see it.
        let misuse = process.is_misuse(OVER_RELEASE);
        let visits = if misuse { 1 } else { process.args.ops };
        for _ in 0..visits {
            process.take(|| self.seats.acquire(&Limit::FOREVER))?;
            let before = self.visits.add(1, &Limit::FOREVER).map_err(refused)? - 1;
            self.count(1)?;
            if misuse && before < i64::from(self.full.parties()) {
                let _ = self.full.wait(&Limit::FOREVER, || ());
            }
            process.pause();
            self.count(-1)?;
            process.release(|| self.seats.release(1))?;
        }
        Ok(())
    }

    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        process.time(|| {
            self.seats.acquire(&Limit::FOREVER).map_err(refused)?;
            self.seats.release(1).map_err(refused)
        })
    }
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let (mut run, room): (_, Room) = context.process_run(misuse)?;
    // One guest more than there are seats comes at least.
    let seats = u32::try_from(context.workers / 2).unwrap_or(1).max(1);
    room.init(seats, misuse.is_none());
    let guests = context.workers as u64;
    let operations = guests * if misuse.is_some() { 1 } else { context.ops };
    if misuse.is_some() {
        room.seats.release(1).map_err(io::Error::other)?;
    }
    run.start_all("guest", context.workers)?;
    let results = run.finish(|run| snapshot(run, &room))?;
    let (visits, most) = (room.visits.get(), room.most.get());
    let seats = i64::from(seats);
    let summary = |visits: i64, fits| {
        let most = if fits { "never" } else { "once" };
        format!("{visits} visits, {most} more than {seats} at a time")
    };
    let expected = i64::try_from(operations).unwrap_or(i64::MAX);
    let mut outcome =
        results.outcome(operations, summary(expected, true), summary(visits, most <= seats));
    outcome.finding = misuse.filter(|_| most > seats).map(|_| {
        format!(
            "{most} guests sat on {seats} seats after one release too many; \
             a bounded semaphore refuses it"
        )
    });
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, room: &Room) -> Snapshot {
    Snapshot::default()
        .value("permits", room.seats.permits())
        .value("guests", room.guests.get())
        .value("most so far", room.most.get())
        .value("visits", room.visits.get())
        .waiting(run.waiting())
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    context.process_costs(|room: &Room| room.init(1, true))
}
