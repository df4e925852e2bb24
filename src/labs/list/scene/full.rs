//! The lab on a screen of its own. Arrangement only.
//!
//! Rows come in the order of their importance, because the last ones are left out on a
//! low screen. In step mode that is another order: the table of next steps comes first
//! and the code moves up.

use super::super::experiment::code::{PYTHON, RUST, python_line};
use super::super::experiment::windows::{Window, Windows};
use super::super::findings::one_per;
use super::super::settings::window_text;
use super::super::state::State;
use super::{boxes, latest, threads};
use crate::scene::units::{plural, to_f64};
use crate::scene::{
    Bar, Bars, Body, Code, CodeLine, Height, Label, Line, Listing, Panel, Part, Scene, Span, Table,
    Tone, Trend, line, units,
};

/// Lines of the panel of conflicts. The last is for the lost values, so one conflict
/// fewer is listed.
const CONFLICTS: usize = 5;
/// Lines of the code: those of a listing, and the note.
const CODE: usize = RUST.len() + 1;

/// Adds the rows of the full scene to a scene that has its title and badges.
pub fn full(scene: &mut Scene, state: &State) {
    // Between 2 and 8 lines, so that the rows below do not move when a thread is added or
    // ends.
    let rows = state.threads.len().clamp(2, 8);
    let threads = Panel::titled("Threads", Body::Grid(threads(state))).weight(3);
    let latest = Panel::titled("Latest operations", Body::Lines(vec![latest(state)]))
        .note("newest first")
        .weight(2);
    if let Some(stepped) = &state.stepped {
        // One line more for the head.
        let rows = lines(stepped.threads.len() + 1);
        scene.row(Height::Lines(rows), vec![super::stepper_view::panel(stepped)]);
    } else {
        scene.row(Height::Lines(lines(rows)), vec![threads, latest]);
    }
    let list = Panel::titled("The list: slots and a length", Body::Boxes(boxes(state, true)));
    scene.row(Height::Lines(3), vec![list]);
    if state.stepped.is_some() {
        // Where each thread stands matters most now.
        scene.row(Height::Lines(lines(CODE)), vec![code(state)]);
    }
    scene.row(Height::Lines(7), vec![race_meter(state), outcomes(state), audit(state)]);
    if let Some(panel) = conflicts(state) {
        scene.row(Height::Lines(lines(CONFLICTS)), vec![panel]);
    }
    if state.settings.full_speed() {
        scene.row(Height::Lines(2), vec![trend(state)]);
    }
    if state.stepped.is_none() {
        scene.row(Height::Lines(lines(CODE)), vec![code(state)]);
    }
}

fn lines(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// What the threads execute, with each thread at its line: the Python of the exercise, and the
/// Rust that runs. The lines of a lock that is off are struck through.
fn code(state: &State) -> Panel {
    let listing = |name: &str, texts: &[&str], of: &dyn Fn(u16) -> Option<u16>| {
        let lines = texts.iter().zip(1..).map(|(text, number)| CodeLine {
            text: (*text).to_owned(),
            at: here(state, |line| of(line) == Some(number)),
            skipped: !state.settings.lock && is_lock(text),
        });
        Listing::new(name, lines)
    };
    let one_step = Label::new(
        "CPython's append() and pop(0) are one step each; between `if` and pop(0) another thread \
         can run. The Rust tab shows the steps that run here.",
    )
    .or("in CPython each call is one step; `if` and then pop(0) are two")
    .or("in CPython each call is one step");
    let python = listing("Python", &PYTHON, &python_line).note(one_step);
    let code = Code::new(vec![python, listing("Rust", &RUST, &Some)]);
    Panel::titled("Code", Body::Code(code))
}

fn is_lock(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("with lock") || line.starts_with("let guard")
}

/// The threads whose line it is. None at full speed: a line that was reported long ago
/// would be shown as if it were now.
fn here(state: &State, is: impl Fn(u16) -> bool) -> Vec<Span> {
    if state.settings.full_speed() && state.stepped.is_none() {
        return Vec::new();
    }
    state
        .threads
        .iter()
        .filter(|(_, thread)| !thread.gone && thread.line.is_some_and(&is))
        .map(|(who, thread)| Span::new(who.to_string(), thread.activity.tone()))
        .collect()
}

/// The measured figures: loss rate, speed, windows, and how often the exercise itself
/// would collide.
fn race_meter(state: &State) -> Panel {
    let mut rows = Vec::new();
    let mut add = |name: &str, text: String, tone| {
        let row = Line::new().then(format!("{name:<9}"), Tone::Dim);
        rows.push(row.then(text, tone));
    };
    if let Some(meter) = &state.meter {
        let tone = if meter.counts.lost > 0 { Tone::Broken } else { Tone::Good };
        if let Some(rate) = meter.loss_rate {
            add("lost", rate.to_string(), tone);
        }
        if let Some(each) = meter.added_per_lost() {
            add("", one_per(each), tone);
        }
        let speed = units::per_second(meter.ops_per_second());
        let rounds = plural(meter.rounds, "round");
        add("speed", format!("{speed} operations, {rounds}"), Tone::Plain);
    }
    let both = |windows: &Windows, of: fn(&Window) -> Option<f64>| {
        let [append, remove] = [of(&windows.append)?, of(&windows.remove)?].map(units::nanos);
        Some(format!("append {append}, removal {remove}"))
    };
    // At full speed the windows of the running threads, otherwise those measured after a
    // sleep: those of paced threads contain the steps' own reports.
    let windows = state.windows.running.as_ref().filter(|_| state.settings.full_speed());
    if let Some(natural) = both(windows.unwrap_or(&state.windows.slept), |window| window.typical_ns)
    {
        add("window", natural, Tone::Plain);
    }
    let added = window_text(state.settings.window);
    // Under the lock a yield does not apply, so there is no widened window to show.
    let whole = windows
        .filter(|_| !state.settings.lock)
        .and_then(|windows| both(windows, |window| Some(window.whole_ns?.median)));
    match whole {
        Some(whole) => add("widened", format!("{whole} ({added})"), Tone::Plain),
        None => add("widened", format!("by {added}"), Tone::Plain),
    }
    if let Some(seconds) = state.windows.slept.exercise_collision_s() {
        let text = format!("one collision in about {}", units::nanos(seconds * 1e9));
        add("exercise", text, Tone::Plain);
    }
    add("guess", guess(state), Tone::Accent);
    Panel::titled("Race meter", Body::Lines(rows)).weight(4)
}

/// The question, or the guess beside the measured rate. They are compared only under the
/// conditions of the question: lock off, full speed.
fn guess(state: &State) -> String {
    let Some(guess) = state.guess else {
        return "of 1,000 values, how many? Press u".to_owned();
    };
    let measured =
        state.meter.as_ref().filter(|_| !state.settings.lock && state.settings.full_speed());
    match measured.and_then(|meter| meter.loss_rate) {
        Some(rate) => format!(
            "{} of 1,000; measured: {:.0} ({:.0} to {:.0})",
            units::count(guess),
            rate.estimate * 1e3,
            rate.low * 1e3,
            rate.high * 1e3
        ),
        None => format!(
            "{} of 1,000; turn the lock off and go to full speed to see",
            units::count(guess)
        ),
    }
}

/// How many rounds lost how many values. Steps without a round are left out here; the
/// JSON has all.
fn outcomes(state: &State) -> Panel {
    let bars = state.meter.iter().flat_map(|meter| meter.outcomes.steps());
    let bars = bars.filter(|step| step.rounds > 0).map(|step| Bar {
        label: step.label().into(),
        values: vec![to_f64(step.rounds)],
        figure: units::count(step.rounds),
        ..Bar::default()
    });
    let bars = Bars {
        parts: vec![Part { name: "rounds".to_owned(), tone: Tone::Active }],
        bars: bars.collect(),
        ..Bars::default()
    };
    Panel::titled(Label::new("Rounds by values lost").or("Values lost"), Body::Bars(bars)).weight(3)
}

/// The counts of the last audited round and of all rounds, side by side, in the order of
/// the identity.
fn audit(state: &State) -> Panel {
    let counts = |of: &dyn Fn(&super::super::experiment::audit::Counts) -> u64| {
        let round = state.last_audit.as_ref().map(|audited| of(&audited.audit.counts));
        let run = state.run().map(|run| of(&run.counts));
        [round, run].map(|n| n.map_or_else(|| "-".to_owned(), units::count))
    };
    let row = |name: &str, [round, run]: [String; 2], bad: bool| {
        let tone = |text: &str| {
            if bad && text != "0" && text != "-" { Tone::Broken } else { Tone::Plain }
        };
        let (a, b) = (tone(&round), tone(&run));
        vec![Span::from(name), Span::new(round, a), Span::new(run, b)]
    };
    let number = state.last_audit.as_ref().map_or(0, |audited| audited.round);
    let table = Table {
        head: vec![
            "".into(),
            format!("round {}", units::count(number)).into(),
            "all rounds".into(),
        ],
        rows: vec![
            row("added", counts(&|c| c.added), false),
            row("removed", counts(&|c| c.removed), false),
            row("left", counts(&|c| c.left), false),
            row("lost", counts(&|c| c.lost), true),
            row("duplicated", counts(&|c| c.duplicated), true),
            row("phantom", counts(&|c| c.phantom), true),
        ],
        figures_from: 1,
    };
    Panel::titled("Audit", Body::Table(table)).weight(2)
}

/// What went wrong in the last round with an anomaly, with the operations named; `None`
/// if there was no such round.
fn conflicts(state: &State) -> Option<Panel> {
    let audited = state.last_anomaly.as_ref()?;
    let mut rows: Vec<_> = audited
        .conflicts
        .some
        .iter()
        .take(CONFLICTS - 1)
        .map(|conflict| Line::new().then(conflict.to_string(), Tone::Broken))
        .collect();
    let values = |values: &[i64]| values.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let audit = &audited.audit;
    if !audit.lost_values.is_empty() {
        rows.push(line([(format!("lost: {}", values(&audit.lost_values)), Tone::Broken)]));
    }
    if !audit.duplicated_values.is_empty() {
        rows.push(line([(
            format!("duplicated: {}", values(&audit.duplicated_values)),
            Tone::Broken,
        )]));
    }
    let pairs = plural(audited.conflicts.count, "pair");
    let note = format!("round {}, {pairs} in all", audited.round);
    Some(Panel::titled("What went wrong", Body::Lines(rows)).note(note))
}

/// The share of values lost over time, one point per report, so a change of a setting
/// shows as a step.
fn trend(state: &State) -> Panel {
    let figure = state.trend.back().map(|share| units::percent(*share));
    let trend =
        Trend { values: state.trend.iter().copied().collect(), figure: figure.unwrap_or_default() };
    Panel::titled("Share lost, over time", Body::Trend(trend))
}
