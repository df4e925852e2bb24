//! A flag for each of two threads: each waits for the other.
//!
//! ```text
//! first   raises its flag                     waits for the other's: for ever
//! second                    raises its flag   waits for the other's: for ever
//! ```
//!
//! In the repaired version the second thread lowers its flag while it waits, so the first gets in.
//! The two are not treated alike, and that is what ends the wait.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, never_both_inside};
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

pub static PROGRAM: StepProgram = StepProgram {
    id: "flags",
    title: "A boolean flag for each",
    question: "Each thread raises its own flag and then waits until the other's is down. What goes \
               wrong?",
    guesses: &["nothing", "both can be inside", "both can wait for ever"],
    right: 2,
    invariant: "Both get in, never at once.",
    hint: "Raise both flags.",
    lesson: "To raise the flag first keeps the other out, and that is not enough: one has \
            to give way. If both give way alike, they may do so for ever; Dekker and Peterson \
            add a turn.",
    size: None,
    repair: Repair::fix("the second thread lowers its flag while it waits"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("flags.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def first():
    wants[0] = True
    while wants[1]: pass
    inside += 1
    inside -= 1
    wants[0] = False

def second():
    wants[1] = True
    while wants[0]:
        wants[1] = False    # only when repaired
        while wants[0]: pass
        wants[1] = True     # only when repaired
    inside += 1
    inside -= 1
    wants[1] = False
";

struct Shared {
    wants: [TracedAtomic; 2],
    inside: TracedAtomic,
    gives_way: bool,
}

// [code]
fn down(flag: &TracedAtomic) -> StepResult {
    await_until(&[flag], "its flag is down", |flag| flag[0] == 0) //= 3
}

fn enter_second(shared: &Shared) -> StepResult {
    let [first, second] = &shared.wants;
    second.store(1, SeqCst); //= 9
    while shared.gives_way && first.load(SeqCst) == 1 {
        //= 10
        second.store(0, SeqCst); //= 11
        down(first)?; //= 12
        second.store(1, SeqCst); //= 13
    }
    Ok(())
}

fn thread(shared: &Shared, me: usize) -> StepResult {
    if me == 0 {
        shared.wants[0].store(1, SeqCst); //= 2
    } else {
        enter_second(shared)?; //= 9
    }
    if me == 0 || !shared.gives_way {
        down(&shared.wants[1 - me])?; //= 3
    }
    shared.inside.fetch_add(1, SeqCst); //= 4
    shared.inside.fetch_add(-1, SeqCst); //= 5
    shared.wants[me].store(0, SeqCst); //= 6
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        wants: [1, 2].map(|n| TracedAtomic::new(("wants", n), 0)),
        inside: TracedAtomic::new("inside", 0),
        gives_way: case.repaired,
    });
    let (one, two) = (shared.clone(), shared);
    Plan::new()
        .thread("first", move || thread(&one, 0))
        .thread("second", move || thread(&two, 1))
        .always(never_both_inside)
}
