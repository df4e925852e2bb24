//! The semaphore: guests visit a room with a few seats, and nobody may stand.
//!
//! Wrong uses: a release too many makes a permit out of nothing, which a bounded
//! semaphore refuses; a permit that is not given back is lost for everyone.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::cast::{Cast, Part, Role};
use super::super::costs;
use super::super::performance::Watch;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use crate::kit::monitor::Refusal;
use crate::kit::semaphore::Semaphore;
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

const OVER_RELEASE: &str = "over-release";
const NO_RELEASE: &str = "no-release";

const SEATS: u32 = 2;
/// Guests of the play that releases too often: one more than may sit.
const CROWD: u32 = SEATS + 1;

pub(super) const SEMAPHORE: Tool = Tool {
    id: "semaphore",
    title: "Semaphore",
    world: World::Threads,
    sees: "Guests take one of two seats, stay a moment, and give it back.",
    wrong: &[
        Wrong {
            name: OVER_RELEASE,
            about: "released once more than taken",
        },
        Wrong {
            name: NO_RELEASE,
            about: "left without giving the permit back",
        },
    ],
    play,
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

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let room = Arc::new(Room {
        // An unbounded one lets the wrong use happen.
        seats: match wrong {
            None => Semaphore::bounded("seats", SEATS),
            Some(_) => Semaphore::new("seats", SEATS),
        },
        guests: TracedAtomic::new("guests", 0),
        crowded: TracedAtomic::new("crowded", 0),
        visits: TracedAtomic::new("visits", 0),
    });
    match wrong.map(|wrong| wrong.name) {
        Some(OVER_RELEASE) => over_release(stage, &room),
        Some(NO_RELEASE) => no_release(stage, &room),
        _ => visits(stage, &room),
    }
}

fn visits(stage: &Stage<'_>, room: &Arc<Room>) -> io::Result<Outcome> {
    let ops = stage.ops;
    let roles = (0..stage.workers).map(|worker| {
        guest(worker, room, move |part, room| {
            (0..ops).try_for_each(|_| {
                part.take("seats", || room.seats.acquire())?;
                part.hold(|| {
                    sit(room);
                    stand(room);
                });
                room.seats.release(1)
            })
        })
    });
    let played = stage.perform(roles.collect(), &watch(room, true))?;
    let operations = stage.workers as u64 * ops;
    let expected = told(i64::try_from(operations).unwrap_or(i64::MAX), 0);
    let got = told(room.visits.peek(), room.crowded.peek());
    Ok(played.outcome(operations, &expected, &got))
}

fn told(visits: i64, crowded: i64) -> String {
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

/// One releases what nobody took; then one guest more than there are seats comes, and
/// all stay until all have come.
fn over_release(stage: &Stage<'_>, room: &Arc<Room>) -> io::Result<Outcome> {
    room.seats.release(1).map_err(io::Error::other)?;
    let bounded = Semaphore::bounded("bounded seats", SEATS);
    let refused = bounded.release(1).err();
    let roles = (0..CROWD as usize).map(|worker| {
        guest(worker, room, |part, room| {
            part.take("seats", || room.seats.acquire())?;
            sit(room);
            part.wait("the others", || {
                await_until(&[&room.visits], "all have come", |seen| {
                    seen[0] >= i64::from(CROWD)
                })
            })?;
            stand(room);
            room.seats.release(1)
        })
    });
    let played = stage.perform(roles.collect(), &watch(room, false))?;
    let operations = u64::from(CROWD);
    let crowded = room.crowded.peek();
    let (expected, got) = (told(i64::from(CROWD), 0), told(room.visits.peek(), crowded));
    let mut outcome = played.outcome(operations, &expected, &got);
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
fn no_release(stage: &Stage<'_>, room: &Arc<Room>) -> io::Result<Outcome> {
    let guests = stage.workers.max(3);
    let roles = (0..guests).map(|worker| {
        guest(worker, room, |part, room| {
            part.take("seats", || room.seats.acquire())?;
            sit(room);
            Ok(())
        })
    });
    let played = stage.perform(roles.collect(), &watch(room, false))?;
    let expected = i64::try_from(guests).unwrap_or(i64::MAX);
    let mut outcome = played.standstill(expected, room.visits.peek());
    outcome.finding = outcome
        .finding
        .map(|why| format!("{SEATS} guests left with their permits; {why}"));
    Ok(outcome)
}

fn guest(
    worker: usize,
    room: &Arc<Room>,
    visit: impl FnOnce(&Part, &Room) -> Result<(), Refusal> + Send + 'static,
) -> Role {
    let room = Arc::clone(room);
    Role::new(format!("guest-{}", worker + 1), move |part| {
        visit(part, &room)
    })
}

fn watch(room: &Arc<Room>, right: bool) -> Watch {
    let seen = Arc::clone(room);
    Watch {
        look: Box::new(move |cast| inside(cast, &seen)),
        held: Vec::new(),
        right,
    }
}

fn inside(cast: &Cast, room: &Room) -> Inside {
    let view = room.seats.peek();
    Inside::default()
        .figure("permits", format!("{} of {SEATS}", view.permits))
        .figure("guests", room.guests.peek())
        .figure("visits", room.visits.peek())
        .waiting(cast.names(&view.line))
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let seats = Semaphore::new("cost", SEATS);
    costs::alone_and_contended(SEMAPHORE.title, stage.stop(), || {
        if seats.acquire().is_ok() {
            // Unbounded: nothing to refuse.
            let _ = seats.release(1);
        }
    })
}
