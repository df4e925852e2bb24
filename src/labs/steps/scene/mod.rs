//! Arrangement of the panels: the threads and what they share first, then the schedule
//! and the code, then what the search found.

pub mod actions;
pub mod panels;

use super::experiment::levels;
use super::state::State;
use crate::kit::explore::Memory;
use crate::lab::Detail;
use crate::scene::{Body, Height, Line, Panel, Progress, Scene, Tone, line, units};

const MEMORY: u16 = 2;
/// Columns of a narrow terminal: the text of a failure is given as many lines as it needs
/// there. A wider terminal has some to spare.
const COLUMNS: usize = 76;
/// Fewest lines of schedule and code, which share the rows that are left: below that
/// neither can be followed.
const SCHEDULE: u16 = 6;

pub fn scene(state: &State, detail: Detail) -> Scene {
    let (program, case) = (state.setup.program, state.setup.case);
    let mut scene = Scene::new(format!("Steps: {}", program.title));
    let (level, stars) = (levels::number(program), state.done(program.id).stars());
    scene.badge(format!("level {level}, {stars}/{} stars", levels::STARS), Tone::Dim);
    if program.has_memory_choice() {
        let memory = match case.memory {
            Memory::Sc => "SC",
            Memory::Tso => "x86-TSO",
        };
        scene.badge(memory, Tone::Plain);
    }
    if program.size.is_some() {
        scene.badge(format!("n = {}", case.n), Tone::Plain);
    }
    let (text, tone) = if case.repaired {
        (format!("{} ON", program.repair.key), Tone::Good)
    } else {
        (format!("{} OFF", program.repair.key), Tone::Caution)
    };
    scene.badge(text, tone);
    match detail {
        // Only a run without a screen has such lines.
        _ if !state.lines.is_empty() => outcome(state, &mut scene),
        Detail::Compact => compact(state, &mut scene),
        Detail::Full => full(state, &mut scene),
    }
    scene
}

/// A run without a screen has no snapshots: it shows the text of the search, as the
/// command `explore` prints it.
fn outcome(state: &State, scene: &mut Scene) {
    let lines = state.lines.iter().map(|text| Line::from(text.as_str()));
    scene.lines(lines.collect());
}

fn compact(state: &State, scene: &mut Scene) {
    scene.lines(vec![question(state)]);
    let threads = count(state.snapshot.threads.len());
    scene.row(Height::Lines(threads + 1), vec![Panel::bare(Body::Table(panels::threads(state)))]);
    scene.row(Height::Lines(MEMORY), vec![Panel::bare(Body::Table(panels::memory(state)))]);
    status(state, scene);
}

/// All panels. The order is that of a user's attention: what can be done, what it
/// changes, how it came here, what could be.
fn full(state: &State, scene: &mut Scene) {
    // In full, until the first step is taken.
    if state.trace.is_empty() {
        // In full, until it has been taken up.
        let question = Body::Prose(format!("**{}**", state.setup.program.question));
        scene.row(Height::Lines(2), vec![Panel::bare(question)]);
    } else {
        scene.lines(vec![question(state)]);
    }
    let threads = count(state.snapshot.threads.len()) + 1;
    scene.row(
        Height::Lines(threads),
        vec![Panel::titled("Threads", Body::Table(panels::threads(state)))],
    );
    scene.row(Height::Lines(MEMORY), vec![Panel::bare(Body::Table(panels::memory(state)))]);
    status(state, scene);
    let (at, length) = (state.snapshot.rows.len(), state.length());
    let mut beside = vec![
        Panel::titled("Schedule", trace(state)).note(format!("step {at} of {length}")).weight(4),
    ];
    beside.push(Panel::titled("Code", Body::Code(panels::code(state))).weight(3));
    scene.row(Height::Fill { min: SCHEDULE, weight: 3 }, beside);
    if let Some(searching) = &state.searching {
        let progress = Progress {
            done: searching.runs,
            of: None,
            label: format!(
                "searching {}: {} covered, {} fail; Esc stops",
                searching.what,
                units::count(searching.coverage.total),
                units::count(searching.coverage.failed)
            ),
        };
        scene.row(Height::Lines(1), vec![Panel::bare(Body::Progress(progress))]);
    }
    let mut further = Vec::new();
    if let Some(graph) = panels::cycle(state) {
        further.push(Panel::titled("Deadlock", Body::Graph(graph)).weight(2));
    }
    if !state.tree.is_empty() {
        further.push(
            Panel::titled("Interleavings", Body::Tree(panels::tree(state)))
                .note("interleavings, failing")
                .weight(3),
        );
    }
    if !further.is_empty() {
        scene.row(Height::Fill { min: SCHEDULE, weight: 2 }, further);
    }
}

fn trace(state: &State) -> Body {
    if state.trace.is_empty() {
        let how = "No step was taken yet. A thread's number makes it take its next one.";
        return Body::Prose(how.to_owned());
    }
    Body::Tree(panels::trace(state))
}

fn count(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn question(state: &State) -> Line {
    Line::new().then(state.setup.program.question, Tone::Strong)
}

/// What must hold, and whether it does; two lines or more once it is broken, with the
/// reason.
fn status(state: &State, scene: &mut Scene) {
    let end = state.snapshot.end.as_ref();
    let switches = state.snapshot.switches;
    let s = if switches == 1 { "" } else { "s" };
    let so_far = format!("  {switches} preemption{s}");
    if let Some((end, kind)) = end.and_then(|end| Some((end, end.kind.as_ref()?))) {
        let why = end.why.as_ref().unwrap_or(&end.text);
        let prose = format!("**{}**: {why}.{so_far}.", kind.replace('_', " "));
        // By characters, not words: a line that wraps early may need one more, which the
        // drawing cuts.
        let lines = count(prose.chars().count().div_ceil(COLUMNS)).max(2);
        scene.row(Height::Lines(lines), vec![Panel::bare(Body::Prose(prose))]);
        return;
    }
    let (mark, tone) = match end {
        Some(end) if end.held => ("holds ", Tone::Good),
        Some(_) => ("not known ", Tone::Caution),
        None => ("must hold ", Tone::Dim),
    };
    let invariant = state.setup.program.invariant;
    let status = line([(mark, tone), (invariant, Tone::Plain)]).then(so_far, Tone::Dim);
    scene.lines(vec![status]);
}
