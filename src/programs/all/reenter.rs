//! A function that holds the lock calls another one that takes it.
//!
//! One thread is enough for this deadlock: it waits for the lock that it holds itself. The search
//! finds it in every order in which `add_twice` gets the lock, and those are all.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect};
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::rlock::RLock;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "reenter",
    title: "Lock or RLock",
    question: "`add_twice` holds the lock and calls `add`, which takes the lock. How many threads \
               does this deadlock need?",
    guesses: &["two", "one is enough", "it does not deadlock"],
    right: 1,
    invariant: "All additions are made.",
    hint: "Look at what the first thread waits for.",
    lesson: "A plain lock does not know that the one who asks is the one who holds. An \
            RLock does, and counts.",
    size: None,
    repair: Repair::fix("a lock that its holder may take again"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("reenter.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def add():
    with lock:              # Lock(), RLock() when repaired
        count += 1

def add_twice():
    with lock:
        add()
        add()
";

struct Shared {
    count: TracedAtomic,
    lock: Lock,
    rlock: RLock,
}

// [code]
fn add(shared: &Shared) -> StepResult {
    let guard = shared.lock.lock()?; //= 2
    shared.count.fetch_add(1, SeqCst); //= 3
    guard.unlock(); //= 2
    Ok(())
}

fn add_twice(shared: &Shared) -> StepResult {
    let guard = shared.lock.lock()?; //= 6
    add(shared)?; //= 7
    add(shared)?; //= 8
    guard.unlock(); //= 6
    Ok(())
}

fn add_repaired(shared: &Shared) -> StepResult {
    let guard = shared.rlock.lock()?; //= 2
    shared.count.fetch_add(1, SeqCst); //= 3
    guard.unlock(); //= 2
    Ok(())
}

fn add_twice_repaired(shared: &Shared) -> StepResult {
    let guard = shared.rlock.lock()?; //= 6
    add_repaired(shared)?; //= 7
    add_repaired(shared)?; //= 8
    guard.unlock(); //= 6
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        count: TracedAtomic::new("count", 0),
        lock: Lock::new("lock"),
        rlock: RLock::new("rlock"),
    });
    let (one, two) = (shared.clone(), shared.clone());
    let (once, twice) = if case.repaired {
        (add_repaired as fn(&Shared) -> StepResult, add_twice_repaired as fn(&Shared) -> StepResult)
    } else {
        (add as fn(&Shared) -> StepResult, add_twice as fn(&Shared) -> StepResult)
    };
    Plan::new().thread("twice", move || twice(&one)).thread("once", move || once(&two)).at_end(
        move |_| {
            let count = shared.count.peek();
            let wrong = || format!("3 additions, and the count is {count}");
            expect(count == 3, "lost_update", wrong)
        },
    )
}
