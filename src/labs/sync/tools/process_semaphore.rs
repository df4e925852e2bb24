//! The semaphore between processes: guests visit a room with a few seats.
//!
//! Wrong use: a release too many makes a permit out of nothing, and one guest more than
//! there are seats is let in. A bounded semaphore refuses that release.

use std::io;

use super::super::actor::{Actor, refused};
use super::super::jobs::Parts;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use super::super::troupe::Troupe;
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Barrier, Layout, Semaphore, Value};

const OVER_RELEASE: &str = "over-release";

pub(super) const SEMAPHORE: Tool = Tool {
    id: "process-semaphore",
    title: "Process semaphore",
    world: World::Processes,
    sees: "Guests, each a process, take a seat, stay a moment, and give it back.",
    wrong: &[Wrong {
        name: OVER_RELEASE,
        about: "released once more than taken",
    }],
    play,
    cost,
};

pub(super) const PARTS: Parts = Parts {
    tool: SEMAPHORE.id,
    kind: ResourceKind::Semaphore,
    act,
    time,
};

/// What the guests share.
struct Room {
    seats: Semaphore,
    /// Those inside, the most so far, and visits so far.
    guests: Value,
    most: Value,
    visits: Value,
    /// Where those who got in by the release too many stay until all of them are in.
    full: Barrier,
}

impl Room {
    const CELLS: usize = Semaphore::CELLS + 3 * Value::CELLS + Barrier::CELLS;

    fn create(layout: &mut Layout, seats: u32, bounded: bool) -> Self {
        let seats_made = Semaphore::create(layout, seats, bounded);
        Self::with(seats_made, layout, |layout| {
            Barrier::create(layout, seats + 1)
        })
    }

    fn attach(layout: &mut Layout) -> Self {
        let seats = Semaphore::attach(layout);
        Self::with(seats, layout, Barrier::attach)
    }

    fn with(
        seats: Semaphore,
        layout: &mut Layout,
        full: impl FnOnce(&mut Layout) -> Barrier,
    ) -> Self {
        Self {
            seats,
            guests: Value::new(layout),
            most: Value::new(layout),
            visits: Value::new(layout),
            full: full(layout),
        }
    }

    /// Counts the guests anew; gives how many visits there were before.
    fn count(&self, change: i64) -> Result<i64, WorkerFnError> {
        let counted = self.guests.lock().with(&Limit::default(), || {
            let guests = self.guests.add_unlocked(change, || ());
            self.most.set(self.most.get().max(guests));
            self.visits.get()
        });
        counted.map_err(refused)
    }
}

fn act(actor: &Actor) -> Result<(), WorkerFnError> {
    let room = Room::attach(&mut actor.layout());
    // One visit each is enough to see it.
    let wrong = actor.plays(OVER_RELEASE);
    let visits = if wrong { 1 } else { actor.script.ops };
    for _ in 0..visits {
        actor.take(|| room.seats.acquire(&Limit::default()))?;
        let before = room.visits.add(1, &Limit::default()).map_err(refused)? - 1;
        room.count(1)?;
        if wrong && before < i64::from(room.full.parties()) {
            let _ = room.full.wait(&Limit::default(), || ());
        }
        actor.pause();
        room.count(-1)?;
        actor.give_back(|| room.seats.release(1))?;
    }
    Ok(())
}

fn time(actor: &Actor) -> Result<(), WorkerFnError> {
    let room = Room::attach(&mut actor.layout());
    actor.time(|| {
        room.seats.acquire(&Limit::default()).map_err(refused)?;
        room.seats.release(1).map_err(refused)
    })
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let mut troupe = stage.troupe(&SEMAPHORE, wrong, Room::CELLS)?;
    // One guest more than there are seats comes at least.
    let seats = u32::try_from(stage.workers / 2).unwrap_or(1).max(1);
    let room = Room::create(&mut troupe.layout(), seats, wrong.is_none());
    let guests = stage.workers as u64;
    let operations = guests * if wrong.is_some() { 1 } else { stage.ops };
    if wrong.is_some() {
        room.seats.release(1).map_err(io::Error::other)?;
    }
    troupe.start_all("guest", stage.workers)?;
    let acted = troupe.run(|troupe| inside(troupe, &room))?;
    acted.all()?;
    let (visits, most) = (room.visits.get(), room.most.get());
    let seats = i64::from(seats);
    let told = |visits: i64, fits| {
        let most = if fits { "never" } else { "once" };
        format!("{visits} visits, {most} more than {seats} at a time")
    };
    let expected = i64::try_from(operations).unwrap_or(i64::MAX);
    let mut outcome = acted.outcome(
        operations,
        told(expected, true),
        told(visits, most <= seats),
    );
    outcome.finding = wrong.filter(|_| most > seats).map(|_| {
        format!(
            "{most} guests sat on {seats} seats after one release too many; \
             a bounded semaphore refuses it"
        )
    });
    Ok(outcome)
}

fn inside(troupe: &Troupe<'_>, room: &Room) -> Inside {
    Inside::default()
        .figure("permits", room.seats.permits())
        .figure("guests", room.guests.get())
        .figure("most so far", room.most.get())
        .figure("visits", room.visits.get())
        .waiting(troupe.line())
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    stage.costs_apart(&SEMAPHORE, Room::CELLS, |layout| {
        drop(Room::create(layout, 1, true));
    })
}
