//! A re-entrant lock that is released once less than it was taken.
//!
//! ```text
//! walker-1  acquires: 1, acquires: 2, releases: 1, ends     the lock keeps its holder
//! walker-2                                                  waits for ever
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect_ok};
use crate::kit::explore::{Memory, Plan};
use crate::kit::rlock::RLock;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "fewreleases",
    title: "One release too few",
    question: "A thread takes a re-entrant lock twice and releases it once. It has ended. Does the \
               other one get the lock?",
    guesses: &["yes, no thread uses it any more", "only if it was there first"],
    right: 1,
    invariant: "Both get the lock.",
    hint: "Let the one that forgets go first.",
    lesson: "A re-entrant lock counts. It is free after as many releases as it was taken, and \
            the end of its holder is none: use a guard, or `with`.",
    size: None,
    repair: Repair::fix("released as often as taken"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("few_releases.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def walker():
    rlock.acquire()
    visits += 1
    rlock.acquire()         # again, by its holder
    visits += 1
    rlock.release()
    rlock.release()         # the first thread forgets this one, unless repaired
";

struct Shared {
    visits: TracedAtomic,
    lock: RLock,
}

// [code]
fn walker(shared: &Shared, forgets: bool) -> StepResult {
    shared.lock.acquire()?; //= 2
    shared.visits.fetch_add(1, Relaxed); //= 3
    shared.lock.acquire()?; //= 4
    shared.visits.fetch_add(1, Relaxed); //= 5
    expect_ok(shared.lock.release())?; //= 6
    if !forgets {
        expect_ok(shared.lock.release())?; //= 7
    }
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared =
        Arc::new(Shared { visits: TracedAtomic::new("visits", 0), lock: RLock::new("rlock") });
    let (one, two) = (shared.clone(), shared);
    Plan::new()
        .thread("walker-1", move || walker(&one, !case.repaired))
        .thread("walker-2", move || walker(&two, false))
}
