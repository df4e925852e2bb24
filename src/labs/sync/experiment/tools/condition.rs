//! The condition: producers and consumers share a bounded buffer under one lock; who
//! finds it full or empty waits, with the lock given up, until another has changed it.
//!
//! Misuses: `if` in the place of `while`; a notification before any thread waits, and a
//! wait that does not look first; one condition for two kinds of waiters.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::costs;
use super::super::participants::{Participant, Participants, ThreadSpec};
use super::super::thread_run::{Monitor, ThreadResults};
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use super::ring::Ring;
use crate::kit::condition::Condition;
use crate::kit::event_flag::Event;
use crate::kit::lock::{Guard, Lock};
use crate::kit::monitor::Refusal;
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

const IF: &str = "if";
const EARLY: &str = "early";
const ONE_CONDITION: &str = "one-condition";

const ROOM: usize = 2;

pub const CONDITION: Tool = Tool {
    id: "condition",
    title: "Condition",
    world: World::Threads,
    sees: "Producers wait for room in a buffer, consumers for an item; each wakes the other.",
    misuses: &[
        Misuse { name: IF, about: "looks once with `if` before it takes, not with `while`" },
        Misuse { name: EARLY, about: "waits without looking, after the notification" },
        Misuse { name: ONE_CONDITION, about: "one condition for producers and consumers" },
    ],
    run,
    cost,
};

/// What producers and consumers share.
struct Store {
    lock: Arc<Lock>,
    item: Condition,
    room: Condition,
    ring: Ring,
    /// Consumers that have come to wait.
    came: TracedAtomic,
    notified: Event,
}

impl Store {
    fn new(capacity: usize) -> Arc<Self> {
        let lock = Arc::new(Lock::new("lock"));
        Arc::new(Self {
            item: Condition::new("an item", &lock),
            room: Condition::new("room", &lock),
            lock,
            ring: Ring::new(capacity),
            came: TracedAtomic::new("consumers that came", 0),
            notified: Event::new("notified"),
        })
    }

    fn enter(&self, thread: &Participant) -> Result<Guard<'_>, Refusal> {
        thread.take("lock", || self.lock.lock())
    }

    /// Waits with `while` until there is room, and puts.
    fn put(&self, thread: &Participant, item: i64) -> Result<(), Refusal> {
        let mut held = self.enter(thread)?;
        while self.ring.is_full() {
            held = thread.wait("room", || self.room.wait(held))?;
        }
        thread.hold(|| {
            self.ring.put(item);
            self.item.notify_one()
        })?;
        held.unlock();
        Ok(())
    }

    /// Waits with `while` until there is an item, and takes it.
    fn take(&self, thread: &Participant) -> Result<(), Refusal> {
        let mut held = self.enter(thread)?;
        while self.ring.is_empty() {
            held = thread.wait("an item", || self.item.wait(held))?;
        }
        thread.hold(|| {
            self.ring.take();
            self.room.notify_one()
        })?;
        held.unlock();
        Ok(())
    }
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    match misuse.map(|misuse| misuse.name) {
        Some(IF) => looks_once(context),
        Some(EARLY) => notified_early(context),
        Some(ONE_CONDITION) => one_condition(context),
        _ => produce_and_consume(context),
    }
}

fn produce_and_consume(context: &RunContext<'_>) -> io::Result<Outcome> {
    let store = Store::new(ROOM);
    let producers = context.workers / 2;
    let consumers = context.workers - producers;
    let ops = usize::try_from(context.ops).unwrap_or(usize::MAX);
    let items = producers * ops;
    let put = (0..producers).map(|producer| {
        spec(&store, "producer", producer, move |thread, store| {
            (0..ops).try_for_each(|op| store.put(thread, number(producer * ops + op)))
        })
    });
    let take = (0..consumers).map(|consumer| {
        // The items divided, and what is left over by one each.
        let share = items / consumers + usize::from(consumer < items % consumers);
        spec(&store, "consumer", consumer, move |thread, store| {
            (0..share).try_for_each(|_| store.take(thread))
        })
    });
    let results = context.run_threads(put.chain(take).collect(), &monitor(&store, true))?;
    Ok(audited(results, &store, items))
}

/// Items are numbered from 1.
fn number(at: usize) -> i64 {
    i64::try_from(at + 1).unwrap_or(i64::MAX)
}

/// One item for several consumers that all wait, and all are woken.
fn looks_once(context: &RunContext<'_>) -> io::Result<Outcome> {
    let store = Store::new(ROOM);
    let consumers = context.workers - 1;
    let consumers = consumers.max(2);
    let take = (0..consumers).map(|consumer| {
        spec(&store, "consumer", consumer, |thread, store| {
            let mut held = store.enter(thread)?;
            store.came.fetch_add(1, SeqCst);
            if store.ring.is_empty() {
                held = thread.wait("an item", || store.item.wait(held))?;
            }
            store.ring.take();
            held.unlock();
            Ok(())
        })
    });
    let put = spec(&store, "producer", 0, move |thread, store| {
        all_came(thread, store, number(consumers - 1))?;
        let held = store.enter(thread)?;
        store.ring.put(1);
        store.item.notify_all()?;
        held.unlock();
        Ok(())
    });
    let results = context.run_threads(take.chain([put]).collect(), &monitor(&store, false))?;
    let mut outcome = audited(results, &store, 1);
    let (_, vain) = store.ring.audit();
    outcome.finding = (vain > 0).then(|| {
        format!("{consumers} consumers were woken for one item, and {vain} of them took from the empty buffer: none looked again")
    });
    Ok(outcome)
}

fn all_came(thread: &Participant, store: &Store, all: i64) -> Result<(), Refusal> {
    thread.wait("the consumers", || {
        await_until(&[&store.came], "the consumers wait", move |came| came[0] >= all)
    })
}

/// The consumer begins to wait when the only notification has passed.
fn notified_early(context: &RunContext<'_>) -> io::Result<Outcome> {
    let store = Store::new(ROOM);
    let put = spec(&store, "producer", 0, |thread, store| {
        store.put(thread, 1)?;
        store.notified.set();
        Ok(())
    });
    let take = spec(&store, "consumer", 0, |thread, store| {
        thread.wait("the notification", || store.notified.wait())?;
        let held = store.enter(thread)?;
        let held = thread.wait("an item", || store.item.wait(held))?;
        store.ring.take();
        held.unlock();
        Ok(())
    });
    let results = context.run_threads(vec![put, take], &monitor(&store, false))?;
    let stuck = results.stuck.is_some();
    let mut outcome = audited(results, &store, 1);
    outcome.finding = stuck.then(|| {
        "the notification found no waiter and is gone; consumer-1 waits beside an item, because it did not look before it waited".to_owned()
    });
    Ok(outcome)
}

/// Room for one item, one condition for all: a notification meant for the producer
/// wakes the second consumer, who came to wait first.
fn one_condition(context: &RunContext<'_>) -> io::Result<Outcome> {
    let store = Store::new(1);
    let take = (0..2).map(|consumer| {
        spec(&store, "consumer", consumer, |thread, store| {
            let mut held = store.enter(thread)?;
            store.came.fetch_add(1, SeqCst);
            while store.ring.is_empty() {
                held = thread.wait("an item", || store.item.wait(held))?;
            }
            store.ring.take();
            store.item.notify_one()?;
            held.unlock();
            Ok(())
        })
    });
    let put = spec(&store, "producer", 0, |thread, store| {
        all_came(thread, store, 2)?;
        let mut held = store.enter(thread)?;
        for item in [1, 2] {
            while store.ring.is_full() {
                held = thread.wait("room", || store.item.wait(held))?;
            }
            store.ring.put(item);
            store.item.notify_one()?;
        }
        held.unlock();
        Ok(())
    });
    let results = context.run_threads(take.chain([put]).collect(), &monitor(&store, false))?;
    let stuck = results.stuck.clone();
    let mut outcome = audited(results, &store, 2);
    outcome.finding = stuck.map(|waits| {
        format!("the notification that there is room woke a consumer, who can do nothing with it; standstill: {waits}")
    });
    Ok(outcome)
}

fn spec(
    store: &Arc<Store>,
    kind: &str,
    number: usize,
    run_process: impl FnOnce(&Participant, &Store) -> Result<(), Refusal> + Send + 'static,
) -> ThreadSpec {
    let store = Arc::clone(store);
    ThreadSpec::new(format!("{kind}-{}", number + 1), move |thread| run_process(thread, &store))
}

fn audited(results: ThreadResults, store: &Store, items: usize) -> Outcome {
    let summary = |(taken, vain)| format!("{taken} taken, {vain} in vain");
    let got = summary(store.ring.audit());
    results.outcome(items as u64, &summary((items, 0)), &got)
}

fn monitor(store: &Arc<Store>, must_finish: bool) -> Monitor {
    let seen = Arc::clone(store);
    Monitor {
        snapshot: Box::new(move |participants| snapshot(participants, &seen)),
        resources: Vec::new(),
        must_finish,
    }
}

fn snapshot(participants: &Participants, store: &Store) -> Snapshot {
    let line = |condition: &Condition| participants.names(&condition.peek().waiting).join(" ");
    let snapshot = Snapshot::default()
        .figure("lock, holder", participants.name(store.lock.holder()))
        .figure("wait on `an item`", line(&store.item))
        .figure("wait on `room`", line(&store.room))
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
