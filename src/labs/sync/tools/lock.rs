//! The lock: threads add to one counter, each addition a load and a store.
//!
//! Wrong uses: one thread leaves the lock out; two locks guard the same counter; two
//! locks are taken in opposite orders. The first two force one lost addition: whoever
//! is unguarded has read before another writes, and writes after.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::cast::{Cast, Held, Part, Role};
use super::super::costs;
use super::super::performance::Watch;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use crate::kit::barrier::Barrier;
use crate::kit::event_flag::Event;
use crate::kit::lock::Lock;
use crate::kit::monitor::Refusal;
use crate::kit::traced_atomic::TracedAtomic;

const SKIP: &str = "skip";
const TWO_LOCKS: &str = "two-locks";
const ORDER: &str = "order";

pub(super) const LOCK: Tool = Tool {
    id: "lock",
    title: "Lock",
    world: World::Threads,
    sees: "Each adder takes the lock, loads the counter, stores one more, and releases.",
    wrong: &[
        Wrong {
            name: SKIP,
            about: "one thread skips the lock",
        },
        Wrong {
            name: TWO_LOCKS,
            about: "two locks guard one counter",
        },
        Wrong {
            name: ORDER,
            about: "two locks are taken in opposite orders",
        },
    ],
    play,
    cost,
};

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    match wrong.map(|wrong| wrong.name) {
        Some(ORDER) => opposite_orders(stage),
        wrong => count(stage, wrong),
    }
}

/// What the adders share.
struct Desk {
    counter: TracedAtomic,
    locks: [Lock; 2],
    /// The forced interleaving: the one has read, another has written.
    read: Event,
    written: Event,
}

fn count(stage: &Stage<'_>, wrong: Option<&'static str>) -> io::Result<Outcome> {
    let desk = Arc::new(Desk {
        counter: TracedAtomic::new("counter", 0),
        locks: [Lock::new("lock"), Lock::new("second lock")],
        read: Event::new("one has read"),
        written: Event::new("another has written"),
    });
    let ops = stage.ops;
    let roles = (0..stage.workers).map(|worker| {
        let desk = Arc::clone(&desk);
        let guard = match wrong {
            Some(SKIP) if worker == 0 => None,
            Some(TWO_LOCKS) => Some(worker % 2),
            _ => Some(0),
        };
        Role::new(format!("adder-{}", worker + 1), move |part| {
            let forced = wrong.is_some();
            (0..ops).try_for_each(|op| {
                let force = (forced && op == 0).then_some(worker);
                add(part, &desk, guard, force)
            })
        })
    });
    let played = stage.perform(roles.collect(), &watch(&desk, wrong.is_none()))?;
    let expected = stage.workers as u64 * ops;
    let got = desk.counter.peek();
    let lost = i64::try_from(expected).unwrap_or(i64::MAX) - got;
    let mut outcome = played.outcome(expected, &expected, &got);
    outcome.finding = wrong.filter(|_| lost != 0).map(|wrong| {
        let why = match wrong {
            SKIP => "adder-1 wrote what it had read without the lock",
            _ => "whoever held the one lock wrote over whoever held the other",
        };
        format!("{lost} of {expected} additions were lost: {why}")
    });
    Ok(outcome)
}

/// One addition. `force` makes worker 0 read before worker 1 writes, and write after.
fn add(
    part: &Part,
    desk: &Desk,
    guard: Option<usize>,
    force: Option<usize>,
) -> Result<(), Refusal> {
    if force == Some(1) {
        part.wait("adder-1's read", || desk.read.wait())?;
    }
    let held = match guard.and_then(|guard| desk.locks.get(guard)) {
        Some(lock) => Some(part.take(name(guard), || lock.lock())?),
        None => None,
    };
    part.hold(|| {
        let value = desk.counter.load(SeqCst);
        if force == Some(0) {
            desk.read.set();
            part.wait("adder-2's write", || desk.written.wait())?;
        }
        desk.counter.store(value + 1, SeqCst);
        Ok::<_, Refusal>(())
    })?;
    drop(held);
    if force == Some(1) {
        desk.written.set();
    }
    Ok(())
}

fn name(guard: Option<usize>) -> &'static str {
    match guard {
        Some(1) => "second lock",
        _ => "lock",
    }
}

fn watch(desk: &Arc<Desk>, right: bool) -> Watch {
    let held = |at: usize| {
        let desk = Arc::clone(desk);
        Held {
            name: name(Some(at)),
            holder: Box::new(move || desk.locks.get(at)?.holder()),
        }
    };
    let seen = Arc::clone(desk);
    Watch {
        look: Box::new(move |cast| inside(cast, &seen.locks, &[("counter", &seen.counter)])),
        held: vec![held(0), held(1)],
        right,
    }
}

/// Holder and line of each lock that is in use, and the values behind them.
fn inside(cast: &Cast, locks: &[Lock; 2], values: &[(&str, &TracedAtomic)]) -> Inside {
    let mut inside = Inside::default();
    let mut line = Vec::new();
    for (at, lock) in locks.iter().enumerate() {
        let name = lock.name().to_string();
        let waiting = cast.waiting_for(&name);
        let holder = lock.holder();
        if at == 0 || holder.is_some() || !waiting.is_empty() {
            inside = inside.figure(&format!("{name}, holder"), cast.name(holder));
        }
        line.extend(waiting);
    }
    for (name, value) in values {
        inside = inside.figure(name, value.peek());
    }
    inside.waiting(line)
}

/// Two threads, two locks, opposite orders; each has one before it wants the other.
fn opposite_orders(stage: &Stage<'_>) -> io::Result<Outcome> {
    let locks = Arc::new([Lock::new("L1"), Lock::new("L2")]);
    let moved = Arc::new(TracedAtomic::new("moved", 0));
    let meet = Arc::new(Barrier::new("each has one", 2));
    let roles = [("A", 0), ("B", 1)].map(|(name, first)| {
        let (locks, moved, meet) = (Arc::clone(&locks), Arc::clone(&moved), Arc::clone(&meet));
        Role::new(name, move |part| {
            let (one, other) = (&locks[first], &locks[1 - first]);
            let names = if first == 0 {
                ["L1", "L2"]
            } else {
                ["L2", "L1"]
            };
            let _one = part.take(names[0], || one.lock())?;
            part.wait("the other's first lock", || meet.wait())?;
            let _other = part.take(names[1], || other.lock())?;
            moved.fetch_add(1, SeqCst);
            Ok(())
        })
    });
    let held = [("L1", 0), ("L2", 1)].map(|(name, at)| {
        let locks = Arc::clone(&locks);
        Held {
            name,
            holder: Box::new(move || locks.get(at)?.holder()),
        }
    });
    let (seen, value) = (Arc::clone(&locks), Arc::clone(&moved));
    let watch = Watch {
        look: Box::new(move |cast| inside(cast, &seen, &[("moved", &value)])),
        held: held.into(),
        right: false,
    };
    let played = stage.perform(roles.into(), &watch)?;
    Ok(played.standstill(2, moved.peek()))
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let lock = Lock::new("lock");
    let mut costs = costs::alone_and_contended("Lock", stage.stop(), || drop(lock.lock()))?;
    costs.extend(costs::peers(stage.stop())?);
    Ok(costs)
}
