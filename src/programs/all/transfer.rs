//! Two accesses, each atomic, together not: money that is nowhere for a moment.
//!
//! ```text
//! clerk    left 60 -> 50                                     right 40 -> 50
//! auditor                  reads left 50, reads right 40                     the sum is 90
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect, release};
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::step::Switch;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "transfer",
    title: "Each atomic, together not",
    question: "10 moves from one account to the other; each booking holds the lock. An auditor \
               adds both accounts up, each reading under the lock. Is the sum always 100?",
    guesses: &["yes, every access holds the lock", "no"],
    right: 1,
    invariant: "The auditor finds 100.",
    hint: "The auditor has to look between the two bookings.",
    lesson: "What must not be seen half done has to be done in one hold of the lock, and \
            so has the looking.",
    size: None,
    repair: Repair::fix("one hold of a lock for both bookings, and for both readings"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("transfer.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def clerk():
    with whole:             # only when repaired
        with lock:
            left -= 10
        with lock:
            right += 10

def auditor():
    with whole:             # only when repaired
        with lock:
            a = left
        with lock:
            b = right
    total = a + b
";

struct Shared {
    left: TracedAtomic,
    right: TracedAtomic,
    lock: Lock,
    whole: Lock,
    on: Switch,
    total: TracedAtomic,
}

// [code]
fn clerk(bank: &Shared) -> StepResult {
    let whole = bank.whole.lock_if(&bank.on)?; //= 2
    let guard = bank.lock.lock()?; //= 3
    bank.left.fetch_add(-10, SeqCst); //= 4
    guard.unlock(); //= 3
    let guard = bank.lock.lock()?; //= 5
    bank.right.fetch_add(10, SeqCst); //= 6
    guard.unlock(); //= 5
    release(whole); //= 2
    Ok(())
}

fn auditor(bank: &Shared) -> StepResult {
    let whole = bank.whole.lock_if(&bank.on)?; //= 9
    let guard = bank.lock.lock()?; //= 10
    let left = bank.left.load(SeqCst); //= 11
    guard.unlock(); //= 10
    let guard = bank.lock.lock()?; //= 12
    let right = bank.right.load(SeqCst); //= 13
    guard.unlock(); //= 12
    release(whole); //= 9
    bank.total.store(left + right, SeqCst); //= 14
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let bank = Arc::new(Shared {
        left: TracedAtomic::new("left", 60),
        right: TracedAtomic::new("right", 40),
        lock: Lock::new("lock"),
        whole: Lock::new("whole"),
        on: Switch::new(case.repaired),
        total: TracedAtomic::new("total", 0),
    });
    let (clerks, auditors) = (bank.clone(), bank.clone());
    Plan::new()
        .thread("clerk", move || clerk(&clerks))
        .thread("auditor", move || auditor(&auditors))
        .at_end(move |_| {
            let total = bank.total.peek();
            let wrong = || format!("the auditor found {total} instead of 100");
            expect(total == 100, "torn_read", wrong)
        })
}
