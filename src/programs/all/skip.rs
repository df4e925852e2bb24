//! A lock that one of the threads does not take.
//!
//! ```text
//! careful   locks, load 0                     store 1, unlocks
//! careless                 load 0, store 1                        the count is 1 instead of 2
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
    id: "skip",
    title: "The lock that one skips",
    question: "One thread adds 1 under the lock, the other adds 1 without. Is one lock enough \
               to keep both additions?",
    guesses: &["yes, no thread gets in between", "no"],
    right: 1,
    invariant: "Every addition is in the count.",
    hint: "Let the careful one read. Nothing keeps the careless one out.",
    lesson: "A lock keeps out only those who ask for it. It protects nothing by itself.",
    size: None,
    repair: Repair::fix("both take the lock"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("skip.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def careful():
    with lock:
        seen = count
        count = seen + 1

def careless():
    # with lock:            # only when repaired
        seen = count
        count = seen + 1
";

struct Shared {
    count: TracedAtomic,
    lock: Lock,
    both: Switch,
}

// [code]
fn careful(shared: &Shared) -> StepResult {
    let guard = shared.lock.lock()?; //= 2
    let seen = shared.count.load(Relaxed); //= 3
    shared.count.store(seen + 1, Relaxed); //= 4
    guard.unlock(); //= 2
    Ok(())
}

fn careless(shared: &Shared) -> StepResult {
    let guard = shared.lock.lock_if(&shared.both)?; //= 7
    let seen = shared.count.load(Relaxed); //= 8
    shared.count.store(seen + 1, Relaxed); //= 9
    release(guard); //= 7
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        count: TracedAtomic::new("count", 0),
        lock: Lock::new("lock"),
        both: Switch::new(case.repaired),
    });
    let (one, two) = (shared.clone(), shared.clone());
    Plan::new()
        .thread("careful", move || careful(&one))
        .thread("careless", move || careless(&two))
        .at_end(move |_| {
            let count = shared.count.peek();
            let wrong = || format!("2 additions, and the count is {count}");
            expect(count == 2, "lost_update", wrong)
        })
}
