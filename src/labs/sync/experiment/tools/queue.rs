//! The queue: producers send numbered items into a bounded queue, consumers receive them
//! until it is closed; the foreman closes it when every item is marked as done.
//!
//! Misuses: one item is never marked as done; no thread closes the queue.
//!
//! ```text
//! producers ── send ──▶ [ 4 places ] ── receive ──▶ consumers ── task_done
//! foreman   waits until all is sent ── join: all is marked as done ── close ─▶ consumers end
//! ```

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use parking_lot::Mutex;

use super::super::correct_use::{self, CorrectUse};
use super::super::costs;
use super::super::tool::{Cost, Misuse, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::explore::Plan;
use crate::kit::monitor::Refusal;
use crate::kit::queue::Queue;
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;
use crate::programs::all::{no_close, no_done};
use crate::programs::flow::{StepResult, expect_ok};
use crate::programs::listing::Source;

const NO_DONE: &str = "no-done";
const NO_CLOSE: &str = "no-close";

const ROOM: usize = 4;

pub const QUEUE: Tool = Tool {
    id: "queue",
    title: "Queue",
    python: "queue.Queue",
    purpose: "hand items over",
    kind: ToolKind::Threads(producers_and_consumers),
    sees: "Producers send, consumers receive; a foreman joins the queue and closes it.",
    code: Source {
        rust: include_str!("queue.rs"),
        python: include_str!("../../../../../assets/code/queue.py"),
    },
    misuses: &[
        Misuse::new(
            NO_DONE,
            "one item is never marked as done",
            "One item is taken but never marked as done: `join` waits for ever.",
        )
        .replays(&no_done::PROGRAM),
        Misuse::new(
            NO_CLOSE,
            "no thread closes the queue",
            "The producer ends and no thread closes the queue: consumers wait for ever.",
        )
        .replays(&no_close::PROGRAM),
    ],
    cost,
};

/// What producers, consumers and the foreman share: the queue, and counts for the audit, of which
/// `sent` also shows the foreman when to join.
struct SharedData {
    queue: Queue,
    sent: TracedAtomic,
    /// What was taken, for the audit. A plain mutex, as no thread of the run reads it:
    /// recording it is no step that a search would have to order.
    taken: Mutex<Vec<i64>>,
    home: TracedAtomic,
}

/// The run: half of the workers produce, the others consume until the queue is closed; the
/// foreman closes it when all is done.
fn producers_and_consumers(workers: u32, ops: u64) -> CorrectUse {
    let shared = Arc::new(SharedData {
        queue: Queue::bounded("queue", ROOM),
        sent: TracedAtomic::new("sent", 0),
        taken: Mutex::default(),
        home: TracedAtomic::new("consumers at home", 0),
    });
    let producers = workers / 2;
    let consumers = i64::from(workers - producers);
    let share = i64::try_from(ops).unwrap_or(i64::MAX);
    let items = share * i64::from(producers);
    let plan = Plan::new();
    let plan = correct_use::workers(plan, "producer", producers, &shared, move |shared, number| {
        let first = i64::from(number) * share;
        (first + 1..=first + share).try_for_each(|item| {
            expect_ok(shared.queue.send(item))?;
            shared.sent.fetch_add(1, SeqCst);
            Ok(())
        })
    });
    let plan =
        correct_use::workers(plan, "consumer", workers - producers, &shared, |it, _| receive(it));
    let foreman = Arc::clone(&shared);
    let plan = plan.thread("foreman", move || {
        await_until(&[&foreman.sent], "all is sent", move |sent| sent[0] >= items)?;
        foreman.queue.join()?;
        foreman.queue.close();
        Ok(())
    });
    let summary = |once: usize, undone, away: i64| {
        format!("{once} taken once, {undone} not done, {away} still waiting")
    };
    let got = move |shared: &SharedData| {
        let undone = shared.queue.peek().unfinished;
        summary(taken_once(shared.taken.lock().clone()), undone, consumers - shared.home.peek())
    };
    let expected = summary(usize::try_from(items).unwrap_or(usize::MAX), 0, 0);
    let all = items.unsigned_abs();
    CorrectUse::new(plan, all, &expected, shared, got, |participants, shared| {
        let view = shared.queue.peek();
        let mut snapshot = Snapshot::default()
            .value("items", format!("{} of {ROOM}", view.items.len()))
            .value("not done", view.unfinished)
            .value("queue", if view.closed { "closed" } else { "open" })
            .waiting(participants.names(&view.waiters));
        let items = view.items.iter().map(i64::to_string);
        let empty = std::iter::repeat_n("-".to_owned(), ROOM.saturating_sub(view.items.len()));
        snapshot.slots = items.chain(empty).map(|text| (text, String::new())).collect();
        if let Some(first) = snapshot.slots.first_mut() {
            first.1.push_str("next out");
        }
        snapshot
    })
}

/// The body of a consumer: receives until the queue is closed, and marks each item done.
// [code]
fn receive(shared: &SharedData) -> StepResult {
    loop {
        let received = shared.queue.receive(); //= 9
        let item = match received {
            Err(Refusal::Closed) => break,
            item => expect_ok(item)?,
        };
        shared.taken.lock().push(item);
        expect_ok(shared.queue.task_done())?; //= 11
    }
    shared.home.fetch_add(1, SeqCst);
    Ok(())
}
// [end]

/// How many different items there are, without those that were taken more than once: what is
/// right about a delivery.
fn taken_once(mut taken: Vec<i64>) -> usize {
    taken.sort_unstable();
    let items = taken.chunk_by(|one, other| one == other);
    items.filter(|same| same.len() == 1).count()
}

fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let queue = Queue::unbounded("cost");
    costs::alone_and_contended(QUEUE.title, context.stop(), || {
        // As many are received as are sent, so each finds one.
        if queue.send(1).is_ok() && queue.receive().is_ok() {
            let _ = queue.task_done();
        }
    })
}
