//! The condition: producers and consumers share a bounded buffer under one lock; who
//! finds it full or empty waits, with the lock given up, until another has changed it.
//!
//! Misuses: `if` in the place of `while`; a notification before any thread waits, and a
//! wait that does not look first; one condition for two kinds of waiters.
//!
//! ```text
//! producer  lock ── full? wait on `room` ── put ── notify `an item` ── unlock
//! consumer  lock ── empty? wait on `an item` ── take ── notify `room` ── unlock
//! ```
//!
//! Two conditions, so that a notification always reaches one who can use it.

use std::io;
use std::sync::Arc;

use super::super::correct_use::{self, CorrectUse};
use super::super::costs;
use super::super::participants::Participants;
use super::super::tool::{Cost, Figure, Misuse, RunContext, Snapshot, Tool, ToolKind};
use super::ring::Ring;
use crate::kit::condition::Condition;
use crate::kit::explore::Plan;
use crate::kit::lock::Lock;
use crate::programs::all::{buffer_if, buffer_one, notify};
use crate::programs::flow::{StepResult, expect_ok};
use crate::programs::listing::Source;

const IF: &str = "if";
const EARLY: &str = "early";
const ONE_CONDITION: &str = "one-condition";

const ROOM: u32 = 2;

pub const CONDITION: Tool = Tool {
    id: "condition",
    title: "Condition",
    python: "threading.Condition",
    purpose: "wait for a change",
    kind: ToolKind::Threads(produce_and_consume),
    sees: "Producers wait for room in a buffer, consumers for items; each wakes others.",
    code: Source {
        rust: include_str!("condition.rs"),
        python: include_str!("../../../../../assets/code/condition.py"),
    },
    misuses: &[
        Misuse::new(
            IF,
            "looks once with `if` before it takes, not with `while`",
            "A woken consumer does not look again: it takes from an empty buffer.",
        )
        .replays(&buffer_if::PROGRAM),
        Misuse::new(
            EARLY,
            "waits without looking, after the notification",
            "The notification comes before the wait and is lost: the waiter never wakes.",
        )
        .replays(&notify::PROGRAM),
        Misuse::new(
            ONE_CONDITION,
            "one condition for producers and consumers",
            "A consumer wakes the other consumer, not the producer: both wait for ever.",
        )
        .replays(&buffer_one::PROGRAM),
    ],
    cost,
};

/// What producers and consumers share: a ring, the lock around it, and a condition for each
/// reason to wait.
struct Store {
    lock: Arc<Lock>,
    item: Condition,
    room: Condition,
    ring: Ring,
}

impl Store {
    // [code]
    /// Waits with `while` until there is room, and puts. Between its wake-up and the lock
    /// another producer may have taken the room, so it looks again.
    fn put(&self, item: i64) -> StepResult {
        let mut held = self.lock.lock()?; //= 6
        while self.ring.is_full() {
            held = expect_ok(self.room.wait(held))?; //= 8
        }
        self.ring.put(item); //= 9
        expect_ok(self.item.notify_one())?; //= 10
        held.unlock();
        Ok(())
    }

    /// Waits with `while` until there is an item, and takes it. Looks again after each wake-up,
    /// as the producers do.
    fn take(&self) -> StepResult {
        let mut held = self.lock.lock()?; //= 13
        while self.ring.is_empty() {
            held = expect_ok(self.item.wait(held))?; //= 15
        }
        self.ring.take(); //= 16
        expect_ok(self.room.notify_one())?; //= 17
        held.unlock();
        Ok(())
    }
    // [end]
}

/// The run: half of the workers produce, the others share what there is to consume. The audit knows
/// how many items were taken, and how many takings found none.
fn produce_and_consume(workers: u32, ops: u64) -> CorrectUse {
    let lock = Arc::new(Lock::new("lock"));
    let store = Arc::new(Store {
        item: Condition::new("an item", &lock),
        room: Condition::new("room", &lock),
        lock,
        ring: Ring::new(ROOM),
    });
    let producers = workers / 2;
    let consumers = u64::from(workers - producers);
    let items = u64::from(producers) * ops;
    let plan = Plan::new();
    let plan = correct_use::workers(plan, "producer", producers, &store, move |store, number| {
        let first = u64::from(number) * ops;
        (first..first + ops).try_for_each(|item| store.put(item_number(item)))
    });
    let plan = correct_use::workers(
        plan,
        "consumer",
        workers - producers,
        &store,
        move |store, number| {
            // The items divided, and what is left over by one each.
            let share = items / consumers + u64::from(u64::from(number) < items % consumers);
            (0..share).try_for_each(|_| store.take())
        },
    );
    let summary = |taken, vain| format!("{taken} taken, {vain} in vain");
    let got = move |store: &Store| {
        let (taken, vain) = store.ring.audit();
        summary(taken, vain)
    };
    let expected = summary(usize::try_from(items).unwrap_or(usize::MAX), 0);
    CorrectUse::new(plan, items, &expected, store, got, snapshot)
}

/// The number of an item as a value of the ring: from 1, since 0 is an empty slot.
fn item_number(at: u64) -> i64 {
    i64::try_from(at + 1).unwrap_or(i64::MAX)
}

fn snapshot(participants: &Participants, store: &Store) -> Snapshot {
    let waiters =
        |condition: &Condition| Figure::Queue(participants.names(&condition.peek().waiters));
    let snapshot = Snapshot::default()
        .figure("lock", Figure::Holder(participants.name(store.lock.holder())))
        .figure("an item", waiters(&store.item))
        .figure("room", waiters(&store.room))
        .waiting(participants.waiting_for("lock"));
    store.ring.draw(snapshot)
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let lock = Arc::new(Lock::new("cost"));
    let condition = Condition::new("cost", &lock);
    costs::alone_and_contended(CONDITION.title, context.stop(), || {
        if let Ok(_held) = lock.lock() {
            // No thread waits: the price of notifying in vain.
            let _ = condition.notify_one();
        }
    })
}
