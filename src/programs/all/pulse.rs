//! An event that is set and cleared at once: the lost signal.
//!
//! ```text
//! writer    sets, clears
//! reader-1                waits for ever
//! reader-2                waits for ever
//! ```
#![expect(clippy::unnecessary_wraps, reason = "all bodies have the shape that a plan asks for")]

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult};
use crate::kit::event_flag::Event;
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "pulse",
    title: "The lost signal",
    question: "Two readers wait for an event. The writer sets it and clears it at once, to use it \
               again later. Do both readers go on?",
    guesses: &["yes, it was set", "no, one that is not through in time waits for ever"],
    right: 1,
    invariant: "Both readers go on.",
    hint: "Let the writer finish while a reader is still on its way to the event.",
    lesson: "An event that is cleared has not happened, for a thread that comes later. What has \
            happened stays set; to wake others again and again takes a condition or a queue.",
    size: None,
    repair: Repair::fix("the event stays set"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("pulse.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def writer():
    ready.set()
    ready.clear()           # not when repaired

def reader():
    ready.wait()
    went_on += 1
";

struct Shared {
    ready: Event,
    went_on: TracedAtomic,
    stays_set: bool,
}

// [code]
fn writer(shared: &Shared) -> StepResult {
    shared.ready.set(); //= 2
    if !shared.stays_set {
        shared.ready.clear(); //= 3
    }
    Ok(())
}

fn reader(shared: &Shared) -> StepResult {
    shared.ready.wait()?; //= 6
    shared.went_on.fetch_add(1, SeqCst); //= 7
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        ready: Event::new("ready"),
        went_on: TracedAtomic::new("went_on", 0),
        stays_set: case.repaired,
    });
    let (one, two, three) = (shared.clone(), shared.clone(), shared);
    Plan::new()
        .thread("reader-1", move || reader(&one))
        .thread("reader-2", move || reader(&two))
        .thread("writer", move || writer(&three))
}
