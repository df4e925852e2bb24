//! The ticket desk: two desks sell the same seat.
//!
//! ```text
//! desk[1]  the seat is free                       writes its name, sold
//! desk[2]                    the seat is free                             writes its name, sold
//! ```
//!
//! The repaired version looks and writes in one `compare_exchange`, which fails for the later one.
#![expect(clippy::unnecessary_wraps, reason = "all bodies have the shape that a plan asks for")]

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair, Size};
use super::{StepProgram, StepResult, expect};
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "tickets",
    title: "The ticket desk",
    question: "One seat is left. Each desk looks whether it is free, and sells it if so. \
               Every access is atomic. Can it be sold twice?",
    guesses: &["no, every access is atomic", "yes"],
    right: 1,
    invariant: "A seat is sold once.",
    hint: "Both desks have to see the seat free before either of them writes its name on it.",
    lesson: "Atomic accesses do not make an atomic decision. `compare_exchange` looks and \
            writes in one step, and tells who came second.",
    size: Some(Size { about: "desks", least: 2, most: 4, usual: 2 }),
    repair: Repair::fix("look and sell in one step, by compare-exchange"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("tickets.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def desk(me):
    if seat == FREE:
        seat = me
        sold += 1

def desk_repaired(me):
    if seat.compare_exchange(FREE, me):
        sold += 1
";

struct Shared {
    seat: TracedAtomic,
    sold: TracedAtomic,
}

// [code]
fn desk(shared: &Shared, me: i64) -> StepResult {
    if shared.seat.load(SeqCst) == FREE {
        //= 2
        shared.seat.store(me, SeqCst); //= 3
        shared.sold.fetch_add(1, SeqCst); //= 4
    }
    Ok(())
}

fn desk_repaired(shared: &Shared, me: i64) -> StepResult {
    if shared.seat.compare_exchange(FREE, me, SeqCst, SeqCst).is_ok() {
        //= 7
        shared.sold.fetch_add(1, SeqCst); //= 8
    }
    Ok(())
}
// [end]

const FREE: i64 = 0;

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        seat: TracedAtomic::new("seat", FREE),
        sold: TracedAtomic::new("sold", 0),
    });
    let sell = if case.repaired { desk_repaired } else { desk };
    let plan = (1..=case.n).fold(Plan::new(), |plan, number| {
        let shared = Arc::clone(&shared);
        plan.thread(("desk", number), move || sell(&shared, number.into()))
    });
    plan.at_end(move |_| {
        let sold = shared.sold.peek();
        let wrong = || format!("the one seat was sold {sold} times");
        expect(sold == 1, "double_sale", wrong)
    })
}
