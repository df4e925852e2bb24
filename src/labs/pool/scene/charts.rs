//! The pictures of the pools: times as stacked bars, reuse against creation, the break-even.

use super::super::experiment::figures::{Bar, Mode, Parts, Variant, name};
use super::super::experiment::work::Work;
use super::super::facts::BreakEven;
use super::super::settings::Timing;
use super::super::state::{Phase, State};
use super::MS;
use crate::scene::units::{nanos, ordinal, plural, short_nanos, to_f64, whole_nanos};
use crate::scene::{
    self, Activity, Axis, Bars, Body, Curve, Label, Panel, Part, Plot, PlotMark, Point, Span, Tick,
    Tone, line,
};
use crate::timeline::stat::FEWEST;

/// The times of these bars, cut into their parts, against the serial one.
pub fn wall_time(state: &State, shown: &[&Bar]) -> Bars {
    let part = |name: &str, tone| Part { name: name.to_owned(), tone: Tone::Series(tone) };
    let work = if matches!(state.plan.work, Work::Sleep(_)) { "sleep" } else { "compute" };
    let places = places(state, shown);
    let bars: Vec<_> = shown.iter().zip(places).map(|(bar, at)| one(state, bar, at)).collect();
    let ends = bars.iter().flat_map(|bar| {
        let total = bar.values.iter().sum();
        [total, bar.spread.map_or(0.0, |(_, high)| high)]
    });
    Bars {
        parts: ["start", "send", work, "return", "join"]
            .into_iter()
            .zip(0..)
            .map(|(name, tone)| part(name, tone))
            .collect(),
        rule: serial(state).map(|ns| Tick { at: ns / MS, text: format!("serial {}", nanos(ns)) }),
        ticks: Axis::linear(ends.fold(0.0, f64::max), |ms| short_nanos(ms * MS)).ticks,
        whisker: "quartiles".to_owned(),
        bars,
        ..Bars::default()
    }
}

fn serial(state: &State) -> Option<f64> {
    Some(state.serial()?.figures(state.plan.timing)?.shown.median)
}

/// A rank from 1 on, and whether it is shared.
type Rank = (usize, bool);

/// The place of each by its median. One shares the place of those before it as long as none of
/// them is surely faster. `None` before all rounds are over.
fn places(state: &State, bars: &[&Bar]) -> Vec<Option<Rank>> {
    let timing = state.plan.timing;
    let mut order: Vec<_> = bars
        .iter()
        .enumerate()
        .filter(|(_, bar)| state.rounds_are_over() && bar.samples.len() >= FEWEST)
        .filter_map(|(at, bar)| Some((at, bar.figures(timing)?.shown.median)))
        .collect();
    order.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    let order: Vec<_> = order.into_iter().map(|(at, _)| at).collect();
    let beats = |one: usize, other: usize| bars[one].compared_with(bars[other], timing).is_faster();
    let mut places = vec![None; bars.len()];
    let mut first = 0;
    while first < order.len() {
        let beaten = |&at: &usize| order[first..at].iter().any(|one| beats(*one, order[at]));
        let next = (first..order.len()).find(beaten).unwrap_or(order.len());
        for at in &order[first..next] {
            places[*at] = Some((first + 1, next - first > 1));
        }
        first = next;
    }
    places
}

/// One bar: its parts, its median, its quartiles and its place. A variant that is not measured
/// yet, or has no figure, stands with the reason.
fn one(state: &State, bar: &Bar, place: Option<Rank>) -> scene::Bar {
    let now = matches!(state.phase, Phase::Measuring { variant, .. } if variant == bar.variant);
    // A sign for each, so that the bars do not move when one is measured.
    let activity = match (now, bar.samples.is_empty()) {
        (true, _) => Activity::Running,
        (false, true) if bar.void.is_some() => Activity::Failed,
        (false, true) => Activity::Waiting,
        (false, false) => Activity::Finished,
    };
    let label = label(bar.variant);
    let first = bar.variant.size == *state.plan.sizes.first().unwrap_or(&1);
    let apart = bar.variant.mode != Mode::Serial && first;
    let Some(figures) = bar.figures(state.plan.timing) else {
        let note = bar.void.as_deref().unwrap_or("not measured yet");
        let note = Span::new(note, Tone::Dim);
        return scene::Bar { label, apart, note, activity, ..scene::Bar::default() };
    };
    let Parts { send, compute, returned, join, .. } = figures.parts;
    let values = match state.plan.timing {
        Timing::Whole => vec![figures.parts.create(), send, compute, returned, join],
        // Five values as for the whole, so that the parts keep their colours.
        Timing::Warm => vec![0.0, send, compute, returned, 0.0],
    };
    let tone = if place.is_some_and(|(at, _)| at == 1) { Tone::Good } else { Tone::Dim };
    let place = place.map_or_else(String::new, |(at, shared)| {
        format!("{}{}", if shared { "=" } else { "" }, ordinal(at))
    });
    let (low, high) = figures.quartiles;
    scene::Bar {
        label,
        values: values.into_iter().map(|ns| ns / MS).collect(),
        spread: Some((low / MS, high / MS)),
        apart,
        figure: nanos(figures.shown.median),
        note: Span::new(place, tone),
        activity,
        ..scene::Bar::default()
    }
}

/// A variant's name, shorter where bars stand beside each other.
fn label(variant: Variant) -> Label {
    let Variant { mode, size } = variant;
    let long = Label::new(name(variant));
    match mode {
        Mode::Serial => long,
        Mode::Threads => long.or(format!("{size} thr")),
        Mode::Processes => long.or(format!("{size} procs")),
        Mode::Python => long.or(format!("py {size}")),
    }
}

/// A pool that is created for each run of the tasks, beside one that is used again and again.
pub fn reuse(state: &State) -> Panel {
    let size = state.plan.sizes.last().copied().unwrap_or(1);
    let pool = |bar: &&Bar| bar.variant.mode == Mode::Processes && bar.variant.size == size;
    let created = state.bars.iter().find(pool).and_then(|bar| bar.figures(Timing::Whole));
    let bar = |label: Label, ns: Option<f64>, otherwise: &str| scene::Bar {
        label,
        values: vec![ns.unwrap_or_default() / MS],
        figure: ns.map_or_else(|| otherwise.to_owned(), nanos),
        ..scene::Bar::default()
    };
    let created = created.map(|figures| figures.shown.median);
    let bars = Bars {
        parts: vec![Part { name: "time".to_owned(), tone: Tone::Series(0) }],
        bars: vec![
            bar(Label::new("created each time").or("each time"), created, "not measured"),
            bar(Label::new("created once").or("once"), state.warm_median(), "follows"),
        ],
        ticks: Axis::linear(created.unwrap_or_default() / MS, |ms| short_nanos(ms * MS)).ticks,
        ..Bars::default()
    };
    let tasks = state.warm_runs * state.plan.tasks() as u64;
    let note = match state.warm_runs {
        0 => String::new(),
        _ => {
            format!("{} started once, {}", plural(state.started, "process"), plural(tasks, "task"))
        }
    };
    let note = Label::new(note).or(plural(tasks, "task")).or("");
    Panel::titled(Label::new("Creation against reuse").or("Reuse"), Body::Bars(bars)).note(note)
}

/// The time of a run over the work per task, with and without processes, and where they cross.
pub fn break_even(state: &State) -> Panel {
    let panel = |body, note: String| {
        let title = Label::new("Break-even: time over work per task").or("Break-even");
        Panel::titled(title, body).note(Label::new(note).or(""))
    };
    let note = match state.break_even {
        Some(found) => crossing(found).0,
        None if !state.plan.break_even => "not looked for".to_owned(),
        None => "follows the rounds".to_owned(),
    };
    if state.tried.is_empty() {
        let texts = ["From which work on do processes pay?", "A curve of both, measured."];
        return panel(Body::Lines(texts.map(|text| line([(text, Tone::Dim)])).into()), note);
    }
    let mut tried: Vec<_> = state.tried.iter().collect();
    tried.sort_by_key(|tried| tried.work_ns);
    let curve = |name: String, tone, time: fn(&super::super::facts::Tried) -> f64| Curve {
        name,
        tone: Tone::Series(tone),
        points: tried.iter().map(|it| Point::new(to_f64(it.work_ns), time(it))).collect(),
    };
    let size = tried[0].size as u64;
    let curves = vec![
        curve("serial".to_owned(), 1, |tried| tried.serial_ns),
        curve(plural(size, "process"), 0, |tried| tried.processes_ns),
    ];
    let times = tried.iter().flat_map(|tried| [tried.serial_ns, tried.processes_ns]);
    let (least, most) = ends(times);
    let works = ends(tried.iter().map(|tried| to_f64(tried.work_ns)));
    let plot = Plot {
        x: Axis::log(works.0, works.1, short_nanos),
        y: Axis::log(least, most, short_nanos),
        curves,
        marks: state.break_even.and_then(|found| crossing(found).1).into_iter().collect(),
    };
    panel(Body::Plot(plot), note)
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::MAX, 0.0), |(least, most), value| (value.min(least), value.max(most)))
}

/// Where processes begin to win, in words and as a mark: between a work at which serial surely
/// won and one at which processes did. Without a decision there is no mark.
fn crossing(found: BreakEven) -> (String, Option<PlotMark>) {
    let time = |ns| whole_nanos(ns);
    let mark = |from: u64, to: u64, text: &str| {
        let (text, tone) = (text.to_owned(), Tone::Good);
        Some(PlotMark { from: to_f64(from), to: to_f64(to), text, tone })
    };
    match (found.work_ns, found.lost_ns) {
        (Some(work), Some(lost)) => (
            format!("processes win from {} to {} on", time(lost), time(work)),
            mark(lost, work, "processes win"),
        ),
        (Some(work), None) => (
            format!("processes win from {} or less", time(work)),
            mark(work, work, "processes win"),
        ),
        (None, Some(lost)) if lost == found.tried_to_ns => {
            (format!("serial wins up to {}", time(lost)), None)
        }
        (None, _) => ("too noisy to tell".to_owned(), None),
    }
}
