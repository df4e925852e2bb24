//! The barrier: workers go through rounds together. Each writes its own slot, waits for
//! all, reads its neighbour's, and waits again before the next round.
//!
//! Wrong uses: one does not wait and reads too early; the barrier was made for one
//! thread more than there are.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::cast::{Cast, Part, Role};
use super::super::costs;
use super::super::performance::Watch;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use crate::kit::barrier::Barrier;
use crate::kit::event_flag::Event;
use crate::kit::monitor::Refusal;
use crate::kit::traced_atomic::TracedAtomic;

const SKIP: &str = "skip";
const MISSING: &str = "missing";

pub(super) const BARRIER: Tool = Tool {
    id: "barrier",
    title: "Barrier",
    world: World::Threads,
    sees: "In each round everyone writes a slot, waits for all, and reads the neighbour's.",
    wrong: &[
        Wrong {
            name: SKIP,
            about: "one does not wait for the others",
        },
        Wrong {
            name: MISSING,
            about: "made for one thread more than there are",
        },
    ],
    play,
    cost,
};

/// What the workers share.
struct Floor {
    barrier: Barrier,
    slots: Vec<TracedAtomic>,
    /// Readings that found the neighbour in the same round.
    right: TracedAtomic,
    /// For the forced order: the hasty one has read.
    hasty: Event,
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let wrong = wrong.map(|wrong| wrong.name);
    let workers = u32::try_from(stage.workers).unwrap_or(u32::MAX);
    let parties = match wrong {
        Some(SKIP) => workers - 1,
        Some(MISSING) => workers + 1,
        _ => workers,
    };
    let floor = Arc::new(Floor {
        barrier: Barrier::new("barrier", parties),
        slots: (0..workers)
            .map(|at| TracedAtomic::new(("slot", at), 0))
            .collect(),
        right: TracedAtomic::new("right readings", 0),
        hasty: Event::new("worker-1 has read"),
    });
    let rounds = stage.ops;
    let roles = (0..stage.workers).map(|worker| {
        let floor = Arc::clone(&floor);
        Role::new(format!("worker-{}", worker + 1), move |part| {
            let skips = wrong == Some(SKIP) && worker == 0;
            if wrong == Some(SKIP) && worker == 1 {
                part.wait("the hasty reader", || floor.hasty.wait())?;
            }
            (1..=rounds).try_for_each(|round| work(part, &floor, worker, number(round), skips))
        })
    });
    let played = stage.perform(roles.collect(), &watch(&floor, wrong))?;
    let (expected, got) = (number(stage.workers as u64 * rounds), floor.right.peek());
    let mut outcome = played.standstill(expected, got);
    if wrong == Some(SKIP) && expected != got {
        let wrong = expected - got;
        outcome.finding = Some(format!(
            "{wrong} of {expected} readings found a neighbour in another round: worker-1 went on before the others had come"
        ));
    }
    Ok(outcome)
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn work(part: &Part, floor: &Floor, worker: usize, round: i64, skips: bool) -> Result<(), Refusal> {
    let (own, neighbour) = (worker, (worker + 1) % floor.slots.len());
    floor.slots[own].store(round, SeqCst);
    if !skips {
        part.take("the others", || floor.barrier.wait())?;
    }
    if floor.slots[neighbour].load(SeqCst) == round {
        floor.right.fetch_add(1, SeqCst);
    }
    if skips {
        floor.hasty.set();
        return Ok(());
    }
    part.wait("the others", || floor.barrier.wait()).map(drop)
}

fn watch(floor: &Arc<Floor>, wrong: Option<&'static str>) -> Watch {
    let seen = Arc::clone(floor);
    Watch {
        look: Box::new(move |cast| inside(cast, &seen)),
        held: Vec::new(),
        right: wrong.is_none(),
    }
}

fn inside(cast: &Cast, floor: &Floor) -> Inside {
    let view = floor.barrier.peek();
    let mut inside = Inside::default()
        .figure("here", format!("{} of {}", view.inside, view.parties))
        .figure("right readings", floor.right.peek())
        .waiting(cast.names(&view.line));
    let slots = floor.slots.iter().enumerate();
    inside.slots = slots
        .map(|(at, slot)| (slot.peek().to_string(), format!("worker-{}", at + 1)))
        .collect();
    inside
}

/// Both threads must come as often as the other: so each sample is a fixed number of
/// rounds.
fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let alone = Barrier::new("cost", 1);
    let mut costs = vec![costs::alone(BARRIER.title, stage.stop(), || {
        let _ = alone.wait();
    })?];
    let both = Barrier::new("cost", 2);
    costs.push(costs::together(BARRIER.title, stage.stop(), || {
        let _ = both.wait();
    })?);
    Ok(costs)
}
