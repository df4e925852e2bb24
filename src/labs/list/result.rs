//! The result of a run: the JSON for other programs, and the last lines of the text.
//!
//! The names of the fields are part of the command line's contract. All figures come from
//! the last audit and its sums; a run that was stopped before its first audit has zeros
//! and nulls.

use serde_json::{Value, json};

use super::experiment::tally::Tally;
use super::experiment::windows::Micros;
use super::state::State;

/// Most values of the final list in the text; the JSON has all.
const PRINTED: usize = 100;

/// The result as JSON. Times and rates of loss that were not measured are `null`, never
/// 0.
pub fn result(state: &State) -> Value {
    let none = Tally::default();
    let run = state.run().unwrap_or(&none);
    let lock = state.last_audit.as_ref().and_then(|audited| audited.lock);
    let conflicts = state.last_anomaly.as_ref().map(|audited| {
        let some = audited.conflicts.some.iter();
        let texts: Vec<_> = some.map(ToString::to_string).collect();
        json!({ "round": audited.round, "count": audited.conflicts.count, "some": texts })
    });
    let counts = &run.counts;
    json!({
        "rounds": run.rounds,
        "rounds_with_anomaly": run.rounds_with_anomaly,
        "added": counts.added,
        "removed": counts.removed,
        "left": counts.left,
        "lost": counts.lost,
        "duplicated": counts.duplicated,
        "phantom": counts.phantom,
        "empty_pops": counts.empty_pops,
        "moved": counts.moved,
        "ops_per_second": run.ops_per_second(),
        "loss_rate": run.loss_rate,
        "added_per_lost": run.added_per_lost(),
        "final_list": final_list(state),
        "lock_wait_us": lock.map(|lock| Micros::from(lock.wait)),
        "lock_hold_us": lock.map(|lock| Micros::from(lock.hold)),
        "lock_acquisitions": lock.map(|lock| lock.acquisitions),
        "outcomes": run.outcomes,
        "window": state.windows.running,
        "window_after_sleep": state.windows.slept,
        "exercise_collision_s": state.windows.slept.exercise_collision_s(),
        "conflicts": conflicts,
    })
}

/// The last lines of the text: the list that is left, and the audit.
pub fn summary(state: &State) -> Vec<String> {
    let none = Tally::default();
    let run = state.run().unwrap_or(&none);
    let values = final_list(state);
    let mut shown: Vec<_> = values.iter().take(PRINTED).map(i64::to_string).collect();
    if values.len() > PRINTED {
        shown.push(format!("... {} more", values.len() - PRINTED));
    }
    let rounds = match run.rounds {
        1 => String::new(),
        n => format!(" ({} of {n} rounds with an anomaly)", run.rounds_with_anomaly),
    };
    vec![format!("Final list: [{}]", shown.join(", ")), format!("Audit: {}{rounds}", run.counts)]
}

/// The final list, or before the end what the last audit contains of it: its first
/// values.
fn final_list(state: &State) -> &[i64] {
    let last = state.last_audit.as_ref();
    match &state.end {
        Some(list) => list,
        None => last.map_or(&[], |audited| &audited.list.values),
    }
}
