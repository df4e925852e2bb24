//! The lock: threads add to one counter, each addition a load and a store.
//!
//! Misuses: one thread leaves the lock out; two locks guard the same counter; two locks are
//! taken in opposite orders.
//!
//! ```text
//! adder-1  lock, load 0, store 1, unlock
//! adder-2          waits ·················lock, load 1, store 2, unlock
//! ```
//!
//! The counter is audited: it must be the number of additions.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::correct_use::{self, CorrectUse};
use super::super::costs;
use super::super::tool::{Cost, Figure, Misuse, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::explore::Plan;
use crate::kit::lock::Lock;
use crate::kit::traced_atomic::TracedAtomic;
use crate::programs::all::{opposite, skip, two_locks};
use crate::programs::listing::Source;

const SKIP: &str = "skip";
const TWO_LOCKS: &str = "two-locks";
const ORDER: &str = "order";

pub const LOCK: Tool = Tool {
    id: "lock",
    title: "Lock",
    python: "threading.Lock",
    purpose: "one at a time",
    kind: ToolKind::Threads(adders),
    sees: "Each adder takes the lock, loads the counter, stores one more, and releases.",
    code: Source {
        rust: include_str!("lock.rs"),
        python: include_str!("../../../../../assets/code/lock.py"),
    },
    misuses: &[
        Misuse::new(
            SKIP,
            "one thread skips the lock",
            "One thread adds without the lock while the other adds: an addition is lost.",
        )
        .replays(&skip::PROGRAM),
        Misuse::new(
            TWO_LOCKS,
            "two different locks",
            "Each thread adds under a lock of its own: both add at once, and one is lost.",
        )
        .replays(&two_locks::PROGRAM),
        Misuse::new(
            ORDER,
            "lock-order inversion",
            "Both locks, but in opposite order: each may hold what the other waits for.",
        )
        .replays(&opposite::PROGRAM),
    ],
    cost,
};

/// What the adders share: a counter that takes a load and a store to add to, and the lock
/// around both.
struct SharedData {
    counter: TracedAtomic,
    lock: Lock,
}

fn adders(workers: u32, ops: u64) -> CorrectUse {
    let shared =
        Arc::new(SharedData { counter: TracedAtomic::new("counter", 0), lock: Lock::new("lock") });
    let plan = correct_use::workers(Plan::new(), "adder", workers, &shared, move |shared, _| {
        // [code]
        (0..ops).try_for_each(|_| {
            let guard = shared.lock.lock()?; //= 5
            let value = shared.counter.load(SeqCst); //= 6
            shared.counter.store(value + 1, SeqCst); //= 7
            guard.unlock(); //= 8
            Ok(())
        })
        // [end]
    });
    let all = u64::from(workers) * ops;
    let got = |shared: &SharedData| shared.counter.peek().to_string();
    CorrectUse::new(plan, all, &all, shared, got, |participants, shared| {
        Snapshot::default()
            .figure("lock", Figure::Holder(participants.name(shared.lock.holder())))
            .value("counter", shared.counter.peek())
            .waiting(participants.waiting_for("lock"))
    })
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let lock = Lock::new("lock");
    let mut costs = costs::alone_and_contended(LOCK.title, context.stop(), || drop(lock.lock()))?;
    costs.extend(costs::baselines(context.stop())?);
    Ok(costs)
}
