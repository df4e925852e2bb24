//! The barrier between processes: each writes its step, waits for all, and reads what
//! the others wrote.
//!
//! Wrong uses: one process skips the barrier and is made to read before the others have
//! written; one more is expected than will ever come, and the wait breaks at its limit.

use std::io;

use super::super::actor::{Actor, refused};
use super::super::jobs::Parts;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use super::super::troupe::Troupe;
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Array, Barrier, Event, Layout, Value};

const SKIP: &str = "skip";
const TOO_MANY: &str = "too-many";

/// The most workers that the settings allow.
const MOST: usize = 16;
/// Rounds of each sample of the cost.
const ROUNDS: u64 = 200;

pub(super) const BARRIER: Tool = Tool {
    id: "process-barrier",
    title: "Process barrier",
    world: World::Processes,
    sees: "Each process writes its step, waits for all, then reads the steps of the others.",
    wrong: &[
        Wrong {
            name: SKIP,
            about: "one process does not wait",
        },
        Wrong {
            name: TOO_MANY,
            about: "it waits for one more than there are",
        },
    ],
    play,
    cost,
};

pub(super) const PARTS: Parts = Parts {
    tool: BARRIER.id,
    kind: ResourceKind::Barrier,
    act,
    time,
};

/// What the processes share.
struct Desk {
    barrier: Barrier,
    steps: Array,
    /// Looks that found every step as it must be.
    whole: Value,
    /// For the forced order: the hasty one has read.
    hasty: Event,
}

impl Desk {
    const CELLS: usize = Barrier::CELLS + Array::cells(MOST) + Value::CELLS + Event::CELLS;

    fn create(layout: &mut Layout, parties: usize) -> Self {
        let parties = u32::try_from(parties).unwrap_or(u32::MAX);
        Self::with(Barrier::create(layout, parties), layout)
    }

    fn attach(layout: &mut Layout) -> Self {
        Self::with(Barrier::attach(layout), layout)
    }

    fn with(barrier: Barrier, layout: &mut Layout) -> Self {
        Self {
            barrier,
            steps: Array::attach(layout, MOST),
            whole: Value::new(layout),
            hasty: Event::new(layout),
        }
    }

    /// Looks at the steps of all; counts the look if each has come to `step`.
    fn look(&self, workers: usize, step: i64) -> Result<(), WorkerFnError> {
        if (0..workers).all(|at| self.steps.get(at) == step) {
            self.whole.add(1, &Limit::default()).map_err(refused)?;
        }
        Ok(())
    }
}

fn act(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::attach(&mut actor.layout());
    let (part, workers) = (actor.script.part, actor.script.workers);
    if actor.plays(SKIP) {
        return skip(actor, &desk);
    }
    let limit = if actor.plays(TOO_MANY) {
        actor.blocking()
    } else {
        Limit::default()
    };
    for step in 1..=i64::try_from(actor.script.ops).unwrap_or(i64::MAX) {
        // On the live screen each walks at a speed of its own.
        (0..=part).for_each(|_| actor.pause());
        desk.steps.set(part, step);
        let passed = actor.take(|| desk.barrier.wait(&limit, || ()));
        if actor.plays(TOO_MANY) && passed.is_err() {
            actor.say("broken");
            return Ok(());
        }
        passed?;
        desk.look(workers, step)?;
        // Nobody writes the next before all have looked.
        actor.take(|| desk.barrier.wait(&limit, || ()))?;
    }
    Ok(())
}

/// One step, in which the first process does not wait; the others wait for each other
/// once it has looked.
fn skip(actor: &Actor, desk: &Desk) -> Result<(), WorkerFnError> {
    let (part, workers) = (actor.script.part, actor.script.workers);
    if part == 0 {
        desk.steps.set(part, 1);
        desk.look(workers, 1)?;
        desk.hasty.set();
        return Ok(());
    }
    desk.hasty.wait(&Limit::default()).map_err(refused)?;
    actor.pause();
    desk.steps.set(part, 1);
    actor.take(|| desk.barrier.wait(&Limit::default(), || ()))?;
    desk.look(workers, 1)
}

fn time(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::attach(&mut actor.layout());
    actor.time_together(ROUNDS, || {
        desk.barrier.wait(&Limit::default(), || ()).map(|_| ())
    })
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let mut troupe = stage.troupe(&BARRIER, wrong, Desk::CELLS)?;
    let workers = stage.workers;
    let (parties, steps) = match wrong.map(|wrong| wrong.name) {
        None => (workers, stage.ops),
        Some(SKIP) => (workers - 1, 1),
        Some(_) => (workers + 1, 1),
    };
    let desk = Desk::create(&mut troupe.layout(), parties);
    troupe.start_all("walker", workers)?;
    let acted = troupe.run(|troupe| inside(troupe, &desk))?;
    acted.all()?;
    let expected = workers as u64 * steps;
    let got = desk.whole.get();
    let broken = acted.said().count();
    let mut outcome = acted.outcome(expected, expected, got);
    let why = wrong.map(|wrong| match wrong.name {
        SKIP => "walker-1 did not wait and looked before the others had written".to_owned(),
        _ => format!(
            "the barrier waits for {parties}, {workers} came: it broke at the limit of a wait, \
             and {broken} of them were told"
        ),
    });
    outcome.finding = why.filter(|_| !outcome.as_expected());
    Ok(outcome)
}

fn inside(troupe: &Troupe<'_>, desk: &Desk) -> Inside {
    let broken = if desk.barrier.is_broken() {
        "broken"
    } else {
        "whole"
    };
    Inside::default()
        .figure("waits for", desk.barrier.parties())
        .figure("have come", desk.barrier.waiting())
        .figure("barrier", broken)
        .waiting(troupe.line())
}

/// A barrier for one is no barrier.
fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let prepare = |layout: &mut Layout| drop(Desk::create(layout, 2));
    Ok(vec![stage.cost_apart(&BARRIER, Desk::CELLS, prepare, 2)?])
}
