//! A semaphore that is released once more than it was taken.
//!
//! ```text
//! guest[1]  in and out, releases, releases: 2 permits
//! guest[2]                                             in
//! guest[3]                                                 in: two on one seat
//! ```
//!
//! The semaphore is unbounded, as `threading.Semaphore` is. A bounded one refuses to have more
//! permits than it was made with.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect, expect_ok};
use crate::kit::explore::{Memory, Plan};
use crate::kit::semaphore::Semaphore;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "overrelease",
    title: "The permit from nowhere",
    question: "A room has one seat. One guest gives the permit back twice. Can two guests be in \
               the room at once?",
    guesses: &["no, there is one permit", "yes"],
    right: 1,
    invariant: "Never more guests than seats.",
    hint: "Let the one that releases twice come and go first; three guests come.",
    lesson: "A semaphore does not know who has a permit, so a release too many makes one out of \
            nothing. A bounded semaphore refuses it.",
    size: None,
    repair: Repair::fix("each guest releases once"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("over_release.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def guest():
    seats.acquire()         # Semaphore(1)
    inside += 1
    inside -= 1
    seats.release()
    seats.release()         # only the first guest, unless repaired
";

struct Shared {
    inside: TracedAtomic,
    seats: Semaphore,
}

// [code]
fn guest(room: &Shared, again: bool) -> StepResult {
    room.seats.acquire()?; //= 2
    room.inside.fetch_add(1, SeqCst); //= 3
    room.inside.fetch_add(-1, SeqCst); //= 4
    expect_ok(room.seats.release(1))?; //= 5
    if again {
        expect_ok(room.seats.release(1))?; //= 6
    }
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let room = Arc::new(Shared {
        inside: TracedAtomic::new("inside", 0),
        seats: Semaphore::new("seats", 1),
    });
    let plan = (1..=3).fold(Plan::new(), |plan, number| {
        let (room, again) = (Arc::clone(&room), number == 1 && !case.repaired);
        plan.thread(("guest", number), move || guest(&room, again))
    });
    plan.always(|model| {
        let inside = model.find("inside").and_then(|inside| model.atomic(inside));
        expect(inside < Some(2), "crowded", || "two guests are on one seat".to_owned())
    })
}
