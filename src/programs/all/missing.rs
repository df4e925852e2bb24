//! A barrier for one thread more than there are.
//!
//! It fails in every order, because the third arrival that the barrier waits for never comes. A
//! program like this shows that a failure need not be a matter of timing.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect_ok};
use crate::kit::barrier::Barrier;
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "missing",
    title: "The participant that never comes",
    question: "A barrier is made for three threads, and two come. What do they do?",
    guesses: &["they go on: all that there are have come", "they wait for ever"],
    right: 1,
    invariant: "All threads get past the barrier.",
    hint: "It fails in every order.",
    lesson: "A barrier counts arrivals, and knows nothing of threads that were never started or \
            have ended early. As many parties as threads, and `abort` for one that gives up.",
    size: None,
    repair: Repair::fix("made for two"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("missing.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def worker():
    arrived += 1
    barrier.wait()          # Barrier(3), Barrier(2) when repaired
    passed += 1
";

struct Shared {
    arrived: TracedAtomic,
    passed: TracedAtomic,
    barrier: Barrier,
}

// [code]
fn worker(shared: &Shared) -> StepResult {
    shared.arrived.fetch_add(1, Relaxed); //= 2
    expect_ok(shared.barrier.wait())?; //= 3
    shared.passed.fetch_add(1, Relaxed); //= 4
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        arrived: TracedAtomic::new("arrived", 0),
        passed: TracedAtomic::new("passed", 0),
        barrier: Barrier::new("barrier", if case.repaired { 2 } else { 3 }),
    });
    let (one, two) = (shared.clone(), shared);
    Plan::new().thread("worker-1", move || worker(&one)).thread("worker-2", move || worker(&two))
}
