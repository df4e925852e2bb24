//! The semaphore: guests visit a room with a few seats, and no guest may stand.
//!
//! ```text
//! guest-1  acquire: 1 left ── inside ── release
//! guest-2  acquire: 0 left ── inside ─────────── release
//! guest-3  waits ·························acquire ── inside ── release
//! ```
//!
//! Misuses: a permit that is released once more than it was taken, so that the room is crowded; a
//! permit that is not given back, which is lost for all.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::correct_use::{self, CorrectUse};
use super::super::costs;
use super::super::tool::{Cost, Figure, Misuse, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::explore::Plan;
use crate::kit::semaphore::Semaphore;
use crate::kit::traced_atomic::TracedAtomic;
use crate::programs::all::{no_release, over_release};
use crate::programs::flow::{StepResult, expect_ok};
use crate::programs::listing::Source;

const OVER_RELEASE: &str = "over-release";
const NO_RELEASE: &str = "no-release";

const SEATS: u32 = 2;

pub const SEMAPHORE: Tool = Tool {
    id: "semaphore",
    title: "Semaphore",
    python: "threading.Semaphore",
    purpose: "at most n at once",
    kind: ToolKind::Threads(guests),
    sees: "Guests take one of two seats, stay a moment, and give it back.",
    code: Source {
        rust: include_str!("semaphore.rs"),
        python: include_str!("../../../../../assets/code/semaphore.py"),
    },
    misuses: &[
        Misuse::new(
            OVER_RELEASE,
            "released once more than taken",
            "A guest gives its permit back twice: two guests get onto the one seat.",
        )
        .replays(&over_release::PROGRAM),
        Misuse::new(
            NO_RELEASE,
            "left without giving the permit back",
            "Two guests leave and keep the two permits: the third waits for ever.",
        )
        .replays(&no_release::PROGRAM),
    ],
    cost,
};

/// What the guests share: seats, and a count of those inside that the audit compares with them.
struct Room {
    seats: Semaphore,
    guests: TracedAtomic,
    /// Visits that found more guests than seats: none may, whatever the order.
    crowded: TracedAtomic,
    visits: TracedAtomic,
}

fn guests(workers: u32, ops: u64) -> CorrectUse {
    let room = Arc::new(Room {
        seats: Semaphore::bounded("seats", SEATS),
        guests: TracedAtomic::new("guests", 0),
        crowded: TracedAtomic::new("crowded", 0),
        visits: TracedAtomic::new("visits", 0),
    });
    let plan = correct_use::workers(Plan::new(), "guest", workers, &room, move |room, _| {
        (0..ops).try_for_each(|_| visit(room))
    });
    let summary = |visits: i64, crowded: i64| {
        format!("{visits} visits, {crowded} to a room of more than {SEATS}")
    };
    let all = u64::from(workers) * ops;
    let expected = summary(i64::try_from(all).unwrap_or(i64::MAX), 0);
    let got = move |room: &Room| summary(room.visits.peek(), room.crowded.peek());
    CorrectUse::new(plan, all, &expected, room, got, |participants, room| {
        let view = room.seats.peek();
        Snapshot::default()
            .figure("permits", Figure::Seats { free: view.permits as usize, all: SEATS as usize })
            .value("guests", room.guests.peek())
            .value("visits", room.visits.peek())
            .waiting(participants.names(&view.waiters))
    })
}

// [code]
fn visit(room: &Room) -> StepResult {
    room.seats.acquire()?; //= 5
    let before = room.guests.fetch_add(1, SeqCst); //= 6
    room.visits.fetch_add(1, SeqCst); //= 7
    if before >= i64::from(SEATS) {
        room.crowded.fetch_add(1, SeqCst);
    }
    room.guests.fetch_add(-1, SeqCst); //= 8
    expect_ok(room.seats.release(1)) //= 9
}
// [end]

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let seats = Semaphore::new("cost", SEATS);
    costs::alone_and_contended(SEMAPHORE.title, context.stop(), || {
        if seats.acquire().is_ok() {
            // Unbounded: nothing to refuse.
            let _ = seats.release(1);
        }
    })
}
