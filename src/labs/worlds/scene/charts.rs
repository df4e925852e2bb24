//! The pictures of the comparison: speed-ups as bars, and what threads did as lanes.

use super::super::experiment::lanes;
use super::super::state::{Runtime, State, Strategy, Work};
use crate::scene::{
    Bar, Bars, Body, Label, LaneChart, LaneRow, Panel, Part, Span, Tick, Tone, units,
};
use crate::timeline::stat::{Ratio, Verdict};

/// The speed-ups of a work. Each runtime is a series of its own, over its own serial run: the
/// two are beside each other, and never divided by each other.
pub fn bars(state: &State, work: Work) -> Bars {
    let runtimes = [Runtime::Rust, Runtime::Python].into_iter();
    let all = runtimes.flat_map(|runtime| runtime.strategies().iter().copied());
    // All that will be measured, so that no bar moves when another one comes.
    let python = state.python_absent.is_none();
    let shown = |strategy: &Strategy| {
        let measured = state.strategies.contains_key(&(work, *strategy));
        measured || python || strategy.runtime() == Runtime::Rust
    };
    let bars: Vec<_> = all.filter(shown).map(|strategy| bar(state, work, strategy)).collect();
    let highest = bars.iter().flat_map(|bar| {
        let spread = bar.spread.map(|(_, high)| high);
        bar.values.iter().copied().chain(spread)
    });
    // Twice the baseline at least, so that the axis stands still while the first rounds come.
    let most = highest.fold(2.0, f64::max);
    Bars {
        parts: vec![Part { name: "speed-up".to_owned(), tone: Tone::Active }],
        bars,
        rule: Some(Tick { at: 1.0, text: "serial".to_owned() }),
        ticks: whole_numbers(most),
        whisker: "95 %".to_owned(),
        ..Bars::default()
    }
}

/// Ticks at 0x, 1x, 2x and so on, five at most, up to what is not less than `most`.
fn whole_numbers(most: f64) -> Vec<Tick> {
    let step = (most / 4.0).ceil().max(1.0);
    let values = (0..=4).map(|at| f64::from(at) * step);
    // Each one that has something before it, and the first that is not less.
    let needed = values.take_while(|at| at - step < most);
    needed.map(|at| Tick { at, text: format!("{at}x") }).collect()
}

fn bar(state: &State, work: Work, strategy: Strategy) -> Bar {
    let bar = Bar {
        label: label(strategy),
        tone: Some(family(strategy)),
        apart: strategy == Strategy::PythonSerial,
        ..Bar::default()
    };
    let figures = state.total(work, strategy).zip(state.speedup(work, strategy));
    let Some((total, speedup)) = figures else {
        return Bar { note: Span::new("follows", Tone::Dim), ..bar };
    };
    let baseline = strategy == strategy.baseline();
    let verdict = state.verdict(work, strategy).filter(|_| !baseline);
    let ratio = verdict.and_then(Verdict::ratio);
    let time = || Span::new(units::nanos(total.median * 1e6), Tone::Dim);
    Bar {
        values: vec![speedup],
        spread: ratio.map(|ratio| (ratio.low, ratio.high)),
        figure: format!("{speedup:.1}x"),
        note: verdict.map_or_else(time, sure),
        ..bar
    }
}

/// How sure a speed-up is. Only a decided gain is green: a bar longer than the baseline's may
/// still be noise.
fn sure(verdict: Verdict) -> Span {
    let within = |ratio: Ratio| {
        let half = (ratio.high - ratio.estimate).max(ratio.estimate - ratio.low);
        // Rounded up: no interval is so small that it is nothing.
        format!("±{:.1}", ((half * 10.0).ceil() / 10.0).max(0.1))
    };
    match verdict {
        Verdict::Faster(ratio) => Span::new(within(ratio), Tone::Good),
        Verdict::Slower(ratio) | Verdict::Same(ratio) => Span::new(within(ratio), Tone::Plain),
        Verdict::TooNoisy(ratio) => Span::new(within(ratio) + " noisy", Tone::Caution),
        Verdict::TooFew { .. } => Span::new("few rounds", Tone::Dim),
    }
}

fn label(strategy: Strategy) -> Label {
    match strategy {
        Strategy::Serial => Label::new("serial"),
        Strategy::Threads => Label::new("threads"),
        Strategy::Gil => Label::new("GIL model"),
        Strategy::Processes => Label::new("processes").or("procs"),
        Strategy::PythonSerial => Label::new("py serial").or("py ser"),
        Strategy::PythonThreads => Label::new("py threads").or("py thr"),
        Strategy::PythonProcesses => Label::new("py processes").or("py procs").or("py prc"),
    }
}

/// One colour for what works alike. The two serial runs are what the others are measured
/// against, so they stay in the background.
fn family(strategy: Strategy) -> Tone {
    match strategy {
        Strategy::Serial | Strategy::PythonSerial => Tone::Series(7),
        Strategy::Threads => Tone::Series(0),
        Strategy::Gil => Tone::Series(4),
        Strategy::Processes => Tone::Series(2),
        Strategy::PythonThreads | Strategy::PythonProcesses => Tone::Series(3),
    }
}

/// The latest threads under the GIL model beside those without it, on one scale of time.
pub fn lanes(state: &State) -> [Panel; 2] {
    let doing = match state.work.unwrap_or(Work::Cpu) {
        Work::Cpu => "compute",
        Work::Io => "wait",
        Work::Mixed => "do both",
    };
    let [gil, threads] = lanes::charts(&state.gil_lanes, &state.thread_lanes);
    let workers = units::plural(state.n as u64, "thread");
    let cores = units::plural(state.cores as u64, "core");
    let without = [cores, took(threads.as_ref())];
    let without = without.iter().filter(|text| !text.is_empty()).map(String::as_str);
    let without = without.collect::<Vec<_>>().join(", ");
    [
        panel(
            Label::new(format!("GIL model: {workers} that {doing}"))
                .or(format!("GIL model: {workers}"))
                .or("GIL model"),
            Label::new(took(gil.as_ref())).or(""),
            state.n,
            gil,
        ),
        panel(
            Label::new("The same without it: all may run")
                .or("The same without it")
                .or("Without it"),
            Label::new(without).or(took(threads.as_ref())).or(""),
            state.n,
            threads,
        ),
    ]
}

/// A chart of what was run, or before that one with a row for each thread that will be: so its
/// height does not change when the first round comes.
fn panel(title: Label, note: Label, n: usize, chart: Option<LaneChart>) -> Panel {
    let follows = || {
        let rows = (1..=n).map(|number| LaneRow {
            name: format!("t{number}").into(),
            state: Span::new("follows", Tone::Dim),
            ..LaneRow::default()
        });
        LaneChart { to: 1, lanes: rows.collect(), ..LaneChart::default() }
    };
    Panel::titled(title, Body::Lanes(chart.unwrap_or_else(follows))).note(note)
}

/// How long all of it took, for the corner of the panel.
fn took(chart: Option<&LaneChart>) -> String {
    let Some(chart) = chart else { return String::new() };
    let ends = chart.lanes.iter().filter_map(|lane| lane.segments.last()).map(|last| last.to);
    let end = ends.max().unwrap_or(chart.from);
    units::whole_nanos(end - chart.from)
}
