//! The array in shared memory: processes move units from slot to slot under its lock; the
//! sum never changes.
//!
//! Wrong use: moving without the lock. Two processes are made to load the same slot
//! before either stores, so one unit appears from nowhere.

use std::io;

use super::super::actor::Actor;
use super::super::jobs::Parts;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use super::super::troupe::Troupe;
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Array, Barrier, Layout};

const UNLOCKED: &str = "unlocked";

/// Slots, and what each holds at first.
const SLOTS: usize = 6;
const UNITS: i64 = 100;

pub(super) const ARRAY: Tool = Tool {
    id: "process-array",
    title: "Process array",
    world: World::Processes,
    sees: "Each process moves one unit from a slot to the next, under the array's lock.",
    wrong: &[Wrong {
        name: UNLOCKED,
        about: "moves without the lock",
    }],
    play,
    cost,
};

pub(super) const PARTS: Parts = Parts {
    tool: ARRAY.id,
    kind: ResourceKind::Lock,
    act,
    time,
};

/// What the processes share.
struct Desk {
    array: Array,
    /// Two have loaded, none has stored.
    window: Barrier,
}

impl Desk {
    const CELLS: usize = Array::cells(SLOTS) + Barrier::CELLS;

    fn create(layout: &mut Layout) -> Self {
        let array = Array::create(layout, SLOTS);
        (0..SLOTS).for_each(|at| array.set(at, UNITS));
        Self {
            array,
            window: Barrier::create(layout, 2),
        }
    }

    fn attach(layout: &mut Layout) -> Self {
        Self {
            array: Array::attach(layout, SLOTS),
            window: Barrier::attach(layout),
        }
    }

    /// Moves a unit from slot `at` to the next: two loads and two stores.
    fn shift(&self, at: usize, between: impl FnOnce()) {
        let next = (at + 1) % SLOTS;
        let (from, to) = (self.array.get(at), self.array.get(next));
        between();
        self.array.set(at, from - 1);
        self.array.set(next, to + 1);
    }
}

fn act(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::attach(&mut actor.layout());
    let part = actor.script.part;
    for op in 0..actor.script.ops {
        let at = (part + usize::try_from(op).unwrap_or(0)) % SLOTS;
        if !actor.plays(UNLOCKED) {
            actor.lock(desk.array.lock())?;
            desk.shift(at, || actor.pause());
            actor.give_back(|| desk.array.lock().release())?;
        } else if op == 0 && part < 2 {
            // The first moves 0 to 1, the second 1 to 2: both have loaded slot 1.
            desk.shift(part, || {
                let _ = desk.window.wait(&Limit::default(), || ());
                actor.pause();
            });
        }
    }
    Ok(())
}

fn time(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::attach(&mut actor.layout());
    actor.time(|| {
        let lock = desk.array.lock();
        lock.with(&Limit::default(), || desk.shift(0, || ()))
    })
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let mut troupe = stage.troupe(&ARRAY, wrong, Desk::CELLS)?;
    let desk = Desk::create(&mut troupe.layout());
    troupe.start_all("mover", stage.workers)?;
    let acted = troupe.run(|troupe| inside(troupe, &desk))?;
    acted.all()?;
    let expected: i64 = (0..SLOTS).map(|_| UNITS).sum();
    let got: i64 = desk.array.to_vec().iter().sum();
    let moves = if wrong.is_some() {
        2
    } else {
        stage.workers as u64 * stage.ops
    };
    let mut outcome = acted.outcome(moves, told(expected), told(got));
    outcome.finding = wrong.filter(|_| got != expected).map(|_| {
        let off = got - expected;
        format!("{off:+} of {expected} units: two processes loaded slot 1, and each stored over the other")
    });
    Ok(outcome)
}

fn told(units: i64) -> String {
    format!("{units} units in all")
}

fn inside(troupe: &Troupe<'_>, desk: &Desk) -> Inside {
    let slots = desk.array.to_vec();
    let slots = slots.iter().enumerate();
    let mut inside = Inside::default()
        .figure("lock, holder", troupe.name(desk.array.lock().holder()))
        .figure("sum", desk.array.to_vec().iter().sum::<i64>())
        .waiting(troupe.line());
    inside.slots = slots
        .map(|(at, units)| (units.to_string(), at.to_string()))
        .collect();
    inside
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    stage.costs_apart(&ARRAY, Desk::CELLS, |layout| drop(Desk::create(layout)))
}
