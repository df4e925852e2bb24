//! The outcome of the lab, as JSON and as lines of text. Arrangement only.

use serde_json::{Value, json};

use super::experiment::techniques;
use super::state::State;
use crate::lab::Words;
use crate::scene::{NotRun, units};

/// The result as JSON. Its names are part of the command line's contract; parts that did
/// not run are missing, and `not_run` has their causes.
pub fn result(state: &State) -> Value {
    let techniques: Vec<_> = techniques::ALL
        .iter()
        .filter_map(|technique| {
            let shown = state.techniques.get(technique.name)?;
            Some(json!({
                "name": technique.name, "worked": shown.worked,
                "evidence": shown.evidence, "without": shown.without,
            }))
        })
        .collect();
    json!({
        "techniques": techniques,
        "faults": state.outcomes.values().collect::<Vec<_>>(),
        "shutdowns": state.shutdowns.values().collect::<Vec<_>>(),
        "not_run": state.not_run,
    })
}

/// The lines that the text report ends with: techniques, what could not be run, faults by
/// policy, shutdowns.
pub fn summary(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for technique in techniques::ALL {
        if let Some(shown) = state.techniques.get(technique.name) {
            let worked = if shown.worked { "worked" } else { "DID NOT WORK" };
            lines.push(format!("{}: {worked}; {}", technique.title, shown.evidence));
        }
    }
    lines.extend(state.not_run.iter().map(NotRun::to_string));
    for outcome in state.outcomes.values() {
        let noticed = outcome.noticed_ms.map_or_else(
            || "never noticed".to_owned(),
            |ms| format!("noticed after {}", units::nanos(ms * 1e6)),
        );
        lines.push(format!(
            "{}, {}: {}, {noticed}; {}",
            outcome.fault,
            outcome.policy.word(),
            outcome.counts(),
            outcome.cause
        ));
    }
    for shutdown in state.shutdowns.values() {
        let (mode, counts) = (shutdown.mode.title(), shutdown.counts());
        lines.push(format!("{mode}: {counts}; {}", shutdown.note));
    }
    lines
}
