//! Arrangement of the panels: what is to be done, the schedule with the threads and the code,
//! what they share, what the search found.
//!
//! ```text
//! 1 predict ✓   2 break it by hand ●   3 prove the repair ○      mission
//! the question                                                   prose
//! must hold: ...   1 preemption                                  status
//! ╭ Schedule ──────────╮╭ Code ──────────╮╭ Memory ───────╮      what happens, where, and to what;
//!                                         │ 1 │ 0 │ free │       memory below where it is too wide
//! ╭ Deadlock ──╮╭ Levels, or Interleavings ──────────╮           what could be
//! ```

pub mod actions;
pub mod panels;

use super::experiment::levels::{self, Goal};
use super::state::State;
use crate::kit::explore::Memory;
use crate::lab::Detail;
use crate::programs;
use crate::scene::{Body, Height, Label, Line, Panel, Progress, Scene, Tone, line_count, units};

/// Fewest lines of the schedule and of the code beside it: below that neither can be followed.
const SCHEDULE: u16 = 8;
/// The same for what comes below them: a line for each topic, as many as there are.
const FURTHER: u16 = 10;
/// Fewest columns of the memory beside the schedule, and those of each thing in it: with its name
/// below, and with room for its values to come.
const MEMORY: u16 = 30;
const MEMORY_CELL: u16 = 10;

pub fn scene(state: &State, detail: Detail) -> Scene {
    let (program, case) = (state.setup.program, state.setup.case);
    let level = format!("Level {} of {}", levels::number(program), programs::ALL.len());
    let title = Label::new(format!("{level}: {}", program.title)).or(level);
    let mut scene = Scene::new(title);
    scene.badge(levels::topic(program), Tone::Dim);
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
    scene.lines(vec![mission(state)]);
    question(state, scene);
    let schedule = Panel::bare(Body::Schedule(panels::schedule(state)));
    scene.row(Height::Fill { min: SCHEDULE, weight: 1 }, vec![schedule]);
    status(state, scene);
}

/// All panels. The order is that of a user's attention: what is to be done, what can be done
/// and how it came here, what it changed, what could be.
fn full(state: &State, scene: &mut Scene) {
    scene.lines(vec![mission(state)]);
    question(state, scene);
    status(state, scene);
    let (at, length) = (state.snapshot.rows.len(), state.length());
    let schedule = Panel::titled("Schedule", Body::Schedule(panels::schedule(state)));
    let schedule = schedule.note(format!("step {at} of {length}")).weight(4);
    let code = Panel::titled("Code", Body::Code(panels::code(state))).weight(3);
    let beside = vec![schedule, code];
    scene.row(Height::Fill { min: SCHEDULE, weight: 5 }, beside);
    let (height, memory) = panels::memory(state);
    let columns = MEMORY.max(line_count(state.snapshot.things.len()) * MEMORY_CELL);
    let memory = Panel::titled("Memory", memory).weight(3).at_least(columns);
    scene.joining_row(height, vec![memory]);
    let mut further = Vec::new();
    if let Some(graph) = panels::cycle(state) {
        further.push(Panel::titled("Deadlock", Body::Graph(graph)).weight(3));
    }
    further.push(if state.tree.is_empty() {
        Panel::titled("Levels", Body::Overview(panels::map(state))).weight(4)
    } else {
        Panel::titled("Interleavings", Body::Tree(panels::tree(state)))
            .note(Label::new("those through a state, and how many of them fail").or("all, failing"))
            .weight(4)
    });
    scene.row(Height::Fill { min: FURTHER, weight: 4 }, further);
}

/// What is to be done on this level: done, under way or to come.
fn mission(state: &State) -> Line {
    let done = state.done(state.setup.program.id);
    let goal = done.goal();
    let parts = [
        (done.predicted.is_some(), Goal::Predict, "1 predict"),
        (done.broken, Goal::Break, "2 break it by hand"),
        (done.proved, Goal::Prove, "3 prove the repair"),
    ];
    let mut line = Line::new();
    for (is_done, of, text) in parts {
        let (sign, tone) = match (is_done, goal == of) {
            (true, _) => ("✓ ", Tone::Good),
            (false, true) => ("● ", Tone::Accent),
            (false, false) => ("○ ", Tone::Dim),
        };
        let word = if goal == of { Tone::Strong } else { tone };
        line = line.then(sign, tone).then(text, word).then("   ", Tone::Plain);
    }
    let stars = if done.stars() > 0 { Tone::Good } else { Tone::Dim };
    line.then(done.sign(), stars)
}

/// The question of the program in full, in as many lines as it needs.
fn question(state: &State, scene: &mut Scene) {
    let question = Body::Prose(format!("**{}**", state.setup.program.question));
    scene.row(Height::Content, vec![Panel::bare(question)]);
}

/// What must hold, and whether it does; how far a search is, while one runs. Always one line, so
/// that nothing moves: why it was broken is the first finding.
fn status(state: &State, scene: &mut Scene) {
    if let Some(searching) = &state.searching {
        let progress = Progress {
            done: searching.runs,
            of: None,
            label: format!(
                "searching {}: {} covered, {} fail",
                searching.what,
                units::count(searching.coverage.total),
                units::count(searching.coverage.failed)
            ),
        };
        scene.row(Height::Lines(1), vec![Panel::bare(Body::Progress(progress))]);
        return;
    }
    let end = state.snapshot.end.as_ref();
    let so_far = format!("  {}", units::plural(state.snapshot.switches.into(), "preemption"));
    let (mark, tone) = match end {
        Some(end) if end.held => ("✓ holds ", Tone::Good),
        Some(end) if end.kind.is_some() => ("✗ broken ", Tone::Broken),
        Some(_) => ("▲ not known ", Tone::Caution),
        None => ("must hold ", Tone::Dim),
    };
    let invariant = state.setup.program.invariant;
    let status = Line::new().then(mark, tone).then(invariant, Tone::Plain).then(so_far, Tone::Dim);
    scene.lines(vec![status]);
}
