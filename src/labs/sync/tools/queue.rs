//! The queue: producers send numbered items into a bounded queue, consumers receive them
//! until it is closed; the foreman closes it when every item is marked as done.
//!
//! Wrong uses: one item is never marked as done; nobody closes the queue.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use parking_lot::Mutex;

use super::super::cast::{Cast, Part, Role};
use super::super::costs;
use super::super::performance::Watch;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use crate::kit::monitor::Refusal;
use crate::kit::queue::Queue;
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

const NO_DONE: &str = "no-done";
const NO_CLOSE: &str = "no-close";

const ROOM: usize = 4;

pub(super) const QUEUE: Tool = Tool {
    id: "queue",
    title: "Queue",
    world: World::Threads,
    sees: "Producers send, consumers receive; the foreman joins the queue, then closes it.",
    wrong: &[
        Wrong {
            name: NO_DONE,
            about: "one item is never marked as done",
        },
        Wrong {
            name: NO_CLOSE,
            about: "nobody closes the queue",
        },
    ],
    play,
    cost,
};

/// What they all share.
struct Belt {
    queue: Queue,
    sent: TracedAtomic,
    taken: Mutex<Vec<i64>>,
    home: TracedAtomic,
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let wrong = wrong.map(|wrong| wrong.name);
    let belt = Arc::new(Belt {
        queue: Queue::bounded("queue", ROOM),
        sent: TracedAtomic::new("sent", 0),
        taken: Mutex::default(),
        home: TracedAtomic::new("consumers at home", 0),
    });
    let producers = stage.workers / 2;
    let consumers = stage.workers - producers;
    let share = i64::try_from(stage.ops).unwrap_or(i64::MAX);
    let items = share * i64::try_from(producers).unwrap_or(i64::MAX);
    let send = (0..).take(producers).map(|producer: i64| {
        role(
            &belt,
            format!("producer-{}", producer + 1),
            move |part, belt| {
                let own = producer * share + 1..=(producer + 1) * share;
                own.into_iter().try_for_each(|item| send(part, belt, item))
            },
        )
    });
    let receive = (0..consumers).map(|consumer| {
        role(
            &belt,
            format!("consumer-{}", consumer + 1),
            move |part, belt| receive(part, belt, wrong == Some(NO_DONE)),
        )
    });
    let foreman = role(&belt, "foreman".to_owned(), move |part, belt| {
        part.wait("the producers", || {
            await_until(&[&belt.sent], "all is sent", move |sent| sent[0] >= items)
        })?;
        part.wait("the last item to be done", || belt.queue.join())?;
        if wrong != Some(NO_CLOSE) {
            belt.queue.close();
        }
        Ok(())
    });
    let cast = send.chain(receive).chain([foreman]).collect();
    let played = stage.perform(cast, &watch(&belt, wrong.is_none()))?;
    let stuck = played.stuck.clone();
    let told =
        |once, undone, away| format!("{once} taken once, {undone} not done, {away} still waiting");
    let once = taken_once(belt.taken.lock().clone());
    let away = i64::try_from(consumers).unwrap_or(i64::MAX) - belt.home.peek();
    let got = told(once, belt.queue.peek().unfinished, away);
    let count = usize::try_from(items).unwrap_or(usize::MAX);
    let mut outcome = played.outcome(count as u64, &told(count, 0, 0), &got);
    outcome.finding = stuck.map(|waits| match wrong {
        Some(NO_DONE) => {
            format!("item 1 is never marked as done, so the join never ends; standstill: {waits}")
        }
        _ => format!("the work is done and nobody says so; standstill: {waits}"),
    });
    Ok(outcome)
}

/// How many different items there are, without those that were taken more than once.
fn taken_once(mut taken: Vec<i64>) -> usize {
    taken.sort_unstable();
    let items = taken.chunk_by(|one, other| one == other);
    items.filter(|same| same.len() == 1).count()
}

fn role(
    belt: &Arc<Belt>,
    name: String,
    act: impl FnOnce(&Part, &Belt) -> Result<(), Refusal> + Send + 'static,
) -> Role {
    let belt = Arc::clone(belt);
    Role::new(name, move |part| act(part, &belt))
}

fn send(part: &Part, belt: &Belt, item: i64) -> Result<(), Refusal> {
    part.wait("room", || belt.queue.send(item))?;
    belt.sent.fetch_add(1, SeqCst);
    Ok(())
}

/// Receives until the queue is closed. `forgets` leaves item 1 unmarked.
fn receive(part: &Part, belt: &Belt, forgets: bool) -> Result<(), Refusal> {
    loop {
        let item = match part.take("an item", || belt.queue.receive()) {
            Err(Refusal::Closed) => break,
            item => item?,
        };
        belt.taken.lock().push(item);
        if !(forgets && item == 1) {
            belt.queue.task_done()?;
        }
    }
    belt.home.fetch_add(1, SeqCst);
    Ok(())
}

fn watch(belt: &Arc<Belt>, right: bool) -> Watch {
    let seen = Arc::clone(belt);
    Watch {
        look: Box::new(move |cast| inside(cast, &seen)),
        held: Vec::new(),
        right,
    }
}

fn inside(cast: &Cast, belt: &Belt) -> Inside {
    let view = belt.queue.peek();
    let mut inside = Inside::default()
        .figure("items", format!("{} of {ROOM}", view.items.len()))
        .figure("not done", view.unfinished)
        .figure("queue", if view.closed { "closed" } else { "open" })
        .waiting(cast.names(&view.line));
    let items = view.items.iter().map(i64::to_string);
    let empty = std::iter::repeat_n("-".to_owned(), ROOM.saturating_sub(view.items.len()));
    inside.slots = items
        .chain(empty)
        .map(|text| (text, String::new()))
        .collect();
    if let Some(first) = inside.slots.first_mut() {
        first.1.push_str("next out");
    }
    inside
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let queue = Queue::unbounded("cost");
    costs::alone_and_contended(QUEUE.title, stage.stop(), || {
        // As many are received as are sent, so each finds one.
        if queue.send(1).is_ok() && queue.receive().is_ok() {
            let _ = queue.task_done();
        }
    })
}
