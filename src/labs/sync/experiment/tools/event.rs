//! The event: readers wait until the data is ready, and all go on at once.
//!
//! Misuses: one reads without waiting; the event is set and cleared at once, so that
//! any thread that comes later waits for ever.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::costs;
use super::super::participants::{Participants, ThreadSpec};
use super::super::thread_run::Monitor;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use crate::kit::event_flag::Event;
use crate::kit::traced_atomic::TracedAtomic;

const NO_WAIT: &str = "no-wait";
const PULSE: &str = "pulse";

const DATA: i64 = 42;

pub const EVENT: Tool = Tool {
    id: "event",
    title: "Event",
    world: World::Threads,
    sees: "Readers wait for the event; the writer makes the data ready, then sets it.",
    misuses: &[
        Misuse { name: NO_WAIT, about: "one reads without waiting" },
        Misuse { name: PULSE, about: "set and cleared at once" },
    ],
    run,
    cost,
};

/// What writer and readers share.
struct SharedData {
    ready: Event,
    data: TracedAtomic,
    /// Readers that found the data.
    found: TracedAtomic,
    /// For the forced order: the hasty one has read, the pulse is over.
    hasty: Event,
    over: Event,
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let misuse = misuse.map(|misuse| misuse.name);
    let shared = Arc::new(SharedData {
        ready: Event::new("ready"),
        data: TracedAtomic::new("data", 0),
        found: TracedAtomic::new("readers that found it", 0),
        hasty: Event::new("reader-1 has read"),
        over: Event::new("the pulse is over"),
    });
    let readers = context.workers;
    let specs = (0..readers).map(|reader| {
        let shared = Arc::clone(&shared);
        ThreadSpec::new(format!("reader-{}", reader + 1), move |thread| {
            let first = reader == 0;
            if first && misuse == Some(PULSE) {
                thread.wait("the end of the pulse", || shared.over.wait())?;
            }
            if !(first && misuse == Some(NO_WAIT)) {
                thread.take("ready", || shared.ready.wait())?;
            }
            if shared.data.load(SeqCst) == DATA {
                shared.found.fetch_add(1, SeqCst);
            }
            if first {
                shared.hasty.set();
            }
            Ok(())
        })
    });
    let writer = writer(&shared, misuse);
    let results =
        context.run_threads(specs.chain([writer]).collect(), &monitor(&shared, misuse))?;
    let got = shared.found.peek();
    let expected = i64::try_from(readers).unwrap_or(i64::MAX);
    let mut outcome = results.standstill(expected, got);
    if misuse == Some(NO_WAIT) && got != expected {
        outcome.finding =
            Some("reader-1 did not wait and read 0, before the data was ready".into());
    } else if misuse == Some(PULSE) {
        let pulse = |why| format!("reader-1 came after the pulse; {why}");
        outcome.finding = outcome.finding.map(pulse);
    }
    Ok(outcome)
}

fn writer(shared: &Arc<SharedData>, misuse: Option<&'static str>) -> ThreadSpec {
    let shared = Arc::clone(shared);
    ThreadSpec::new("writer", move |thread| {
        if misuse == Some(NO_WAIT) {
            thread.wait("the hasty reader", || shared.hasty.wait())?;
        }
        shared.data.store(DATA, SeqCst);
        shared.ready.set();
        if misuse == Some(PULSE) {
            shared.ready.clear();
            shared.over.set();
        }
        Ok(())
    })
}

fn monitor(shared: &Arc<SharedData>, misuse: Option<&'static str>) -> Monitor {
    let seen = Arc::clone(shared);
    Monitor {
        snapshot: Box::new(move |participants| snapshot(participants, &seen)),
        resources: Vec::new(),
        must_finish: misuse.is_none(),
    }
}

fn snapshot(participants: &Participants, shared: &SharedData) -> Snapshot {
    let view = shared.ready.peek();
    Snapshot::default()
        .figure("event", if view.set { "set" } else { "not set" })
        .figure("data", shared.data.peek())
        .figure("readers that found it", shared.found.peek())
        .waiting(participants.names(&view.line))
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let gate = Event::new("cost");
    gate.set();
    costs::alone_and_contended(EVENT.title, context.stop(), || {
        let _ = gate.wait();
    })
}
