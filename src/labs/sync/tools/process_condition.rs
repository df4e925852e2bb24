//! The condition between processes: a producer and consumers share a bounded buffer
//! under one lock, with a condition for each kind of waiter.
//!
//! Wrong uses: `if` in the place of `while`, with all woken for one item; a notification
//! before anybody waits, and a wait that does not look first.

use std::io;

use super::super::actor::{Actor, refused};
use super::super::jobs::Parts;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use super::super::troupe::Troupe;
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Array, Condition, Event, Layout, Lock, Value, Woken};

const IF: &str = "if";
const EARLY: &str = "early";

/// Slots of the buffer.
const ROOM: usize = 3;
/// More than ever wait.
const ALL: u32 = u32::MAX >> 1;
/// Rounds of each sample of the cost.
const ROUNDS: u64 = 200;

pub(super) const CONDITION: Tool = Tool {
    id: "process-condition",
    title: "Process condition",
    world: World::Processes,
    sees: "A producer process waits for room in a buffer, consumer processes for an item.",
    wrong: &[
        Wrong {
            name: IF,
            about: "looks once with `if` before it takes, not with `while`",
        },
        Wrong {
            name: EARLY,
            about: "waits without looking, after the notification",
        },
    ],
    play,
    cost,
};

pub(super) const PARTS: Parts = Parts {
    tool: CONDITION.id,
    kind: ResourceKind::Condition,
    act,
    time,
};

/// What producer and consumers share.
struct Desk {
    lock: Lock,
    not_empty: Condition,
    not_full: Condition,
    slots: Array,
    /// Items put so far, and taken.
    put: Value,
    taken: Value,
    /// Takings that found an item, the sum of what they found.
    found: Value,
    sum: Value,
    /// For the forced order: the notification is over.
    over: Event,
}

impl Desk {
    const CELLS: usize =
        Lock::CELLS + 2 * Condition::CELLS + Array::cells(ROOM) + 4 * Value::CELLS + Event::CELLS;

    fn new(layout: &mut Layout) -> Self {
        Self {
            lock: Lock::new(layout),
            not_empty: Condition::new(layout),
            not_full: Condition::new(layout),
            slots: Array::attach(layout, ROOM),
            put: Value::new(layout),
            taken: Value::new(layout),
            found: Value::new(layout),
            sum: Value::new(layout),
            over: Event::new(layout),
        }
    }

    fn len(&self) -> i64 {
        self.put.get() - self.taken.get()
    }

    fn slot(number: i64) -> usize {
        usize::try_from(number).unwrap_or(0) % ROOM
    }

    /// Puts the next item: its number, from 1.
    fn put(&self) {
        let number = self.put.get();
        self.slots.set(Self::slot(number), number + 1);
        self.put.set(number + 1);
    }

    /// Takes whatever stands in the next slot, as memory does.
    fn take(&self) {
        let number = self.taken.get();
        let item = self.slots.get(Self::slot(number));
        self.slots.set(Self::slot(number), 0);
        self.taken.set(number + 1);
        if item != 0 {
            self.found.add_unlocked(1, || ());
            self.sum.add_unlocked(item, || ());
        }
    }
}

/// The last part is the producer's.
fn act(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::new(&mut actor.layout());
    let producer = actor.script.part == actor.script.workers;
    match (producer, actor.script.wrong.as_deref()) {
        (true, Some(IF)) => wake_all_for_one(actor, &desk),
        (false, Some(IF)) => take_after_if(actor, &desk),
        (true, Some(_)) => notify_early(actor, &desk),
        (false, Some(_)) => wait_late(actor, &desk),
        (true, None) => produce(actor, &desk),
        (false, None) => consume(actor, &desk),
    }
}

fn produce(actor: &Actor, desk: &Desk) -> Result<(), WorkerFnError> {
    let items = actor.script.ops * actor.script.workers as u64;
    for _ in 0..items {
        actor.pause();
        locked(desk, || {
            let room = || usize::try_from(desk.len()).is_ok_and(|len| len < ROOM);
            let wait = || desk.not_full.wait_for(&desk.lock, &Limit::default(), room);
            actor.take(wait)?;
            desk.put();
            desk.not_empty.notify(&desk.lock, 1).map_err(refused)
        })?;
    }
    Ok(())
}

fn consume(actor: &Actor, desk: &Desk) -> Result<(), WorkerFnError> {
    for _ in 0..actor.script.ops {
        actor.pause();
        locked(desk, || {
            let item = || desk.len() > 0;
            let wait = || desk.not_empty.wait_for(&desk.lock, &Limit::default(), item);
            actor.take(wait)?;
            desk.take();
            desk.not_full.notify(&desk.lock, 1).map_err(refused)
        })?;
    }
    Ok(())
}

/// Once all consumers wait, puts one item and wakes them all.
fn wake_all_for_one(actor: &Actor, desk: &Desk) -> Result<(), WorkerFnError> {
    loop {
        let all = locked(desk, || {
            if (desk.not_empty.waiters() as usize) < actor.script.workers {
                return Ok(false);
            }
            desk.put();
            desk.not_empty.notify(&desk.lock, ALL).map_err(refused)?;
            Ok(true)
        })?;
        if all {
            return Ok(());
        }
        actor.pause_or_yield();
    }
}

fn take_after_if(actor: &Actor, desk: &Desk) -> Result<(), WorkerFnError> {
    locked(desk, || {
        if desk.len() == 0 {
            actor.take(|| desk.not_empty.wait(&desk.lock, &Limit::default()))?;
        }
        desk.take();
        Ok(())
    })
}

/// The others come later.
fn notify_early(actor: &Actor, desk: &Desk) -> Result<(), WorkerFnError> {
    locked(desk, || {
        (0..actor.script.workers.min(ROOM)).for_each(|_| desk.put());
        desk.not_empty.notify(&desk.lock, ALL).map_err(refused)
    })?;
    desk.over.set();
    Ok(())
}

fn wait_late(actor: &Actor, desk: &Desk) -> Result<(), WorkerFnError> {
    desk.over.wait(&Limit::default()).map_err(refused)?;
    locked(desk, || {
        let woken = actor.take(|| desk.not_empty.wait(&desk.lock, &actor.blocking()))?;
        if woken == Woken::TimedOut {
            actor.say(format!("{} was never woken", actor.script.name));
        } else {
            desk.take();
        }
        Ok(())
    })
}

/// Runs `inside` with the lock held.
fn locked<T>(
    desk: &Desk,
    inside: impl FnOnce() -> Result<T, WorkerFnError>,
) -> Result<T, WorkerFnError> {
    let done = desk.lock.with(&Limit::default(), inside);
    done.map_err(refused)?
}

/// Two processes hand a turn to and fro.
fn time(actor: &Actor) -> Result<(), WorkerFnError> {
    let desk = Desk::new(&mut actor.layout());
    let (own, other) = match actor.script.part {
        0 => (0, 1),
        _ => (1, 0),
    };
    actor.time_rounds(ROUNDS, || {
        locked(&desk, || {
            let turn = || desk.put.get() == own;
            let wait = desk.not_empty.wait_for(&desk.lock, &Limit::default(), turn);
            wait.map_err(refused)?;
            desk.put.set(other);
            desk.not_empty.notify(&desk.lock, 1).map_err(refused)
        })
    })
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let mut troupe = stage.troupe(&CONDITION, wrong, Desk::CELLS)?;
    let desk = Desk::new(&mut troupe.layout());
    troupe.start_all("consumer", stage.workers)?;
    troupe.start("producer")?;
    let acted = troupe.run(|troupe| inside(troupe, &desk))?;
    acted.all()?;
    let takings = stage.workers as u64 * if wrong.is_some() { 1 } else { stage.ops };
    let (found, sum) = (desk.found.get(), desk.sum.get());
    let items = i64::try_from(takings).unwrap_or(i64::MAX);
    let told = |found: i64, vain: i64, twice: bool| {
        let twice = if twice { ", some twice" } else { "" };
        format!("{found} taken, {vain} in vain{twice}")
    };
    let vain = desk.taken.get() - found;
    let twice = wrong.is_none() && sum != items * (items + 1) / 2;
    let asleep = acted.said().count();
    let mut outcome = acted.outcome(takings, told(items, 0, false), told(found, vain, twice));
    let why = wrong.map(|wrong| match wrong.name {
        IF => format!(
            "all were woken for one item and did not look again: {vain} of {takings} took from an \
             empty buffer"
        ),
        _ => format!(
            "{asleep} consumers waited for a notification that had come before them; given up \
             at the limit of a wait, with items in the buffer"
        ),
    });
    outcome.finding = why.filter(|_| !outcome.as_expected());
    Ok(outcome)
}

fn inside(troupe: &Troupe<'_>, desk: &Desk) -> Inside {
    let (next_in, next_out) = (Desk::slot(desk.put.get()), Desk::slot(desk.taken.get()));
    let mut inside = Inside::default()
        .figure("lock, holder", troupe.name(desk.lock.holder()))
        .figure("wait for an item", desk.not_empty.waiters())
        .figure("wait for room", desk.not_full.waiters())
        .waiting(troupe.line());
    let slots = desk.slots.to_vec().into_iter().enumerate();
    inside.slots = slots
        .map(|(at, item)| {
            let label = match (at == next_in, at == next_out) {
                (true, true) => "in, out",
                (true, false) => "next in",
                (false, true) => "next out",
                (false, false) => "",
            };
            let item = if item == 0 {
                String::new()
            } else {
                item.to_string()
            };
            (item, label.to_owned())
        })
        .collect();
    inside
}

/// A hand-over takes two.
fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let prepare = |layout: &mut Layout| drop(Desk::new(layout));
    let cost = stage.cost_apart(&CONDITION, Desk::CELLS, prepare, 2)?;
    Ok(vec![cost])
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::kit::recorder::recorder;
    use crate::kit::step::{Mode, StepController};
    use crate::kit::stop::Stop;

    #[test]
    fn who_waits_is_counted_at_the_condition_that_is_waited_for() {
        let (recorder, _intake) = recorder();
        let lane = recorder.lane("director");
        let stage = Stage {
            workers: 2,
            ops: 1,
            controller: StepController::new(Stop::new(), Mode::Full),
            recorder: &recorder,
            lane: &lane,
            program: "threadbare".as_ref(),
            live: false,
        };
        let troupe = stage.troupe(&CONDITION, None, Desk::CELLS).unwrap();
        let desk = Desk::new(&mut troupe.layout());
        let stop = Stop::new();
        std::thread::scope(|scope| {
            for condition in [&desk.not_empty, &desk.not_empty, &desk.not_full] {
                let (lock, limit) = (&desk.lock, Limit::until(&stop));
                scope.spawn(move || lock.with(&limit, || condition.wait(lock, &limit).is_ok()));
            }
            let began = Instant::now();
            let all = || (desk.not_empty.waiters(), desk.not_full.waiters());
            while all() != (2, 1) && began.elapsed() < Duration::from_secs(30) {
                std::thread::yield_now();
            }
            let figures = inside(&troupe, &desk).figures;
            stop.request();
            let figures: Vec<_> = figures[1..]
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            assert_eq!(figures, ["wait for an item: 2", "wait for room: 1"]);
        });
    }
}
