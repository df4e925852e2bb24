//! The re-entrant lock: each walker goes down nested folders and takes the lock again at every
//! level, because each level calls the next while it holds it.
//!
//! ```text
//! walk(3)  lock: depth 1 ── visit ── walk(2)  lock: depth 2 ── visit ── walk(1) ...
//!          unlock: depth 0 ◀──────── unlock: depth 1 ◀──────── unlock: depth 2
//! ```
//!
//! The lock is free only after the outermost release. Another walker waits until then.
//!
//! Misuses: a plain lock in its place, which its holder then waits for itself; one release too few,
//! after which it stays held for ever.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::correct_use::{self, CorrectUse};
use super::super::costs;
use super::super::tool::{Cost, Figure, Misuse, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::explore::Plan;
use crate::kit::rlock::RLock;
use crate::kit::traced_atomic::TracedAtomic;
use crate::programs::all::{few_releases, reenter};
use crate::programs::flow::StepResult;
use crate::programs::listing::Source;

const PLAIN_LOCK: &str = "plain-lock";
const FEW_RELEASES: &str = "few-releases";

/// Folders within each other, so that each walker takes the lock this many times over.
const LEVELS: u32 = 3;

pub const RLOCK: Tool = Tool {
    id: "rlock",
    title: "RLock",
    python: "threading.RLock",
    purpose: "re-entrant lock",
    kind: ToolKind::Threads(walkers),
    sees: "Walkers go down nested folders; each level takes the same lock once more.",
    code: Source {
        rust: include_str!("rlock.rs"),
        python: include_str!("../../../../../assets/code/rlock.py"),
    },
    misuses: &[
        Misuse::new(
            PLAIN_LOCK,
            "a plain lock, taken again by its holder",
            "The holder of a plain lock takes it once more: it waits for itself.",
        )
        .replays(&reenter::PROGRAM),
        Misuse::new(
            FEW_RELEASES,
            "released once less than taken",
            "One takes the lock twice, releases it once, and ends: no other gets it.",
        )
        .replays(&few_releases::PROGRAM),
    ],
    cost,
};

/// What the walkers share: one lock for the whole tree, at every level the same.
struct Tree {
    lock: RLock,
    visits: TracedAtomic,
}

fn walkers(workers: u32, ops: u64) -> CorrectUse {
    let tree =
        Arc::new(Tree { lock: RLock::new("tree lock"), visits: TracedAtomic::new("visits", 0) });
    let plan = correct_use::workers(Plan::new(), "walker", workers, &tree, move |tree, _| {
        (0..ops).try_for_each(|_| walk(tree, LEVELS))
    });
    let all = u64::from(workers) * ops * u64::from(LEVELS);
    let got = |tree: &Tree| tree.visits.peek().to_string();
    CorrectUse::new(plan, all, &all, tree, got, |participants, tree| {
        let view = tree.lock.peek();
        Snapshot::default()
            .figure("lock", Figure::Holder(participants.name(view.holder)))
            .value("depth", view.depth)
            .value("visits", tree.visits.peek())
            .waiting(participants.names(&view.waiters))
    })
}

// [code]
fn walk(tree: &Tree, levels: u32) -> StepResult {
    let guard = tree.lock.lock()?; //= 4
    let seen = tree.visits.load(SeqCst); //= 5
    tree.visits.store(seen + 1, SeqCst); //= 5
    if levels > 1 {
        walk(tree, levels - 1)?;
    }
    guard.unlock(); //= 8
    Ok(())
}
// [end]

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let lock = RLock::new("cost");
    costs::alone_and_contended(RLOCK.title, context.stop(), || drop(lock.lock()))
}
