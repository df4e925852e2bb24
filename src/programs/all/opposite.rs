//! Two locks, taken in opposite orders.
//!
//! ```text
//! one  takes A               wants B ─┐     each has what the other wants:
//! two            takes B     wants A ─┘     a cycle of two
//! ```

use std::sync::Arc;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult};
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;

pub static PROGRAM: StepProgram = StepProgram {
    id: "opposite",
    title: "Two locks, opposite orders",
    question: "One thread takes lock A, then B; the other B, then A. Both let go of both. How many \
               switches at an unlucky moment does the deadlock need?",
    guesses: &["one", "two", "three"],
    right: 0,
    invariant: "Both threads come to their end.",
    hint: "Switch right after the first lock.",
    lesson: "If all threads take locks in the same order, none can wait for another that \
            waits for it.",
    size: None,
    repair: Repair::fix("both take A before B"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("opposite.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def both(first, second):
    with first:
        with second:
            pass            # one: both(a, b), two: both(b, a)
";

struct Shared {
    a: Lock,
    b: Lock,
}

// [code]
fn both(first: &Lock, second: &Lock) -> StepResult {
    let one = first.lock()?; //= 2
    let two = second.lock()?; //= 3
    two.unlock(); //= 3
    one.unlock(); //= 2
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared { a: Lock::new("A"), b: Lock::new("B") });
    let (one, two) = (shared.clone(), shared);
    let same = case.repaired;
    Plan::new()
        .thread("one", move || both(&one.a, &one.b))
        .thread("two", move || if same { both(&two.a, &two.b) } else { both(&two.b, &two.a) })
}
