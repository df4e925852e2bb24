//! The queue between processes: producers put, consumers take and mark done, and
//! whoever joins waits until all is done.
//!
//! Wrong uses: a put after the closing; a consumer that marks an item done once too
//! often, so that a join returns while an item is still to do.

use std::io;

use super::super::actor::{Actor, refused};
use super::super::jobs::Parts;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use super::super::troupe::Troupe;
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Event, Layout, Queue, QueueError, Value};

const CLOSED: &str = "closed";
const TOO_MANY_TASK_DONE: &str = "too-many-task-done";

/// Items that the queue holds.
const ROOM: usize = 3;

pub(super) const QUEUE: Tool = Tool {
    id: "process-queue",
    title: "Process queue",
    world: World::Processes,
    sees: "Producer processes put items into a bounded queue; consumers take them and mark them done.",
    wrong: &[
        Wrong {
            name: CLOSED,
            about: "a producer puts after the queue was closed",
        },
        Wrong {
            name: TOO_MANY_TASK_DONE,
            about: "a consumer marks one item done twice",
        },
    ],
    play,
    cost,
};

pub(super) const PARTS: Parts = Parts {
    tool: QUEUE.id,
    kind: ResourceKind::Queue,
    act,
    time,
};

/// What producers and consumers share.
struct Desk {
    queue: Queue,
    /// Items worked off, and the sum of their numbers.
    done: Value,
    sum: Value,
    /// Producers that have put all their items.
    through: Value,
    /// Items that were still to do when the join returned.
    undone: Value,
    /// For the forced order: what the others wait for.
    ready: Event,
}

impl Desk {
    const CELLS: usize = Queue::cells(ROOM) + 4 * Value::CELLS + Event::CELLS;

    fn new(layout: &mut Layout) -> Self {
        Self {
            queue: Queue::new(layout, ROOM),
            done: Value::new(layout),
            sum: Value::new(layout),
            through: Value::new(layout),
            undone: Value::new(layout),
            ready: Event::new(layout),
        }
    }

    /// Takes an item and works it off; `false` when the queue is closed and empty.
    fn consume(&self, actor: &Actor) -> Result<bool, WorkerFnError> {
        let item = match actor.take(|| Ok::<_, QueueError>(self.queue.get(&Limit::default())))? {
            Err(QueueError::Closed) => return Ok(false),
            item => item.map_err(refused)?,
        };
        actor.pause();
        let item = i64::try_from(item).unwrap_or(0);
        self.sum.add(item, &Limit::default()).map_err(refused)?;
        self.done.add(1, &Limit::default()).map_err(refused)?;
        Ok(true)
    }
}

/// How many of the workers produce.
fn producers(workers: usize) -> usize {
    workers / 2
}

fn act(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::new(&mut actor.layout());
    if actor.plays(TOO_MANY_TASK_DONE) {
        return mark_twice(actor, &desk);
    }
    if actor.script.part < producers(actor.script.workers) {
        return produce(actor, &desk);
    }
    while desk.consume(actor)? {
        desk.queue.task_done().map_err(refused)?;
    }
    Ok(())
}

fn produce(actor: &Actor, desk: &Desk) -> Result<(), WorkerFnError> {
    let (part, ops) = (actor.script.part as u64, actor.script.ops);
    if actor.errs(CLOSED) {
        // Somebody thinks that all is done.
        desk.queue.close();
    }
    for op in 0..ops {
        actor.pause();
        let item = part * ops + op + 1;
        let put = actor.take(|| Ok::<_, QueueError>(desk.queue.put(item, &Limit::default())))?;
        if put == Err(QueueError::Closed) {
            actor.say("refused");
        } else {
            put.map_err(refused)?;
        }
    }
    // The last of the producers closes the queue, once all of it is done.
    let through = desk.through.add(1, &Limit::default()).map_err(refused)?;
    if usize::try_from(through) == Ok(producers(actor.script.workers)) {
        desk.queue.join(&Limit::default()).map_err(refused)?;
        desk.queue.close();
    }
    Ok(())
}

/// One puts two items and joins; another marks the first of them done twice; what is
/// left is worked off when the join is over.
fn mark_twice(actor: &Actor, desk: &Desk) -> Result<(), WorkerFnError> {
    match actor.script.part {
        0 => {
            for item in [1, 2] {
                let put = || desk.queue.put(item, &Limit::default());
                actor.take(put)?;
            }
            desk.queue.join(&Limit::default()).map_err(refused)?;
            desk.undone.set(2 - desk.done.get());
            desk.ready.set();
        }
        1 => {
            desk.consume(actor)?;
            desk.queue.task_done().map_err(refused)?;
            // The second item must be there for the mark to be taken.
            while !desk.ready.is_set() && desk.queue.task_done().is_err() {
                actor.pause_or_yield();
            }
            desk.ready.wait(&Limit::default()).map_err(refused)?;
            desk.consume(actor)?;
            if let Err(error) = desk.queue.task_done() {
                actor.say(error.to_string());
            }
        }
        _ => {}
    }
    Ok(())
}

fn time(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::new(&mut actor.layout());
    actor.time(|| {
        desk.queue.put(1, &Limit::default())?;
        desk.queue.get(&Limit::default()).map(|_| ())
    })
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let mut troupe = stage.troupe(&QUEUE, wrong, Desk::CELLS)?;
    let desk = Desk::new(&mut troupe.layout());
    let producers = producers(stage.workers);
    troupe.start_all("producer", producers)?;
    troupe.start_all("consumer", stage.workers - producers)?;
    let acted = troupe.run(|troupe| inside(troupe, &desk))?;
    acted.all()?;
    if wrong.is_some_and(|wrong| wrong.name == TOO_MANY_TASK_DONE) {
        let undone = desk.undone.get();
        let told = |undone| format!("{undone} items to do when the join returned");
        let refused = acted.said().next().unwrap_or_default().to_owned();
        let mut outcome = acted.outcome(2, told(0), told(undone));
        outcome.finding = (undone != 0).then(|| {
            format!("the join returned with {undone} of 2 items still to do; at the end: {refused}")
        });
        return Ok(outcome);
    }
    let items = producers as u64 * stage.ops;
    let total = i64::try_from(items).unwrap_or(i64::MAX);
    let (done, sum) = (desk.done.get(), desk.sum.get());
    let twice = wrong.is_none() && sum != total * (total + 1) / 2;
    let told = |done, twice| {
        let twice = if twice { ", some twice" } else { "" };
        format!("{done} of {total} items done{twice}")
    };
    let refused = acted.said().count();
    let mut outcome = acted.outcome(items, told(total, false), told(done, twice));
    outcome.finding = wrong.filter(|_| done != total).map(|_| {
        format!(
            "the queue was closed before producer-1 had put its items: {refused} puts were refused, \
             {} of {total} items were never done",
            total - done
        )
    });
    Ok(outcome)
}

fn inside(troupe: &Troupe<'_>, desk: &Desk) -> Inside {
    let mut inside = Inside::default()
        .figure("items", format!("{} of {ROOM}", desk.queue.len()))
        .figure("to do", desk.queue.unfinished())
        .figure("done", desk.done.get())
        .waiting(troupe.line());
    let items = desk.queue.peek();
    let text = |at: usize| items.get(at).map(u64::to_string).unwrap_or_default();
    let label = |at| if at == 0 { "next out" } else { "" };
    inside.slots = (0..ROOM)
        .map(|at| (text(at), label(at).to_owned()))
        .collect();
    inside
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    stage.costs_apart(&QUEUE, Desk::CELLS, |layout| drop(Desk::new(layout)))
}
