//! What the figures mean, as sentences made from them.

use super::figures::{Bar, Figures, Mode, nanos as to_f64};
use super::plan::{Start, Stopwatch};
use super::scene::name;
use super::state::{BreakEven, State};
use super::work::Work;
use crate::scene::units::nanos;
use crate::scene::{Finding, Weight};

/// Differences below this share are noise.
const NOISE: f64 = 1.1;

pub(super) fn findings(state: &State) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |weight, text: Option<String>| {
        findings.extend(text.map(|text| Finding {
            weight,
            text: text.into(),
        }));
    };
    find(Weight::Broken, wrong(state));
    find(Weight::Fine, state.kill.as_ref().map(ToString::to_string));
    find(Weight::Caution, slower(state));
    find(Weight::Caution, against_serial(state));
    find(Weight::Fine, state.break_even.map(break_even));
    find(Weight::Caution, cores(state));
    find(Weight::Fine, peer(state));
    find(Weight::Fine, served(state));
    find(
        Weight::Caution,
        state
            .no_python
            .as_ref()
            .map(|why| format!("CPython's own Pool is not among the bars: {why}")),
    );
    find(Weight::Fine, right(state));
    findings
}

fn wrong(state: &State) -> Option<String> {
    let runs = if state.wrong == 1 { "run" } else { "runs" };
    (state.wrong > 0).then(|| {
        format!(
            "{} {runs} gave results that are not the squares",
            state.wrong
        )
    })
}

fn right(state: &State) -> Option<String> {
    let runs: usize = state.bars.iter().map(|bar| bar.samples.len()).sum();
    (runs > 0 && state.wrong == 0)
        .then(|| format!("The results of all {runs} runs are the squares, in order"))
}

/// The process pools that have figures, by size.
fn pools(state: &State) -> Vec<(&Bar, Figures)> {
    let processes = state
        .bars
        .iter()
        .filter(|bar| bar.who.mode == Mode::Processes);
    processes
        .filter_map(|bar| Some((bar, bar.figures(state.plan.stopwatch)?)))
        .collect()
}

fn serial(state: &State) -> Option<Figures> {
    let bar = state.bars.iter().find(|bar| bar.who.mode == Mode::Serial)?;
    bar.figures(state.plan.stopwatch)
}

/// The largest pool against the fastest smaller one, and where its time goes.
fn slower(state: &State) -> Option<String> {
    let pools = pools(state);
    let ((largest, its), smaller) = pools.split_last()?;
    let faster = smaller
        .iter()
        .min_by(|a, b| a.1.shown.median.total_cmp(&b.1.shown.median));
    let (best, best_figures) = faster?;
    if its.shown.median < best_figures.shown.median * NOISE {
        return None;
    }
    let why = match state.plan.stopwatch {
        Stopwatch::Whole => format!(
            "creating processes takes {} of {}; {} without a pool: {}",
            nanos(its.parts.create()),
            nanos(its.shown.median),
            tasks(state),
            nanos(serial(state)?.shown.median),
        ),
        Stopwatch::Living => format!(
            "{} against {} on pools that are there already",
            nanos(its.shown.median),
            nanos(best_figures.shown.median),
        ),
    };
    Some(format!(
        "{} is slower than {}: {why}",
        largest.who.size, best.who.size
    ))
}

/// `ten squares` needs no number words: `10 squares`.
fn tasks(state: &State) -> String {
    let n = state.plan.tasks();
    let what = if state.plan.work == Work::Square {
        "square"
    } else {
        "task"
    };
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The best process pool against no pool at all.
fn against_serial(state: &State) -> Option<String> {
    let (serial, pools) = (serial(state)?, pools(state));
    let (bar, best) = pools
        .iter()
        .min_by(|a, b| a.1.shown.median.total_cmp(&b.1.shown.median))?;
    let (own, alone) = (best.shown.median, serial.shown.median.max(1.0));
    let (who, own_text, alone_text) = (name(bar.who), nanos(own), nanos(alone));
    Some(if own < alone {
        format!(
            "{who} beat serial: {own_text} against {alone_text}, {:.1} times as fast",
            alone / own
        )
    } else {
        format!(
            "No process pool beats serial here: the best, {who}, takes {own_text}, serial {alone_text}"
        )
    })
}

pub(super) fn break_even(found: BreakEven) -> String {
    match found.work_ns {
        Some(work) => format!(
            "Processes ({}) beat serial from about {} of work per task, creating and joining them included",
            found.size,
            nanos(to_f64(work)),
        ),
        None => format!(
            "Processes ({}) did not beat serial at any work per task up to {}",
            found.size,
            nanos(to_f64(found.tried_to_ns)),
        ),
    }
}

fn cores(state: &State) -> Option<String> {
    let largest = *state.plan.sizes.last()?;
    let cores = state.cores;
    let plural = if cores == 1 { "core" } else { "cores" };
    let bound = !matches!(state.plan.work, Work::Sleep(_));
    (bound && largest > cores)
        .then(|| format!("{cores} {plural}: more than {cores} workers that compute cannot help"))
}

/// The same size, ours and CPython's.
fn peer(state: &State) -> Option<String> {
    let (version, start) = state.python.as_ref()?;
    let mut pairs = pools(state).into_iter().filter_map(|(bar, own)| {
        let same = |other: &&Bar| other.who.mode == Mode::Python && other.who.size == bar.who.size;
        let theirs = state
            .bars
            .iter()
            .find(same)?
            .figures(state.plan.stopwatch)?;
        Some((bar.who.size, own.shown.median, theirs.shown.median))
    });
    let (size, own, theirs) = pairs.next_back()?;
    let (faster, slower) = (own.min(theirs), own.max(theirs).max(1.0));
    let times = slower / faster.max(1.0);
    let word = if own <= theirs {
        "as long as"
    } else {
        "faster than"
    };
    Some(format!(
        "CPython {version} ({start}) takes {} with {size} processes, {times:.1} times {word} ours",
        nanos(theirs),
    ))
}

/// What was paid once and is in no bar.
fn served(state: &State) -> Option<String> {
    let took = state
        .server_ns
        .filter(|_| state.plan.start == Start::Forkserver)?;
    Some(format!(
        "The fork server was started once beforehand, in {}: no bar contains that",
        nanos(to_f64(took))
    ))
}
