//! A spin lock that tests first and sets then.
//!
//! ```text
//! one  flag is 0                flag = 1, inside
//! two             flag is 0                       flag = 1, inside too
//! ```
//!
//! In the repaired version `swap` decides. A thread that came second reads until the flag is 0
//! before it tries again: reading leaves the flag in every core's cache, where swapping would not.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, never_both_inside};
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

pub static PROGRAM: StepProgram = StepProgram {
    id: "spin",
    title: "Test, then set",
    question: "A spin lock waits until the flag is 0 and then sets it to 1. Can both threads be \
               inside?",
    guesses: &["no, the flag is set", "yes"],
    right: 1,
    invariant: "Never both inside.",
    hint: "Both have to see the flag at 0.",
    lesson: "Testing and setting have to be one step: `swap` or `compare_exchange`.",
    size: None,
    repair: Repair::fix("test and set in one step, by swap"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("spin.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def enter():
    while flag != 0:
        pass
    flag = 1

def enter_repaired():
    while swap(flag, 1) != 0:
        while flag != 0:
            pass

def thread():
    enter()
    inside += 1
    inside -= 1
    flag = 0
";

struct Shared {
    flag: TracedAtomic,
    inside: TracedAtomic,
}

// [code]
fn enter(shared: &Shared) -> StepResult {
    await_until(&[&shared.flag], "flag is 0", |flag| flag[0] == 0)?; //= 2
    shared.flag.store(1, SeqCst); //= 4
    Ok(())
}

fn enter_repaired(shared: &Shared) -> StepResult {
    while shared.flag.swap(1, SeqCst) != 0 {
        //= 7
        await_until(&[&shared.flag], "flag is 0", |flag| flag[0] == 0)?; //= 8
    }
    Ok(())
}

fn thread(shared: &Shared, enter: fn(&Shared) -> StepResult) -> StepResult {
    enter(shared)?; //= 12
    shared.inside.fetch_add(1, SeqCst); //= 13
    shared.inside.fetch_add(-1, SeqCst); //= 14
    shared.flag.store(0, SeqCst); //= 15
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        flag: TracedAtomic::new("flag", 0),
        inside: TracedAtomic::new("inside", 0),
    });
    let (one, two) = (shared.clone(), shared);
    let enter = if case.repaired { enter_repaired } else { enter };
    Plan::new()
        .thread("one", move || thread(&one, enter))
        .thread("two", move || thread(&two, enter))
        .always(never_both_inside)
}
