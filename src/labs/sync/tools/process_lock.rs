//! The lock between processes: each adds to one number in shared memory, an addition
//! being a load and a store.
//!
//! Wrong uses: one process leaves the lock out, forced to have read before another
//! writes; a holder is killed in the middle of an addition, and the next is told so.

use std::io;

use super::super::actor::{Actor, refused};
use super::super::jobs::Parts;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use super::super::troupe::Troupe;
use crate::kit::child::{WorkerFn, WorkerFnError};
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::process_pool::jobs::Raise;
use crate::kit::shared::{Acquired, Event, Layout, Lock, Value};

const SKIP: &str = "skip";
const DEAD_OWNER: &str = "dead-owner";
/// The signal that kills.
const KILL: u64 = 9;

pub(super) const LOCK: Tool = Tool {
    id: "process-lock",
    title: "Process lock",
    world: World::Processes,
    sees: "Each process takes the lock, loads the number, stores one more, and releases.",
    wrong: &[
        Wrong {
            name: SKIP,
            about: "one process skips the lock",
        },
        Wrong {
            name: DEAD_OWNER,
            about: "a process is killed while it holds the lock",
        },
    ],
    play,
    cost,
};

pub(super) const PARTS: Parts = Parts {
    tool: LOCK.id,
    kind: ResourceKind::Lock,
    act,
    time,
};

/// What the processes share.
struct Desk {
    lock: Lock,
    counter: Value,
    /// The forced interleaving: the first has read, or holds; another has written.
    read: Event,
    written: Event,
}

impl Desk {
    const CELLS: usize = Lock::CELLS + Value::CELLS + 2 * Event::CELLS;

    fn new(layout: &mut Layout) -> Self {
        Self {
            lock: Lock::new(layout),
            counter: Value::new(layout),
            read: Event::new(layout),
            written: Event::new(layout),
        }
    }
}

fn act(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::new(&mut actor.layout());
    if !actor.plays(SKIP) && !actor.plays(DEAD_OWNER) {
        return (0..actor.script.ops).try_for_each(|_| add(actor, &desk, || Ok(())));
    }
    if actor.errs(SKIP) {
        desk.counter.add_unlocked(1, || {
            desk.read.set();
            // Ends with the play at the latest.
            let _ = desk.written.wait(&Limit::default());
        });
    } else if actor.errs(DEAD_OWNER) {
        add(actor, &desk, || {
            desk.read.set();
            Raise::run(KILL)
        })?;
    } else {
        desk.read.wait(&Limit::default()).map_err(refused)?;
        add(actor, &desk, || Ok(()))?;
        desk.written.set();
    }
    (1..actor.script.ops).try_for_each(|_| add(actor, &desk, || Ok(())))
}

/// One addition; `between` its load and its store.
fn add(
    actor: &Actor,
    desk: &Desk,
    between: impl FnOnce() -> Result<(), WorkerFnError>,
) -> Result<(), WorkerFnError> {
    let acquired = actor.lock(&desk.lock)?;
    if let Acquired::OwnerDied { tid } = acquired {
        actor.say(format!(
            "{} was told that holder {tid} had died",
            actor.script.name
        ));
    }
    actor.pause();
    let value = desk.counter.get();
    between()?;
    desk.counter.set(value + 1);
    actor.give_back(|| desk.lock.release())
}

fn time(actor: &Actor) -> Result<(), WorkerFnError> {
    let lock = Lock::new(&mut actor.layout());
    actor.time(|| {
        lock.acquire(&Limit::default()).map_err(refused)?;
        lock.release().map_err(refused)
    })
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let mut troupe = stage.troupe(&LOCK, wrong, Desk::CELLS)?;
    let desk = Desk::new(&mut troupe.layout());
    troupe.start_all("adder", stage.workers)?;
    let acted = troupe.run(|troupe| inside(troupe, &desk))?;
    let expected = stage.workers as u64 * stage.ops;
    let got = desk.counter.get();
    let lost = i64::try_from(expected).unwrap_or(i64::MAX) - got;
    let finding = match wrong.map(|wrong| wrong.name) {
        None => acted.all().map(|_| None)?,
        Some(SKIP) => Some(format!(
            "{lost} of {expected} additions were lost: adder-1 wrote what it had read without the lock"
        )),
        Some(_) => {
            let told = acted.said().next().unwrap_or("nobody was told");
            Some(format!(
                "adder-1 was killed while it held the lock, {lost} of {expected} additions undone; \
                 {told}, and nobody hung"
            ))
        }
    };
    let mut outcome = acted.outcome(expected, expected, got);
    outcome.finding = finding.filter(|_| lost != 0);
    Ok(outcome)
}

fn inside(troupe: &Troupe<'_>, desk: &Desk) -> Inside {
    Inside::default()
        .figure("lock, holder", troupe.name(desk.lock.holder()))
        .figure("counter", desk.counter.get())
        .waiting(troupe.line())
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    stage.costs_apart(&LOCK, Lock::CELLS, |layout| drop(Lock::new(layout)))
}
