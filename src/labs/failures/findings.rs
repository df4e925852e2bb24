//! What the figures mean, in plain sentences made from them. Pure.

use super::experiment::injection::{FaultOutcome, Policy};
use super::experiment::techniques;
use super::state::{Focus, State};
use crate::lab::Words as _;
use crate::scene::{Weight, WeightedText, units};

/// The findings for this state, the most important first: what ran last, then what holds
/// of all.
pub fn findings(state: &State) -> Vec<WeightedText> {
    let mut all = Vec::new();
    // What ran last comes first. Techniques have no finding of their own: the panel shows
    // them in full.
    if state.focus == Focus::Shutdown {
        all.extend(last_shutdown(state));
    }
    all.extend(last_outcomes(state));
    all.extend(techniques_kept(state));
    all.extend(overall(state));
    all.extend(left_behind(state));
    all
}

fn last_shutdown(state: &State) -> Option<WeightedText> {
    let shutdown = state.last_shutdown()?;
    let weight = if shutdown.left == 0 { Weight::Fine } else { Weight::Broken };
    Some((
        weight,
        format!(
            "After {}: {}; over after {}.",
            shutdown.mode.title(),
            shutdown.note,
            units::nanos(shutdown.took_ms * 1e6)
        ),
    ))
}

/// The pools beside each other, each with the library that behaves like it: the same
/// fault, and three different consequences for a caller that waits for the tasks.
fn last_outcomes(state: &State) -> Option<WeightedText> {
    let (_, title) = state.fault?;
    let parts: Vec<_> =
        state.last_outcomes.values().map(|outcome| (outcome.policy, one(outcome))).collect();
    if parts.is_empty() {
        return None;
    }
    let texts: Vec<_> =
        parts.iter().map(|(policy, text)| format!("{}: {text}", policy.like())).collect();
    // A lost task is what a caller never learns of, so it weighs more than one that
    // failed.
    let hurt = state.last_outcomes.values().any(|outcome| outcome.lost > 0);
    let weight = if hurt { Weight::Broken } else { Weight::Fact };
    let short = state.last_outcomes.values().map(in_short).collect::<Vec<_>>().join(", ");
    Some((weight, format!("After {title}: {}. || After {title}: {short}", texts.join("; "))))
}

/// One pool's outcome, as a part of the sentence: what was lost, else what failed, else
/// that nothing was.
pub fn one(outcome: &FaultOutcome) -> String {
    if outcome.lost > 0 {
        let waited = outcome.waited_ms.unwrap_or_default();
        return format!(
            "{} lost; `get()` never returns (given up here after {})",
            tasks(outcome.lost),
            units::nanos(waited * 1e6)
        );
    }
    match (outcome.policy, outcome.failed, outcome.retried) {
        (_, 0, 0) => "nothing lost".to_owned(),
        (_, 0, retried) => format!("nothing lost, {} done again", tasks(retried)),
        // More than one only fails with the pool, also where a recording does not say so.
        (Policy::FailAll, failed, _) if outcome.broken || failed > 1 => {
            format!("{} failed, the whole pool with one worker", tasks(failed))
        }
        (_, failed, _) => format!("{} failed and the pool continued", tasks(failed)),
    }
}

/// By the worst that happened: lost, else failed, else all done.
fn in_short(outcome: &FaultOutcome) -> String {
    let (policy, lost, failed) = (outcome.policy.word(), outcome.lost, outcome.failed);
    match (lost, failed) {
        (0, 0) => format!("{policy}: all done"),
        (0, failed) => format!("{policy}: {failed} failed"),
        (lost, _) => format!("{policy}: {lost} lost"),
    }
}

fn tasks(count: usize) -> String {
    units::plural(count as u64, "task")
}

fn techniques_kept(state: &State) -> Option<WeightedText> {
    if state.techniques.is_empty() {
        return None;
    }
    let broken: Vec<_> = techniques::ALL
        .iter()
        .filter(|one| state.techniques.get(one.name).is_some_and(|shown| !shown.worked))
        .map(|one| one.title.to_lowercase())
        .collect();
    // All that have run so far, not all there are: the plan may still be going through
    // them.
    let count = state.techniques.len();
    Some(if broken.is_empty() {
        (
            Weight::Fine,
            format!(
                "{count} of {count} techniques kept what they promise, each checked on what it left behind. || {count} of {count} techniques kept what they promise"
            ),
        )
    } else {
        (Weight::Broken, format!("Did not keep its promise: {}.", broken.join(", ")))
    })
}

/// What each policy led to, all faults together; not before there are two. One fault
/// could be the exception, twelve are a character.
fn overall(state: &State) -> Option<WeightedText> {
    let sum = |policy: Policy| {
        let of = state.outcomes.values().filter(|outcome| outcome.policy == policy);
        of.fold((0, 0, 0), |(faults, failed, lost), outcome| {
            (faults + 1, failed + outcome.failed, lost + outcome.lost)
        })
    };
    // Of each policy only what it can cause: forgetting loses tasks, failing all fails
    // them, and a pool that retries should do neither.
    let sums = Policy::ALL.map(sum);
    let [(faults, _, lost), (_, broken, _), (_, failed, never)] = sums;
    // With other settings not all of them have the same faults.
    sums.iter().all(|(of, ..)| *of == faults && faults > 1).then(|| {
        let text = format!(
            "After {faults} kinds of faults: the pool that forgets the task lost {}, the one that fails all failed {broken}, \
             the one that retries failed {failed} and lost {never}. || \
             {faults} faults: forget lost {lost}, fail-all failed {broken}, retry failed {failed}.",
            tasks(lost)
        );
        (Weight::Fact, text)
    })
}

fn left_behind(state: &State) -> Option<WeightedText> {
    if state.shutdowns.is_empty() {
        return None;
    }
    let left: usize = state.shutdowns.values().map(|shutdown| shutdown.left).sum();
    Some(if left == 0 {
        (
            Weight::Fine,
            match state.shutdowns.len() {
                1 => "1 ending of a pool left no process behind.".to_owned(),
                several => format!("{several} endings of pools left no process behind."),
            },
        )
    } else {
        (
            Weight::Broken,
            match left {
                1 => "1 process was left behind.".to_owned(),
                several => format!("{several} processes were left behind."),
            },
        )
    })
}
