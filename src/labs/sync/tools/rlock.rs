//! The re-entrant lock: each walker goes down nested folders and takes the lock again
//! at every level, because each level calls the next while it holds it.
//!
//! Wrong uses: a plain lock in its place, which its holder waits for himself; one
//! release too few, after which it stays held for ever.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::cast::{Cast, Held, Part, Role};
use super::super::costs;
use super::super::performance::Watch;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
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

pub(super) const RLOCK: Tool = Tool {
    id: "rlock",
    title: "RLock",
    world: World::Threads,
    sees: "Walkers go down nested folders; each level takes the same lock once more.",
    wrong: &[
        Wrong {
            name: PLAIN_LOCK,
            about: "a plain lock, taken again by its holder",
        },
        Wrong {
            name: FEW_RELEASES,
            about: "released once less than taken",
        },
    ],
    play,
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

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let wrong = wrong.map(|wrong| wrong.name);
    let tree = Arc::new(Tree {
        lock: RLock::new("tree lock"),
        plain: Lock::new("plain lock"),
        visits: TracedAtomic::new("visits", 0),
        first: Event::new("the first walk"),
    });
    let ops = stage.ops;
    let roles = (0..stage.workers).map(|worker| {
        let tree = Arc::clone(&tree);
        Role::new(format!("walker-{}", worker + 1), move |part| {
            if wrong == Some(FEW_RELEASES) && worker > 0 {
                part.wait("the first walk", || tree.first.wait())?;
            }
            for _ in 0..ops {
                match wrong {
                    Some(PLAIN_LOCK) => walk_plain(part, &tree, LEVELS)?,
                    _ => walk(part, &tree, LEVELS)?,
                }
            }
            if wrong == Some(FEW_RELEASES) && worker == 0 {
                part.take("tree lock", || tree.lock.acquire())?;
                tree.first.set();
            }
            Ok(())
        })
    });
    let played = stage.perform(roles.collect(), &watch(&tree, wrong))?;
    let expected = stage.workers as u64 * ops * u64::from(LEVELS);
    let got = tree.visits.peek();
    let mut outcome = played.standstill(i64::try_from(expected).unwrap_or(i64::MAX), got);
    if wrong == Some(FEW_RELEASES) {
        let depth = tree.lock.peek().depth;
        outcome.finding = outcome.finding.map(|why| {
            format!("walker-1 has ended and still holds the lock (depth {depth}); {why}")
        });
    }
    Ok(outcome)
}

fn walk(part: &Part, tree: &Tree, levels: u32) -> Result<(), Refusal> {
    let _held = part.take("tree lock", || tree.lock.lock())?;
    part.hold(|| {
        visit(&tree.visits);
        match levels {
            1 => Ok(()),
            _ => walk(part, tree, levels - 1),
        }
    })
}

fn walk_plain(part: &Part, tree: &Tree, levels: u32) -> Result<(), Refusal> {
    let _held = part.take("plain lock", || tree.plain.lock())?;
    visit(&tree.visits);
    match levels {
        1 => Ok(()),
        _ => walk_plain(part, tree, levels - 1),
    }
}

fn visit(visits: &TracedAtomic) {
    let seen = visits.load(SeqCst);
    visits.store(seen + 1, SeqCst);
}

fn watch(tree: &Arc<Tree>, wrong: Option<&'static str>) -> Watch {
    let plain = wrong == Some(PLAIN_LOCK);
    let seen = Arc::clone(tree);
    let held = |name, holder: fn(&Tree) -> Option<LaneId>| {
        let tree = Arc::clone(tree);
        Held {
            name,
            holder: Box::new(move || holder(&tree)),
        }
    };
    Watch {
        look: Box::new(move |cast| inside(cast, &seen, plain)),
        held: vec![
            held("tree lock", |tree| tree.lock.peek().holder),
            held("plain lock", |tree| tree.plain.holder()),
        ],
        right: wrong.is_none(),
    }
}

fn inside(cast: &Cast, tree: &Tree, plain: bool) -> Inside {
    let visits = tree.visits.peek();
    if plain {
        return Inside::default()
            .figure("plain lock, holder", cast.name(tree.plain.holder()))
            .figure("visits", visits)
            .waiting(cast.waiting_for("plain lock"));
    }
    let view = tree.lock.peek();
    Inside::default()
        .figure("holder", cast.name(view.holder))
        .figure("depth", view.depth)
        .figure("visits", visits)
        .waiting(cast.names(&view.line))
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let lock = RLock::new("cost");
    costs::alone_and_contended(RLOCK.title, stage.stop(), || drop(lock.lock()))
}
