//! A barrier made of a count and an event, used a second time.
//!
//! The event is set in the first round and never cleared, so in the second it holds no thread back:
//!
//! ```text
//! worker-1  arrives
//! worker-2           arrives, sets, passes   round 2: arrives, passes, reads slot[1]
//! ```
//!
//! worker-2 finds the value of round 1 in the slot of worker-1, and is ahead by a round.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect, expect_ok};
use crate::kit::barrier::Barrier;
use crate::kit::event_flag::Event;
use crate::kit::explore::{Memory, Plan};
use crate::kit::step::operation;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "barrier",
    title: "A barrier, used again",
    question: "The last of two threads to arrive sets an event that both wait for. It works. Does \
               it also work in the second round?",
    guesses: &["yes, the count begins at 0 again", "no, the event is still set"],
    right: 1,
    invariant: "No thread is ahead of the other by a round.",
    hint: "Get both through the first round, then let one of them go on alone.",
    lesson: "A barrier has to let all out before it lets any in again. Real ones count \
            their rounds, or have a second door for leaving.",
    size: None,
    repair: Repair::fix("a barrier that counts its rounds"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("barrier.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def meet():
    arrived += 1
    if arrived == 2:
        arrived = 0
        open.set()
    open.wait()

def worker(me, other):
    for round in (1, 2):
        slots[me] = round
        meet()              # threading.Barrier(2).wait() when repaired
        assert slots[other] >= round
";

struct Shared {
    slots: [TracedAtomic; 2],
    arrived: TracedAtomic,
    open: Event,
    /// In the place of the other two when repaired.
    barrier: Option<Barrier>,
    /// The round in which a thread was ahead; not looked at by the threads, so it is no step.
    ahead: AtomicI64,
}

// [code]
fn meet(shared: &Shared) -> StepResult {
    if let Some(barrier) = &shared.barrier {
        expect_ok(barrier.wait())?; //= 11
        return Ok(());
    }
    if shared.arrived.fetch_add(1, SeqCst) == 1 {
        //= 2
        shared.arrived.store(0, SeqCst); //= 4
        shared.open.set(); //= 5
    }
    shared.open.wait()?; //= 6
    Ok(())
}

fn worker(shared: &Shared, me: usize) -> StepResult {
    for round in [1, 2] {
        operation(round);
        let round = i64::from(round);
        shared.slots[me].store(round, SeqCst); //= 10
        meet(shared)?; //= 11
        if shared.slots[1 - me].load(SeqCst) < round {
            //= 12
            shared.ahead.store(round, Relaxed);
        }
    }
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        slots: [1, 2].map(|n| TracedAtomic::new(("slot", n), 0)),
        arrived: TracedAtomic::new("arrived", 0),
        open: Event::new("open"),
        barrier: case.repaired.then(|| Barrier::new("barrier", 2)),
        ahead: AtomicI64::new(0),
    });
    let (one, two) = (shared.clone(), shared.clone());
    Plan::new()
        .thread("worker-1", move || worker(&one, 0))
        .thread("worker-2", move || worker(&two, 1))
        .at_end(move |_| {
            let ahead = shared.ahead.load(Relaxed);
            let wrong = || format!("a thread was through round {ahead} before the other came");
            expect(ahead == 0, "too_early", wrong)
        })
}
