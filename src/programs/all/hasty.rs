//! Phases that one of the threads does not wait for.
//!
//! ```text
//! worker[1]  writes, does not wait, reads slot[2]: 0
//! worker[2]                                          writes, waits, reads slot[3]
//! worker[3]                                          writes, waits, reads slot[1]
//! ```
//!
//! The barrier is made for the number of threads that come to it: two in the broken version, three
//! in the repaired one. So no thread waits for ever, and what fails is the order alone.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect, expect_ok};
use crate::kit::barrier::Barrier;
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "hasty",
    title: "The one that does not wait",
    question: "Each of three threads writes its slot, waits for the others at a barrier, and reads \
               its neighbour's slot. The first does not wait. Does each find what the \
               neighbour has written?",
    guesses: &["yes, the others wait", "the first one may not"],
    right: 1,
    invariant: "Each finds its neighbour's slot written.",
    hint: "Let the first one do all of its work at once.",
    lesson: "A barrier separates phases only for those who wait at it. One that goes on is in \
            the next phase while the others are still in this one.",
    size: None,
    repair: Repair::fix("all three wait"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("hasty.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def worker(me):
    slots[me] = 1
    if me != 0:             # all, when repaired
        barrier.wait()
    found[me] = slots[(me + 1) % 3]
";

struct Shared {
    slots: [TracedAtomic; WORKERS],
    barrier: Barrier,
    all_wait: bool,
    /// Each thread's own result: no other looks, so it is no step.
    found: [AtomicI64; WORKERS],
}

// [code]
fn worker(shared: &Shared, me: usize) -> StepResult {
    shared.slots[me].store(1, SeqCst); //= 2
    if me != 0 || shared.all_wait {
        expect_ok(shared.barrier.wait())?; //= 4
    }
    let found = shared.slots[(me + 1) % WORKERS].load(SeqCst); //= 5
    shared.found[me].store(found, Relaxed); //= 5
    Ok(())
}
// [end]

const WORKERS: usize = 3;

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        slots: [1, 2, 3].map(|n| TracedAtomic::new(("slot", n), 0)),
        barrier: Barrier::new("barrier", if case.repaired { 3 } else { 2 }),
        all_wait: case.repaired,
        found: Default::default(),
    });
    let plan = (1..=3).fold(Plan::new(), |plan, number| {
        let shared = Arc::clone(&shared);
        plan.thread(("worker", number), move || worker(&shared, number as usize - 1))
    });
    plan.at_end(move |_| {
        let early = shared.found.iter().position(|found| found.load(Relaxed) == 0);
        let wrong = || format!("worker[{}] found nothing", early.unwrap_or_default() + 1);
        expect(early.is_none(), "too_early", wrong)
    })
}
