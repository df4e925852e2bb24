//! The lab's scene: threads, locks and output of the script. Arrangement only.

use super::facts::{LockReport, ThreadEnd, ThreadReport, Times};
use super::state::State;
use super::story::ended;
use crate::lab::Detail;
use crate::printable::Printable;
use crate::scene::units::{count, short_nanos};
use crate::scene::{Body, Height, LaneChart, Line, Panel, Scene, Span, Table, Tone, line};

/// Lines of output and rows of tables that a screen can show.
const SHOWN: usize = 60;
/// Bytes of output that are looked at for its last lines.
const LOOKED: usize = 16 * 1024;

pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Python");
    if let Some(python) = &state.interpreter {
        let gil = if python.gil { "" } else { ", no GIL" };
        scene.badge(format!("CPython {}{gil}", python.version), Tone::Dim);
    }
    scene.badge("L0 watched", Tone::Plain);
    let (text, tone) = match &state.outcome {
        None if state.failed.is_some() => ("not run".to_owned(), Tone::Caution),
        None => (format!("{} runs", state.name()), Tone::Active),
        Some(outcome) => {
            let tone = if outcome.exit.code == Some(0) { Tone::Good } else { Tone::Broken };
            (ended(outcome.exit), tone)
        }
    };
    scene.badge(text, tone);
    if detail == Detail::Full {
        full(&mut scene, state);
    } else {
        scene.lines(output(state));
    }
    scene
}

fn full(scene: &mut Scene, state: &State) {
    let lanes = Panel::titled("Timeline", Body::Lanes(LaneChart::place()));
    scene.row(Height::Fill { min: 5, weight: 3 }, vec![lanes.note("newest at the right")]);
    let locks = Panel::titled("Locks of the script", Body::Table(locks(&state.figures.locks)));
    let threads = Panel::titled("Threads", Body::Table(threads(&state.figures.threads)));
    scene.row(Height::Fill { min: 3, weight: 1 }, vec![locks.weight(3), threads.weight(2)]);
    let written = Panel::titled("Output", Body::Lines(output(state)));
    scene.row(Height::Fill { min: 3, weight: 1 }, vec![written.note(state.name())]);
}

fn locks(locks: &[LockReport]) -> Table {
    let time = |times: Option<Times>, of: fn(&Times) -> Option<f64>| {
        let us = times.as_ref().and_then(of);
        let text = us.map_or_else(|| "-".to_owned(), |us| short_nanos(us * 1e3));
        Span::new(text, Tone::Plain)
    };
    let rows = locks.iter().take(SHOWN).map(|lock| {
        let contended = if lock.contended > 0 { Tone::Waiting } else { Tone::Dim };
        vec![
            Span::new(lock.name.clone(), Tone::Strong),
            Span::new(lock.kind.word(), Tone::Dim),
            Span::new(lock.place.clone(), Tone::Dim),
            Span::new(count(lock.acquires), Tone::Plain),
            Span::new(count(lock.contended), contended),
            time(lock.wait_us, |times| times.p99),
            time(lock.hold_us, |times| Some(times.p50)),
        ]
    });
    let head = ["name", "kind", "made at", "acquired", "contended", "wait p99", "hold p50"];
    Table { head: head.map(Into::into).into(), rows: rows.collect(), figures_from: 3 }
}

fn threads(threads: &[ThreadReport]) -> Table {
    let rows = threads.iter().take(SHOWN).map(|thread| {
        let (word, tone) = match thread.ended {
            None => ("runs", Tone::Active),
            Some(ThreadEnd::Returned) => ("returned", Tone::Dim),
            Some(ThreadEnd::Raised) => ("raised", Tone::Broken),
            Some(ThreadEnd::Killed) => ("killed", Tone::Caution),
        };
        let end = match &thread.error {
            Some(error) => Printable::from(format!("{word} {error}")),
            None => word.into(),
        };
        vec![
            Span::new(thread.name.clone(), Tone::Strong),
            Span::new(thread.role.clone(), Tone::Dim),
            Span::new(end, tone),
        ]
    });
    let head = ["name", "role", "end"];
    Table { head: head.map(Into::into).into(), rows: rows.collect(), figures_from: 3 }
}

/// The last lines of the output, those of stderr behind those of stdout.
fn output(state: &State) -> Vec<Line> {
    let mut lines = Vec::new();
    for (text, tone) in [(&state.stdout.text, Tone::Plain), (&state.stderr.text, Tone::Broken)] {
        let from = text.ceil_char_boundary(text.len().saturating_sub(LOOKED));
        let last: Vec<_> = text[from..].lines().rev().take(SHOWN).collect();
        lines.extend(last.iter().rev().map(|text| line([(Printable::foreign(text), tone)])));
    }
    lines
}
