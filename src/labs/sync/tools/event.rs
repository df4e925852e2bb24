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
use crate::kit::gate::Gate;
use crate::kit::word::Word;

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
    ready: Gate,
    data: Word,
    /// Readers that found the data.
    found: Word,
    /// For the forced order: the hasty one has read, the pulse is over.
    hasty: Gate,
    over: Gate,
}

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let wrong = wrong.map(|wrong| wrong.name);
    let desk = Arc::new(Desk {
        ready: Gate::new("ready"),
        data: Word::new("data", 0),
        found: Word::new("readers that found it", 0),
        hasty: Gate::new("reader-1 has read"),
        over: Gate::new("the pulse is over"),
    });
    let readers = stage.workers;
    let roles = (0..readers).map(|reader| {
        let desk = Arc::clone(&desk);
        Role::new(format!("reader-{}", reader + 1), move |part| {
            let first = reader == 0;
            if first && wrong == Some(PULSE) {
                part.wait("the end of the pulse", || desk.over.pass())?;
            }
            if !(first && wrong == Some(NO_WAIT)) {
                part.take("ready", || desk.ready.pass())?;
            }
            if desk.data.load(SeqCst) == DATA {
                desk.found.fetch_add(1, SeqCst);
            }
            if first {
                desk.hasty.open();
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
            part.wait("the hasty reader", || desk.hasty.pass())?;
        }
        desk.data.store(DATA, SeqCst);
        desk.ready.open();
        if wrong == Some(PULSE) {
            desk.ready.shut();
            desk.over.open();
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
        .figure("event", if view.open { "set" } else { "not set" })
        .figure("data", desk.data.peek())
        .figure("readers that found it", desk.found.peek())
        .waiting(cast.names(&view.line))
}

fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let gate = Gate::new("cost");
    gate.open();
    costs::alone_and_contended(EVENT.title, stage.stop(), || {
        let _ = gate.pass();
    })
}
