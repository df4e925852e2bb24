//! The event: readers wait until the data is ready, and all go on at once.
//!
//! Wrong uses: one reads without waiting; the event is set and cleared at once, so that
//! whoever comes later waits for ever.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::cast::{Cast, Role};
use super::super::costs;
use super::super::performance::Watch;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use crate::kit::event_flag::Event;
use crate::kit::traced_atomic::TracedAtomic;

const NO_WAIT: &str = "no-wait";
const PULSE: &str = "pulse";

const DATA: i64 = 42;

pub(super) const EVENT: Tool = Tool {
    id: "event",
    title: "Event",
    world: World::Threads,
    sees: "Readers wait for the event; the writer makes the data ready, then sets it.",
    wrong: &[
        Wrong {
            name: NO_WAIT,
            about: "one reads without waiting",
        },
        Wrong {
            name: PULSE,
            about: "set and cleared at once",
        },
    ],
    play,
    cost,
};

/// What writer and readers share.
struct Desk {
    ready: Event,
    data: TracedAtomic,
    /// Readers that found the data.
    found: TracedAtomic,
    /// For the forced order: the hasty one has read, the pulse is over.
    hasty: Event,
    over: Event,
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let wrong = wrong.map(|wrong| wrong.name);
    let desk = Arc::new(Desk {
        ready: Event::new("ready"),
        data: TracedAtomic::new("data", 0),
        found: TracedAtomic::new("readers that found it", 0),
        hasty: Event::new("reader-1 has read"),
        over: Event::new("the pulse is over"),
    });
    let readers = stage.workers;
    let roles = (0..readers).map(|reader| {
        let desk = Arc::clone(&desk);
        Role::new(format!("reader-{}", reader + 1), move |part| {
            let first = reader == 0;
            if first && wrong == Some(PULSE) {
                part.wait("the end of the pulse", || desk.over.wait())?;
            }
            if !(first && wrong == Some(NO_WAIT)) {
                part.take("ready", || desk.ready.wait())?;
            }
            if desk.data.load(SeqCst) == DATA {
                desk.found.fetch_add(1, SeqCst);
            }
            if first {
                desk.hasty.set();
            }
            Ok(())
        })
    });
    let writer = writer(&desk, wrong);
    let played = stage.perform(roles.chain([writer]).collect(), &watch(&desk, wrong))?;
    let got = desk.found.peek();
    let expected = i64::try_from(readers).unwrap_or(i64::MAX);
    let mut outcome = played.standstill(expected, got);
    if wrong == Some(NO_WAIT) && got != expected {
        outcome.finding =
            Some("reader-1 did not wait and read 0, before the data was ready".into());
    } else if wrong == Some(PULSE) {
        let pulse = |why| format!("reader-1 came after the pulse; {why}");
        outcome.finding = outcome.finding.map(pulse);
    }
    Ok(outcome)
}

fn writer(desk: &Arc<Desk>, wrong: Option<&'static str>) -> Role {
    let desk = Arc::clone(desk);
    Role::new("writer", move |part| {
        if wrong == Some(NO_WAIT) {
            part.wait("the hasty reader", || desk.hasty.wait())?;
        }
        desk.data.store(DATA, SeqCst);
        desk.ready.set();
        if wrong == Some(PULSE) {
            desk.ready.clear();
            desk.over.set();
        }
        Ok(())
    })
}

fn watch(desk: &Arc<Desk>, wrong: Option<&'static str>) -> Watch {
    let seen = Arc::clone(desk);
    Watch {
        look: Box::new(move |cast| inside(cast, &seen)),
        held: Vec::new(),
        right: wrong.is_none(),
    }
}

fn inside(cast: &Cast, desk: &Desk) -> Inside {
    let view = desk.ready.peek();
    Inside::default()
        .figure("event", if view.set { "set" } else { "not set" })
        .figure("data", desk.data.peek())
        .figure("readers that found it", desk.found.peek())
        .waiting(cast.names(&view.line))
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let gate = Event::new("cost");
    gate.set();
    costs::alone_and_contended(EVENT.title, stage.stop(), || {
        let _ = gate.wait();
    })
}
