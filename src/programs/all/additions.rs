//! Several additions by each thread: how many of them can be lost.
//!
//! One switch is enough to lose additions. From two additions each on, the least count is 2,
//! however many there are: each of the two writes a value that was read long before.
//!
//! ```text
//! adder[1]  load 0              store 1           the rest
//! adder[2]         all but one           load 1            store 2
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::listing::Source;
use super::super::program::{Case, Repair, Size};
use super::{StepProgram, StepResult, expect, release};
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::step::{Switch, operation};
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "additions",
    title: "Several additions each",
    question: "Two threads each add 1 to a count of 0, several times. What is the least that it \
               can be in the end?",
    guesses: &["what one of them has added", "2", "1"],
    right: 1,
    invariant: "Every addition is in the count.",
    hint: "A thread that has read the count can wait for as long as you like before it writes.",
    lesson: "A write of an old value undoes all additions since it was read, however many they \
            are. The least is 2 from two additions each on: the last thread to write has \
            read at least the 1 that undid everything else.",
    size: Some(Size { about: "additions of each thread", least: 1, most: 5, usual: 3 }),
    repair: Repair::LOCK,
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("additions.rs"), python: PYTHON },
    instantiate: |case| of(2, case),
};

const PYTHON: &str = "
def adder():
    for _ in range(n):
        with lock:
            count += 1
";

struct Shared {
    count: TracedAtomic,
    lock: Lock,
    on: Switch,
}

// [code]
fn adder(shared: &Shared, n: u32) -> StepResult {
    for number in 0..n {
        operation(number);
        let guard = shared.lock.lock_if(&shared.on)?; //= 3
        let seen = shared.count.load(Relaxed); //= 4
        shared.count.store(seen + 1, Relaxed); //= 4
        release(guard); //= 3
    }
    Ok(())
}
// [end]

/// This number of adders, each with the additions of `case`.
pub fn of(adders: u32, case: Case) -> Plan {
    let shared = Arc::new(Shared {
        count: TracedAtomic::new("count", 0),
        lock: Lock::new("lock"),
        on: Switch::new(case.repaired),
    });
    let plan = (1..=adders).fold(Plan::new(), |plan, number| {
        let shared = Arc::clone(&shared);
        plan.thread(("adder", number), move || adder(&shared, case.n))
    });
    let all = i64::from(adders * case.n);
    plan.at_end(move |_| {
        let count = shared.count.peek();
        let wrong = || format!("{all} additions, and the count is {count}");
        expect(count == all, "lost_update", wrong)
    })
}
