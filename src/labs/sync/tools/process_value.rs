//! The number in shared memory: each process adds to it under its lock.
//!
//! Wrong use: `value += 1` without the lock is a load and a store with a window between.
//! Two processes are made to stand in it at once, and one addition is lost for certain;
//! after that each yields in the window.

use std::io;

use super::super::actor::Actor;
use super::super::jobs::Parts;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use super::super::troupe::Troupe;
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Barrier, Layout, Value};

const UNLOCKED: &str = "unlocked";

pub(super) const VALUE: Tool = Tool {
    id: "process-value",
    title: "Process value",
    world: World::Processes,
    sees: "Each process adds one to a number in shared memory, under the number's lock.",
    wrong: &[Wrong {
        name: UNLOCKED,
        about: "value += 1 without the lock",
    }],
    play,
    cost,
};

pub(super) const PARTS: Parts = Parts {
    tool: VALUE.id,
    kind: ResourceKind::Lock,
    act,
    time,
};

/// What the processes share.
struct Desk {
    value: Value,
    /// Two have loaded, none has stored.
    window: Barrier,
}

impl Desk {
    const CELLS: usize = Value::CELLS + Barrier::CELLS;

    fn create(layout: &mut Layout) -> Self {
        Self {
            value: Value::new(layout),
            window: Barrier::create(layout, 2),
        }
    }

    fn attach(layout: &mut Layout) -> Self {
        Self {
            value: Value::new(layout),
            window: Barrier::attach(layout),
        }
    }
}

fn act(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::attach(&mut actor.layout());
    for op in 0..actor.script.ops {
        if actor.plays(UNLOCKED) {
            desk.value.add_unlocked(1, || {
                if op == 0 && actor.script.part < 2 {
                    let _ = desk.window.wait(&Limit::default(), || ());
                }
                actor.pause_or_yield();
            });
        } else {
            actor.lock(desk.value.lock())?;
            desk.value.add_unlocked(1, || actor.pause());
            actor.give_back(|| desk.value.lock().release())?;
        }
    }
    Ok(())
}

fn time(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::attach(&mut actor.layout());
    actor.time(|| desk.value.add(1, &Limit::default()).map(|_| ()))
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let mut troupe = stage.troupe(&VALUE, wrong, Desk::CELLS)?;
    let desk = Desk::create(&mut troupe.layout());
    troupe.start_all("adder", stage.workers)?;
    let acted = troupe.run(|troupe| inside(troupe, &desk))?;
    acted.all()?;
    let expected = stage.workers as u64 * stage.ops;
    let got = desk.value.get();
    let lost = i64::try_from(expected).unwrap_or(i64::MAX) - got;
    let mut outcome = acted.outcome(expected, expected, got);
    outcome.finding = wrong.filter(|_| lost != 0).map(|_| {
        format!(
            "{lost} of {expected} additions were lost: a load and a store, \
             and others stored in between"
        )
    });
    Ok(outcome)
}

fn inside(troupe: &Troupe<'_>, desk: &Desk) -> Inside {
    Inside::default()
        .figure("value", desk.value.get())
        .figure("lock, holder", troupe.name(desk.value.lock().holder()))
        .waiting(troupe.line())
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    stage.costs_apart(&VALUE, Desk::CELLS, |layout| drop(Desk::create(layout)))
}
