//! How the tools look. Arrangement only: state in, scene out.

use super::performance::LINGER;
use super::state::{Record, State};
use super::tool::{Tool, World, Wrong};
use super::tools;
use super::{chart, result};
use crate::lab::{Detail, write_duration};
use crate::scene::{
    Body, Boxes, Height, Line, Panel, Progress, Scene, Slot, Span, Table, Tone, line, units,
};

/// Rows of the list of tools.
const ROWS: usize = 12;

pub(super) fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Tools for sharing");
    if let Some(tool) = state.playing {
        scene.badge(tool.title, Tone::Strong);
        let world = match tool.world {
            World::Threads => "between threads",
            World::Processes => "between processes",
        };
        scene.badge(world, Tone::Dim);
        match wrong_use(state) {
            None => scene.badge("used rightly", Tone::Good),
            Some(wrong) => scene.badge(format!("used wrongly: {}", wrong.name), Tone::Broken),
        };
    }
    match detail {
        Detail::Compact => compact(state, &mut scene),
        Detail::Full => full(state, &mut scene),
    }
    for (weight, text) in super::findings::findings(state) {
        scene.finding(weight, text);
    }
    scene
}

fn wrong_use(state: &State) -> Option<&'static Wrong> {
    state.playing?.wrong_named(state.wrong?)
}

fn compact(state: &State, scene: &mut Scene) {
    inside_rows(state, scene);
    scene.lines(vec![latest(state)]);
}

fn full(state: &State, scene: &mut Scene) {
    if !state.live && !state.done {
        let (done, of) = state.stage;
        let progress = Body::Progress(Progress {
            done: done as u64,
            of: Some(of as u64),
            label: "plays".to_owned(),
        });
        scene.row(Height::Lines(1), vec![Panel::bare(progress)]);
    }
    if let Some(tool) = state.playing {
        let sees = wrong_use(state).map_or(tool.sees, |wrong| wrong.about);
        scene.lines(vec![line([(sees, Tone::Dim)])]);
    }
    let min = u16::try_from(ROWS.min(tools::ALL.len()) + 1).unwrap_or(8);
    let panels = vec![
        Panel::titled("Tools", Body::Table(list(state))).weight(5),
        Panel::titled(inside_title(state), Body::Lines(inside_lines(state))).weight(5),
        Panel::titled("Cost of one operation", costs(state)).weight(5),
    ];
    scene.row(Height::Fill { min, weight: 2 }, panels);
    let mut below = Vec::new();
    if let Some(buffer) = buffer(state) {
        below.push(Panel::titled("Slots", Body::Boxes(buffer)).weight(2));
    }
    below.push(Panel::titled("Last play", Body::Lines(last_play(state))).weight(5));
    scene.row(Height::Lines(4), below);
}

fn costs(state: &State) -> Body {
    let bars = chart::bars(state);
    if bars.bars.is_empty() {
        return Body::Lines(vec![line([("not measured yet", Tone::Dim)])]);
    }
    Body::Bars(bars)
}

fn inside_title(state: &State) -> String {
    let title = state.playing.map_or("no tool", |tool| tool.title);
    format!("Inside: {title}")
}

/// Each tool with the state of its latest plays: as many as there is room for, the
/// chosen one among them.
fn list(state: &State) -> Table {
    let chosen = |tool: &Tool| state.playing.is_some_and(|playing| playing.id == tool.id);
    let at = tools::ALL.iter().position(|tool| chosen(tool)).unwrap_or(0);
    let last = tools::ALL.len().saturating_sub(ROWS);
    let first = at.saturating_sub(ROWS / 2).min(last);
    let rows = tools::ALL.iter().skip(first).take(ROWS).map(|tool| {
        let (sign, tone) = if chosen(tool) {
            ("> ", Tone::Accent)
        } else {
            ("  ", Tone::Plain)
        };
        let record = state.records.get(tool.id);
        vec![
            Span::new(format!("{sign}{}", tool.title), tone),
            right_use(record),
            wrong_uses(tool, record),
        ]
    });
    Table {
        head: ["", "right", "wrong"].map(str::to_owned).into(),
        rows: rows.collect(),
        figures_from: 3,
    }
}

fn right_use(record: Option<&Record>) -> Span {
    match record.and_then(|record| record.right.as_ref()) {
        None => Span::new("-", Tone::Dim),
        Some(outcome) if outcome.as_expected() => Span::new("whole", Tone::Good),
        Some(_) => Span::new("broken", Tone::Broken),
    }
}

fn wrong_uses(tool: &Tool, record: Option<&Record>) -> Span {
    let all = tool.wrong.len();
    let caught = record.map_or(0, |record| {
        let tried = record.wrong.values();
        tried.filter(|outcome| outcome.finding.is_some()).count()
    });
    match caught {
        0 => Span::new(format!("{all}"), Tone::Dim),
        _ => Span::new(format!("{caught} of {all}"), Tone::Caution),
    }
}

fn inside_rows(state: &State, scene: &mut Scene) {
    scene.lines(inside_lines(state));
    if let Some(buffer) = buffer(state) {
        scene.row(Height::Lines(3), vec![Panel::bare(Body::Boxes(buffer))]);
    }
}

/// The chosen tool's inside, the circle of those who wait for each other, and the ways
/// to use it.
fn inside_lines(state: &State) -> Vec<Line> {
    let figures = state.inside.figures.iter().map(|(name, value)| {
        line([
            (format!("{name}  "), Tone::Dim),
            (value.clone(), Tone::Strong),
        ])
    });
    let mut lines: Vec<_> = figures.collect();
    if !state.inside.line.is_empty() {
        lines.push(line([
            ("waiting  ".to_owned(), Tone::Dim),
            (state.inside.line.join(" "), Tone::Waiting),
        ]));
    }
    let cycle = state.latest().and_then(|outcome| outcome.cycle.as_ref());
    if let Some(text) = state.stuck.as_ref().map(|(text, _)| text).or(cycle) {
        let links = text.split("; ");
        lines.extend(links.map(|link| line([("  -> ", Tone::Broken), (link, Tone::Broken)])));
    }
    if state.stuck.is_some() && state.live {
        let text = format!("called off after {}", write_duration(LINGER));
        lines.push(line([(text, Tone::Dim)]));
    }
    lines.extend(uses(state));
    lines
}

/// The right use and the wrong ones, the one that is played marked.
fn uses(state: &State) -> Option<Line> {
    let tool = state.playing?;
    let record = state.record();
    let tone = |wrong: Option<&'static str>| {
        let caught = wrong.is_some_and(|wrong| {
            let outcome = record.and_then(|record| record.wrong.get(wrong));
            outcome.is_some_and(|outcome| outcome.finding.is_some())
        });
        match (wrong == state.wrong, caught) {
            (true, _) => Tone::Accent,
            (false, true) => Tone::Caution,
            (false, false) => Tone::Dim,
        }
    };
    let mut uses = line([("uses  ", Tone::Dim), ("right", tone(None))]);
    for wrong in tool.wrong {
        uses = uses
            .then(" ", Tone::Plain)
            .then(wrong.name, tone(Some(wrong.name)));
    }
    Some(uses)
}

/// What came out of it, and how the tool went from hand to hand.
fn last_play(state: &State) -> Vec<Line> {
    let mut lines = vec![latest(state)];
    lines.extend(hand_over(state));
    let finding = state.latest().and_then(|outcome| outcome.finding.clone());
    lines.extend(finding.map(|finding| line([(finding, Tone::Broken)])));
    lines
}

fn latest(state: &State) -> Line {
    let Some(outcome) = state.latest() else {
        return line([("under way for the first time", Tone::Dim)]);
    };
    let tone = if outcome.as_expected() {
        Tone::Good
    } else {
        Tone::Broken
    };
    line([
        ("expected ".to_owned(), Tone::Dim),
        (outcome.expected.clone(), Tone::Plain),
        (", got ".to_owned(), Tone::Dim),
        (outcome.got.clone(), tone),
    ])
}

fn hand_over(state: &State) -> Vec<Line> {
    let mut lines = Vec::new();
    let Some(outcome) = state.latest() else {
        return lines;
    };
    if !outcome.order.is_empty() {
        lines.push(line([
            ("handed over  ".to_owned(), Tone::Dim),
            (runs(&outcome.order), Tone::Plain),
        ]));
    }
    let paced = if state.live { ", with the pace" } else { "" };
    let told = [("waits", &outcome.waits_ns), ("holds", &outcome.holds_ns)];
    let told = told.into_iter().filter_map(|(what, times)| {
        let times = result::Times::of(times)?;
        let [p50, max] = [times.p50, times.max].map(units::whole_nanos);
        let p99 = times.p99.map(units::whole_nanos);
        let p99 = p99.map_or_else(String::new, |p99| format!(", p99 {p99}"));
        Some(format!("{what}  p50 {p50}{p99}, max {max}"))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    if !told.is_empty() {
        lines.push(line([(format!("{told}{paced}"), Tone::Dim)]));
    }
    lines
}

/// `adder-1 x3, adder-2`: whoever got it several times in a row stands once.
fn runs(order: &[String]) -> String {
    let runs = order.chunk_by(|one, other| one == other);
    let told = runs.filter_map(|run| match run {
        [] => None,
        [one] => Some(one.clone()),
        [one, ..] => Some(format!("{one} x{}", run.len())),
    });
    told.collect::<Vec<_>>().join(", ")
}

fn buffer(state: &State) -> Option<Boxes> {
    let slots = &state.inside.slots;
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
