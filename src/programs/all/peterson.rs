//! Peterson's lock: mutual exclusion from plain loads and stores.
//!
//! The broken version gives the turn away before it says that it wants in. In between, the other
//! thread sees nothing that would keep it out:
//!
//! ```text
//! one  gives the turn                                        wants, has the turn: inside too
//! two                  gives it back, wants, alone: inside
//! ```
//!
//! Source: G. L. Peterson, "Myths about the mutual exclusion problem", Information Processing
//! Letters 12 (3), 1981.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, never_both_inside};
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

pub static PROGRAM: StepProgram = StepProgram {
    id: "peterson",
    title: "Peterson's lock",
    question: "Each thread says that it wants in, gives the turn to the other, and waits until the \
               other does not want in or it is its own turn. What if it gives the turn away first?",
    guesses: &["nothing changes", "both can get in"],
    right: 1,
    invariant: "Never both inside.",
    hint: "The one that gave the turn away first must not have said yet that it wants in.",
    lesson: "The order of two stores is the whole proof. A machine that lets stores wait in \
            a buffer (x86 does) breaks it again: there it needs fences.",
    size: None,
    repair: Repair::fix("say that you want in before you give the turn away"),
    memories: &[Memory::Sc, Memory::Tso],
    source: Source { rust: include_str!("peterson.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def thread(me, other):
    turn = other            # these two the other way round,
    wants[me] = True        # when repaired
    while wants[other] and turn != me:
        pass
    inside += 1
    inside -= 1
    wants[me] = False
";

struct Shared {
    wants: [Arc<TracedAtomic>; 2],
    turn: Arc<TracedAtomic>,
    inside: Arc<TracedAtomic>,
    wants_first: bool,
}

// [code]
fn thread(shared: &Shared, me: usize) -> StepResult {
    let (mine, yours, turn) = (&shared.wants[me], &shared.wants[1 - me], &shared.turn);
    let (my_turn, your_turn) = if me == 0 { (0, 1) } else { (1, 0) };
    if shared.wants_first {
        mine.store(1, Relaxed); //= 3
        turn.store(your_turn, Relaxed); //= 2
    } else {
        turn.store(your_turn, Relaxed); //= 2
        mine.store(1, Relaxed); //= 3
    }
    let free = move |seen: &[i64]| seen[0] == 0 || seen[1] == my_turn;
    await_until(&[yours, turn], "the other stays out, or my turn", free)?; //= 4
    shared.inside.fetch_add(1, Relaxed); //= 6
    shared.inside.fetch_add(-1, Relaxed); //= 7
    mine.store(0, Relaxed); //= 8
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let shared = Arc::new(Shared {
        wants: [0, 1].map(|n| Arc::new(TracedAtomic::new(("wants", n), 0))),
        turn: Arc::new(TracedAtomic::new("turn", 0)),
        inside: Arc::new(TracedAtomic::new("inside", 0)),
        wants_first: case.repaired,
    });
    let atomics = [&shared.wants[0], &shared.wants[1], &shared.turn, &shared.inside];
    let memory: Vec<Arc<TracedAtomic>> = atomics.into_iter().cloned().collect();
    let (one, two) = (shared.clone(), shared);
    Plan::new()
        .thread("one", move || thread(&one, 0))
        .thread("two", move || thread(&two, 1))
        .memory(memory)
        .always(never_both_inside)
}
