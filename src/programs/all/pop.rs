//! Check, then act: two threads find one value, and both take it.
//!
//! ```text
//! remover-1  locks, 1 value, unlocks                              locks, takes: length -1
//! remover-2                           looks, takes: length 0
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect, release};
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::step::Switch;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "pop",
    title: "Check, then pop",
    question: "One value is in the list. Two removers each look whether there is one, and take it \
               if so; looking and taking each hold the lock. Can the list become shorter than empty?",
    guesses: &["no, there is a lock", "yes"],
    right: 1,
    invariant: "Nothing is taken from an empty list.",
    hint: "Let both look before either of them takes.",
    lesson: "A lock around each access is not a lock around the decision. What was true \
            when it was looked at need not be true when it is acted upon.",
    size: None,
    repair: Repair::fix("one lock around both looking and taking"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("pop.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def remover():
    with outer:             # only when repaired
        with lock:
            found = len(values) > 0
        if found:
            with lock:
                values.pop()
";

struct Shared {
    length: TracedAtomic,
    lock: Lock,
    outer: Lock,
    on: Switch,
}

// [code]
fn remover(list: &Shared) -> StepResult {
    let whole = list.outer.lock_if(&list.on)?; //= 2
    let looking = list.lock.lock()?; //= 3
    let found = list.length.load(Relaxed) > 0; //= 4
    looking.unlock(); //= 3
    if found {
        let taking = list.lock.lock()?; //= 6
        list.length.fetch_add(-1, Relaxed); //= 7
        taking.unlock(); //= 6
    }
    release(whole); //= 2
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let list = Arc::new(Shared {
        length: TracedAtomic::new("length", 1),
        lock: Lock::new("lock"),
        outer: Lock::new("outer"),
        on: Switch::new(case.repaired),
    });
    let (one, two) = (list.clone(), list.clone());
    Plan::new()
        .thread("remover-1", move || remover(&one))
        .thread("remover-2", move || remover(&two))
        .at_end(move |_| {
            let length = list.length.peek();
            let wrong = || format!("the list of one value has the length {length}");
            expect(length == 0, "empty_pop", wrong)
        })
}
