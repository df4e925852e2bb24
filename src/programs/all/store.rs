//! Store buffering: what x86 does to stores that nothing holds back.
//!
//! ```text
//! one  x = 1 (in its buffer), load y 0      x reaches the memory
//! two  y = 1 (in its buffer), load x 0      y reaches the memory
//! ```
//!
//! Under sequential consistency one of the two stores is first in the order of all steps, so the
//! load of the other thread finds it. With store buffers (x86-TSO: Sewell et al., "x86-TSO: a
//! rigorous and usable programmer's model", CACM 53 (7), 2010) both loads can come before both
//! stores.
#![expect(clippy::unnecessary_wraps, reason = "all bodies have the shape that a plan asks for")]

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::{self, Relaxed, SeqCst};

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect};
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "store",
    title: "Store buffering",
    question: "Each thread sets its own flag and then looks at the other's. The one that comes \
               second must see the first one's flag. Can both find 0?",
    guesses: &["no", "yes, on a machine with store buffers"],
    right: 1,
    invariant: "At least one of them sees the other's flag.",
    hint: "A store can wait in its thread's buffer while the thread goes on to its load.",
    lesson: "On x86 a store may become visible after a later load of the same thread. No \
            order of steps explains that; a sequentially consistent store forbids it.",
    size: None,
    repair: Repair::fix("sequentially consistent stores"),
    memories: &[Memory::Tso, Memory::Sc],
    source: Source { rust: include_str!("store.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def thread(mine, other):    # no such thing in Python:
    mine = 1                # its threads see stores in order
    found = other
";

#[rustfmt::skip]
// [code]
fn thread(mine: &TracedAtomic, other: &TracedAtomic, found: &AtomicI64, order: Ordering) -> StepResult {
    mine.store(1, order); //= 2
    let seen = other.load(order); //= 3
    found.store(seen, Relaxed); //= 3
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let atomic = |name| Arc::new(TracedAtomic::new(name, 0));
    let (x, y) = (atomic("x"), atomic("y"));
    let order = if case.repaired { SeqCst } else { Relaxed };
    // Each thread's own result: no other thread looks, so it is no step.
    let found = Arc::new([AtomicI64::new(-1), AtomicI64::new(-1)]);
    let (one, two) = ((x.clone(), y.clone(), found.clone()), (y.clone(), x.clone(), found.clone()));
    Plan::new()
        .thread("one", move || thread(&one.0, &one.1, &one.2[0], order))
        .thread("two", move || thread(&two.0, &two.1, &two.2[1], order))
        .memory([x, y])
        .at_end(move |_| {
            let both = found.iter().all(|found| found.load(Relaxed) == 0);
            expect(!both, "both_zero", || "both found 0".to_owned())
        })
}
