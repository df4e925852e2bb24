//! Read, add, write: the smallest race there is. Both threads read the same count, and the write of
//! the later one undoes the other's addition.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::listing::Source;
use super::super::program::{Case, Repair, Size};
use super::{StepProgram, StepResult, expect, release};
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::step::{Switch, local};
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "counter",
    title: "Read, add, write",
    question: "With two threads that each add 1 to a count of 0, what can it be in the end?",
    guesses: &["always 2", "1 or 2", "0, 1 or 2"],
    right: 1,
    invariant: "Every addition is in the count.",
    hint: "Let one thread read, then let the other do all of its work.",
    lesson: "`count += 1` is three steps. A thread that writes back a value that was read before \
            somebody else wrote undoes that other write.",
    size: Some(Size { about: "threads", least: 2, most: 4, usual: 2 }),
    repair: Repair::LOCK,
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("counter.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def add():
    with lock:
        seen = count
        seen += 1
        count = seen
";

struct Shared {
    count: TracedAtomic,
    lock: Lock,
    on: Switch,
}

// [code]
fn add(shared: &Shared) -> StepResult {
    let guard = shared.lock.lock_if(&shared.on)?; //= 2
    let seen = shared.count.load(Relaxed); //= 3
    local("add 1"); //= 4
    shared.count.store(seen + 1, Relaxed); //= 5
    release(guard); //= 2
    Ok(())
}
// [end]

/// Threads that each add once. Broken, a single switch loses an addition:
///
/// ```text
/// adder[1]  load 0, add 1                            store 1
/// adder[2]                 load 0, add 1, store 1             the count is 1 instead of 2
/// ```
fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        count: TracedAtomic::new("count", 0),
        lock: Lock::new("lock"),
        on: Switch::new(case.repaired),
    });
    let plan = (1..=case.n).fold(Plan::new(), |plan, number| {
        let shared = Arc::clone(&shared);
        plan.thread(("adder", number), move || add(&shared))
    });
    let all = i64::from(case.n);
    plan.at_end(move |_| {
        let count = shared.count.peek();
        let wrong = || format!("{all} additions, and the count is {count}");
        expect(count == all, "lost_update", wrong)
    })
}
