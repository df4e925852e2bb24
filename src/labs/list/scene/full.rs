//! The lab on a screen of its own. Arrangement only.
//!
//! The list comes first and is the largest; then who did what when, and the code beside the
//! loss rate; where it is wide the figures and the audit join them, so that the list gets the
//! lines. In step mode the next steps and what the last one led to come after the list, and
//! the code stands beside the timeline. The last rows are left out on a low screen.

use super::super::experiment::code::{PYTHON, RUST, python_line};
use super::super::experiment::windows::{Window, Windows};
use super::super::findings::{of_thousand, one_per};
use super::super::settings::window_text;
use super::super::state::State;
use super::{latest, slots};
use crate::scene::units::plural;
use crate::scene::{
    Axis, Body, Code, CodeLine, Curve, Height, Label, LaneChart, Language, Line, Listing, Panel,
    Plot, Point, Scene, Span, Table, Tone, line, line_count, units,
};

/// Lines of the code: those of a listing, and the note.
const CODE: usize = RUST.len() + 1;
/// Collisions named on screen: with the latest operations and the values concerned they are
/// four lines.
const COLLISIONS: usize = 2;

/// Adds the rows of the full scene to a scene that has its title and badges.
pub fn full(scene: &mut Scene, state: &State) {
    scene.row(Height::Fill { min: 8, weight: 3 }, vec![list(state)]);
    let (adders, removers) = state.in_force;
    // With the driver and the axis.
    let lanes = (u16::from(adders) + u16::from(removers)).clamp(2, 8) + 2;
    let timeline = Panel::titled("Timeline", Body::Lanes(LaneChart::place()))
        .note(Label::new("+ appended  - removed, newest at the right").or("newest at the right"));
    let code = code(state).weight(58).at_least(56);
    let code_row = Height::Fill { min: line_count(CODE), weight: 1 };
    if let Some(stepped) = &state.stepped {
        // One line more for the head.
        let rows = line_count(stepped.threads.len() + 1);
        scene.row(Height::Lines(rows), vec![super::stepper_view::panel(stepped)]);
        scene.lines(vec![super::stepper_view::consequence(state)]);
        // Where each thread stands matters most now.
        scene.row(code_row, vec![code, timeline.weight(64).at_least(30)]);
    } else {
        scene.row(Height::Fill { min: lanes, weight: 2 }, vec![timeline]);
        scene.row(code_row, vec![code, chart(state).weight(64).at_least(30)]);
    }
    let race_meter = race_meter(state).weight(68).at_least(66);
    let audit = audit(state).weight(36).at_least(34);
    scene.joining_row(Height::Lines(7), vec![race_meter, audit]);
    scene.row(Height::Lines(4), vec![collisions(state)]);
}

/// The list with its threads. At full speed no person could follow them: the title says so.
fn list(state: &State) -> Panel {
    let length = units::count(state.list.length);
    let note = if state.is_followed() {
        format!("length {length}").into()
    } else {
        Label::new(format!("full speed: too fast to show who writes where; length {length}"))
            .or(format!("at full speed; length {length}"))
    };
    Panel::titled("The list: slots and a length", Body::Boxes(slots::boxes(state))).note(note)
}

/// What the threads execute, with each thread at its line: the Python of the exercise, and the
/// Rust that runs. The lines of a lock that is off are crossed out.
fn code(state: &State) -> Panel {
    let listing = |language: Language, texts: &[&str], of: &dyn Fn(u16) -> Option<u16>| {
        let lines = texts.iter().zip(1..).map(|(text, number)| CodeLine {
            text: (*text).into(),
            at: here(state, |line| of(line) == Some(number)),
            skipped: !state.settings.lock && is_lock(text),
        });
        Listing::new(language, lines)
    };
    let one_step = Label::new(
        "CPython's append() and pop(0) are one step each; between `if` and pop(0) another thread \
         can run. The Rust tab shows the steps that run here. See it in CPython: threadbare \
         examples/lock_away.py",
    )
    .or("in CPython each call is one step; see it there: threadbare examples/lock_away.py")
    .or("one step each in CPython: examples/lock_away.py")
    .or("in CPython each call is one step");
    let python = listing(Language::Python, &PYTHON, &python_line).note(one_step);
    let code = Code::new(vec![python, listing(Language::Rust, &RUST, &Some)]);
    Panel::titled("Code", Body::Code(code))
}

fn is_lock(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("with lock") || line.starts_with("let guard")
}

/// The threads whose line it is. None at full speed: a line that was reported long ago
/// would be shown as if it were now.
fn here(state: &State, is: impl Fn(u16) -> bool) -> Vec<Span> {
    if !state.is_followed() {
        return Vec::new();
    }
    state
        .threads
        .iter()
        .filter(|(_, thread)| thread.gone.is_none() && thread.line.is_some_and(&is))
        .map(|(who, _)| Span::new(who.to_string(), who.tone()))
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
    // Each line is there from the beginning, so that none moves.
    let none = "after the first round".to_owned();
    let (lost, speed, tone) = match &state.meter {
        None => (none.clone(), none, Tone::Dim),
        Some(meter) => {
            let tone = if meter.counts.lost > 0 { Tone::Broken } else { Tone::Good };
            let each = meter.added_per_lost().map_or_else(String::new, one_per);
            let rate = meter.loss_rate.map(|rate| format!("{rate}  {each}"));
            let speed = units::per_second(meter.ops_per_second());
            let speed = format!("{speed} operations, {}", plural(meter.rounds, "round"));
            (rate.unwrap_or(none), speed, tone)
        }
    };
    add("lost", lost, tone);
    add("speed", speed, Tone::Plain);
    let both = |windows: &Windows, of: fn(&Window) -> Option<f64>| {
        let [append, remove] = [of(&windows.append)?, of(&windows.remove)?].map(units::nanos);
        Some(format!("append {append}, removal {remove}"))
    };
    // At full speed the windows of the running threads, otherwise those measured after a
    // sleep: those of paced threads contain the steps' own reports.
    let windows = state.windows.running.as_ref().filter(|_| state.settings.full_speed());
    let natural = both(windows.unwrap_or(&state.windows.slept), |window| window.typical_ns);
    add("window", natural.unwrap_or_else(|| "not measured yet".to_owned()), Tone::Plain);
    let added = window_text(state.settings.window);
    // Under the lock a yield does not apply, so there is no widened window to show.
    let whole = windows
        .filter(|_| !state.settings.lock)
        .and_then(|windows| both(windows, |window| Some(window.whole_ns?.median)));
    match whole {
        Some(whole) => add("widened", format!("{whole} ({added})"), Tone::Plain),
        None => add("widened", format!("by {added}"), Tone::Plain),
    }
    let seconds = state.windows.slept.exercise_collision_s();
    let often =
        seconds.map(|seconds| format!("one collision in about {}", units::nanos(seconds * 1e9)));
    add("exercise", often.unwrap_or_else(|| "not measured yet".to_owned()), Tone::Plain);
    let rounds = outcomes(state).unwrap_or_else(|| "none yet".to_owned());
    add("rounds", rounds, Tone::Plain);
    add("guess", guess(state), Tone::Accent);
    Panel::titled("Race meter", Body::Lines(rows)).note(rounds_measured(state))
}

/// The rounds that the rates are of.
fn rounds_measured(state: &State) -> String {
    let rounds = state.meter.as_ref().map(|meter| plural(meter.rounds, "round"));
    rounds.map_or_else(String::new, |rounds| format!("in {rounds} with these settings"))
}

/// The question, or the guess beside the measured rate.
fn guess(state: &State) -> String {
    let Some(guess) = state.guess else {
        return "not made yet: how many of 1,000 are lost? (u)".to_owned();
    };
    match state.rate_of_guess() {
        Some(rate) => {
            format!("{} of 1,000; measured: {}", units::count(guess), of_thousand(&rate))
        }
        None => format!("{} of 1,000; now lock off (l) and pause 0 (s)", units::count(guess)),
    }
}

/// How many rounds lost how many values: `3 lost 0, 1 lost 1, 2 lost 2-3`.
fn outcomes(state: &State) -> Option<String> {
    let steps = state.meter.as_ref()?.outcomes.steps().filter(|step| step.rounds > 0);
    let texts = steps.map(|step| format!("{} lost {}", units::count(step.rounds), step.label()));
    Some(texts.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
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
    let under_way = state.round > number && !state.settings.full_speed();
    let note =
        if under_way { format!("round {} is under way", state.round) } else { String::new() };
    Panel::titled("Audit", Body::Table(table)).note(note)
}

/// The latest operations, and what went wrong in the last round with an anomaly, with the
/// operations named.
fn collisions(state: &State) -> Panel {
    let mut rows = vec![if state.is_followed() {
        latest(state)
    } else {
        line([("at full speed operations are not reported one by one", Tone::Dim)])
    }];
    let title = "Latest operations, and collisions";
    let Some(audited) = &state.last_anomaly else {
        // What a pair leads to is known after the audit.
        rows.push(match state.pair {
            Some((later, earlier, length)) => {
                line([(format!("{earlier} and {later} both read length {length}"), Tone::Broken)])
            }
            None => line([("no two operations have read the same list so far", Tone::Dim)]),
        });
        return Panel::titled(title, Body::Lines(rows)).note("newest first");
    };
    let some = audited.conflicts.some.iter().take(COLLISIONS);
    rows.extend(some.map(|conflict| line([(conflict.to_string(), Tone::Broken)])));
    let values = |values: &[i64]| values.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let audit = &audited.audit;
    let kinds = [("lost", &audit.lost_values), ("duplicated", &audit.duplicated_values)];
    let kinds = kinds.into_iter().filter(|(_, named)| !named.is_empty());
    let kinds = kinds.map(|(what, named)| format!("{what}: {}", values(named)));
    rows.push(line([(kinds.collect::<Vec<_>>().join("; "), Tone::Broken)]));
    let (round, pairs) = (audited.round, plural(audited.conflicts.count, "pair"));
    let note = Label::new(format!("newest first; round {round}: {pairs} collided"))
        .or(format!("round {round}: {pairs}"));
    Panel::titled(title, Body::Lines(rows)).note(note)
}

/// The loss rate since a setting was changed, with its 95 % interval as a band: it settles as
/// rounds add up. One column of the curve is one report; the newest is at the right.
fn chart(state: &State) -> Panel {
    let thousandfold = |share: f64| share * 1e3;
    let text = |share: f64| format!("{:.1}", thousandfold(share));
    let note = state.rates.back().map_or_else(Label::default, |rate| {
        let [estimate, low, high] = [rate.estimate, rate.low, rate.high].map(text);
        let rate = format!("{estimate} ({low} to {high})");
        Label::new(format!("{rate} {}", rounds_measured(state))).or(rate).or(estimate)
    });
    let points = (0u32..).map(f64::from).zip(&state.rates).map(|(report, rate)| {
        let [y, low, high] = [rate.estimate, rate.low, rate.high].map(thousandfold);
        Point::new(report, y).within(low, high)
    });
    let points: Vec<_> = points.collect();
    // The band of the first few rounds says nothing and would flatten all that follows.
    let settled = points[points.len() / 2..].iter().map(|point| point.high);
    let most = settled.reduce(f64::max).unwrap_or(1e3);
    let plot = Plot {
        x: Axis { to: points.last().map_or(1.0, |last| last.x.max(1.0)), ..Axis::default() },
        y: Axis::linear(most, |lost| format!("{lost}")),
        curves: vec![Curve { name: String::new(), tone: Tone::Active, points }],
        marks: Vec::new(),
    };
    let title = Label::new("Lost of 1,000, and the 95 % interval (light)").or("Lost of 1,000");
    Panel::titled(title, Body::Plot(plot)).note(note)
}
