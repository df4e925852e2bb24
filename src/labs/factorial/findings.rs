//! What a round means, as sentences made from its figures. Pure.
//!
//! Most compare two things that a learner may take for equal: order of submission and of
//! completion, threads allowed and threads started, the cost of the pool and that of its
//! tasks.

use std::collections::BTreeMap;

use super::facts::Summary;
use super::state::State;
use crate::kit::future::Status;
use crate::scene::units::{plural, to_f64, whole_nanos};
use crate::scene::{Finding, Weight};

const MANY: usize = 5;
/// CPU time of all tasks below which they are too short for a figure of cores kept busy:
/// the time of starting threads would decide it.
const LONG_NS: u64 = 2_000_000;

/// The findings for this state, the most important first. All but one need a complete
/// round.
pub fn findings(state: &State) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |weight, text: Option<String>| {
        findings.extend(text.map(|text| (weight, text).into()));
    };
    // This one is known from the plan alone.
    find(Weight::Caution, outside_range(state));
    let Some(summary) = &state.summary else {
        // Until this round is over, those of the last one of its plan stay.
        return if state.kept.is_empty() { findings } else { state.kept.clone() };
    };
    if !summary.wrong.is_empty() {
        let wrong = are(&summary.wrong);
        let text = format!("{wrong} wrong: plain multiplication says otherwise");
        find(Weight::Broken, Some(text));
    }
    find(Weight::Fact, failed(state));
    find(Weight::Fact, cancelled(state));
    find(Weight::Fact, pool_cost(state));
    find(Weight::Fact, more_workers_than_cores(state, summary));
    find(Weight::Fact, uneven_share(state));
    find(Weight::Fact, overtaken(state));
    find(Weight::Fact, unneeded(state));
    find(Weight::Fine, exact(state, summary));
    findings
}

/// Numbers in `fail` and `cancel` that are no task of this round: a typing error more
/// often than not.
fn outside_range(state: &State) -> Option<String> {
    let plan = &state.plan;
    let all = plan.fail.iter().chain(&plan.cancel);
    let outside: Vec<_> = all.copied().filter(|n| !plan.numbers().contains(n)).collect();
    (!outside.is_empty()).then(|| {
        format!(
            "{} not among {}! to {}!, so nothing fails or is cancelled there",
            are(&outside),
            plan.from,
            plan.to
        )
    })
}

fn exact(state: &State, summary: &Summary) -> Option<String> {
    let finished = state.count(Status::Finished);
    // Those that failed or were cancelled have findings of their own, and are none of these.
    let some = finished < state.plan.numbers().count();
    let all = match (finished, some) {
        (1, false) => "The value agrees".to_owned(),
        (1, true) => "The only value agrees".to_owned(),
        (_, false) => "All values agree".to_owned(),
        (_, true) => format!("All {finished} values agree"),
    };
    (finished > 0 && summary.wrong.is_empty())
        .then(|| format!("{all} with plain multiplication, checked modulo 2^61 - 1 || {all} with plain multiplication"))
}

fn failed(state: &State) -> Option<String> {
    let failed = status(state, Status::Failed);
    (!failed.is_empty()).then(|| {
        let (whose, count) = (names(&failed), failed.len());
        let raised = if count == 1 { "The exception of" } else { "The exceptions of" };
        let futures = if count == 1 { "its future" } else { "their futures" };
        format!("{raised} {whose} stayed in {futures}: all other tasks and every thread went on || {raised} {whose} stayed in {futures}")
    })
}

/// That a pending future can be cancelled, which only holds before a worker takes it: a
/// running task can merely be asked to stop.
fn cancelled(state: &State) -> Option<String> {
    let cancelled = status(state, Status::Cancelled);
    (!cancelled.is_empty()).then(|| {
        let was = if cancelled.len() == 1 { "was" } else { "were" };
        format!("{} {was} cancelled while still pending: no worker ever took it || {0} {was} cancelled while pending", names(&cancelled))
    })
}

/// The pool cost more than the tasks that it was made for, by CPU time, as the tasks'
/// wall time includes waiting for a core.
fn pool_cost(state: &State) -> Option<String> {
    let opened = state.created_ns?;
    let times = state.settled().filter_map(|settled| settled.cpu_ns);
    let computing = times.fold(0, u64::saturating_add);
    (computing > 0 && computing < opened).then(|| {
        let (opened, computing) = (whole_nanos(opened), whole_nanos(computing));
        let (tasks, threads) = (plural(state.tasks.len() as u64, "task"), plural(state.workers.len() as u64, "thread"));
        format!("Starting {threads} and queueing took **{opened}**, more than the {tasks} computed together ({computing}) || Starting took **{opened}**, computing {computing}")
    })
}

/// How many cores the tasks kept busy, where there are more workers than cores. With a
/// pace the workers mostly sleep, so nothing is said.
fn more_workers_than_cores(state: &State, summary: &Summary) -> Option<String> {
    let times = state.settled().filter_map(|settled| settled.cpu_ns);
    let cpu = times.fold(0, u64::saturating_add);
    let (workers, cores) = (state.workers.len(), state.cores);
    if workers <= cores || cpu < LONG_NS || state.plan.pace_ns > 0 {
        return None;
    }
    // Time that the tasks had a core, by the time that all of them took: the mean number
    // of busy cores.
    let busy = to_f64(cpu) / to_f64(summary.wall_ns.max(1));
    Some(format!(
        "{workers} workers on {}: {} of computing in {}, so **{busy:.1} cores** were busy; more workers than cores cannot compute faster || **{busy:.1} cores** were busy with {workers} workers",
        plural(cores as u64, "core"),
        whole_nanos(cpu),
        whole_nanos(summary.wall_ns),
    ))
}

/// One worker that did more than all others together. No fault: with short tasks the
/// first thread is done before the next one has started.
fn uneven_share(state: &State) -> Option<String> {
    let mut taken = BTreeMap::<_, usize>::new();
    for name in state.settled().filter_map(|settled| settled.worker.as_ref()) {
        *taken.entry(name).or_default() += 1;
    }
    let (all, (name, most)) =
        (taken.values().sum::<usize>(), taken.into_iter().max_by_key(|(_, taken)| *taken)?);
    (state.workers.len() > 1 && all >= MANY && most * 2 > all).then(|| {
        format!("{name} alone took **{most} of {all} tasks**: no thread assigns them, each idle worker takes the next || {name} alone took **{most} of {all} tasks**")
    })
}

/// The first task that overtook another one. A cancelled one overtakes nothing: it was
/// never run.
fn overtaken(state: &State) -> Option<String> {
    let taken = |n: &u32| state.task(*n).is_some_and(|task| task.status != Status::Cancelled);
    // The first are enough: where tasks overtake each other, some do at the beginning.
    let completed: Vec<_> = state.completed.iter().copied().take(64).filter(taken).collect();
    let pair = completed.windows(2).find(|pair| pair[0] > pair[1])?;
    Some(format!(
        "**{}! was completed before {}!**, though submitted after it: a pool promises no order of completion || **{0}! was completed before {1}!**, submitted later",
        pair[0], pair[1]
    ))
}

fn unneeded(state: &State) -> Option<String> {
    let (started, may) = (state.workers.len(), state.plan.workers);
    (started < may && state.not_run.is_empty()).then(|| {
        format!("**Only {started} of {may}** threads were started: the pool starts one when a task finds none idle || **Only {started} of {may}** threads were started")
    })
}

fn status(state: &State, wanted: Status) -> Vec<u32> {
    let of = state.plan.numbers().zip(&state.tasks);
    of.filter(|(_, task)| task.status == wanted).map(|(n, _)| n).collect()
}

fn names(all: &[u32]) -> String {
    match all {
        [] => String::new(),
        [one] => format!("{one}!"),
        [one, two] => format!("{one}! and {two}!"),
        [one, two, rest @ ..] => format!("{one}!, {two}! and {} more", rest.len()),
    }
}

fn are(all: &[u32]) -> String {
    format!("{} {}", names(all), if all.len() == 1 { "is" } else { "are" })
}
