//! The findings: what the figures mean, in plain sentences.
//!
//! A finding is never more certain than its figures. "Nothing went wrong" without a lock
//! comes with the loss rate that cannot be excluded, and a loss that was helped by a
//! widened window names what widened it.

use super::experiment::audit::Counts;
use super::experiment::tally::Tally;
use super::experiment::windows::p99_ns;
use super::facts::Audited;
use super::settings::window_text;
use super::state::State;
use crate::kit::lock::Quantiles;
use crate::kit::step::Widening;
use crate::scene::units::plural;
use crate::scene::{Finding, Weight, units};
use crate::timeline::stat::Rate;

/// Values from which on their shift is a part of the time that a reader should know of.
const LONG: u64 = 1_000;

/// The findings for this state, the most important first: the screen shows as many as
/// have room.
pub fn findings(state: &State) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut add = |weight, text: String| {
        all.push((weight, text).into());
    };
    // From the events of the round in progress, before its audit. It can be wrong in one
    // way only: the audit may find that nothing was lost after all.
    if let Some((late, early, length)) = state.pair {
        add(
            Weight::Caution,
            format!(
                "**{early} and {late} both read length {length}**: one overwrites what the other did. || **{early} and {late} both read length {length}**"
            ),
        );
    }
    if let (Some(guess), Some(rate)) = (state.guess, state.rate_of_guess()) {
        let weight = if rate.estimate > 0.0 { Weight::Broken } else { Weight::Fact };
        add(weight, format!("You guessed {guess} of 1,000: **{} are lost**.", of_thousand(&rate)));
    }
    // By the rounds since a setting was last changed: a finding about the lock must not
    // count rounds without it.
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
        add(Weight::Fact, lock_waits(&lock.wait));
    }
    if let Some(text) = state.meter.as_ref().and_then(|meter| shifted(&meter.counts)) {
        add(Weight::Fact, text);
    }
    if let Some(text) = exercise_pace(state) {
        add(Weight::Fact, text);
    }
    all.extend(state.stepped.as_ref().map(|_| super::scene::stepper_view::finding()));
    all
}

/// The counts that are wrong: `3 lost and 2 duplicated`. Kinds without a case are left out.
fn wrong(counts: &Counts) -> String {
    let [lost, duplicated, phantom] =
        [counts.lost, counts.duplicated, counts.phantom].map(units::count);
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
    parts.join(" and ")
}

/// What was lost, and from the second round on how often: a rate of one round would have
/// no interval.
fn went_wrong(meter: &Tally) -> String {
    let (added, rounds) = (units::count(meter.counts.added), plural(meter.rounds, "round"));
    let counts = wrong(&meter.counts);
    let mut parts = vec![format!("Of {added} values added in {rounds}, **{counts}**")];
    if meter.rounds > 1 {
        let wrong = units::count(meter.rounds_with_anomaly);
        parts.push(format!("{wrong} of them went wrong"));
        if let (Some(rate), Some(each)) = (meter.loss_rate, meter.added_per_lost()) {
            parts.push(format!("loss rate {rate}, {}", one_per(each)));
        }
    }
    format!("{}. || Of {added} values added, **{counts}**", parts.join("; "))
}

/// A rate as a number of 1,000, with its interval: `144 (92 to 220)`. Also used in the race meter.
pub fn of_thousand(rate: &Rate) -> String {
    let [estimate, low, high] = [rate.estimate, rate.low, rate.high].map(|share| share * 1e3);
    format!("{estimate:.0} ({low:.0} to {high:.0})")
}

/// What a removal from the front does besides, once it is much.
fn shifted(counts: &Counts) -> Option<String> {
    let each = counts.moved_each();
    let moved = units::count(each);
    (each >= LONG).then(|| {
        format!(
            "Each pop(0) shifted **{moved}** values on average, as CPython's does: {} in all. || Each pop(0) shifted **{moved}** values.",
            units::count(counts.moved)
        )
    })
}

/// The loss rate in the form that is easier to imagine: `one lost value per 85 added`.
/// Also used in the race meter.
pub fn one_per(added: f64) -> String {
    if added < 10.0 {
        format!("one lost value per {added:.1} added")
    } else {
        format!("one lost value per {added:.0} added")
    }
}

/// Two operations that interfered with each other, named; with their round if there were
/// several. `None` if the audit found an anomaly but no pair was worked out.
fn example(audited: &Audited) -> Option<String> {
    let conflict = audited.conflicts.some.first()?;
    Some(if audited.run.rounds > 1 {
        format!("In round {}: {conflict}.", audited.round)
    } else {
        format!("{conflict}.")
    })
}

/// What was added to make the race likely: a reader must not take the rate for that of
/// the exercise.
fn window_note(state: &State) -> String {
    match state.settings.window {
        Widening::None => {
            "Nothing was added between load and store: this is the bare race. || Nothing widens the race window".to_owned()
        }
        widening => format!(
            "What stands between load and store ({}) was put there to widen the race window; the exercise has nothing there. || Race window widened: {}",
            window_text(widening),
            window_text(widening)
        ),
    }
}

/// All rounds with the lock were in order. Not "the lock works": it is what these rounds
/// show.
fn lock_was_on(meter: &Tally) -> String {
    let added = units::count(meter.counts.added);
    let rounds = plural(meter.rounds, "round");
    format!(
        "With the lock on, **each of {added}** values added in {rounds} was removed once or is still in the list. || With the lock on, **none of {added}** values was lost"
    )
}

/// How long the lock was waited for, over the timed acquisitions. The quantile of 99 % is
/// left out of few samples.
fn lock_waits(wait: &Quantiles) -> String {
    let time = units::whole_nanos;
    let [p50, max] = [wait.p50_ns, wait.max_ns].map(time);
    match p99_ns(wait).map(time) {
        Some(p99) => format!(
            "Waiting for the lock took **{p50}** in half of the cases, {p99} or less in 99 %, and {max} at most. || Waits for the lock: **{p50}** in half, {max} at most"
        ),
        None => {
            format!(
                "Waiting for the lock took **{p50}** in half of the cases, and {max} at most. || Waits for the lock: **{p50}** in half, {max} at most"
            )
        }
    }
}

/// Nothing went wrong without a lock: how little that proves, and which setting makes the
/// race likelier.
fn no_anomaly_note(state: &State, meter: &Tally) -> String {
    let bound = meter.loss_rate.map_or_else(String::new, |rate| {
        let high = units::percent(rate.high);
        format!(": the loss rate may be as high as {high}")
    });
    let advice = match state.settings.window {
        // Offering the core changes nothing if no thread wants it, and at this pace the
        // others sleep.
        Widening::Yield | Widening::Spin(_) if !state.settings.full_speed() => {
            " At this pace the other thread is asleep, so what stands in the window changes nothing: try an injected delay, or full speed."
        }
        Widening::None => " Nothing widens the race window: try window=yield.",
        _ => "",
    };
    format!(
        "Nothing went wrong without the lock in **{operations} operations**, which proves little{bound}.{advice} || No loss in **{operations} operations**: proves little",
        operations = units::count(meter.counts.operations())
    )
}

/// How often the exercise itself would show the race, computed from the measured windows;
/// `None` until they are measured. This is why the exercise seems to work without a lock.
fn exercise_pace(state: &State) -> Option<String> {
    let seconds = state.windows.slept.exercise_collision_s()?;
    let [append, remove] = [state.windows.slept.append, state.windows.slept.remove]
        .map(|window| units::nanos(window.typical_ns.unwrap_or(0.0)));
    let often = units::nanos(seconds * 1e9);
    Some(format!(
        "With nothing added, load and store lie {append} apart in an append and {remove} in a removal: unlocked at the exercise's own pace they would collide about **once in {often}**. || Unlocked, the exercise collides **once in {often}**"
    ))
}
