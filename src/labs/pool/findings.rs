//! What the figures mean, as sentences made from them.
//!
//! No sentence calls a variant faster by its median alone. It needs a verdict over paired
//! rounds, and where the rounds do not decide, the sentence says that and what would
//! help.

use super::experiment::figures::name;
use super::experiment::figures::{Bar, Figures, Mode};
use super::experiment::work::Work;
use super::facts::BreakEven;
use super::settings::{Start, Timing};
use super::state::State;
use crate::kit::load::Load;
use crate::scene::units::{nanos, plural, whole_nanos};
use crate::scene::{Finding, Weight, capitalised, literal};
use crate::timeline::stat::{FEWEST, Verdict};

/// The findings for this state, the most important first: wrong results, then what
/// surprises, then what explains. The screen shows as many as have room.
pub fn findings(state: &State) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |weight, text: Option<String>| {
        findings.extend(text.map(|text| (weight, text).into()));
    };
    find(Weight::Broken, wrong(state));
    find(Weight::Fact, state.kill.as_ref().map(ToString::to_string));
    // The figures are shown while they come in, but no conclusion is drawn from a part of
    // them.
    if state.rounds_are_over() {
        find(Weight::Fact, slower(state));
        find(Weight::Fact, against_serial(state));
    }
    find(Weight::Caution, load(state));
    find(Weight::Fact, state.break_even.map(break_even));
    find(Weight::Fact, cores(state));
    find(Weight::Fact, cpython(state).filter(|_| state.rounds_are_over()));
    find(Weight::Fact, server_start(state));
    find(
        Weight::Caution,
        state.no_python.as_ref().map(|why| {
            let mut bars = state.bars.iter().filter(|bar| bar.variant.mode == Mode::Python);
            let what = match bars.find_map(|bar| Some(bar.samples.len()).filter(|all| *all > 0)) {
                Some(rounds) => format!("failed after {}", plural(rounds as u64, "round")),
                None => "is not among the bars".to_owned(),
            };
            format!("CPython's own Pool {what}: {}", literal(why))
        }),
    );
    find(Weight::Fine, right(state));
    findings
}

fn wrong(state: &State) -> Option<String> {
    let runs = if state.wrong == 1 { "run" } else { "runs" };
    (state.wrong > 0)
        .then(|| format!("{} {runs} gave results that are not the squares", state.wrong))
}

/// All results were right. As a finding of its own, because a fast pool that returned
/// nonsense would be worth nothing.
fn right(state: &State) -> Option<String> {
    let runs: usize = state.bars.iter().map(|bar| bar.samples.len()).sum();
    (runs > 0 && state.wrong == 0)
        .then(|| format!("The results of all {runs} runs are the squares, in order"))
}

fn pools(state: &State) -> Vec<(&Bar, Figures)> {
    let processes = state.bars.iter().filter(|bar| bar.variant.mode == Mode::Processes);
    processes.filter_map(|bar| Some((bar, bar.figures(state.plan.timing)?))).collect()
}

fn serial(state: &State) -> Option<(&Bar, Figures)> {
    let bar = state.serial()?;
    Some((bar, bar.figures(state.plan.timing)?))
}

fn load(state: &State) -> Option<String> {
    let load = state.load.filter(Load::disturbs)?;
    let short = capitalised(&load.to_string());
    Some(format!("While this was measured, {load}: that spoils all times || {short}"))
}

/// What to do if the rounds do not decide, as the end of a sentence; empty if they do.
/// Too few rounds and too much noise have different remedies, and a load of other
/// programs is a third one.
fn advice(state: &State, verdict: Verdict) -> String {
    match (verdict, state.load.filter(Load::disturbs)) {
        (Verdict::TooFew { .. }, _) => format!(": repeat={FEWEST} or more tells"),
        (Verdict::TooNoisy(_), Some(load)) => format!(": {load}; end that, or repeat more often"),
        (Verdict::TooNoisy(_), None) => ": repeat more often".to_owned(),
        _ => String::new(),
    }
}

/// The largest pool against the fastest smaller one, and where its time goes. More
/// workers being slower is the surprise that this lab is about, so nothing is said if
/// they are faster.
fn slower(state: &State) -> Option<String> {
    let pools = pools(state);
    let ((largest, its), smaller) = pools.split_last()?;
    // Chosen by its median, but the verdict below compares the two round by round.
    let faster = smaller.iter().min_by(|a, b| a.1.shown.median.total_cmp(&b.1.shown.median));
    let (best, best_figures) = faster?;
    let (large, small) = (largest.variant.size, best.variant.size);
    let verdict = largest.compared_with(best, state.plan.timing);
    // Undecided is a finding too: without it a reader would compare the medians.
    if verdict.is_open() {
        let advice = advice(state, verdict);
        return Some(format!("{large} processes against {small}: {verdict}{advice}"));
    }
    if !verdict.is_slower() {
        return None;
    }
    let because = match state.plan.timing {
        Timing::Whole => {
            let [create, best] = [its, best_figures].map(|figures| figures.parts.create());
            let against = format!("takes **{}** against {}", nanos(create), nanos(best));
            // Half of the difference or more.
            if (create - best) * 2.0 >= its.shown.median - best_figures.shown.median {
                format!("to start them {against}")
            } else {
                format!("that is not their start, which {against}")
            }
        }
        Timing::Warm => format!(
            "{} against {} on pools that exist already",
            nanos(its.shown.median),
            nanos(best_figures.shown.median),
        ),
    };
    Some(format!(
        "{large} processes are slower than {small}, {verdict}: {because} || {large} processes are slower than {small}: {because}"
    ))
}

fn tasks(state: &State) -> String {
    let n = state.plan.tasks();
    let what = if state.plan.work == Work::Square { "square" } else { "task" };
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The best process pool against no pool at all. With tasks as small as those of the
/// exercise no pool wins, which is the answer to the lab's question.
fn against_serial(state: &State) -> Option<String> {
    let ((alone, serial), pools) = (serial(state)?, pools(state));
    let (bar, best) = pools.iter().min_by(|a, b| a.1.shown.median.total_cmp(&b.1.shown.median))?;
    let verdict = bar.compared_with(alone, state.plan.timing);
    let (variant, own, alone) =
        (name(bar.variant), nanos(best.shown.median), nanos(serial.shown.median));
    Some(match verdict {
        Verdict::Faster(_) => format!("{variant} beat serial: {own} against {alone}, {verdict}"),
        Verdict::Slower(_) => format!(
            "No process pool beats serial here: {} alone take **{alone}**, {variant} **{own}** || No process pool beats serial: **{alone}**, {variant} **{own}**",
            tasks(state)
        ),
        _ => format!("{variant} against serial: {verdict}{}", advice(state, verdict)),
    })
}

/// From which work per task on processes beat serial, as far as the rounds decide. The
/// four cases are an interval, an upper bound, none within the range, and no decision.
pub fn break_even(found: BreakEven) -> String {
    let time = |ns| whole_nanos(ns);
    let size = found.size;
    match (found.work_ns, found.lost_ns) {
        (Some(work), Some(lost)) => format!(
            "{size} processes beat serial from {} of work per task on, start-up included; up to {} they do not",
            time(work),
            time(lost),
        ),
        (Some(work), None) => format!(
            "{size} processes beat serial from {} of work per task or less, start-up included",
            time(work),
        ),
        // Serial surely won at the most work that was tried, so the rounds did decide.
        (None, Some(lost)) if lost == found.tried_to_ns => format!(
            "{size} processes did not beat serial at any work per task up to {}",
            time(found.tried_to_ns),
        ),
        (None, _) => format!(
            "Break-even: too noisy to tell whether {size} processes beat serial up to {} of work per task",
            time(found.tried_to_ns),
        ),
    }
}

/// That more workers than cores cannot help tasks that compute. For tasks that sleep it
/// would be wrong.
fn cores(state: &State) -> Option<String> {
    let largest = *state.plan.sizes.last()?;
    let cores = state.cores;
    let counted = plural(cores as u64, "core");
    // Sleeping tasks need no core.
    let bound = !matches!(state.plan.work, Work::Sleep(_));
    (bound && largest > cores)
        .then(|| format!("{counted}: more than {cores} workers that compute cannot help"))
}

/// CPython's pool of the largest size beside ours of the same size. It compares runtimes,
/// not languages: both do the same tasks, but CPython's are computed by an interpreter.
fn cpython(state: &State) -> Option<String> {
    let (version, start) = state.python.as_ref()?;
    // By size, ascending; the largest is reported, as the one that differs most.
    let mut pairs = pools(state).into_iter().filter_map(|(bar, _)| {
        let same = |other: &&Bar| {
            other.variant.mode == Mode::Python && other.variant.size == bar.variant.size
        };
        let cpython = state.bars.iter().find(same)?;
        let theirs = cpython.figures(state.plan.timing)?.shown.median;
        let verdict = cpython.compared_with(bar, state.plan.timing);
        Some((bar.variant.size, theirs, verdict))
    });
    let (size, theirs, verdict) = pairs.next_back()?;
    Some(format!(
        "CPython {version} ({start}), {size} processes: {}; compared with ours {verdict}{}",
        nanos(theirs),
        advice(state, verdict)
    ))
}

/// What was paid once and is in no bar, so that the fork server does not look cheaper
/// than it is.
fn server_start(state: &State) -> Option<String> {
    let took = state.server_ns.filter(|_| state.plan.start == Start::Forkserver)?;
    Some(format!(
        "The fork server was started once, in {}: no bar contains that",
        whole_nanos(took)
    ))
}
