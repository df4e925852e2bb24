//! Data that is read without waiting until it is ready.
//!
//! ```text
//! writer                 data = 42, sets the event
//! reader  reads data: 0
//! ```
//!
//! Two threads that were started one after the other run in either order.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect};
use crate::kit::event_flag::Event;
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "nowait",
    title: "Read before it is ready",
    question: "The writer was started first: it makes the data ready and sets an event. The reader \
               just reads. Does it find the data?",
    guesses: &["yes, the writer was first", "not always"],
    right: 1,
    invariant: "The reader finds 42.",
    hint: "To be started first does not mean to be done first.",
    lesson: "An event holds back only those who wait for it. The order in which threads are \
            started says nothing about the order of what they do.",
    size: None,
    repair: Repair::fix("the reader waits for the event"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("no_wait.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def writer():
    data = 42
    ready.set()

def reader():
    ready.wait()            # only when repaired
    found = data
";

struct Shared {
    data: TracedAtomic,
    ready: Event,
    waits: bool,
    /// The reader's own result: no other thread looks, so it is no step.
    found: AtomicI64,
}

#[expect(clippy::unnecessary_wraps, reason = "all bodies have the shape that a plan asks for")]
// [code]
fn writer(shared: &Shared) -> StepResult {
    shared.data.store(42, SeqCst); //= 2
    shared.ready.set(); //= 3
    Ok(())
}

fn reader(shared: &Shared) -> StepResult {
    if shared.waits {
        shared.ready.wait()?; //= 6
    }
    let found = shared.data.load(SeqCst); //= 7
    shared.found.store(found, Relaxed); //= 7
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        data: TracedAtomic::new("data", 0),
        ready: Event::new("ready"),
        waits: case.repaired,
        found: AtomicI64::new(0),
    });
    let (one, two) = (shared.clone(), shared.clone());
    Plan::new()
        .thread("writer", move || writer(&one))
        .thread("reader", move || reader(&two))
        .at_end(move |_| {
            let found = shared.found.load(Relaxed);
            expect(found == 42, "too_early", || format!("the reader found {found}"))
        })
}
