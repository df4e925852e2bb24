//! A notification that comes before the wait.
//!
//! ```text
//! waiter                                            waits: for ever
//! notifier  ready = 1, notifies: no thread waits
//! ```
//!
//! The repaired version looks at `ready` under the lock first. The notifier holds the same lock, so
//! its change cannot fall between the look and the wait.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect_ok};
use crate::kit::condition::Condition;
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "notify",
    title: "Notify before wait",
    question: "One thread waits on a condition, the other notifies it once. Is the waiter always \
               woken?",
    guesses: &["yes", "only if it waits already"],
    right: 1,
    invariant: "The waiter is woken.",
    hint: "Who runs first?",
    lesson: "A condition remembers nothing. What is waited for has to be written down, \
            under the lock, and looked at before every wait.",
    size: None,
    repair: Repair::fix("wait only while the flag is not set"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("notify.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def waiter():
    with condition:
        # while not ready:  # only when repaired
            condition.wait()

def notifier():
    with condition:
        ready = True
        condition.notify()
";

struct Shared {
    ready: TracedAtomic,
    lock: Arc<Lock>,
    condition: Condition,
}

// [code]
fn waiter(shared: &Shared) -> StepResult {
    let guard = shared.lock.lock()?; //= 2
    let guard = expect_ok(shared.condition.wait(guard))?; //= 4
    guard.unlock(); //= 2
    Ok(())
}

fn waiter_repaired(shared: &Shared) -> StepResult {
    let mut guard = shared.lock.lock()?; //= 2
    while shared.ready.load(SeqCst) == 0 {
        //= 3
        guard = expect_ok(shared.condition.wait(guard))?; //= 4
    }
    guard.unlock(); //= 2
    Ok(())
}

fn notifier(shared: &Shared) -> StepResult {
    let guard = shared.lock.lock()?; //= 7
    shared.ready.store(1, SeqCst); //= 8
    expect_ok(shared.condition.notify_one())?; //= 9
    guard.unlock(); //= 7
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let lock = Arc::new(Lock::new("lock"));
    let shared = Arc::new(Shared {
        ready: TracedAtomic::new("ready", 0),
        condition: Condition::new("condition", &lock),
        lock,
    });
    let (one, two) = (shared.clone(), shared);
    let wait = if case.repaired { waiter_repaired } else { waiter };
    Plan::new().thread("waiter", move || wait(&one)).thread("notifier", move || notifier(&two))
}
