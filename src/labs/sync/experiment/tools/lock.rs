//! The lock: threads add to one counter, each addition a load and a store.
//!
//! Misuses: one thread leaves the lock out; two locks guard the same counter; two
//! locks are taken in opposite orders. The first two force one lost addition: any thread that
//! is unguarded has read before another writes, and writes after.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::costs;
use super::super::participants::{HeldResource, Participant, Participants, ThreadSpec};
use super::super::thread_run::Monitor;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use crate::kit::barrier::Barrier;
use crate::kit::event_flag::Event;
use crate::kit::lock::Lock;
use crate::kit::monitor::Refusal;
use crate::kit::traced_atomic::TracedAtomic;

const SKIP: &str = "skip";
const TWO_LOCKS: &str = "two-locks";
const ORDER: &str = "order";

pub const LOCK: Tool = Tool {
    id: "lock",
    title: "Lock",
    world: World::Threads,
    sees: "Each adder takes the lock, loads the counter, stores one more, and releases.",
    misuses: &[
        Misuse { name: SKIP, about: "one thread skips the lock" },
        Misuse { name: TWO_LOCKS, about: "two different locks" },
        Misuse { name: ORDER, about: "lock-order inversion" },
    ],
    run,
    cost,
};

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    match misuse.map(|misuse| misuse.name) {
        Some(ORDER) => opposite_orders(context),
        misuse => count(context, misuse),
    }
}

/// What the adders share.
struct SharedData {
    counter: TracedAtomic,
    locks: [Lock; 2],
    /// The forced interleaving: the one has read, another has written.
    read: Event,
    written: Event,
}

fn count(context: &RunContext<'_>, misuse: Option<&'static str>) -> io::Result<Outcome> {
    let shared = Arc::new(SharedData {
        counter: TracedAtomic::new("counter", 0),
        locks: [Lock::new("lock"), Lock::new("second lock")],
        read: Event::new("one has read"),
        written: Event::new("another has written"),
    });
    let ops = context.ops;
    let specs = (0..context.workers).map(|worker| {
        let shared = Arc::clone(&shared);
        let guard = match misuse {
            Some(SKIP) if worker == 0 => None,
            Some(TWO_LOCKS) => Some(worker % 2),
            _ => Some(0),
        };
        ThreadSpec::new(format!("adder-{}", worker + 1), move |thread| {
            let forced = misuse.is_some();
            (0..ops).try_for_each(|op| {
                let force = (forced && op == 0).then_some(worker);
                add(thread, &shared, guard, force)
            })
        })
    });
    let results = context.run_threads(specs.collect(), &monitor(&shared, misuse.is_none()))?;
    let expected = context.workers as u64 * ops;
    let got = shared.counter.peek();
    let lost = i64::try_from(expected).unwrap_or(i64::MAX) - got;
    let mut outcome = results.outcome(expected, &expected, &got);
    outcome.finding = misuse.filter(|_| lost != 0).map(|misuse| {
        let why = match misuse {
            SKIP => "adder-1 wrote what it had read without the lock",
            _ => "a thread with one lock overwrote a thread with the other",
        };
        format!("{lost} of {expected} additions were lost: {why}")
    });
    Ok(outcome)
}

/// One addition. `force` makes worker 0 read before worker 1 writes, and write after.
fn add(
    thread: &Participant,
    shared: &SharedData,
    guard: Option<usize>,
    force: Option<usize>,
) -> Result<(), Refusal> {
    if force == Some(1) {
        thread.wait("adder-1's read", || shared.read.wait())?;
    }
    let held = match guard.and_then(|guard| shared.locks.get(guard)) {
        Some(lock) => Some(thread.take(name(guard), || lock.lock())?),
        None => None,
    };
    thread.hold(|| {
        let value = shared.counter.load(SeqCst);
        if force == Some(0) {
            shared.read.set();
            thread.wait("adder-2's write", || shared.written.wait())?;
        }
        shared.counter.store(value + 1, SeqCst);
        Ok::<_, Refusal>(())
    })?;
    drop(held);
    if force == Some(1) {
        shared.written.set();
    }
    Ok(())
}

fn name(guard: Option<usize>) -> &'static str {
    match guard {
        Some(1) => "second lock",
        _ => "lock",
    }
}

fn monitor(shared: &Arc<SharedData>, must_finish: bool) -> Monitor {
    let held = |at: usize| {
        let shared = Arc::clone(shared);
        HeldResource {
            name: name(Some(at)),
            holder: Box::new(move || shared.locks.get(at)?.holder()),
        }
    };
    let seen = Arc::clone(shared);
    Monitor {
        snapshot: Box::new(move |participants| {
            snapshot(participants, &seen.locks, &[("counter", &seen.counter)])
        }),
        resources: vec![held(0), held(1)],
        must_finish,
    }
}

/// Holder and line of each lock that is in use, and the values behind them.
fn snapshot(
    participants: &Participants,
    locks: &[Lock; 2],
    values: &[(&str, &TracedAtomic)],
) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let mut line = Vec::new();
    for (at, lock) in locks.iter().enumerate() {
        let name = lock.name().to_string();
        let waiting = participants.waiting_for(&name);
        let holder = lock.holder();
        if at == 0 || holder.is_some() || !waiting.is_empty() {
            snapshot = snapshot.figure(&format!("{name}, holder"), participants.name(holder));
        }
        line.extend(waiting);
    }
    for (name, value) in values {
        snapshot = snapshot.figure(name, value.peek());
    }
    snapshot.waiting(line)
}

/// Two threads, two locks, opposite orders; each has one before it wants the other.
fn opposite_orders(context: &RunContext<'_>) -> io::Result<Outcome> {
    let locks = Arc::new([Lock::new("L1"), Lock::new("L2")]);
    let moved = Arc::new(TracedAtomic::new("moved", 0));
    let meet = Arc::new(Barrier::new("each has one", 2));
    let specs = [("A", 0), ("B", 1)].map(|(name, first)| {
        let (locks, moved, meet) = (Arc::clone(&locks), Arc::clone(&moved), Arc::clone(&meet));
        ThreadSpec::new(name, move |thread| {
            let (one, other) = (&locks[first], &locks[1 - first]);
            let names = if first == 0 { ["L1", "L2"] } else { ["L2", "L1"] };
            let _one = thread.take(names[0], || one.lock())?;
            thread.wait("the other's first lock", || meet.wait())?;
            let _other = thread.take(names[1], || other.lock())?;
            moved.fetch_add(1, SeqCst);
            Ok(())
        })
    });
    let held = [("L1", 0), ("L2", 1)].map(|(name, at)| {
        let locks = Arc::clone(&locks);
        HeldResource { name, holder: Box::new(move || locks.get(at)?.holder()) }
    });
    let (seen, value) = (Arc::clone(&locks), Arc::clone(&moved));
    let monitor = Monitor {
        snapshot: Box::new(move |participants| snapshot(participants, &seen, &[("moved", &value)])),
        resources: held.into(),
        must_finish: false,
    };
    let results = context.run_threads(specs.into(), &monitor)?;
    Ok(results.standstill(2, moved.peek()))
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let lock = Lock::new("lock");
    let mut costs = costs::alone_and_contended("Lock", context.stop(), || drop(lock.lock()))?;
    costs.extend(costs::baselines(context.stop())?);
    Ok(costs)
}
