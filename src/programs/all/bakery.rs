//! Lamport's bakery: numbers that are drawn without any step that reads and writes at once.
//!
//! Without the flag `choosing`, a thread whose number is not yet written looks like one that wants
//! nothing, and equal numbers let both in:
//!
//! ```text
//! thread[1]  load number[2] 0                                        store 1, inside too
//! thread[2]                    load number[1] 0, store 1, inside
//! ```
//!
//! Both have number 1, and the tie goes to the first thread, which comes in although the other is
//! inside.
//!
//! Source: L. Lamport, "A new solution of Dijkstra's concurrent programming problem", CACM 17 (8),
//! 1974.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair, Size};
use super::{StepProgram, StepResult, never_both_inside};
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

pub static PROGRAM: StepProgram = StepProgram {
    id: "bakery",
    title: "Lamport's bakery",
    question: "Each thread takes a number higher than all that it sees, and lets lower ones in first; \
               of equal ones, the first thread's. Is each inside alone?",
    guesses: &["yes, equal numbers are taken care of", "no"],
    right: 1,
    invariant: "Never both inside.",
    hint: "A thread that has chosen its number and not yet written it looks like one that wants \
           nothing.",
    lesson: "To choose takes time, and no thread may pass by one that is still choosing: a flag says \
            so (Lamport, 1974). With it no step has to read and write at once.",
    size: Some(Size { about: "threads", least: 2, most: 3, usual: 2 }),
    repair: Repair::fix("say that you are choosing, and wait for those who are"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("bakery.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def thread(me, others):
    choosing[me] = True     # only when repaired
    mine = 1 + max(number[other] for other in others)
    number[me] = mine
    choosing[me] = False    # only when repaired
    for other in others:
        while choosing[other]: pass     # only when repaired
        while number[other] and (number[other], other) < (mine, me): pass
    inside += 1
    inside -= 1
    number[me] = 0
";

struct Shared {
    choosing: Vec<TracedAtomic>,
    numbers: Vec<TracedAtomic>,
    inside: TracedAtomic,
    announced: bool,
}

// [code]
fn thread(shared: &Shared, me: usize) -> StepResult {
    let others = || (0..shared.numbers.len()).filter(move |other| *other != me);
    if shared.announced {
        shared.choosing[me].store(1, SeqCst); //= 2
    }
    let seen = others().map(|other| shared.numbers[other].load(SeqCst)); //= 3
    let mine = 1 + seen.max().unwrap_or(0);
    shared.numbers[me].store(mine, SeqCst); //= 4
    if shared.announced {
        shared.choosing[me].store(0, SeqCst); //= 5
    }
    for other in others() {
        if shared.announced {
            await_until(&[&shared.choosing[other]], "it has chosen", |it| it[0] == 0)?; //= 7
        }
        let goes_first = move |number: i64| number != 0 && (number, other) < (mine, me);
        let number = &shared.numbers[other];
        await_until(&[number], "it does not go first", move |it| !goes_first(it[0]))?; //= 8
    }
    shared.inside.fetch_add(1, SeqCst); //= 9
    shared.inside.fetch_add(-1, SeqCst); //= 10
    shared.numbers[me].store(0, SeqCst); //= 11
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let atomics = |name| (1..=case.n).map(move |n| TracedAtomic::new((name, n), 0)).collect();
    let shared = Arc::new(Shared {
        choosing: atomics("choosing"),
        numbers: atomics("number"),
        inside: TracedAtomic::new("inside", 0),
        announced: case.repaired,
    });
    let plan = (1..=case.n).fold(Plan::new(), |plan, number| {
        let shared = Arc::clone(&shared);
        plan.thread(("thread", number), move || thread(&shared, number as usize - 1))
    });
    plan.always(never_both_inside)
}
