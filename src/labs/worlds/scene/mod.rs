//! Scene of the comparison of threads and processes.
//!
//! Arrangement only: state in, scene out.

mod charts;
pub mod guide;

use crate::lab::Detail;
use crate::scene::{
    Body, Height, Label, Line, Panel, Progress, Scene, Span, Structure, Table, Tone, line,
    line_count, units,
};

use super::experiment::cost::Cost;
use super::experiment::interview::QUESTIONS;
use super::facts::Drift;
use super::state::{Amount, Runtime, State, Work};

pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Threads or processes");
    // The most important last: where room is short, the others go.
    scene.badge(units::plural(state.cores as u64, "core"), Tone::Dim);
    scene.badge(state.work.map_or("computing, waiting, both", title).to_lowercase(), Tone::Plain);
    scene.badge(format!("{} a task", units::nanos(units::in_ns(state.size))), Tone::Plain);
    scene.badge(units::plural(state.n as u64, "worker"), Tone::Strong);
    match detail {
        Detail::Compact => compact(state, &mut scene),
        Detail::Full => full(state, &mut scene),
    }
    scene
}

fn compact(state: &State, scene: &mut Scene) {
    let Some(work) = state.works().next() else {
        scene.row(Height::Lines(1), vec![Panel::bare(progress(state))]);
        return;
    };
    scene.row(
        Height::Fill { min: 4, weight: 1 },
        vec![Panel::bare(Body::Bars(charts::bars(state, work)))],
    );
}

/// Lines of the costs: those of the table, and as many as both timelines of a few threads take.
const COSTS: u16 = 12;

/// The speed-ups; threads with and without the lock beside each other; and below them costs,
/// variable and advice. A line for the progress is always kept, so that nothing moves when a
/// pass ends.
fn full(state: &State, scene: &mut Scene) {
    let line = if state.done { Body::Structure(tasks(state)) } else { progress(state) };
    scene.row(Height::Lines(1), vec![Panel::bare(line)]);
    let works = state.work.map_or_else(|| Work::ALL.to_vec(), |work| vec![work]);
    let hero = works.into_iter().map(|work| {
        let bars = charts::bars(state, work);
        Panel::titled(title(work), Body::Bars(bars))
            .note(Label::new("speed-up over serial").or("speed-up").or(""))
    });
    scene.row(Height::Fill { min: 10, weight: 4 }, hero.collect());
    // With the axis and the legend. Where it is wide the two are below each other, on one scale
    // of time.
    let threads = charts::lanes(state).map(|lanes| lanes.weight(5));
    scene.row(Height::Lines(line_count(state.n).min(8) + 2), threads.into());
    let costs = Panel::titled(Label::new("What one costs").or("Costs"), Body::Table(costs(state)))
        .note(Label::new("lower quartile").or(""));
    scene.joining_row(Height::Fill { min: COSTS, weight: 1 }, vec![costs.weight(2).at_least(34)]);
    let variable = Panel::titled("One variable", Body::Table(drift(state))).note(pids(state));
    let advice = Panel::titled("Advice", Body::Prose(short_advice(state)));
    let answers = [variable, advice].map(|panel| panel.weight(3).at_least(38));
    scene.joining_row(Height::Lines(4), answers.into());
}

/// What each worker does, in each runtime's own terms, in the order of the works; empty before
/// it is known.
fn tasks(state: &State) -> Structure {
    let figures = [Runtime::Rust, Runtime::Python].into_iter().filter_map(|runtime| {
        let works = state.works();
        let amounts = works.filter_map(|work| state.tasks.get(&(work, runtime)));
        let amounts: Vec<_> = amounts.map(|task| in_short(runtime, *task)).collect();
        (!amounts.is_empty()).then(|| (format!("each task in {runtime}"), amounts.join(" | ")))
    });
    Structure { figures: figures.collect(), ..Structure::default() }
}

/// A task in words: `9,600,000 rounds`, `10 requests`, or both. The two runtimes' rounds are
/// different loops, each calibrated by itself.
pub fn amount(runtime: Runtime, amount: Amount) -> String {
    let rounds = match runtime {
        Runtime::Rust => "hash rounds",
        Runtime::Python => "rounds",
    };
    let requests = format!("{} requests", amount.requests);
    let rounds = format!("{} {rounds}", units::count(amount.rounds));
    match amount {
        Amount { rounds: 0, .. } => requests,
        Amount { requests: 0, .. } => rounds,
        _ => format!("{rounds} and {requests}"),
    }
}

/// The same in less.
fn in_short(runtime: Runtime, task: Amount) -> String {
    match task {
        Amount { rounds: 0, .. } | Amount { requests: 0, .. } => amount(runtime, task),
        Amount { rounds, requests } => {
            format!("{} rounds + {requests} requests", units::count(rounds))
        }
    }
}

pub fn title(work: Work) -> &'static str {
    match work {
        Work::Cpu => "Computing",
        Work::Io => "Waiting",
        Work::Mixed => "Both",
    }
}

fn progress(state: &State) -> Body {
    let (what, done, of) = &state.progress;
    Body::Progress(Progress {
        done: *done as u64,
        of: Some(*of as u64),
        label: format!("measuring: {what}"),
    })
}

/// What one of each costs: a start, a message there and back, memory. A message on one core
/// and across two are two figures of one line.
fn costs(state: &State) -> Table {
    // A line for each from the beginning, so that none moves.
    let lower = |cost: Cost| match state.cost(cost) {
        Some(cheap) => Span::new(short_figure(cost, cheap.lower_quartile), Tone::Strong),
        None => Span::new("-", Tone::Dim),
    };
    let rows = Cost::rows().map(|(label, one, two)| {
        [Span::from(label), lower(one)].into_iter().chain(two.map(lower)).collect()
    });
    Table {
        head: ["", "one", "2 cores"].map(Into::into).into(),
        rows: rows.collect(),
        figures_from: 1,
    }
}

pub fn figure(cost: Cost, value: f64) -> String {
    if cost.is_memory() { format!("{value:.0} KiB") } else { units::nanos(value * 1e3) }
}

/// The same in as few columns as a table has for it.
fn short_figure(cost: Cost, value: f64) -> String {
    if cost.is_memory() && value >= 1024.0 {
        format!("{:.1} MiB", value / 1024.0)
    } else {
        figure(cost, value)
    }
}

/// What is read of a variable after another added to it, by us and by the one that added.
fn drift(state: &State) -> Table {
    let head =
        vec![Label::new("adds 1, 100 times").or("adds 100"), "we read".into(), "it reads".into()];
    let row = |adds: &str, ours: i64, its: Option<i64>| {
        let tone = if its.is_none_or(|its| its == ours) { Tone::Good } else { Tone::Caution };
        let its = its.map_or_else(|| "-".to_owned(), |its| its.to_string());
        vec![Span::from(adds), Span::new(ours.to_string(), tone), Span::from(its.as_str())]
    };
    let rows = state.drift.as_ref().map_or_else(Vec::new, |seen| {
        vec![
            row("a thread", seen.thread_sees, seen.adder_sees),
            row("a process", seen.process_sees, Some(seen.child_copy)),
            row("shared memory", seen.shared_memory_sees, seen.child_sees_shared),
        ]
    });
    Table { head, rows, figures_from: 1 }
}

fn pids(state: &State) -> Label {
    let pids = |drift: &Drift| format!("pids {} and {}", drift.our_pid, drift.child_pid);
    state.drift.as_ref().map_or_else(Label::default, |drift| Label::new(pids(drift)).or(""))
}

/// What to use, and the reason that decides; before that, what can be asked.
fn short_advice(state: &State) -> String {
    guide::advice(state).map_or_else(
        || {
            "Five questions about your task tell whether threads, processes or async suit it."
                .to_owned()
        },
        |advice| {
            let first = advice.reasons.first().map_or("", |reason| &reason.why);
            format!("**Use {}.** {first}", advice.verdict)
        },
    )
}

/// What follows from the answers, at full width: each reason beside what was measured for it.
pub fn answer(state: &State) -> Option<Scene> {
    let advice = guide::advice(state)?;
    let mut scene = Scene::new(format!("Use {}", advice.verdict));
    let given = QUESTIONS.iter().zip(state.answers).filter_map(|(question, answer)| {
        let given = question.answers.get(answer?)?;
        Some(line([(question.text, Tone::Dim)]).then(format!(" {given}"), Tone::Plain))
    });
    scene.lines(given.collect());
    let pair = |left: Body, right: Body| vec![Panel::bare(left), Panel::bare(right)];
    let head = |text: &str| Body::Lines(vec![Line::new(), line([(text, Tone::Strong)])]);
    scene.row(Height::Lines(2), pair(head("why"), head("measured here")));
    for reason in advice.reasons {
        let measured = if reason.measured.is_empty() { "-".to_owned() } else { reason.measured };
        let bodies = pair(Body::Prose(reason.why), Body::Prose(measured));
        scene.row(Height::Fill { min: 1, weight: 1 }, bodies);
    }
    Some(scene)
}
