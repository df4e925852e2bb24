//! The results of the runs, as JSON and as the lines that a text report ends with. Pure.
//! The names of the fields are part of the command line's contract.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::experiment::tool::{Outcome, Tool};
use super::state::{KnownCost, Record, State};
use crate::scene::{NotRun, units};
use crate::timeline::stat::{P99_SAMPLES, Statistic};

/// How long the waits or holds of one run lasted, in ns. By quantiles and not by a mean:
/// one long wait says more than many short ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub p50: u64,
    /// The 99 % quantile; `None` of too few for it, where it would be the maximum.
    pub p99: Option<u64>,
    pub max: u64,
}

impl Times {
    /// Quantiles by the nearest rank: each is one of the times. `None` if there were none.
    pub fn of(times_ns: &[u64]) -> Option<Self> {
        let mut sorted = times_ns.to_vec();
        sorted.sort_unstable();
        let at = |percent: usize| {
            // The least rank that has this part of the values at or below it.
            let rank = (sorted.len() * percent).div_ceil(100);
            sorted.get(rank.saturating_sub(1)).copied()
        };
        Some(Self {
            p50: at(50)?,
            // The quantile exists for any number of times, but of a few it is their
            // maximum.
            p99: at(99).filter(|_| sorted.len() as u64 >= P99_SAMPLES),
            max: at(100)?,
        })
    }
}

#[derive(Serialize)]
struct TimesUs {
    p50: f64,
    p99: Option<f64>,
    max: f64,
}

impl From<Times> for TimesUs {
    fn from(times: Times) -> Self {
        let us = |ns| units::in_us(Duration::from_nanos(ns));
        Self { p50: us(times.p50), p99: times.p99.map(us), max: us(times.max) }
    }
}

/// One entry for each tool's correct use, and one for each misuse. `expected` and `got`
/// of an entry are always those of the correct use; a misuse has its own beside them, so
/// a script can compare the two without looking for the other entry.
pub fn result(state: &State) -> Value {
    let tools = state.known().flat_map(|(tool, record)| {
        let correct = record.correct.iter().map(|outcome| (None, outcome));
        let misuse = record.misuses.iter().map(|(name, outcome)| (Some(*name), outcome));
        let uses = correct.chain(misuse);
        uses.map(|(misuse, outcome)| entry(tool, record, misuse, outcome)).collect::<Vec<_>>()
    });
    json!({
        "tools": tools.collect::<Vec<_>>(),
        "baselines": baselines(state),
        "not_run": state.not_run,
    })
}

fn entry(tool: &Tool, record: &Record, misuse: Option<&str>, outcome: &Outcome) -> Value {
    let figures = |outcome: &Outcome| [&outcome.expected, &outcome.got].map(|text| figure(text));
    let correct = if misuse.is_none() { Some(outcome) } else { record.correct.as_ref() };
    let [expected, got] = correct.map_or([Value::Null, Value::Null], figures);
    let contended = own_cost(record, true);
    let misuse_entry = misuse.map(|name| {
        let [expected, got] = figures(outcome);
        json!({
            "name": name,
            "expected": expected,
            "got": got,
            "finding": outcome.finding,
            "cycle": outcome.cycle,
            "code": outcome.code,
        })
    });
    json!({
        "tool": tool.id,
        "world": tool.world(),
        "operations": outcome.operations,
        "expected": expected,
        "got": got,
        "misuse": misuse_entry,
        // What is only ever done by several has no cost alone.
        "cost_ns": own_cost(record, false).or(contended),
        "cost_contended_ns": contended,
        "wait_us": Times::of(&outcome.waits_ns).map(TimesUs::from),
        "hold_us": Times::of(&outcome.holds_ns).map(TimesUs::from),
        "order": outcome.order,
        "proof": correct.and_then(|outcome| outcome.proof.as_deref()),
    })
}

/// A number where the text is one, so that scripts can compute with it; else the text as it is.
fn figure(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| json!(text), Value::from)
}

/// The cost of the tool itself, alone or contended; `None` if it was not measured.
fn own_cost(record: &Record, contended: bool) -> Option<Statistic> {
    let mut own = record.costs.iter().filter(|cost| cost.peer.is_none());
    own.find(|cost| cost.contended == contended).map(|cost| cost.statistic)
}

/// `; holds in all 2 interleavings of ...`, where that was searched; empty where it was not.
pub fn with_proof(outcome: &Outcome) -> String {
    outcome.proof.as_ref().map_or_else(String::new, |proof| format!("; {proof}"))
}

/// What was measured beside the tools: the same operation with another library, or
/// without a tool.
fn baselines(state: &State) -> Vec<Value> {
    let all = state.known().flat_map(|(_, record)| &record.costs);
    all.filter_map(|KnownCost { peer, contended, statistic }| {
        let name = peer.as_ref()?;
        Some(json!({ "name": name, "contended": contended, "cost_ns": statistic }))
    })
    .collect()
}

/// The lines that the text report ends with: each use, the costs, and what could not be
/// run.
pub fn summary(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for (tool, record) in state.known() {
        if let Some(outcome) = &record.correct {
            lines.push(format!("{}: {}{}", tool.title, outcome.verdict(), with_proof(outcome)));
        }
        for (name, outcome) in &record.misuses {
            let (title, about) = (tool.title, tool.about_misuse(name));
            lines.push(format!("{title}, {about}: {}", outcome.verdict()));
        }
        for KnownCost { peer, contended, statistic } in &record.costs {
            let label = peer.as_deref().unwrap_or(tool.title);
            let when = if *contended { "contended" } else { "alone" };
            let time = units::nanos(statistic.median);
            lines.push(format!("{label}, one operation {when}: {time}"));
        }
    }
    lines.extend(state.not_run.iter().map(NotRun::to_string));
    lines
}
