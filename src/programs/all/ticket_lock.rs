//! A ticket lock: in the order of the numbers that were drawn.
//!
//! ```text
//! thread[1]  load next 0                        next = 1, called: inside
//! thread[2]               load next 0, next = 1                          called: inside too
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair, Size};
use super::{StepProgram, StepResult, never_both_inside};
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

pub static PROGRAM: StepProgram = StepProgram {
    id: "ticketlock",
    title: "Ticket lock",
    question: "Each thread draws a number and waits until it is called. To draw is to read the next \
               number and to write one more. Is each inside alone?",
    guesses: &["yes, each has a number of its own", "no"],
    right: 1,
    invariant: "Never both inside.",
    hint: "Two that draw at once.",
    lesson: "The lock is fair and simple if drawing a number is one step, `fetch_add`; as two \
            steps it gives the same number twice.",
    size: Some(Size { about: "threads", least: 2, most: 3, usual: 2 }),
    repair: Repair::fix("draw in one step, by fetch_add"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("ticket_lock.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def thread():
    mine = next             # these two in one step,
    next = mine + 1         # when repaired
    while serving != mine: pass
    inside += 1
    inside -= 1
    serving = mine + 1
";

struct Shared {
    next: TracedAtomic,
    serving: TracedAtomic,
    inside: TracedAtomic,
    at_once: bool,
}

// [code]
fn thread(shared: &Shared) -> StepResult {
    let mine = if shared.at_once {
        shared.next.fetch_add(1, SeqCst) //= 3
    } else {
        let mine = shared.next.load(SeqCst); //= 2
        shared.next.store(mine + 1, SeqCst); //= 3
        mine
    };
    await_until(&[&shared.serving], "it is called", move |serving| serving[0] == mine)?; //= 4
    shared.inside.fetch_add(1, SeqCst); //= 5
    shared.inside.fetch_add(-1, SeqCst); //= 6
    shared.serving.store(mine + 1, SeqCst); //= 7
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        next: TracedAtomic::new("next", 0),
        serving: TracedAtomic::new("serving", 0),
        inside: TracedAtomic::new("inside", 0),
        at_once: case.repaired,
    });
    let plan = (1..=case.n).fold(Plan::new(), |plan, number| {
        let shared = Arc::clone(&shared);
        plan.thread(("thread", number), move || thread(&shared))
    });
    plan.always(never_both_inside)
}
