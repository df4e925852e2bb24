//! The dining philosophers: each needs the fork on either side.
//!
//! ```text
//! philosopher[0]  holds fork[0] ──wants──▶ fork[1], held by philosopher[1]
//! philosopher[1]  holds fork[1] ──wants──▶ fork[2], held by philosopher[2]
//! philosopher[2]  holds fork[2] ──wants──▶ fork[0], held by philosopher[0]
//! ```
//!
//! They starve in exactly those orders in which all first forks are taken before any second one: n!
//! orders of n steps. In the repaired version the last philosopher takes the forks in the order of
//! their numbers, as all others do; so no cycle can close.

use std::sync::Arc;

use super::super::listing::Source;
use super::super::program::{Case, Repair, Size};
use super::{StepProgram, StepResult};
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;

pub static PROGRAM: StepProgram = StepProgram {
    id: "philosophers",
    title: "Dining philosophers",
    question: "n philosophers each take the left fork, then the right one, and put both back. In \
               how many orders do they starve?",
    guesses: &["in n of them", "in n! of them", "in half of them"],
    right: 1,
    invariant: "Everyone gets to eat.",
    hint: "Everyone takes one fork.",
    lesson: "A circle of waiting needs a circle of orders. One philosopher who takes the \
            forks the other way round breaks it.",
    size: Some(Size { about: "philosophers", least: 2, most: 5, usual: 3 }),
    repair: Repair::fix("the last one takes the right fork first"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("philosophers.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def philosopher(first, second):
    with first:
        with second:
            pass            # eat
";

// [code]
fn philosopher(first: &Lock, second: &Lock) -> StepResult {
    let one = first.lock()?; //= 2
    let two = second.lock()?; //= 3
    two.unlock(); //= 3
    one.unlock(); //= 2
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let k = case.n;
    let forks: Arc<Vec<Lock>> = Arc::new((0..k).map(|i| Lock::new(("fork", i))).collect());
    (0..k).fold(Plan::new(), |plan, number| {
        let forks = Arc::clone(&forks);
        let (left, right) = (number as usize, ((number + 1) % k) as usize);
        let turned = case.repaired && left > right;
        let (first, second) = if turned { (right, left) } else { (left, right) };
        plan.thread(("philosopher", number), move || philosopher(&forks[first], &forks[second]))
    })
}
