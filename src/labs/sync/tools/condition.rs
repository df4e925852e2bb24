//! The condition: producers and consumers share a bounded buffer under one lock; who
//! finds it full or empty waits, with the lock given up, until another has changed it.
//!
//! Wrong uses: `if` in the place of `while`; a notification before anybody waits, and a
//! wait that does not look first; one condition for two kinds of waiters.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::cast::{Cast, Part, Role};
use super::super::costs;
use super::super::performance::{Played, Watch};
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
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

pub(super) const CONDITION: Tool = Tool {
    id: "condition",
    title: "Condition",
    world: World::Threads,
    sees: "Producers wait for room in a buffer, consumers for an item; each wakes the other.",
    wrong: &[
        Wrong {
            name: IF,
            about: "looks once with `if` before it takes, not with `while`",
        },
        Wrong {
            name: EARLY,
            about: "waits without looking, after the notification",
        },
        Wrong {
            name: ONE_CONDITION,
            about: "one condition for producers and consumers",
        },
    ],
    play,
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

    fn enter(&self, part: &Part) -> Result<Guard<'_>, Refusal> {
        part.take("lock", || self.lock.lock())
    }

    /// Waits with `while` until there is room, and puts.
    fn put(&self, part: &Part, item: i64) -> Result<(), Refusal> {
        let mut held = self.enter(part)?;
        while self.ring.is_full() {
            held = part.wait("room", || self.room.wait(held))?;
        }
        part.hold(|| {
            self.ring.put(item);
            self.item.notify_one()
        })?;
        held.unlock();
        Ok(())
    }

    /// Waits with `while` until there is an item, and takes it.
    fn take(&self, part: &Part) -> Result<(), Refusal> {
        let mut held = self.enter(part)?;
        while self.ring.is_empty() {
            held = part.wait("an item", || self.item.wait(held))?;
        }
        part.hold(|| {
            self.ring.take();
            self.room.notify_one()
        })?;
        held.unlock();
        Ok(())
    }
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    match wrong.map(|wrong| wrong.name) {
        Some(IF) => looks_once(stage),
        Some(EARLY) => notified_early(stage),
        Some(ONE_CONDITION) => one_condition(stage),
        _ => produce_and_consume(stage),
    }
}

fn produce_and_consume(stage: &Stage<'_>) -> io::Result<Outcome> {
    let store = Store::new(ROOM);
    let producers = stage.workers / 2;
    let consumers = stage.workers - producers;
    let ops = usize::try_from(stage.ops).unwrap_or(usize::MAX);
    let items = producers * ops;
    let put = (0..producers).map(|producer| {
        role(&store, "producer", producer, move |part, store| {
            (0..ops).try_for_each(|op| store.put(part, number(producer * ops + op)))
        })
    });
    let take = (0..consumers).map(|consumer| {
        // The items divided, and what is left over by one each.
        let share = items / consumers + usize::from(consumer < items % consumers);
        role(&store, "consumer", consumer, move |part, store| {
            (0..share).try_for_each(|_| store.take(part))
        })
    });
    let played = stage.perform(put.chain(take).collect(), &watch(&store, true))?;
    Ok(audited(played, &store, items))
}

/// Items are numbered from 1.
fn number(at: usize) -> i64 {
    i64::try_from(at + 1).unwrap_or(i64::MAX)
}

/// One item for several consumers that all wait, and all are woken.
fn looks_once(stage: &Stage<'_>) -> io::Result<Outcome> {
    let store = Store::new(ROOM);
    let consumers = stage.workers - 1;
    let consumers = consumers.max(2);
    let take = (0..consumers).map(|consumer| {
        role(&store, "consumer", consumer, |part, store| {
            let mut held = store.enter(part)?;
            store.came.fetch_add(1, SeqCst);
            if store.ring.is_empty() {
                held = part.wait("an item", || store.item.wait(held))?;
            }
            store.ring.take();
            held.unlock();
            Ok(())
        })
    });
    let put = role(&store, "producer", 0, move |part, store| {
        all_came(part, store, number(consumers - 1))?;
        let held = store.enter(part)?;
        store.ring.put(1);
        store.item.notify_all()?;
        held.unlock();
        Ok(())
    });
    let played = stage.perform(take.chain([put]).collect(), &watch(&store, false))?;
    let mut outcome = audited(played, &store, 1);
    let (_, vain) = store.ring.audit();
    outcome.finding = (vain > 0).then(|| {
        format!("{consumers} consumers were woken for one item, and {vain} of them took from the empty buffer: none looked again")
    });
    Ok(outcome)
}

fn all_came(part: &Part, store: &Store, all: i64) -> Result<(), Refusal> {
    part.wait("the consumers", || {
        await_until(&[&store.came], "the consumers wait", move |came| {
            came[0] >= all
        })
    })
}

/// The consumer begins to wait when the only notification has passed.
fn notified_early(stage: &Stage<'_>) -> io::Result<Outcome> {
    let store = Store::new(ROOM);
    let put = role(&store, "producer", 0, |part, store| {
        store.put(part, 1)?;
        store.notified.set();
        Ok(())
    });
    let take = role(&store, "consumer", 0, |part, store| {
        part.wait("the notification", || store.notified.wait())?;
        let held = store.enter(part)?;
        let held = part.wait("an item", || store.item.wait(held))?;
        store.ring.take();
        held.unlock();
        Ok(())
    });
    let played = stage.perform(vec![put, take], &watch(&store, false))?;
    let stuck = played.stuck.is_some();
    let mut outcome = audited(played, &store, 1);
    outcome.finding = stuck.then(|| {
        "the notification found nobody and is gone; consumer-1 waits beside an item, because it did not look before it waited".to_owned()
    });
    Ok(outcome)
}

/// Room for one item, one condition for all: a notification meant for the producer
/// wakes the second consumer, who came to wait first.
fn one_condition(stage: &Stage<'_>) -> io::Result<Outcome> {
    let store = Store::new(1);
    let take = (0..2).map(|consumer| {
        role(&store, "consumer", consumer, |part, store| {
            let mut held = store.enter(part)?;
            store.came.fetch_add(1, SeqCst);
            while store.ring.is_empty() {
                held = part.wait("an item", || store.item.wait(held))?;
            }
            store.ring.take();
            store.item.notify_one()?;
            held.unlock();
            Ok(())
        })
    });
    let put = role(&store, "producer", 0, |part, store| {
        all_came(part, store, 2)?;
        let mut held = store.enter(part)?;
        for item in [1, 2] {
            while store.ring.is_full() {
                held = part.wait("room", || store.item.wait(held))?;
            }
            store.ring.put(item);
            store.item.notify_one()?;
        }
        held.unlock();
        Ok(())
    });
    let played = stage.perform(take.chain([put]).collect(), &watch(&store, false))?;
    let stuck = played.stuck.clone();
    let mut outcome = audited(played, &store, 2);
    outcome.finding = stuck.map(|waits| {
        format!("the notification that there is room woke a consumer, who can do nothing with it; standstill: {waits}")
    });
    Ok(outcome)
}

fn role(
    store: &Arc<Store>,
    kind: &str,
    number: usize,
    act: impl FnOnce(&Part, &Store) -> Result<(), Refusal> + Send + 'static,
) -> Role {
    let store = Arc::clone(store);
    Role::new(format!("{kind}-{}", number + 1), move |part| {
        act(part, &store)
    })
}

fn audited(played: Played, store: &Store, items: usize) -> Outcome {
    let told = |(taken, vain)| format!("{taken} taken, {vain} in vain");
    let got = told(store.ring.audit());
    played.outcome(items as u64, &told((items, 0)), &got)
}

fn watch(store: &Arc<Store>, right: bool) -> Watch {
    let seen = Arc::clone(store);
    Watch {
        look: Box::new(move |cast| inside(cast, &seen)),
        held: Vec::new(),
        right,
    }
}

fn inside(cast: &Cast, store: &Store) -> Inside {
    let line = |condition: &Condition| cast.names(&condition.peek().waiting).join(" ");
    let inside = Inside::default()
        .figure("lock, holder", cast.name(store.lock.holder()))
        .figure("wait on `an item`", line(&store.item))
        .figure("wait on `room`", line(&store.room))
        .waiting(cast.waiting_for("lock"));
    store.ring.draw(inside)
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let lock = Arc::new(Lock::new("cost"));
    let condition = Condition::new("cost", &lock);
    costs::alone_and_contended(CONDITION.title, stage.stop(), || {
        if let Ok(_held) = lock.lock() {
            // Nobody waits: the price of notifying in vain.
            let _ = condition.notify_one();
        }
    })
}
