//! How the tools look. Arrangement only: state in, scene out.

pub mod chart;
pub mod stepper_view;

use super::experiment::replay::LINGER;
use super::experiment::tool::{Misuse, Tool, World};
use super::experiment::tools;
use super::result;
use super::state::{Record, State};
use crate::lab::Detail;
use crate::scene::{
    Body, Boxes, Height, Line, Panel, Progress, Scene, Slot, Span, Table, Tone, line, units,
};

const ROWS: usize = 12;

pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Tools for sharing");
    if let Some(tool) = state.current {
        scene.badge(tool.title, Tone::Strong);
        let world = match tool.world {
            World::Threads => "between threads",
            World::Processes => "between processes",
        };
        scene.badge(world, Tone::Dim);
        match current_misuse(state) {
            None => scene.badge("correct use", Tone::Good),
            Some(misuse) => scene.badge(format!("misuse: {}", misuse.about), Tone::Broken),
        };
    }
    match detail {
        Detail::Compact => compact(state, &mut scene),
        Detail::Full => full(state, &mut scene),
    }
    scene
}

fn current_misuse(state: &State) -> Option<&'static Misuse> {
    state.current?.misuse_named(state.misuse?)
}

fn compact(state: &State, scene: &mut Scene) {
    snapshot_rows(state, scene, current_use(state));
    scene.lines(vec![latest(state)]);
}

/// The list of tools, the inside of the chosen one and the costs side by side, and the
/// last run below. The sentence on top is what there is to see, or what the misuse does.
fn full(state: &State, scene: &mut Scene) {
    if !state.live && !state.done {
        let (done, of) = state.progress;
        let progress = Body::Progress(Progress {
            done: done as u64,
            of: Some(of as u64),
            label: "runs".to_owned(),
        });
        scene.row(Height::Lines(1), vec![Panel::bare(progress)]);
    }
    if let Some(tool) = state.current {
        let sees = current_misuse(state).map_or(tool.sees, |misuse| misuse.about);
        scene.lines(vec![line([(sees, Tone::Dim)])]);
    }
    // As many rows as there are tools, up to the limit, and one for the head.
    let min = u16::try_from(ROWS.min(tools::ALL.len()) + 1).unwrap_or(8);
    let panels = vec![
        Panel::titled("Tools", Body::Table(list(state))).weight(5),
        Panel::titled(snapshot_title(state), Body::Lines(snapshot_lines(state, uses(state))))
            .weight(5),
        third(state).weight(5),
    ];
    scene.row(Height::Fill { min, weight: 2 }, panels);
    let mut below = Vec::new();
    if let Some(buffer) = buffer(state) {
        below.push(Panel::titled("Slots", Body::Boxes(buffer)).weight(2));
    }
    below.push(Panel::titled("Last run", Body::Lines(last_run(state))).weight(5));
    scene.row(Height::Lines(4), below);
}

/// The threads while the user steps them, and what an operation costs otherwise.
fn third(state: &State) -> Panel {
    let stepped = state.stepped.as_ref().map(stepper_view::panel);
    stepped.unwrap_or_else(|| Panel::titled("Cost of one operation", costs(state)))
}

fn costs(state: &State) -> Body {
    let bars = chart::bars(state);
    if bars.bars.is_empty() {
        return Body::Lines(vec![line([("not measured yet", Tone::Dim)])]);
    }
    Body::Bars(bars)
}

fn snapshot_title(state: &State) -> String {
    let title = state.current.map_or("no tool", |tool| tool.title);
    format!("Inside: {title}")
}

/// Each tool with the state of its latest runs: as many as there is room for, the chosen
/// one among them. A correct use that failed stands out in any case.
fn list(state: &State) -> Table {
    let chosen = |tool: &Tool| state.current.is_some_and(|current| current.id == tool.id);
    let at = tools::ALL.iter().position(|tool| chosen(tool)).unwrap_or(0);
    let last = tools::ALL.len().saturating_sub(ROWS);
    // The chosen tool is in the middle, except near the ends of the list.
    let first = at.saturating_sub(ROWS / 2).min(last);
    let rows = tools::ALL.iter().skip(first).take(ROWS).map(|tool| {
        let (sign, tone) = if chosen(tool) { ("> ", Tone::Accent) } else { ("  ", Tone::Plain) };
        let record = state.records.get(tool.id);
        vec![
            Span::new(format!("{sign}{}", tool.title), tone),
            correct_use_cell(record),
            misuses_cell(tool, record),
        ]
    });
    Table {
        head: ["", "correct use", "misuses"].map(Into::into).into(),
        rows: rows.collect(),
        figures_from: 3,
    }
}

fn correct_use_cell(record: Option<&Record>) -> Span {
    match record.and_then(|record| record.correct.as_ref()) {
        None => Span::new("-", Tone::Dim),
        Some(outcome) if outcome.as_expected() => Span::new("ok", Tone::Good),
        Some(_) => Span::new("broken", Tone::Broken),
    }
}

/// The number of misuses, and how many of them have failed so far. All should: a misuse
/// that never fails here would teach that it is allowed.
fn misuses_cell(tool: &Tool, record: Option<&Record>) -> Span {
    let all = tool.misuses.len();
    let caught = record.map_or(0, |record| {
        let tried = record.misuses.values();
        tried.filter(|outcome| outcome.finding.is_some()).count()
    });
    match caught {
        0 => Span::new(format!("{all}"), Tone::Dim),
        _ => Span::new(format!("{caught} of {all}"), Tone::Caution),
    }
}

fn snapshot_rows(state: &State, scene: &mut Scene, uses: Vec<Line>) {
    scene.lines(snapshot_lines(state, uses));
    if let Some(buffer) = buffer(state) {
        scene.row(Height::Lines(3), vec![Panel::bare(Body::Boxes(buffer))]);
    }
}

/// The chosen tool's inside, the cycle of those who wait for each other, and the ways to
/// use it.
fn snapshot_lines(state: &State, uses: Vec<Line>) -> Vec<Line> {
    let figures = state.snapshot.figures.iter().map(|(name, value)| {
        line([(format!("{name}  "), Tone::Dim), (value.clone(), Tone::Strong)])
    });
    let mut lines: Vec<_> = figures.collect();
    if !state.snapshot.waiting.is_empty() {
        lines.push(line([
            ("waiting  ".to_owned(), Tone::Dim),
            (state.snapshot.waiting.join(" "), Tone::Waiting),
        ]));
    }
    // While the run is stuck its own text; afterwards that of the outcome, so the cycle
    // can be read.
    let cycle = state.latest().and_then(|outcome| outcome.cycle.as_ref());
    if let Some(text) = state.stuck.as_ref().map(|(text, _)| text).or(cycle) {
        // A cycle is written as its links, one after the other, and shown as a line each.
        let links = text.split("; ");
        lines.extend(links.map(|link| line([("  -> ", Tone::Broken), (link, Tone::Broken)])));
    }
    if state.stuck.is_some() && state.live {
        let text = format!("stopped after {} s", LINGER.as_secs());
        lines.push(line([(text, Tone::Dim)]));
    }
    lines.extend(uses);
    lines
}

/// The correct use and the misuses, a line each, the one that runs marked. A misuse that
/// has failed before stands out.
fn uses(state: &State) -> Vec<Line> {
    let Some(tool) = state.current else {
        return Vec::new();
    };
    let row = |misuse: Option<&Misuse>| {
        let is_current = misuse.map(|misuse| misuse.name) == state.misuse;
        let text = misuse.map_or("correct use", |misuse| misuse.about);
        let (sign, tone) = match (is_current, misuse.is_some_and(|one| is_found(state, one))) {
            (true, _) => ("> ", Tone::Accent),
            (false, true) => ("  ", Tone::Caution),
            (false, false) => ("  ", Tone::Dim),
        };
        line([(sign, tone), (text, tone)])
    };
    std::iter::once(None).chain(tool.misuses.iter().map(Some)).map(row).collect()
}

fn is_found(state: &State, misuse: &Misuse) -> bool {
    let record = state.record();
    let outcome = record.and_then(|record| record.misuses.get(misuse.name));
    outcome.is_some_and(|outcome| outcome.finding.is_some())
}

/// Only the use that runs: on the dashboard there is no room for the others, which the
/// lab's own screen lists.
fn current_use(state: &State) -> Vec<Line> {
    let text = current_misuse(state).map_or("correct", |misuse| misuse.about);
    let shown = state.current.map(|_| line([("use  ", Tone::Dim), (text, Tone::Accent)]));
    shown.into_iter().collect()
}

fn last_run(state: &State) -> Vec<Line> {
    let mut lines = vec![latest(state)];
    lines.extend(acquisition_order(state));
    let finding = state.latest().and_then(|outcome| outcome.finding.clone());
    lines.extend(finding.map(|finding| line([(finding, Tone::Broken)])));
    lines
}

fn latest(state: &State) -> Line {
    let Some(outcome) = state.latest() else {
        return line([("under way for the first time", Tone::Dim)]);
    };
    let tone = if outcome.as_expected() { Tone::Good } else { Tone::Broken };
    let line = line([
        ("expected ".to_owned(), Tone::Dim),
        (outcome.expected.clone(), Tone::Plain),
        (", got ".to_owned(), Tone::Dim),
        (outcome.got.clone(), tone),
    ]);
    match outcome.proof {
        Some(_) => line.then(result::with_proof(outcome), Tone::Good),
        None => line,
    }
}

/// The order of acquisitions, and how long waits and holds lasted. On the screen the pace
/// is a part of these times, and the line names it.
fn acquisition_order(state: &State) -> Vec<Line> {
    let mut lines = Vec::new();
    let Some(outcome) = state.latest() else {
        return lines;
    };
    if !outcome.order.is_empty() {
        lines.push(line([
            ("acquisition order  ".to_owned(), Tone::Dim),
            (grouped(&outcome.order), Tone::Plain),
        ]));
    }
    let paced = if state.live { ", with the pace" } else { "" };
    let texts = [("waits", &outcome.waits_ns), ("holds", &outcome.holds_ns)];
    let texts = texts.into_iter().filter_map(|(what, times)| {
        let times = result::Times::of(times)?;
        let [p50, max] = [times.p50, times.max].map(units::whole_nanos);
        let p99 = times.p99.map(units::whole_nanos);
        let p99 = p99.map_or_else(String::new, |p99| format!(", p99 {p99}"));
        Some(format!("{what}  p50 {p50}{p99}, max {max}"))
    });
    let texts = texts.collect::<Vec<_>>().join("; ");
    if !texts.is_empty() {
        lines.push(line([(format!("{texts}{paced}"), Tone::Dim)]));
    }
    lines
}

/// `adder-1 x3, adder-2`: several acquisitions in a row by one thread are written once.
fn grouped(order: &[String]) -> String {
    let grouped = order.chunk_by(|one, other| one == other);
    let texts = grouped.filter_map(|run| match run {
        [] => None,
        [one] => Some(one.clone()),
        [one, ..] => Some(format!("{one} x{}", run.len())),
    });
    texts.collect::<Vec<_>>().join(", ")
}

fn buffer(state: &State) -> Option<Boxes> {
    let slots = &state.snapshot.slots;
    (!slots.is_empty()).then(|| Boxes {
        slots: slots
            .iter()
            .map(|(text, label)| Slot {
                text: text.clone(),
                tone: Tone::Plain,
                label: label.clone(),
            })
            .collect(),
        caption: String::new(),
        more: 0,
    })
}
