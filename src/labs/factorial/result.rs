//! The outcome for those who read or script it: JSON and the exercise's own lines.

use serde_json::{Value, json};

use super::state::{State, Task};
use crate::kit::future::Status;
use crate::scene::units;
use crate::scene::units::to_f64;

/// The result as JSON. Its names are part of the command line's contract; times are in
/// µs, and what did not happen is `null`.
pub fn result(state: &State) -> Value {
    let micros = |ns: u64| to_f64(ns) / 1e3;
    let results = state.in_order().into_iter().filter_map(|(_, task)| {
        let settled = task.settled.as_ref()?;
        Some(json!({
            "n": settled.n,
            "value": settled.value,
            "state": settled.state,
            "error": settled.error,
            "worker": settled.worker,
            "queued_us": micros(settled.queued_ns),
            "ran_us": settled.ran_ns.map(micros),
            "computed_us": settled.computed_ns.map(micros),
            "cpu_us": settled.cpu_ns.map(micros),
        }))
    });
    let summary = state.summary.as_ref();
    json!({
        "results": results.collect::<Vec<_>>(),
        "completion_order": completed(state).collect::<Vec<_>>(),
        "wrong": summary.map(|summary| &summary.wrong),
        "pool": {
            "workers": state.plan.workers,
            "started": state.workers.len(),
            "created_us": state.created_ns.map(micros),
            "tasks_us": summary.map(|summary| micros(summary.wall_ns)),
            "joined_us": state.joined_ns.map(micros),
            "max_queue": summary.map(|summary| summary.max_queue),
        },
    })
}

/// The tasks in the order in which they were completed. A task that ended because the run was
/// stopped has done nothing.
fn completed(state: &State) -> impl Iterator<Item = u32> {
    let done = |n: &u32| !state.task(*n).is_some_and(is_unfinished);
    state.completed.iter().copied().filter(done)
}

/// Whether a task has ended, for its worker, without a value: the run was stopped meanwhile, or
/// before the value was read.
fn is_unfinished(task: &Task) -> bool {
    let value = task.settled.as_ref().and_then(|settled| settled.value.as_ref());
    task.status == Status::Finished && value.is_none()
}

/// The exercise's own lines: the tasks as they were completed, then all of them in order,
/// then the audit.
pub fn summary(state: &State) -> Vec<String> {
    let settled = |n| state.task(n)?.settled.as_ref();
    let mut lines: Vec<_> = completed(state)
        .filter_map(settled)
        .map(|settled| match (&settled.value, &settled.error) {
            (Some(value), _) => format!("Factorial of {} is {value}", settled.n),
            (None, Some(error)) => format!("Factorial of {} failed: {error}", settled.n),
            (None, None) => format!("Factorial of {} was cancelled before it started", settled.n),
        })
        .collect();
    lines.extend(state.in_order().into_iter().map(|(n, task)| {
        let settled = task.settled.as_ref();
        match settled.and_then(|settled| settled.value.as_ref()) {
            Some(value) => format!("{n}! = {value}"),
            None if is_unfinished(task) => format!("{n}! stopped"),
            None => format!("{n}! {}", task.status.word()),
        }
    }));
    lines.push(audit(state));
    lines
}

fn audit(state: &State) -> String {
    let unfinished = state.tasks.iter().filter(|task| is_unfinished(task)).count();
    let finished = state.count(Status::Finished) - unfinished;
    let of = |status| units::count(state.count(status) as u64);
    let stopped = match unfinished {
        0 => String::new(),
        all => format!(" + {} stopped", units::count(all as u64)),
    };
    let wrong = state.summary.as_ref().map_or(0, |summary| summary.wrong.len());
    format!(
        "Audit: {} tasks = {} finished + {} failed + {} cancelled{stopped}, {} wrong",
        units::count(state.tasks.len() as u64),
        units::count(finished as u64),
        of(Status::Failed),
        of(Status::Cancelled),
        units::count(wrong as u64),
    )
}
