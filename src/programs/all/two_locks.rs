//! One counter behind two locks.
//!
//! ```text
//! one  takes lock, load 0                                          store 1
//! two                      takes second lock, load 0, store 1                the count is 1
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect};
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "twolocks",
    title: "Two locks for one count",
    question: "Each thread adds 1 under a lock, but not under the same one. Are both additions \
               kept?",
    guesses: &["yes, each has a lock", "no"],
    right: 1,
    invariant: "Every addition is in the count.",
    hint: "Neither lock is ever wanted by both.",
    lesson: "A lock keeps apart only those who take the same one. One thing that is shared, \
            one lock.",
    size: None,
    repair: Repair::fix("both take the first lock"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("two_locks.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def add(lock):              # another one for each thread,
    with lock:              # the same one when repaired
        seen = count
        count = seen + 1
";

struct Shared {
    count: TracedAtomic,
    locks: [Lock; 2],
}

// [code]
fn add(count: &TracedAtomic, lock: &Lock) -> StepResult {
    let guard = lock.lock()?; //= 2
    let seen = count.load(Relaxed); //= 3
    count.store(seen + 1, Relaxed); //= 4
    guard.unlock(); //= 2
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        count: TracedAtomic::new("count", 0),
        locks: [Lock::new("lock"), Lock::new("second lock")],
    });
    let second = usize::from(!case.repaired);
    let (one, two) = (shared.clone(), shared.clone());
    Plan::new()
        .thread("one", move || add(&one.count, &one.locks[0]))
        .thread("two", move || add(&two.count, &two.locks[second]))
        .at_end(move |_| {
            let count = shared.count.peek();
            let wrong = || format!("2 additions, and the count is {count}");
            expect(count == 2, "lost_update", wrong)
        })
}
