//! Scene and result of the comparison of threads and processes.
//!
//! Arrangement only: state in, scene or JSON out.

pub mod guide;

use serde_json::{Value, json};

use crate::lab::Detail;
use crate::scene::{
    Activity, Bar, Bars, Body, Height, Line, NotRun, Panel, Part, Progress, Scale, Scene, Span,
    Table, Tone, line, units,
};

use super::experiment::cost::Cost;
use super::experiment::questions::QUESTIONS;
use super::state::{Amount, Runtime, State, Strategy, Work};
use crate::timeline::stat::{Verdict, times};

pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Threads or processes");
    scene.badge(format!("{} cores", state.cores), Tone::Dim);
    scene.badge(format!("n = {}", state.n), Tone::Plain);
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
        vec![Panel::bare(Body::Bars(bars(state, work, Runtime::Rust)))],
    );
}

/// All charts, what the tasks are, and below them costs, variable and guide side by side.
/// While a pass is under way, how far it is comes first.
fn full(state: &State, scene: &mut Scene) {
    if !state.done {
        scene.row(Height::Lines(1), vec![Panel::bare(progress(state))]);
    }
    for runtime in [Runtime::Rust, Runtime::Python] {
        charts(state, runtime, scene);
    }
    scene.lines(tasks(state));
    scene.row(
        Height::Fill { min: 6, weight: 2 },
        vec![
            Panel::titled("What one costs here", Body::Table(costs(state))).weight(3),
            Panel::titled("One variable, thread or process", Body::Lines(drift(state))).weight(3),
            Panel::titled("Guide", Body::Lines(guide_lines(state))).weight(3),
        ],
    );
}

/// One chart for each work, of one runtime. Two runtimes are never in one chart: their
/// speed-ups are relative to different baselines.
fn charts(state: &State, runtime: Runtime, scene: &mut Scene) {
    let charts: Vec<_> = state
        .works()
        .filter(|work| strategies(state, *work, runtime).next().is_some())
        .map(|work| {
            let title = format!("{} in {runtime}", title(work));
            Panel::titled(title, Body::Bars(bars(state, work, runtime)))
                .note(format!("speed-up over serial {runtime}"))
        })
        .collect();
    if !charts.is_empty() {
        let min = u16::try_from(runtime.strategies().len()).unwrap_or(8);
        scene.row(Height::Fill { min, weight: 1 }, charts);
    }
}

/// What each worker does, in each runtime's own terms, in one line; empty before it is
/// known.
fn tasks(state: &State) -> Vec<Line> {
    let runtimes = [Runtime::Rust, Runtime::Python];
    let texts: Vec<_> = runtimes
        .into_iter()
        .filter_map(|runtime| {
            let works = state.works();
            let amounts = works.filter_map(|work| state.tasks.get(&(work, runtime)));
            let amounts: Vec<_> = amounts.map(|task| amount(runtime, *task)).collect();
            (!amounts.is_empty()).then(|| format!("{runtime}: {}", amounts.join(" | ")))
        })
        .collect();
    let apart = if texts.len() > 1 { "  (calibrated apart)" } else { "" };
    if texts.is_empty() {
        return Vec::new();
    }
    let text = format!("each task in {}{apart}", texts.join("; in "));
    vec![line([(&*text, Tone::Dim)])]
}

/// A task in words: `9,600,000 hash rounds`, `10 requests`, or both. The two runtimes'
/// rounds are different loops, so they are named differently.
pub fn amount(runtime: Runtime, amount: Amount) -> String {
    let rounds = match runtime {
        Runtime::Rust => "hash rounds",
        Runtime::Python => "rounds of a generator",
    };
    let requests = format!("{} requests", amount.requests);
    let rounds = format!("{} {rounds}", units::count(amount.rounds));
    match amount {
        Amount { rounds: 0, .. } => requests,
        Amount { requests: 0, .. } => rounds,
        _ => format!("{rounds} and {requests}"),
    }
}

fn title(work: Work) -> &'static str {
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

fn strategies(state: &State, work: Work, runtime: Runtime) -> impl Iterator<Item = Strategy> {
    let measured = move |strategy: &Strategy| state.strategies.contains_key(&(work, *strategy));
    runtime.strategies().iter().copied().filter(measured)
}

fn bars(state: &State, work: Work, runtime: Runtime) -> Bars {
    let bars = strategies(state, work, runtime).filter_map(|strategy| {
        let (total, speedup) = (state.total(work, strategy)?, state.speedup(work, strategy)?);
        Some(Bar {
            label: strategy.to_string().into(),
            values: vec![speedup],
            figure: format!("{}x", times(speedup)),
            note: note(state, work, strategy, units::nanos(total.median * 1e6)),
            activity: Activity::Finished,
        })
    });
    let parts = vec![Part { name: "speed-up".to_owned(), tone: Tone::Active }];
    Bars { parts, bars: bars.collect(), scale: Scale::Linear }
}

/// How sure the speed-up is, and the time behind it. Only a decided gain is green: a bar
/// longer than the baseline's may still be noise.
fn note(state: &State, work: Work, strategy: Strategy, time: String) -> Span {
    if strategy == strategy.baseline() {
        return Span::new(format!("the baseline, {time}"), Tone::Dim);
    }
    let Some(verdict) = state.verdict(work, strategy) else {
        return Span::new(time, Tone::Dim);
    };
    let sure = match verdict.ratio() {
        Some(ratio) => format!("{} to {}", times(ratio.low), times(ratio.high)),
        None => "too few rounds".to_owned(),
    };
    let tone = match verdict {
        Verdict::Faster(_) => Tone::Good,
        Verdict::Slower(_) | Verdict::Same(_) => Tone::Caution,
        Verdict::TooNoisy(_) | Verdict::TooFew { .. } => Tone::Dim,
    };
    Span::new(format!("{sure}, {time}"), tone)
}

/// The costs, each with its lower quartile and its range. On one core a line says why the
/// round trips across two are missing.
fn costs(state: &State) -> Table {
    let rows = Cost::shown().filter_map(|cost| {
        let statistic = state.cost(cost)?;
        let range = format!("{} to {}", figure(cost, statistic.min), figure(cost, statistic.max));
        Some(vec![
            Span::from(cost.label()),
            Span::new(figure(cost, statistic.lower_quartile), Tone::Strong),
            Span::new(range, Tone::Dim),
        ])
    });
    let mut rows: Vec<_> = rows.collect();
    if state.cores == 1 && !rows.is_empty() {
        let note = Span::new("across two cores: this machine has one", Tone::Dim);
        rows.push(vec![note]);
    }
    Table { head: ["", "lower quartile", "range"].map(Into::into).into(), rows, figures_from: 1 }
}

fn figure(cost: Cost, value: f64) -> String {
    if cost.is_memory() { format!("{value:.0} KiB") } else { units::nanos(value * 1e3) }
}

fn drift(state: &State) -> Vec<Line> {
    let Some(drift) = &state.drift else {
        return vec![line([("not looked at yet", Tone::Dim)])];
    };
    vec![
        line([("x = 0, then another adds 1 a hundred times", Tone::Dim)]),
        line([
            ("a thread adds     ", Tone::Plain),
            (&*format!("we read {}", drift.thread_sees), Tone::Good),
        ]),
        line([
            ("a process adds    ", Tone::Plain),
            (&*format!("we read {}", drift.process_sees), Tone::Caution),
        ])
        .then(format!(", it read {}", drift.child_copy), Tone::Plain),
        line([
            ("in shared memory  ", Tone::Plain),
            (&*format!("we read {}", drift.shared_memory_sees), Tone::Good),
        ]),
        line([(&*format!("our x: pid {} at {}", drift.our_pid, drift.our_address), Tone::Dim)]),
        line([(&*format!("its x: pid {} at {}", drift.child_pid, drift.child_address), Tone::Dim)]),
    ]
}

/// The guide: its answer once all questions are answered, before that what was answered
/// so far.
fn guide_lines(state: &State) -> Vec<Line> {
    if let Some(advice) = guide::advice(state) {
        let mut lines = vec![line([("use ", Tone::Plain), (advice.verdict, Tone::Strong)])];
        lines.extend(advice.reasons.into_iter().map(Line::from));
        return lines;
    }
    let mut lines = vec![line([("five questions about your task: press a", Tone::Dim)])];
    for (question, answer) in QUESTIONS.iter().zip(state.answers) {
        if let Some(given) = answer.and_then(|answer| question.answers.get(answer)) {
            lines.push(line([(question.text, Tone::Dim)]).then(format!(" {given}"), Tone::Plain));
        }
    }
    lines
}

/// The result as JSON. Its names are part of the command line's contract: `ways` are the
/// strategies, `share` is a task. Costs that were not measured are `null`.
pub fn result(state: &State) -> Value {
    let strategies: Vec<_> = state
        .strategies
        .iter()
        .map(|((work, strategy), runs)| {
            json!({
                "work": work, "way": strategy, "n": runs.n,
                "runtime": strategy.runtime(),
                "share": state.tasks.get(&(*work, strategy.runtime())),
                "total_ms": state.total(*work, *strategy), "speedup": state.speedup(*work, *strategy),
                "baseline": strategy.baseline(),
                "speedup_interval": state.verdict(*work, *strategy).and_then(Verdict::ratio),
                "verdict": state.verdict(*work, *strategy).map(Verdict::word),
                "context_switches": runs.switches,
            })
        })
        .collect();
    let costs: serde_json::Map<_, _> =
        Cost::all().map(|cost| (cost.field().to_owned(), json!(state.cost(cost)))).collect();
    json!({
        "ways": strategies,
        "costs": costs,
        "drift": state.drift,
        "isolation": state.isolation,
        "load": state.load,
        "python": state.python.as_ref().map(|(version, gil)| json!({ "version": version, "gil": gil })),
        "not_measured": state.not_run,
    })
}

/// The lines that the text report ends with: strategies, costs, what could not be
/// measured, and the variable.
pub fn outcome(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for work in state.works() {
        let runtimes = [Runtime::Rust, Runtime::Python].into_iter();
        for strategy in runtimes.flat_map(|runtime| strategies(state, work, runtime)) {
            lines.extend(strategy_line(state, work, strategy));
        }
    }
    for cost in Cost::shown() {
        if let Some(statistic) = state.cost(cost) {
            let cheap = figure(cost, statistic.lower_quartile);
            lines.push(format!("{}: {cheap} (lower quartile)", cost.label()));
        }
    }
    lines.extend(state.not_run.iter().map(NotRun::to_string));
    if let Some(drift) = &state.drift {
        lines.push(format!(
            "After 100 additions elsewhere we read {} (thread), {} (process), {} (shared memory)",
            drift.thread_sees, drift.process_sees, drift.shared_memory_sees
        ));
    }
    lines
}

fn strategy_line(state: &State, work: Work, strategy: Strategy) -> Option<String> {
    let (title, total) = (title(work), state.total(work, strategy)?);
    let time = units::nanos(total.median * 1e6);
    if strategy == strategy.baseline() {
        return Some(format!("{title}, {strategy}: {time}"));
    }
    let verdict = state.verdict(work, strategy)?;
    let baseline = strategy.baseline();
    Some(format!("{title}, {strategy}: {time}; compared with {baseline}: {verdict}"))
}
