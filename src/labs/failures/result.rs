//! What the lab of failures comes to, as JSON and as lines of text. Arrangement only.

use serde_json::{Value, json};

use super::state::State;
use super::techniques;
use crate::scene::{NotRun, units};

pub(super) fn result(state: &State) -> Value {
    let techniques: Vec<_> = techniques::ALL
        .iter()
        .filter_map(|technique| {
            let shown = state.techniques.get(technique.name)?;
            Some(json!({
                "name": technique.name, "held": shown.held,
                "evidence": shown.evidence, "without": shown.without,
            }))
        })
        .collect();
    json!({
        "techniques": techniques,
        "blows": state.struck.values().collect::<Vec<_>>(),
        "endings": state.closed.values().collect::<Vec<_>>(),
        "not_done": state.not_run,
    })
}

/// The lines that the text report ends with.
pub(super) fn outcome(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for technique in techniques::ALL {
        if let Some(shown) = state.techniques.get(technique.name) {
            let held = if shown.held { "held" } else { "NOT HELD" };
            lines.push(format!("{}: {held}; {}", technique.title, shown.evidence));
        }
    }
    lines.extend(state.not_run.iter().map(NotRun::to_string));
    for struck in state.struck.values() {
        let noticed = struck.noticed_ms.map_or_else(
            || "never noticed".to_owned(),
            |ms| format!("noticed after {}", units::nanos(ms * 1e6)),
        );
        lines.push(format!(
            "{}, {}: {} completed, {} failed, {} retried, {} lost, {noticed}; {}",
            struck.blow,
            struck.policy.word(),
            struck.completed,
            struck.failed,
            struck.retried,
            struck.lost,
            struck.cause
        ));
    }
    for closed in state.closed.values() {
        lines.push(format!(
            "{}: {} completed, {} cancelled, {} failed in {}, {}; {}",
            closed.how.title(),
            closed.completed,
            closed.cancelled,
            closed.failed,
            units::nanos(closed.took_ms * 1e6),
            closed.left_behind(),
            closed.note
        ));
    }
    lines
}
