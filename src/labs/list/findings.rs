//! What it all means, in plain sentences. Must not know how they are laid out.

use super::experiment::audit::Counts;
use super::experiment::tally::Tally;
use super::experiment::windows::p99_ns;
use super::facts::Audited;
use super::settings::window_text;
use super::state::State;
use crate::kit::lock::Quantiles;
use crate::kit::step::Widening;
use crate::scene::units::{plural, to_f64};
use crate::scene::{Finding, Weight, units};

/// The most important first.
pub fn findings(state: &State) -> Vec<Finding> {
    let mut all = Vec::new();
    all.extend(state.stepped.as_ref().map(|_| super::scene::stepper_view::finding()));
    let mut add = |weight, text: String| {
        let text = text.into();
        all.push(Finding { weight, text });
    };
    if let Some((late, early, length)) = state.pair {
        add(
            Weight::Caution,
            format!(
                "{early} and {late} both read length {length}: one overwrites what the other did."
            ),
        );
    }
    if let Some(meter) = &state.meter {
        if meter.rounds_with_anomaly > 0 {
            add(Weight::Broken, went_wrong(meter));
            if let Some(text) = state.last_anomaly.as_deref().and_then(example) {
                add(Weight::Broken, text);
            }
            add(Weight::Caution, window_note(state));
        } else if state.settings.lock {
            add(Weight::Fine, lock_was_on(meter));
        } else if state.pair.is_none() {
            add(Weight::Caution, no_anomaly_note(state, meter));
        }
    }
    if let Some(lock) = state.last_audit.as_ref().and_then(|audited| audited.lock) {
        add(Weight::Fine, lock_waits(&lock.wait));
    }
    if let Some(text) = exercise_pace(state) {
        add(Weight::Caution, text);
    }
    all
}

/// `3 of 10 values were lost and 2 duplicated`.
fn loss_summary(counts: &Counts) -> String {
    let [added, lost, duplicated, phantom] =
        [counts.added, counts.lost, counts.duplicated, counts.phantom].map(units::count);
    let mut parts = Vec::new();
    if counts.lost > 0 {
        parts.push(format!("{lost} lost"));
    }
    if counts.duplicated > 0 {
        parts.push(format!("{duplicated} duplicated"));
    }
    if counts.phantom > 0 {
        parts.push(format!("{phantom} phantom"));
    }
    format!("Of {added} values added, {}", parts.join(" and "))
}

fn went_wrong(meter: &Tally) -> String {
    let mut parts = vec![loss_summary(&meter.counts)];
    if meter.rounds > 1 {
        let [wrong, rounds] = [meter.rounds_with_anomaly, meter.rounds].map(units::count);
        parts.push(format!("{wrong} of {rounds} rounds went wrong"));
        if let (Some(rate), Some(each)) = (meter.loss_rate, meter.added_per_lost()) {
            parts.push(format!("loss rate {rate}, {}", one_per(each)));
        }
    }
    parts.join("; ") + "."
}

/// `one lost value per 85 added`.
pub fn one_per(added: f64) -> String {
    if added < 10.0 {
        format!("one lost value per {added:.1} added")
    } else {
        format!("one lost value per {added:.0} added")
    }
}

/// Two operations that got in each other's way.
fn example(audited: &Audited) -> Option<String> {
    let conflict = audited.conflicts.some.first()?;
    Some(if audited.run.rounds > 1 {
        format!("In round {}: {conflict}.", audited.round)
    } else {
        format!("{conflict}.")
    })
}

fn window_note(state: &State) -> String {
    match state.settings.window {
        Widening::None => {
            "Nothing was added between load and store: this is the bare race.".to_owned()
        }
        widening => format!(
            "What stands between load and store ({}) was put there to widen the race window; the exercise has nothing there.",
            window_text(widening)
        ),
    }
}

fn lock_was_on(meter: &Tally) -> String {
    let added = units::count(meter.counts.added);
    let rounds = plural(meter.rounds, "round");
    format!(
        "With the lock on, each of {added} values added in {rounds} was removed once or is still in the list."
    )
}

/// How long the lock was waited for, over the timed acquisitions.
fn lock_waits(wait: &Quantiles) -> String {
    let time = |ns| units::nanos(to_f64(ns));
    let [p50, max] = [wait.p50_ns, wait.max_ns].map(time);
    match p99_ns(wait).map(time) {
        Some(p99) => format!(
            "Waiting for the lock took {p50} in half of the cases, {p99} or less in 99 %, and {max} at most."
        ),
        None => {
            format!("Waiting for the lock took {p50} in half of the cases, and {max} at most.")
        }
    }
}

/// Nothing went wrong, without a lock.
fn no_anomaly_note(state: &State, meter: &Tally) -> String {
    let bound = meter.loss_rate.map_or_else(String::new, |rate| {
        let high = units::percent(rate.high);
        format!(": the loss rate may be as high as {high}")
    });
    let advice = match state.settings.window {
        Widening::Yield | Widening::Spin(_) if !state.settings.full_speed() => {
            " At this pace the other thread is asleep, so what stands in the window changes nothing: try an injected delay, or full speed."
        }
        Widening::None => " Nothing widens the race window: try window=yield.",
        _ => "",
    };
    format!(
        "Nothing went wrong without the lock in {} operations, which proves little{bound}.{advice}",
        units::count(meter.counts.operations())
    )
}

/// How often the exercise itself would show it.
fn exercise_pace(state: &State) -> Option<String> {
    let seconds = state.windows.slept.exercise_collision_s()?;
    let [append, remove] = [state.windows.slept.append, state.windows.slept.remove]
        .map(|window| units::nanos(window.typical_ns.unwrap_or(0.0)));
    let often = units::nanos(seconds * 1e9);
    Some(format!(
        "With nothing added, load and store lie {append} apart in an append and {remove} in a removal: unlocked at the exercise's own pace they would collide about once in {often}."
    ))
}
