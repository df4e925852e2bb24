//! The event between processes: a writer makes data ready and sets it; readers wait.
//!
//! Wrong use: a reader that does not wait, made to read before the data is there.

use std::io;

use super::super::actor::{Actor, refused};
use super::super::jobs::Parts;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use super::super::troupe::Troupe;
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Event, Layout, Value};

const NO_WAIT: &str = "no-wait";

const DATA: i64 = 42;

pub(super) const EVENT: Tool = Tool {
    id: "process-event",
    title: "Process event",
    world: World::Processes,
    sees: "Reader processes wait for the event; the writer makes the data ready, then sets it.",
    wrong: &[Wrong {
        name: NO_WAIT,
        about: "one reads without waiting",
    }],
    play,
    cost,
};

pub(super) const PARTS: Parts = Parts {
    tool: EVENT.id,
    kind: ResourceKind::Event,
    act,
    time,
};

/// What writer and readers share.
struct Desk {
    ready: Event,
    data: Value,
    /// Readers that found the data.
    found: Value,
    /// For the forced order: the hasty one has read.
    hasty: Event,
}

impl Desk {
    const CELLS: usize = 2 * Event::CELLS + 2 * Value::CELLS;

    fn new(layout: &mut Layout) -> Self {
        Self {
            ready: Event::new(layout),
            data: Value::new(layout),
            found: Value::new(layout),
            hasty: Event::new(layout),
        }
    }
}

/// The last part is the writer's.
fn act(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::new(&mut actor.layout());
    let forever = Limit::default();
    if actor.script.part == actor.script.workers {
        if actor.plays(NO_WAIT) {
            desk.hasty.wait(&forever).map_err(refused)?;
        }
        actor.pause();
        desk.data.set(DATA);
        actor.pause();
        desk.ready.set();
        return Ok(());
    }
    if !actor.errs(NO_WAIT) {
        actor.take(|| desk.ready.wait(&forever))?;
    }
    if desk.data.get() == DATA {
        desk.found.add(1, &forever).map_err(refused)?;
    }
    if actor.script.part == 0 {
        desk.hasty.set();
    }
    Ok(())
}

fn time(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::new(&mut actor.layout());
    actor.time(|| desk.ready.wait(&Limit::default()))
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let mut troupe = stage.troupe(&EVENT, wrong, Desk::CELLS)?;
    let desk = Desk::new(&mut troupe.layout());
    troupe.start_all("reader", stage.workers)?;
    troupe.start("writer")?;
    let acted = troupe.run(|troupe| inside(troupe, &desk))?;
    acted.all()?;
    let readers = stage.workers as u64;
    let got = desk.found.get();
    let mut outcome = acted.outcome(readers, readers, got);
    outcome.finding = wrong
        .filter(|_| !outcome.as_expected())
        .map(|_| "reader-1 did not wait and read 0, before the data was ready".to_owned());
    Ok(outcome)
}

fn inside(troupe: &Troupe<'_>, desk: &Desk) -> Inside {
    let event = if desk.ready.is_set() {
        "set"
    } else {
        "not set"
    };
    Inside::default()
        .figure("event", event)
        .figure("data", desk.data.get())
        .figure("readers that found it", desk.found.get())
        .waiting(troupe.line())
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    stage.costs_apart(&EVENT, Desk::CELLS, |layout| Desk::new(layout).ready.set())
}
