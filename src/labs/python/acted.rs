//! What came of the user's acts, in sentences: of a pause, a delay, a kill. Pure.

use super::facts::{ExecutorKind, ExecutorReport, PoolReport, ProcessReport, StartMethod};
use super::state::State;
use crate::scene::units::{count, in_ns, nanos, plural};
use crate::scene::{Finding, Weight, literal};

/// How an executor calls its end when a worker dies.
const BROKEN: &str = "BrokenProcessPool";

pub fn pause(state: &State) -> Option<Finding> {
    let so_far = nanos(in_ns(state.paused_for));
    let text = match (state.paused, state.paused_for.is_zero()) {
        (None, true) => return None,
        (Some(0), _) => {
            "**Paused**: all processes of the script stand still until you resume it.".to_owned()
        }
        (Some(running), _) => format!(
            "**Paused**, but for {} that left the script and cannot be stopped with it.",
            plural(running, "process")
        ),
        (None, false) => format!(
            "It was paused by hand for **{so_far}**, which no wait or hold here counts; time limits of its own ran on. || It was paused by hand for **{so_far}**, which no wait counts."
        ),
    };
    Some((Weight::Caution, text).into())
}

pub fn delay(state: &State) -> Option<Finding> {
    let longest = nanos(in_ns(state.longest_delay));
    let text = if state.delay.is_zero() {
        format!("A delay of up to {longest} after each recorded event slowed it down for a while.")
    } else {
        let now = nanos(in_ns(state.delay));
        format!("Slow motion: each thread waits **{now}** after each recorded event.")
    };
    state.was_slowed().then(|| (Weight::Caution, text).into())
}

/// What the script made of the loss of each process that the user has killed.
pub fn kills(state: &State) -> impl Iterator<Item = Finding> {
    state.killed.iter().map(|(pid, name)| {
        let figures = &state.figures;
        let process = figures.processes.iter().find(|process| process.pid == *pid);
        let broken = figures.executors.iter().find(|executor| is_broken(executor));
        let what = match (process, broken) {
            (_, Some(executor)) => broke(executor),
            (Some(ProcessReport { lost: Some(task), .. }), None) => {
                let of_processes = |pool: &&PoolReport| pool.start_method != StartMethod::Threads;
                let mut pools = figures.pools.iter().filter(of_processes);
                let pool = pools.find(|pool| pool.chunks > pool.done);
                pool.map_or_else(|| format!("{task} was lost with it"), |pool| lost(pool, task))
            }
            _ => "no task is known to be lost with it".to_owned(),
        };
        let name = literal(name);
        (Weight::Broken, format!("You killed **{name}** (process {pid}): {what}.")).into()
    })
}

fn is_broken(executor: &ExecutorReport) -> bool {
    let error = executor.error.as_deref().unwrap_or_default();
    executor.kind == ExecutorKind::Processes && error.contains(BROKEN)
}

fn broke(executor: &ExecutorReport) -> String {
    format!(
        "{} noticed and failed **{} of {}** tasks with {BROKEN}",
        executor.name,
        count(executor.failed),
        count(executor.tasks)
    )
}

/// A pool starts another worker, and does not notice that a task is missing.
fn lost(pool: &PoolReport, task: &str) -> String {
    format!(
        "{} started another worker, but {task} was lost: **{} of {}** are done, and who waits for the rest waits for ever",
        pool.name,
        count(pool.done),
        plural(pool.chunks, "chunk")
    )
}
