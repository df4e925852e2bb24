//! The event: readers wait until the data is ready, and all go on at once.
//!
//! Misuses: one reads without waiting; the event is set and cleared at once, so that
//! any thread that comes later waits for ever.
//!
//! ```text
//! writer    data = 42 ── set
//! reader-1  wait ·········▶ reads 42
//! reader-2          wait ─▶ reads 42      also one that comes after the event was set
//! ```

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::correct_use::{self, CorrectUse};
use super::super::costs;
use super::super::tool::{Cost, Figure, Misuse, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::event_flag::Event;
use crate::kit::explore::Plan;
use crate::kit::traced_atomic::TracedAtomic;
use crate::programs::all::{no_wait, pulse};
use crate::programs::listing::Source;

const NO_WAIT: &str = "no-wait";
const PULSE: &str = "pulse";

const DATA: i64 = 42;

pub const EVENT: Tool = Tool {
    id: "event",
    title: "Event",
    python: "threading.Event",
    purpose: "wait for a signal",
    kind: ToolKind::Threads(readers),
    sees: "Readers wait for the event; the writer makes the data ready, then sets it.",
    code: Source {
        rust: include_str!("event.rs"),
        python: include_str!("../../../../../assets/code/event.py"),
    },
    misuses: &[
        Misuse::new(
            NO_WAIT,
            "one reads without waiting",
            "The reader does not wait for the event: it reads before the data is there.",
        )
        .replays(&no_wait::PROGRAM),
        Misuse::new(
            PULSE,
            "set and cleared at once",
            "The event is cleared right after it is set: late readers wait for ever.",
        )
        .replays(&pulse::PROGRAM),
    ],
    cost,
};

/// What writer and readers share: the data is a plain word, and only the event orders the
/// readers after the writer.
struct SharedData {
    ready: Event,
    data: TracedAtomic,
    /// Readers that found the data, counted by themselves. All of them must.
    found: TracedAtomic,
}

/// The run: one operation of each reader, however many the settings ask for, as an event
/// happens once.
fn readers(workers: u32, _ops: u64) -> CorrectUse {
    let shared = Arc::new(SharedData {
        ready: Event::new("ready"),
        data: TracedAtomic::new("data", 0),
        found: TracedAtomic::new("readers that found it", 0),
    });
    let plan = correct_use::workers(Plan::new(), "reader", workers, &shared, |shared, _| {
        // [code]
        shared.ready.wait()?; //= 8
        let seen = shared.data.load(SeqCst); //= 9
        if seen == DATA {
            shared.found.fetch_add(1, SeqCst); //= 10
        }
        Ok(())
        // [end]
    });
    let writer = Arc::clone(&shared);
    let plan = plan.thread("writer", move || {
        writer.data.store(DATA, SeqCst);
        writer.ready.set();
        Ok(())
    });
    let got = |shared: &SharedData| shared.found.peek().to_string();
    CorrectUse::new(plan, workers.into(), &workers, shared, got, |participants, shared| {
        let view = shared.ready.peek();
        Snapshot::default()
            .figure("event", Figure::Set(view.set))
            .value("data", shared.data.peek())
            .value("readers that found it", shared.found.peek())
            .waiting(participants.names(&view.waiters))
    })
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let gate = Event::new("cost");
    gate.set();
    costs::alone_and_contended(EVENT.title, context.stop(), || {
        let _ = gate.wait();
    })
}
