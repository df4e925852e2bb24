//! The barrier: workers go through rounds together. Each writes its own slot, waits for
//! all, reads its neighbour's, and waits again before the next round.
//!
//! Misuses: one does not wait and reads too early; the barrier was made for one
//! thread more than there are.
//!
//! ```text
//! worker-1  slot[1] = 1 ─┐          reads slot[2] ─┐
//! worker-2  slot[2] = 1 ─┤ barrier  reads slot[3] ─┤ barrier  round 2 ...
//! worker-3  slot[3] = 1 ─┘          reads slot[1] ─┘
//! ```
//!
//! The second meeting keeps a fast worker from writing its next round before a slow one has read.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::correct_use::{self, CorrectUse};
use super::super::costs;
use super::super::tool::{Cost, Figure, Misuse, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::barrier::Barrier;
use crate::kit::explore::Plan;
use crate::kit::traced_atomic::TracedAtomic;
use crate::programs::all::{hasty, missing};
use crate::programs::flow::{StepResult, expect_ok};
use crate::programs::listing::Source;

const SKIP: &str = "skip";
const MISSING: &str = "missing";

pub const BARRIER: Tool = Tool {
    id: "barrier",
    title: "Barrier",
    python: "threading.Barrier",
    purpose: "wait for all",
    kind: ToolKind::Threads(rounds),
    sees: "In each round all write a slot, wait for all, and read the neighbour's.",
    code: Source {
        rust: include_str!("barrier.rs"),
        python: include_str!("../../../../../assets/code/barrier.py"),
    },
    misuses: &[
        Misuse::new(
            SKIP,
            "one does not wait for the others",
            "One thread does not wait: it reads a slot before that has been written.",
        )
        .replays(&hasty::PROGRAM),
        Misuse::new(
            MISSING,
            "made for one thread more than there are",
            "The barrier is made for three, but only two come: both wait for ever.",
        )
        .replays(&missing::PROGRAM),
    ],
    cost,
};

/// What the workers share: each has a slot of its own, and only the barrier orders their
/// accesses to each other's.
struct SharedData {
    barrier: Barrier,
    slots: Vec<TracedAtomic>,
    /// Readings that found the neighbour in the same round. All of them must, so this is what
    /// the audit reads.
    matching: TracedAtomic,
}

fn rounds(workers: u32, ops: u64) -> CorrectUse {
    let shared = Arc::new(SharedData {
        barrier: Barrier::new("barrier", workers),
        slots: (0..workers).map(|at| TracedAtomic::new(("slot", at), 0)).collect(),
        matching: TracedAtomic::new("matching readings", 0),
    });
    let rounds = i64::try_from(ops).unwrap_or(i64::MAX);
    let plan = correct_use::workers(Plan::new(), "worker", workers, &shared, move |shared, me| {
        (1..=rounds).try_for_each(|round| work(shared, me as usize, round))
    });
    let all = u64::from(workers) * ops;
    let got = |shared: &SharedData| shared.matching.peek().to_string();
    CorrectUse::new(plan, all, &all, shared, got, |participants, shared| {
        let view = shared.barrier.peek();
        let mut snapshot = Snapshot::default()
            .figure("here", Figure::Places(view.parties as usize))
            .value("matching readings", shared.matching.peek())
            .waiting(participants.names(&view.waiters));
        let slots = shared.slots.iter().zip(&participants.threads);
        snapshot.slots =
            slots.map(|(slot, worker)| (slot.peek().to_string(), worker.name.clone())).collect();
        snapshot
    })
}

// [code]
fn work(shared: &SharedData, me: usize, round: i64) -> StepResult {
    let neighbour = (me + 1) % shared.slots.len();
    shared.slots[me].store(round, SeqCst); //= 5
    expect_ok(shared.barrier.wait())?; //= 6
    if shared.slots[neighbour].load(SeqCst) == round {
        shared.matching.fetch_add(1, SeqCst); //= 7
    }
    expect_ok(shared.barrier.wait())?;
    Ok(())
}
// [end]

/// Alone, a barrier for one; contended, a barrier for two. Both threads must come as often as the
/// other: so each sample is a fixed number of rounds.
fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let alone = Barrier::new("cost", 1);
    let mut costs = vec![costs::alone(BARRIER.title, context.stop(), || {
        let _ = alone.wait();
    })?];
    let both = Barrier::new("cost", 2);
    costs.push(costs::together(BARRIER.title, context.stop(), || {
        let _ = both.wait();
    })?);
    Ok(costs)
}
