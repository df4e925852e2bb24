//! Double-checked initialisation, with the flag set before the value.
//!
//! ```text
//! one  ready is 0, locks, ready is 0, ready = 1                                value = 42
//! two                                             ready is 1, value is 0
//! ```
//!
//! The second thread never takes the lock, since the flag says that it need not.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release};

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect};
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "once",
    title: "Double-checked initialisation",
    question: "Each thread looks at a flag; only if it is not set does it take the lock, look \
               again, set the flag and make the value. Can a thread find the value missing?",
    guesses: &["no, the lock guards the making", "yes"],
    right: 1,
    invariant: "Each thread past the flag finds the value 42.",
    hint: "The second thread never asks for the lock if the flag is set.",
    lesson: "A flag that lets others pass without the lock promises that all is ready. So \
            it comes last.",
    size: None,
    repair: Repair::fix("make the value first, then set the flag"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("once.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def get():
    if not ready:
        with lock:
            if not ready:
                ready = True    # these two the other way round,
                value = 42      # when repaired
    found = value
";

struct Shared {
    ready: TracedAtomic,
    value: TracedAtomic,
    lock: Lock,
    value_first: bool,
}

// [code]
fn get(shared: &Shared, found: &TracedAtomic) -> StepResult {
    if shared.ready.load(Acquire) == 0 {
        //= 2
        let guard = shared.lock.lock()?; //= 3
        if shared.ready.load(Acquire) == 0 {
            //= 4
            if shared.value_first {
                shared.value.store(42, Release); //= 6
                shared.ready.store(1, Release); //= 5
            } else {
                shared.ready.store(1, Release); //= 5
                shared.value.store(42, Release); //= 6
            }
        }
        guard.unlock(); //= 3
    }
    found.store(shared.value.load(Acquire), Release); //= 7
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        ready: TracedAtomic::new("ready", 0),
        value: TracedAtomic::new("value", 0),
        lock: Lock::new("lock"),
        value_first: case.repaired,
    });
    let found: Arc<Vec<TracedAtomic>> =
        Arc::new((1..=2).map(|n| TracedAtomic::new(("found", n), 0)).collect());
    let (one, two) = ((shared.clone(), found.clone()), (shared, found.clone()));
    Plan::new()
        .thread("one", move || get(&one.0, &one.1[0]))
        .thread("two", move || get(&two.0, &two.1[1]))
        .at_end(move |_| {
            let values: Vec<i64> = found.iter().map(TracedAtomic::peek).collect();
            let wrong = || format!("found {values:?} instead of 42");
            expect(values == [42, 42], "uninitialised", wrong)
        })
}
