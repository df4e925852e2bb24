//! The re-entrant lock: each walker goes down nested folders and takes the lock again
//! at every level, because each level calls the next while it holds it.
//!
//! Misuses: a plain lock in its place, which its holder then waits for itself; one
//! release too few, after which it stays held for ever.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::costs;
use super::super::participants::{HeldResource, Participant, Participants, ThreadSpec};
use super::super::thread_run::Monitor;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use crate::kit::event::LaneId;
use crate::kit::event_flag::Event;
use crate::kit::lock::Lock;
use crate::kit::monitor::Refusal;
use crate::kit::rlock::RLock;
use crate::kit::traced_atomic::TracedAtomic;

const PLAIN_LOCK: &str = "plain-lock";
const FEW_RELEASES: &str = "few-releases";

/// Folders within each other.
const LEVELS: u32 = 3;

pub const RLOCK: Tool = Tool {
    id: "rlock",
    title: "RLock",
    world: World::Threads,
    sees: "Walkers go down nested folders; each level takes the same lock once more.",
    misuses: &[
        Misuse { name: PLAIN_LOCK, about: "a plain lock, taken again by its holder" },
        Misuse { name: FEW_RELEASES, about: "released once less than taken" },
    ],
    run,
    cost,
};

/// What the walkers share.
struct Tree {
    lock: RLock,
    /// In the place of the re-entrant one.
    plain: Lock,
    visits: TracedAtomic,
    /// The first walker has been through.
    first: Event,
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let misuse = misuse.map(|misuse| misuse.name);
    let tree = Arc::new(Tree {
        lock: RLock::new("tree lock"),
        plain: Lock::new("plain lock"),
        visits: TracedAtomic::new("visits", 0),
        first: Event::new("the first walk"),
    });
    let ops = context.ops;
    let specs = (0..context.workers).map(|worker| {
        let tree = Arc::clone(&tree);
        ThreadSpec::new(format!("walker-{}", worker + 1), move |thread| {
            if misuse == Some(FEW_RELEASES) && worker > 0 {
                thread.wait("the first walk", || tree.first.wait())?;
            }
            for _ in 0..ops {
                match misuse {
                    Some(PLAIN_LOCK) => walk_plain(thread, &tree, LEVELS)?,
                    _ => walk(thread, &tree, LEVELS)?,
                }
            }
            if misuse == Some(FEW_RELEASES) && worker == 0 {
                thread.take("tree lock", || tree.lock.acquire())?;
                tree.first.set();
            }
            Ok(())
        })
    });
    let results = context.run_threads(specs.collect(), &monitor(&tree, misuse))?;
    let expected = context.workers as u64 * ops * u64::from(LEVELS);
    let got = tree.visits.peek();
    let mut outcome = results.standstill(i64::try_from(expected).unwrap_or(i64::MAX), got);
    if misuse == Some(FEW_RELEASES) {
        let depth = tree.lock.peek().depth;
        outcome.finding = outcome.finding.map(|why| {
            format!("walker-1 has ended and still holds the lock (depth {depth}); {why}")
        });
    }
    Ok(outcome)
}

fn walk(thread: &Participant, tree: &Tree, levels: u32) -> Result<(), Refusal> {
    let _held = thread.take("tree lock", || tree.lock.lock())?;
    thread.hold(|| {
        visit(&tree.visits);
        match levels {
            1 => Ok(()),
            _ => walk(thread, tree, levels - 1),
        }
    })
}

fn walk_plain(thread: &Participant, tree: &Tree, levels: u32) -> Result<(), Refusal> {
    let _held = thread.take("plain lock", || tree.plain.lock())?;
    visit(&tree.visits);
    match levels {
        1 => Ok(()),
        _ => walk_plain(thread, tree, levels - 1),
    }
}

fn visit(visits: &TracedAtomic) {
    let seen = visits.load(SeqCst);
    visits.store(seen + 1, SeqCst);
}

fn monitor(tree: &Arc<Tree>, misuse: Option<&'static str>) -> Monitor {
    let plain = misuse == Some(PLAIN_LOCK);
    let seen = Arc::clone(tree);
    let held = |name, holder: fn(&Tree) -> Option<LaneId>| {
        let tree = Arc::clone(tree);
        HeldResource { name, holder: Box::new(move || holder(&tree)) }
    };
    Monitor {
        snapshot: Box::new(move |participants| snapshot(participants, &seen, plain)),
        resources: vec![
            held("tree lock", |tree| tree.lock.peek().holder),
            held("plain lock", |tree| tree.plain.holder()),
        ],
        must_finish: misuse.is_none(),
    }
}

fn snapshot(participants: &Participants, tree: &Tree, plain: bool) -> Snapshot {
    let visits = tree.visits.peek();
    if plain {
        return Snapshot::default()
            .figure("plain lock, holder", participants.name(tree.plain.holder()))
            .figure("visits", visits)
            .waiting(participants.waiting_for("plain lock"));
    }
    let view = tree.lock.peek();
    Snapshot::default()
        .figure("holder", participants.name(view.holder))
        .figure("depth", view.depth)
        .figure("visits", visits)
        .waiting(participants.names(&view.line))
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let lock = RLock::new("cost");
    costs::alone_and_contended(RLOCK.title, context.stop(), || drop(lock.lock()))
}
