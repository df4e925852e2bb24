//! A semaphore as a lock, and with a permit too many.
//!
//! ```text
//! one  acquires, load 0                                  store 1
//! two                    acquires, load 0, store 1                 the count is 1 instead of 2
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect, expect_ok};
use crate::kit::explore::{Memory, Plan};
use crate::kit::semaphore::Semaphore;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "permits",
    title: "A semaphore as a lock",
    question: "Two threads add 1 inside a semaphore of 2 permits. Are both additions kept?",
    guesses: &["yes, the semaphore guards them", "not always"],
    right: 1,
    invariant: "Every addition is in the count.",
    hint: "How many may be inside at once?",
    lesson: "A semaphore limits how many, not who. Only with one permit is it a lock.",
    size: None,
    repair: Repair::fix("one permit instead of two"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("permits.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def add():
    with semaphore:         # Semaphore(2), Semaphore(1) when repaired
        seen = count
        count = seen + 1
";

struct Shared {
    count: TracedAtomic,
    semaphore: Semaphore,
}

// [code]
fn add(shared: &Shared) -> StepResult {
    shared.semaphore.acquire()?; //= 2
    let seen = shared.count.load(Relaxed); //= 3
    shared.count.store(seen + 1, Relaxed); //= 4
    expect_ok(shared.semaphore.release(1))?; //= 2
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let permits = if case.repaired { 1 } else { 2 };
    let shared = Arc::new(Shared {
        count: TracedAtomic::new("count", 0),
        semaphore: Semaphore::bounded("semaphore", permits),
    });
    let (one, two) = (shared.clone(), shared.clone());
    Plan::new().thread("one", move || add(&one)).thread("two", move || add(&two)).at_end(
        move |_| {
            let count = shared.count.peek();
            let wrong = || format!("2 additions, and the count is {count}");
            expect(count == 2, "lost_update", wrong)
        },
    )
}
