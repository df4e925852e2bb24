//! The semaphore: guests visit a room with a few seats, and no guest may stand.
//!
//! Misuses: a release too many makes a permit out of nothing, which a bounded
//! semaphore refuses; a permit that is not given back is lost for all.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::costs;
use super::super::participants::{Participant, Participants, ThreadSpec};
use super::super::thread_run::Monitor;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use crate::kit::monitor::Refusal;
use crate::kit::semaphore::Semaphore;
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

const OVER_RELEASE: &str = "over-release";
const NO_RELEASE: &str = "no-release";

const SEATS: u32 = 2;
/// Guests of the run that releases too often: one more than may sit.
const CROWD: u32 = SEATS + 1;

pub const SEMAPHORE: Tool = Tool {
    id: "semaphore",
    title: "Semaphore",
    world: World::Threads,
    sees: "Guests take one of two seats, stay a moment, and give it back.",
    misuses: &[
        Misuse { name: OVER_RELEASE, about: "released once more than taken" },
        Misuse { name: NO_RELEASE, about: "left without giving the permit back" },
    ],
    run,
    cost,
};

/// What the guests share.
struct Room {
    seats: Semaphore,
    guests: TracedAtomic,
    /// Visits that found more guests than seats.
    crowded: TracedAtomic,
    visits: TracedAtomic,
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let room = Arc::new(Room {
        // An unbounded one lets the misuse happen.
        seats: match misuse {
            None => Semaphore::bounded("seats", SEATS),
            Some(_) => Semaphore::new("seats", SEATS),
        },
        guests: TracedAtomic::new("guests", 0),
        crowded: TracedAtomic::new("crowded", 0),
        visits: TracedAtomic::new("visits", 0),
    });
    match misuse.map(|misuse| misuse.name) {
        Some(OVER_RELEASE) => over_release(context, &room),
        Some(NO_RELEASE) => no_release(context, &room),
        _ => visits(context, &room),
    }
}

fn visits(context: &RunContext<'_>, room: &Arc<Room>) -> io::Result<Outcome> {
    let ops = context.ops;
    let specs = (0..context.workers).map(|worker| {
        guest(worker, room, move |thread, room| {
            (0..ops).try_for_each(|_| {
                thread.take("seats", || room.seats.acquire())?;
                thread.hold(|| {
                    sit(room);
                    stand(room);
                });
                room.seats.release(1)
            })
        })
    });
    let results = context.run_threads(specs.collect(), &monitor(room, true))?;
    let operations = context.workers as u64 * ops;
    let expected = summary(i64::try_from(operations).unwrap_or(i64::MAX), 0);
    let got = summary(room.visits.peek(), room.crowded.peek());
    Ok(results.outcome(operations, &expected, &got))
}

fn summary(visits: i64, crowded: i64) -> String {
    format!("{visits} visits, {crowded} to a room of more than {SEATS}")
}

fn sit(room: &Room) {
    let before = room.guests.fetch_add(1, SeqCst);
    room.visits.fetch_add(1, SeqCst);
    if before >= i64::from(SEATS) {
        room.crowded.fetch_add(1, SeqCst);
    }
}

fn stand(room: &Room) {
    room.guests.fetch_add(-1, SeqCst);
}

/// One release too many; then one guest more than there are seats comes, and
/// all stay until all have come.
fn over_release(context: &RunContext<'_>, room: &Arc<Room>) -> io::Result<Outcome> {
    room.seats.release(1).map_err(io::Error::other)?;
    let bounded = Semaphore::bounded("bounded seats", SEATS);
    let refused = bounded.release(1).err();
    let specs = (0..CROWD as usize).map(|worker| {
        guest(worker, room, |thread, room| {
            thread.take("seats", || room.seats.acquire())?;
            sit(room);
            thread.wait("the others", || {
                await_until(&[&room.visits], "all have come", |seen| seen[0] >= i64::from(CROWD))
            })?;
            stand(room);
            room.seats.release(1)
        })
    });
    let results = context.run_threads(specs.collect(), &monitor(room, false))?;
    let operations = u64::from(CROWD);
    let crowded = room.crowded.peek();
    let (expected, got) = (summary(i64::from(CROWD), 0), summary(room.visits.peek(), crowded));
    let mut outcome = results.outcome(operations, &expected, &got);
    outcome.finding = (crowded > 0).then(|| {
        let bounded = refused.map_or_else(
            || "a bounded one took it too".to_owned(),
            |refusal| format!("a bounded one refuses the release: {refusal}"),
        );
        format!("{CROWD} guests sat on {SEATS} seats after one release too many; {bounded}")
    });
    Ok(outcome)
}

/// Each guest goes without releasing: those who come after the last permit wait for ever.
fn no_release(context: &RunContext<'_>, room: &Arc<Room>) -> io::Result<Outcome> {
    let guests = context.workers.max(3);
    let specs = (0..guests).map(|worker| {
        guest(worker, room, |thread, room| {
            thread.take("seats", || room.seats.acquire())?;
            sit(room);
            Ok(())
        })
    });
    let results = context.run_threads(specs.collect(), &monitor(room, false))?;
    let expected = i64::try_from(guests).unwrap_or(i64::MAX);
    let mut outcome = results.standstill(expected, room.visits.peek());
    outcome.finding =
        outcome.finding.map(|why| format!("{SEATS} guests left with their permits; {why}"));
    Ok(outcome)
}

fn guest(
    worker: usize,
    room: &Arc<Room>,
    visit: impl FnOnce(&Participant, &Room) -> Result<(), Refusal> + Send + 'static,
) -> ThreadSpec {
    let room = Arc::clone(room);
    ThreadSpec::new(format!("guest-{}", worker + 1), move |thread| visit(thread, &room))
}

fn monitor(room: &Arc<Room>, must_finish: bool) -> Monitor {
    let seen = Arc::clone(room);
    Monitor {
        snapshot: Box::new(move |participants| snapshot(participants, &seen)),
        resources: Vec::new(),
        must_finish,
    }
}

fn snapshot(participants: &Participants, room: &Room) -> Snapshot {
    let view = room.seats.peek();
    Snapshot::default()
        .figure("permits", format!("{} of {SEATS}", view.permits))
        .figure("guests", room.guests.peek())
        .figure("visits", room.visits.peek())
        .waiting(participants.names(&view.line))
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let seats = Semaphore::new("cost", SEATS);
    costs::alone_and_contended(SEMAPHORE.title, context.stop(), || {
        if seats.acquire().is_ok() {
            // Unbounded: nothing to refuse.
            let _ = seats.release(1);
        }
    })
}
