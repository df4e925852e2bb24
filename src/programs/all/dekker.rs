//! Dekker's lock: a flag for each, and a turn for those who collide.
//!
//! In the broken version the thread that leaves keeps the turn. The other has stepped back by then,
//! and waits for a turn that no thread gives away any more:
//!
//! ```text
//! one  wants, inside, out                                   wants no more, ends
//! two                      wants, not its turn: steps back                       waits for ever
//! ```
//!
//! Source: E. W. Dijkstra, "Cooperating sequential processes" (EWD 123), 1965, which ascribes it to
//! T. J. Dekker.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, never_both_inside};
use crate::kit::explore::{Memory, Plan};
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

pub static PROGRAM: StepProgram = StepProgram {
    id: "dekker",
    title: "Dekker's lock",
    question: "Each thread says that it wants in. If both do, the one whose turn it is not steps \
               back until it is. What if the one that leaves forgets to give the turn away?",
    guesses: &["nothing, the flags decide", "both can get in", "the other can wait for ever"],
    right: 2,
    invariant: "Both get in, never at once.",
    hint: "One has to step back before the other leaves.",
    lesson: "The flags keep them apart, the turn lets both in: the first correct lock from plain \
            loads and stores (Dekker, 1962). On a machine with store buffers (x86) even the \
            right version needs fences.",
    size: None,
    repair: Repair::fix("the one that leaves gives the turn to the other"),
    memories: &[Memory::Sc, Memory::Tso],
    source: Source { rust: include_str!("dekker.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def thread(me, other):
    wants[me] = True
    while wants[other]:
        if turn == other:
            wants[me] = False
            while turn == other: pass
            wants[me] = True
        else:
            while wants[other]: pass
    inside += 1
    inside -= 1
    turn = other            # only when repaired
    wants[me] = False
";

struct Shared {
    wants: [Arc<TracedAtomic>; 2],
    turn: Arc<TracedAtomic>,
    inside: Arc<TracedAtomic>,
    gives_turn: bool,
}

// [code]
fn thread(shared: &Shared, me: usize) -> StepResult {
    let (mine, yours, turn) = (&shared.wants[me], &shared.wants[1 - me], &shared.turn);
    let (my_turn, your_turn) = if me == 0 { (0, 1) } else { (1, 0) };
    mine.store(1, Relaxed); //= 2
    while yours.load(Relaxed) == 1 {
        //= 3
        if turn.load(Relaxed) == your_turn {
            //= 4
            mine.store(0, Relaxed); //= 5
            await_until(&[turn], "my turn", move |turn| turn[0] == my_turn)?; //= 6
            mine.store(1, Relaxed); //= 7
        } else {
            await_until(&[yours], "the other steps back", |yours| yours[0] == 0)?; //= 9
        }
    }
    shared.inside.fetch_add(1, Relaxed); //= 10
    shared.inside.fetch_add(-1, Relaxed); //= 11
    if shared.gives_turn {
        turn.store(your_turn, Relaxed); //= 12
    }
    mine.store(0, Relaxed); //= 13
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let atomic = |name: &'static str| Arc::new(TracedAtomic::new(name, 0));
    let shared = Arc::new(Shared {
        wants: [0, 1].map(|n| Arc::new(TracedAtomic::new(("wants", n), 0))),
        turn: atomic("turn"),
        inside: atomic("inside"),
        gives_turn: case.repaired,
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
