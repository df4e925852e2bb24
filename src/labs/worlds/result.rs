//! The outcome of the lab, as JSON and as lines of text. Arrangement only.

use serde_json::{Value, json};

use super::experiment::cost::Cost;
use super::scene::{figure, title};
use super::state::{Runtime, State, Strategy, Work};
use crate::scene::{NotRun, units};
use crate::timeline::stat::Verdict;

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
pub fn summary(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for work in state.works() {
        let runtimes = [Runtime::Rust, Runtime::Python].into_iter();
        for strategy in runtimes.flat_map(Runtime::strategies) {
            lines.extend(strategy_line(state, work, *strategy));
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
