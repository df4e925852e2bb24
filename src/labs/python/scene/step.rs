//! The panels and keys of a script that is stepped. The keys are those of the lab `steps`.
//!
//! ```text
//! ╭ Schedule ────────────────╮╭ Source of x.py ──────╮   who did what, and who is where
//! 3 of 12 steps; ...                                     status
//! ╭ Locks and variables ─────╮╭ Output ──────────────╮
//! ```

use std::sync::Arc;

use super::super::experiment::step::executed::{
    Executed, ExecutedStep, Moment, ObjectAt, WaitsFor,
};
use super::super::experiment::step::stepping::Stepping;
use super::super::settings::{PythonCommand, StepCommand};
use super::super::state::State;
use super::code::{self, Mark};
use crate::lab::{Action, ActionKind, Key, thread_key};
use crate::printable::Printable;
use crate::scene::units::count;
use crate::scene::{
    Body, Finding, Height, Label, Line, Panel, Progress, Scene, Schedule, ScheduleThread, Span,
    Table, Tone, Weight, literal,
};

/// Columns without which code beside the schedule is hard to read.
const READABLE: u16 = 40;
/// Locks and variables that the smaller share of the height has room for.
const FEW: usize = 6;

pub fn scene(scene: &mut Scene, state: &State, stepping: &Stepping) {
    let (executed, at) = (&*stepping.executed, stepping.at);
    if executed.threads.is_empty() {
        scene.lines(vec!["The script is run for the first time.".into()]);
        return;
    }
    let moment = executed.at(at);
    let (badge, tone) = executed.level(at).badge();
    scene.badge(badge, tone);
    let length = executed.steps.len();
    let note = format!("step {} of {}", count(at as u64), count(length as u64));
    let schedule = Panel::titled("Schedule", Body::Schedule(schedule(stepping, &moment)));
    let mut beside = vec![schedule.note(note).weight(5)];
    if let Some(text) = &state.source {
        let marks = marks(executed, &moment, stepping.is_over());
        let panel = code::panel_of(state, text, marks);
        let which = if stepping.is_over() { "◀ last step" } else { "◀ next step" };
        let note = [text.note.as_str(), which];
        let note: Vec<_> = note.into_iter().filter(|part| !part.is_empty()).collect();
        beside.push(panel.note(note.join("; ")).weight(3).at_least(READABLE));
    }
    scene.row(Height::Fill { min: 8, weight: 3 }, beside);
    status(scene, stepping);
    let variables = Body::Table(objects(executed, &moment));
    let mut variables = Panel::titled("Locks and variables", variables).weight(2);
    let version = state.interpreter.as_ref().map(|interpreter| interpreter.version.as_str());
    if !version.is_some_and(knows_locals) {
        variables = variables.note("local ones: from CPython 3.13 on");
    } else if executed.objects.iter().any(|object| object.local.is_some()) {
        variables = variables.note("local ones by their thread's number");
    }
    let output = Panel::titled("Output", Body::Tail(output(executed, stepping.is_over())));
    let output = output.note(Label::new("of the whole schedule").or("of all steps"));
    let weight = if executed.objects.len() > FEW { 2 } else { 1 };
    scene.row(Height::Fill { min: 4, weight }, vec![variables, output]);
}

/// Whether the shim can look at local variables in this version of Python.
fn knows_locals(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    [parts.next(), parts.next()] >= [Some(3), Some(13)]
}

/// What the schedule writes. When it does is not known, so until the end it is dim, as its steps
/// are that follow.
fn output(executed: &Executed, over: bool) -> Vec<Line> {
    let tone = if over { Tone::Plain } else { Tone::Dim };
    if executed.output.is_empty() {
        return vec![Line::new().then("it writes nothing", Tone::Dim)];
    }
    executed.output.iter().map(|line| Line::new().then(line.clone(), tone)).collect()
}

fn tone(thread: usize) -> Tone {
    Tone::of_thread(thread)
}

fn schedule(stepping: &Stepping, moment: &Moment<'_>) -> Schedule {
    let executed = &stepping.executed;
    let over = stepping.is_over();
    let threads = executed.threads.iter().enumerate().map(|(at, name)| {
        let next = moment.next[at];
        let can_go = next.is_some() && moment.can_go(at);
        let text = next.map_or_else(Printable::default, |step| step.text.clone());
        ScheduleThread {
            key: thread_key(at).map_or_else(|| "-".to_owned(), String::from),
            name: name.clone(),
            tone: tone(at),
            state: thread_state(executed, moment, at, over),
            next: Span::new(text, if can_go { Tone::Strong } else { Tone::Dim }),
        }
    });
    let steps = Arc::clone(&stepping.rows);
    Schedule { threads: threads.collect(), steps, taken: stepping.at }
}

/// Whether a thread can go on, or what keeps it from that.
fn thread_state(executed: &Executed, moment: &Moment<'_>, thread: usize, over: bool) -> Span {
    let key = |other: usize| thread_key(other).map_or_else(|| "-".to_owned(), String::from);
    let Some(next) = moment.next[thread] else {
        return Span::new(if moment.started[thread] { "ended" } else { "not started" }, Tone::Dim);
    };
    if moment.can_go(thread) {
        return Span::new("ready", Tone::Active);
    }
    if !moment.started[thread] {
        return Span::new("not started", Tone::Dim);
    }
    let (text, tone) = match next.waits_for {
        WaitsFor::Lock(lock) => {
            let holder = moment.values[lock].value;
            let holder = executed.threads.iter().position(|name| name == holder);
            let holder = holder.map_or_else(|| "?".to_owned(), key);
            (format!("blocked by {holder}"), if over { Tone::Broken } else { Tone::Waiting })
        }
        WaitsFor::End(other) => (format!("waits for {}", key(other)), Tone::Waiting),
        WaitsFor::Time => ("sleeps".to_owned(), Tone::Dim),
        WaitsFor::Nothing | WaitsFor::Unknown => ("blocked".to_owned(), Tone::Waiting),
    };
    Span::new(text, tone)
}

/// Each thread at the line of its next step; at the end at that of its last one.
fn marks(executed: &Executed, moment: &Moment<'_>, over: bool) -> Vec<Mark> {
    let mut last = vec![0; executed.threads.len()];
    for step in executed.steps.iter().filter(|step| over && step.line > 0) {
        last[step.thread] = step.line;
    }
    let mark = |(thread, name): (usize, &Printable)| {
        let line = match moment.next[thread] {
            Some(next) if moment.started[thread] => next.line,
            Some(_) => 0,
            None => last[thread],
        };
        (line > 0).then(|| Mark { line, who: Span::new(name.clone(), tone(thread)) })
    };
    executed.threads.iter().enumerate().filter_map(mark).collect()
}

/// What each lock and variable is, and which step has made it that: of two threads that write what
/// they have read, the second one changes nothing where the first one has.
fn objects(executed: &Executed, moment: &Moment<'_>) -> Table {
    let text = |is_lock, value: &Printable| match (is_lock, value.is_empty()) {
        (true, true) => Span::new("free", Tone::Dim),
        (true, false) => Span::new(format!("held by {value}"), Tone::Active),
        // It is not there yet.
        (false, true) => Span::new("-", Tone::Dim),
        (false, false) => Span::new(value.clone(), Tone::Plain),
    };
    let runs = |thread: usize| moment.started[thread] && moment.next[thread].is_some();
    let objects = executed.objects.iter().enumerate();
    let mut all: Vec<_> = objects.filter(|(_, object)| object.local.is_none_or(runs)).collect();
    // What no step changes is the last to be shown, where there is little room.
    let mut changes = vec![false; executed.objects.len()];
    executed.steps.iter().flat_map(|step| &step.changes).for_each(|(at, _)| changes[*at] = true);
    all.sort_by_key(|(at, object)| (object.local, !changes[*at]));
    let rows = all.into_iter().map(|(at, object)| {
        let ObjectAt { value, changed } = &moment.values[at];
        let mut now = text(object.is_lock, value);
        let mut before = Span::new("", Tone::Dim);
        let mut by = Span::new("", Tone::Dim);
        if let Some((step, was)) = *changed {
            let thread = executed.steps[step].thread;
            by =
                Span::new(format!("{}, step {}", executed.threads[thread], step + 1), tone(thread));
            before = Span { tone: Tone::Dim, ..text(object.is_lock, was) };
            if step + 1 == moment.taken {
                now.tone = Tone::Accent;
            }
        }
        let waits = |step: &ExecutedStep| {
            step.waits_for == WaitsFor::Lock(at) && !moment.can_go(step.thread)
        };
        let waiting = moment.next.iter().flatten().filter(|step| waits(step));
        let waiting: Vec<_> = waiting.map(|step| executed.threads[step.thread].as_str()).collect();
        let name = match object.local {
            // As its thread is named above and by its key.
            Some(thread) => Span::new(format!("{} {}", thread + 1, object.name), tone(thread)),
            None => Span::new(object.name.clone(), Tone::Strong),
        };
        vec![name, now, before, by, Span::new(waiting.join(", "), Tone::Waiting)]
    });
    let head = ["name", "now", "before", "changed by", "waiting"];
    Table { head: head.map(Into::into).into(), rows: rows.collect(), figures_from: head.len() }
}

/// How far a search is, or what comes next. Always one line, so that nothing moves.
fn status(scene: &mut Scene, stepping: &Stepping) {
    let line = if let Some(runs) = stepping.searching {
        let label = "schedules run in search of one that fails".to_owned();
        let progress = Progress { done: runs, of: None, label };
        scene.row(Height::Lines(1), vec![Panel::bare(Body::Progress(progress))]);
        return;
    } else if !stepping.note.is_empty() {
        Line::new().then("▲ ", Tone::Caution).then(stepping.note.clone(), Tone::Caution)
    } else if stepping.is_over() {
        let (mark, tone) =
            if stepping.executed.failed { ("✗ ", Tone::Broken) } else { ("✓ ", Tone::Good) };
        Line::new().then(mark, tone).then(stepping.executed.end.clone(), Tone::Plain)
    } else {
        let next = &stepping.executed.steps[stepping.at];
        let name = stepping.executed.threads[next.thread].clone();
        Line::new()
            .then("next, if no other is chosen: ", Tone::Dim)
            .then(name, tone(next.thread))
            .then(format!(" {}", next.text), Tone::Plain)
    };
    scene.lines(vec![line]);
}

/// What the schedule means, the worst first.
pub fn findings(stepping: &Stepping) -> Vec<Finding> {
    let mut all = Vec::new();
    if stepping.executed.threads.is_empty() {
        return all;
    }
    if stepping.is_over() {
        let weight = if stepping.executed.failed { Weight::Broken } else { Weight::Fine };
        all.push((weight, format!("In the end: {}.", literal(&stepping.executed.end))).into());
    }
    if let Some(searched) = &stepping.searched {
        let weight = if searched.failing { Weight::Broken } else { Weight::Caution };
        all.push(
            (weight, format!("{}.", literal(&crate::scene::capitalised(&searched.text)))).into(),
        );
    }
    all.push(stepping.executed.level(stepping.at).finding(""));
    if stepping.executed.cut {
        all.push((Weight::Caution, "It has more steps than are shown.").into());
    }
    all
}

/// The keys of the lab `steps`, and one for a search. All nine digits always: without an action of
/// the lab, the app would take one as the key of another tab.
pub fn actions(stepping: &Stepping) -> Vec<Action<PythonCommand>> {
    let (executed, at) = (&stepping.executed, stepping.at);
    let length = executed.steps.len();
    let press = |key, label: &str, command| Action::press(key, label, PythonCommand::Step(command));
    let seek = |key, label, to: usize| press(key, label, StepCommand::Seek(to.min(length)));
    let step = executed.steps.get(at);
    // There is nothing to do before the first schedule has been run.
    let ran = |label: &'static str| if executed.threads.is_empty() { "" } else { label };
    let mut all: Vec<_> = (0..)
        .map_while(thread_key)
        .enumerate()
        .map(|(thread, key)| {
            let can_go = step.is_some_and(|step| step.can_go(thread));
            let name = executed.threads.get(thread).filter(|_| can_go);
            let label = name.map_or("", Printable::as_str);
            press(Key::Char(key), label, StepCommand::Thread(thread))
        })
        .collect();
    let (back, on) = (at > 0, at < length);
    all.push(seek(Key::Char('.'), if on { "step" } else { "" }, at + 1));
    all.push(seek(Key::Char(','), if back { "back" } else { "" }, at.saturating_sub(1)));
    if stepping.searching.is_some() {
        let stop = press(Key::Esc, "stop search", StepCommand::StopSearch);
        all.push(stop.about("end the search; what it has found stays"));
    } else {
        let search = press(Key::Char('x'), ran("find failure"), StepCommand::Search);
        all.push(search.about("search for a schedule by which the script fails"));
    }
    all.push(seek(Key::Char('u'), "", at.saturating_sub(1)));
    all.push(seek(Key::Char('U'), "", at + 1));
    all.push(seek(Key::Char('r'), "", 0));
    all.push(seek(Key::Home, if back { "start" } else { "" }, 0));
    all.push(seek(Key::End, if on { "end" } else { "" }, length));
    // So the key that stops the picture elsewhere is not free here, where nothing moves by itself.
    all.push(seek(Key::Space, "", if on { at + 1 } else { 0 }));
    let copy = ActionKind::Copy(executed.code.to_string());
    let copy = Action::new(Key::Char('c'), ran("copy code"), copy);
    all.push(copy.about("copy the code that repeats this schedule"));
    all
}
