//! The queue: producers send numbered items into a bounded queue, consumers receive them
//! until it is closed; the foreman closes it when every item is marked as done.
//!
//! Misuses: one item is never marked as done; no thread closes the queue.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use parking_lot::Mutex;

use super::super::costs;
use super::super::participants::{Participant, Participants, ThreadSpec};
use super::super::thread_run::Monitor;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, World};
use crate::kit::monitor::Refusal;
use crate::kit::queue::Queue;
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

const NO_DONE: &str = "no-done";
const NO_CLOSE: &str = "no-close";

const ROOM: usize = 4;

pub const QUEUE: Tool = Tool {
    id: "queue",
    title: "Queue",
    world: World::Threads,
    sees: "Producers send, consumers receive; the foreman joins the queue, then closes it.",
    misuses: &[
        Misuse { name: NO_DONE, about: "one item is never marked as done" },
        Misuse { name: NO_CLOSE, about: "no thread closes the queue" },
    ],
    run,
    cost,
};

/// What they all share.
struct SharedData {
    queue: Queue,
    sent: TracedAtomic,
    taken: Mutex<Vec<i64>>,
    home: TracedAtomic,
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let misuse = misuse.map(|misuse| misuse.name);
    let shared = Arc::new(SharedData {
        queue: Queue::bounded("queue", ROOM),
        sent: TracedAtomic::new("sent", 0),
        taken: Mutex::default(),
        home: TracedAtomic::new("consumers at home", 0),
    });
    let producers = context.workers / 2;
    let consumers = context.workers - producers;
    let share = i64::try_from(context.ops).unwrap_or(i64::MAX);
    let items = share * i64::try_from(producers).unwrap_or(i64::MAX);
    let send = (0..).take(producers).map(|producer: i64| {
        spec(&shared, format!("producer-{}", producer + 1), move |thread, shared| {
            let own = producer * share + 1..=(producer + 1) * share;
            own.into_iter().try_for_each(|item| send(thread, shared, item))
        })
    });
    let receive = (0..consumers).map(|consumer| {
        spec(&shared, format!("consumer-{}", consumer + 1), move |thread, shared| {
            receive(thread, shared, misuse == Some(NO_DONE))
        })
    });
    let foreman = spec(&shared, "foreman".to_owned(), move |thread, shared| {
        thread.wait("the producers", || {
            await_until(&[&shared.sent], "all is sent", move |sent| sent[0] >= items)
        })?;
        thread.wait("the last item to be done", || shared.queue.join())?;
        if misuse != Some(NO_CLOSE) {
            shared.queue.close();
        }
        Ok(())
    });
    let specs = send.chain(receive).chain([foreman]).collect();
    let results = context.run_threads(specs, &monitor(&shared, misuse.is_none()))?;
    let stuck = results.stuck.clone();
    let summary =
        |once, undone, away| format!("{once} taken once, {undone} not done, {away} still waiting");
    let once = taken_once(shared.taken.lock().clone());
    let away = i64::try_from(consumers).unwrap_or(i64::MAX) - shared.home.peek();
    let got = summary(once, shared.queue.peek().unfinished, away);
    let count = usize::try_from(items).unwrap_or(usize::MAX);
    let mut outcome = results.outcome(count as u64, &summary(count, 0, 0), &got);
    outcome.finding = stuck.map(|waits| match misuse {
        Some(NO_DONE) => {
            format!("item 1 is never marked as done, so the join never ends; standstill: {waits}")
        }
        _ => format!("the work is done and no thread says so; standstill: {waits}"),
    });
    Ok(outcome)
}

/// How many different items there are, without those that were taken more than once.
fn taken_once(mut taken: Vec<i64>) -> usize {
    taken.sort_unstable();
    let items = taken.chunk_by(|one, other| one == other);
    items.filter(|same| same.len() == 1).count()
}

fn spec(
    shared: &Arc<SharedData>,
    name: String,
    run_process: impl FnOnce(&Participant, &SharedData) -> Result<(), Refusal> + Send + 'static,
) -> ThreadSpec {
    let shared = Arc::clone(shared);
    ThreadSpec::new(name, move |thread| run_process(thread, &shared))
}

fn send(thread: &Participant, shared: &SharedData, item: i64) -> Result<(), Refusal> {
    thread.wait("room", || shared.queue.send(item))?;
    shared.sent.fetch_add(1, SeqCst);
    Ok(())
}

/// Receives until the queue is closed. `forgets` leaves item 1 unmarked.
fn receive(thread: &Participant, shared: &SharedData, forgets: bool) -> Result<(), Refusal> {
    loop {
        let item = match thread.take("an item", || shared.queue.receive()) {
            Err(Refusal::Closed) => break,
            item => item?,
        };
        shared.taken.lock().push(item);
        if !(forgets && item == 1) {
            shared.queue.task_done()?;
        }
    }
    shared.home.fetch_add(1, SeqCst);
    Ok(())
}

fn monitor(shared: &Arc<SharedData>, must_finish: bool) -> Monitor {
    let seen = Arc::clone(shared);
    Monitor {
        snapshot: Box::new(move |participants| snapshot(participants, &seen)),
        resources: Vec::new(),
        must_finish,
    }
}

fn snapshot(participants: &Participants, shared: &SharedData) -> Snapshot {
    let view = shared.queue.peek();
    let mut snapshot = Snapshot::default()
        .figure("items", format!("{} of {ROOM}", view.items.len()))
        .figure("not done", view.unfinished)
        .figure("queue", if view.closed { "closed" } else { "open" })
        .waiting(participants.names(&view.line));
    let items = view.items.iter().map(i64::to_string);
    let empty = std::iter::repeat_n("-".to_owned(), ROOM.saturating_sub(view.items.len()));
    snapshot.slots = items.chain(empty).map(|text| (text, String::new())).collect();
    if let Some(first) = snapshot.slots.first_mut() {
        first.1.push_str("next out");
    }
    snapshot
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
