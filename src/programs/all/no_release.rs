//! Permits that are not given back.
//!
//! Two of the three guests keep their permits when they leave, so the third waits for ever,
//! whatever the order. A permit has no owner: the semaphore cannot know that its taker has ended.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect_ok};
use crate::kit::explore::{Memory, Plan};
use crate::kit::semaphore::Semaphore;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "norelease",
    title: "The permit that stays away",
    question: "Three guests come to a room with two seats. Each takes a permit and leaves without \
               giving it back. Does every guest get in?",
    guesses: &["yes, the others have left", "no, the last one waits for ever"],
    right: 1,
    invariant: "Every guest gets in.",
    hint: "Count the permits.",
    lesson: "A semaphore knows numbers, no owners: a permit that its taker does not return is \
            lost for all, even if the taker is long gone.",
    size: None,
    repair: Repair::fix("each guest gives the permit back"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("no_release.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def guest():
    seats.acquire()         # Semaphore(2)
    visits += 1
    seats.release()         # only when repaired
";

struct Shared {
    visits: TracedAtomic,
    seats: Semaphore,
    returned: bool,
}

// [code]
fn guest(room: &Shared) -> StepResult {
    room.seats.acquire()?; //= 2
    room.visits.fetch_add(1, Relaxed); //= 3
    if room.returned {
        expect_ok(room.seats.release(1))?; //= 4
    }
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let room = Arc::new(Shared {
        visits: TracedAtomic::new("visits", 0),
        seats: Semaphore::bounded("seats", 2),
        returned: case.repaired,
    });
    (1..=3).fold(Plan::new(), |plan, number| {
        let room = Arc::clone(&room);
        plan.thread(("guest", number), move || guest(&room))
    })
}
