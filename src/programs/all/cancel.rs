//! A cancellation flag that is read only once.
//!
//! ```text
//! worker     flag is 0, item 1                     item 2, item 3
//! canceller                     sets it, notes 1                    2 items were begun later
//! ```
//!
//! The canceller notes the number of begun items just after it has set the flag, so that the check
//! at the end knows how many came after that. One is allowed also in the repaired version: it can
//! begin between the worker's look and its work.
#![expect(clippy::unnecessary_wraps, reason = "all bodies have the shape that a plan asks for")]

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect};
use crate::kit::explore::{Memory, Plan};
use crate::kit::step::operation;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "cancel",
    title: "A flag read once",
    question: "A worker looks at the cancellation flag, then works through three items. The flag \
               is set at some moment. How many items are begun after that?",
    guesses: &["none", "at most one", "up to three"],
    right: 2,
    invariant: "At most one item is begun after the cancellation.",
    hint: "Let the worker look first.",
    lesson: "A flag does not stop a thread that does not read it. Read it before each item, and know that \
            one may still slip through between the look and the work.",
    size: None,
    repair: Repair::fix("look before each item"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("cancel.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def worker():
    stop = cancelled
    for item in range(3):
        # stop = cancelled  # only when repaired
        if stop:
            return
        begun += 1

def canceller():
    cancelled = True
    at_that_time = begun
";

struct Shared {
    cancelled: TracedAtomic,
    begun: TracedAtomic,
    at_that_time: TracedAtomic,
    again: bool,
}

// [code]
fn worker(shared: &Shared) -> StepResult {
    let mut stop = shared.cancelled.load(SeqCst); //= 2
    for item in 0..3 {
        operation(item);
        if shared.again && item > 0 {
            stop = shared.cancelled.load(SeqCst); //= 4
        }
        if stop == 1 {
            //= 5
            return Ok(());
        }
        shared.begun.fetch_add(1, SeqCst); //= 7
    }
    Ok(())
}

fn canceller(shared: &Shared) -> StepResult {
    shared.cancelled.store(1, SeqCst); //= 10
    let begun = shared.begun.load(SeqCst); //= 11
    shared.at_that_time.store(begun, SeqCst); //= 11
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        cancelled: TracedAtomic::new("cancelled", 0),
        begun: TracedAtomic::new("begun", 0),
        at_that_time: TracedAtomic::new("at-that-time", 0),
        again: case.repaired,
    });
    let (working, cancelling) = (shared.clone(), shared.clone());
    Plan::new()
        .thread("worker", move || worker(&working))
        .thread("canceller", move || canceller(&cancelling))
        .at_end(move |_| {
            let late = shared.begun.peek() - shared.at_that_time.peek();
            let wrong = || format!("{late} items were begun after the cancellation");
            expect(late <= 1, "late_work", wrong)
        })
}
