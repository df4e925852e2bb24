//! The barrier: workers go through rounds together. Each writes its own slot, waits for
//! all, reads its neighbour's, and waits again before the next round.
//!
//! Misuses: one does not wait and reads too early; the barrier was made for one
//! thread more than there are.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::costs;
use super::super::participants::{Participant, Participants, ThreadSpec};
use super::super::thread_run::Monitor;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use crate::kit::barrier::Barrier;
use crate::kit::event_flag::Event;
use crate::kit::monitor::Refusal;
use crate::kit::traced_atomic::TracedAtomic;

const SKIP: &str = "skip";
const MISSING: &str = "missing";

pub const BARRIER: Tool = Tool {
    id: "barrier",
    title: "Barrier",
    world: World::Threads,
    sees: "In each round everyone writes a slot, waits for all, and reads the neighbour's.",
    misuses: &[
        Misuse { name: SKIP, about: "one does not wait for the others" },
        Misuse { name: MISSING, about: "made for one thread more than there are" },
    ],
    run,
    cost,
};

/// What the workers share.
struct SharedData {
    barrier: Barrier,
    slots: Vec<TracedAtomic>,
    /// Readings that found the neighbour in the same round.
    matching: TracedAtomic,
    /// For the forced order: the hasty one has read.
    hasty: Event,
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let misuse = misuse.map(|misuse| misuse.name);
    let workers = u32::try_from(context.workers).unwrap_or(u32::MAX);
    let parties = match misuse {
        Some(SKIP) => workers - 1,
        Some(MISSING) => workers + 1,
        _ => workers,
    };
    let shared = Arc::new(SharedData {
        barrier: Barrier::new("barrier", parties),
        slots: (0..workers).map(|at| TracedAtomic::new(("slot", at), 0)).collect(),
        matching: TracedAtomic::new("matching readings", 0),
        hasty: Event::new("worker-1 has read"),
    });
    let rounds = context.ops;
    let specs = (0..context.workers).map(|worker| {
        let shared = Arc::clone(&shared);
        ThreadSpec::new(format!("worker-{}", worker + 1), move |thread| {
            let skips = misuse == Some(SKIP) && worker == 0;
            if misuse == Some(SKIP) && worker == 1 {
                thread.wait("the hasty reader", || shared.hasty.wait())?;
            }
            (1..=rounds).try_for_each(|round| work(thread, &shared, worker, number(round), skips))
        })
    });
    let results = context.run_threads(specs.collect(), &monitor(&shared, misuse))?;
    let (expected, got) = (number(context.workers as u64 * rounds), shared.matching.peek());
    let mut outcome = results.standstill(expected, got);
    if misuse == Some(SKIP) && expected != got {
        let mismatches = expected - got;
        outcome.finding = Some(format!(
            "{mismatches} of {expected} readings found a neighbour in another round: worker-1 went on before the others had come"
        ));
    }
    Ok(outcome)
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn work(
    thread: &Participant,
    shared: &SharedData,
    worker: usize,
    round: i64,
    skips: bool,
) -> Result<(), Refusal> {
    let (own, neighbour) = (worker, (worker + 1) % shared.slots.len());
    shared.slots[own].store(round, SeqCst);
    if !skips {
        thread.take("the others", || shared.barrier.wait())?;
    }
    if shared.slots[neighbour].load(SeqCst) == round {
        shared.matching.fetch_add(1, SeqCst);
    }
    if skips {
        shared.hasty.set();
        return Ok(());
    }
    thread.wait("the others", || shared.barrier.wait()).map(drop)
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
    let view = shared.barrier.peek();
    let mut snapshot = Snapshot::default()
        .figure("here", format!("{} of {}", view.inside, view.parties))
        .figure("matching readings", shared.matching.peek())
        .waiting(participants.names(&view.line));
    let slots = shared.slots.iter().enumerate();
    snapshot.slots =
        slots.map(|(at, slot)| (slot.peek().to_string(), format!("worker-{}", at + 1))).collect();
    snapshot
}

/// Both threads must come as often as the other: so each sample is a fixed number of
/// rounds.
fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let alone = Barrier::new("cost", 1);
    let mut costs = vec![costs::alone(BARRIER.title, context.stop(), || {
        let _ = alone.wait();
    })?];
    let both = Barrier::new("cost", 2);
    costs.push(costs::together(BARRIER.title, context.stop(), || {
        let _ = both.wait();
    })?);
    Ok(costs)
}
