//! A countdown whose last one opens the door.
//!
//! ```text
//! worker[1]  load left 2                         store left 1
//! worker[2]               load left 2, store left 1              no thread has seen the last 1
//! waiter                                                         waits for ever
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair, Size};
use super::{StepProgram, StepResult};
use crate::kit::event_flag::Event;
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "countdown",
    title: "Countdown",
    question: "Each worker takes 1 from the number of those that are not done; the one that comes to \
               0 sets an event. Does the one that waits for it always go on?",
    guesses: &["yes, one of them comes to 0", "no"],
    right: 1,
    invariant: "The one that waits goes on when all are done.",
    hint: "What if two workers read the same number?",
    lesson: "To take 1 and to look at what is left have to be one step: `fetch_sub` returns the \
            number before, so exactly one thread learns that it was the last.",
    size: Some(Size { about: "workers", least: 2, most: 4, usual: 2 }),
    repair: Repair::fix("take 1 and look in one step, by fetch_add"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("countdown.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def worker():
    seen = left             # these two in one step,
    left = seen - 1         # when repaired
    if seen == 1:
        done.set()

def waiter():
    done.wait()
";

struct Shared {
    left: TracedAtomic,
    done: Event,
    at_once: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "all bodies have the shape that a plan asks for")]
// [code]
fn worker(shared: &Shared) -> StepResult {
    let seen = if shared.at_once {
        shared.left.fetch_add(-1, SeqCst) //= 3
    } else {
        let seen = shared.left.load(SeqCst); //= 2
        shared.left.store(seen - 1, SeqCst); //= 3
        seen
    };
    if seen == 1 {
        //= 4
        shared.done.set(); //= 5
    }
    Ok(())
}

fn waiter(shared: &Shared) -> StepResult {
    shared.done.wait() //= 8
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        left: TracedAtomic::new("left", case.n.into()),
        done: Event::new("done"),
        at_once: case.repaired,
    });
    let waits = Arc::clone(&shared);
    let plan = (1..=case.n).fold(Plan::new(), |plan, number| {
        let shared = Arc::clone(&shared);
        plan.thread(("worker", number), move || worker(&shared))
    });
    plan.thread("waiter", move || waiter(&waits))
}
