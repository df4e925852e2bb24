//! What the runs mean, as sentences made from their figures. Pure.
//!
//! A misuse that fails is what this lab is there to show, so it is a fact; what weighs is a
//! correct use that fails. On the live screen the chosen tool comes first, and what is known of
//! the others after it.

use super::experiment::tool::{Outcome, Tool};
use super::result::with_proof;
use super::state::State;
use crate::scene::units::plural;
use crate::scene::{Finding, Weight, WeightedText};

/// The findings for this state, the most important first: what is stuck now, what to do, then what
/// all runs so far have shown.
pub fn findings(state: &State) -> Vec<Finding> {
    let mut all = Vec::new();
    // A deadlock cycle is found and reported for every lab alike.
    let stuck = state.stuck.iter().filter(|stuck| !stuck.circle);
    let text = stuck.map(|stuck| format!("Standstill: {}.", stuck.text));
    all.extend(text.map(|text| (Weight::Broken, text).into()));
    if state.stepped.is_some() {
        let text = "`s` takes the next step, p lets all threads continue. Until then times mean \
                    nothing. || `s` takes the next step, p lets all threads continue.";
        all.push((Weight::ToDo, text).into());
    }
    let of_tool = |(tool, text): (&Tool, WeightedText)| {
        Finding::from(text).elsewhere_if(state.live && !state.is_current(tool))
    };
    all.extend(unexpected(state).map(of_tool));
    all.extend(current_use(state).map(Finding::from));
    all.extend(misuse(state).map(of_tool));
    // Of all tools together.
    all.extend(correct(state).map(|text| Finding::from(text).elsewhere_if(state.live)));
    all
}

/// On the live screen, how the use that runs has ended as expected, or that it runs for the first
/// time: so that there is always something about the chosen tool.
fn current_use(state: &State) -> Option<WeightedText> {
    let tool = state.current.filter(|_| state.live)?;
    let name = state.misuse.map_or("correct use", |misuse| tool.about_misuse(misuse));
    let use_name = format!("{}, {name}", tool.title);
    match state.latest() {
        None => state.running.then(|| (Weight::Fact, format!("{use_name}: a run is under way."))),
        Some(outcome) if state.misuse.is_none() && outcome.as_expected() => {
            let (got, proof) = (&outcome.got, with_proof(outcome));
            Some((Weight::Fine, format!("{use_name}: **{got}**, as expected{proof}.")))
        }
        // Said by the others.
        Some(_) => None,
    }
}

fn correct(state: &State) -> Option<WeightedText> {
    let outcomes = state.known().filter_map(|(_, record)| record.correct.as_ref());
    // Those that failed are reported by `unexpected`.
    let good: Vec<_> = outcomes.filter(|outcome| outcome.as_expected()).collect();
    let operations: u64 = good.iter().map(|outcome| outcome.operations).sum();
    (!good.is_empty()).then(|| {
        let text = format!(
            "Used correctly, {} completed all **{operations} operations** without a fault.",
            plural(good.len() as u64, "tool")
        );
        (Weight::Fine, text)
    })
}

/// A correct use that failed, or a misuse that did not: neither may happen. The misuse is
/// only a caution, as its failure depends on an interleaving that is forced but not
/// guaranteed.
fn unexpected(state: &State) -> impl Iterator<Item = (&'static Tool, WeightedText)> {
    state.known().flat_map(|(tool, record)| {
        let correct = record.correct.iter().filter(|outcome| !outcome.as_expected());
        let correct = correct.map(|Outcome { expected, got, .. }| {
            let text = format!("{}, correct use: expected {expected}, got {got}.", tool.title);
            (tool, (Weight::Broken, text))
        });
        let misuse = record.misuses.iter().filter(|(_, outcome)| outcome.as_expected());
        let misuse = misuse.map(|(name, _)| {
            let about = tool.about_misuse(name);
            let text = format!("{}, {about}: nothing went wrong this time.", tool.title);
            (tool, (Weight::Caution, text))
        });
        correct.chain(misuse).collect::<Vec<_>>()
    })
}

/// What misuses led to, that of the tool and misuse on the screen before others.
fn misuse(state: &State) -> impl Iterator<Item = (&'static Tool, WeightedText)> {
    let texts = state.known().flat_map(|(tool, record)| {
        let texts = record.misuses.iter().filter_map(|(name, outcome)| {
            let is_tool = state.is_current(tool);
            let is_current = is_tool && state.misuse == Some(name);
            if state.is_stepped() && is_current {
                return None;
            }
            let finding = outcome.finding.as_ref()?;
            let text = format!("{}, {}: {finding}.", tool.title, tool.about_misuse(name));
            Some(((!is_current, !is_tool), (tool, (Weight::Fact, text))))
        });
        texts.collect::<Vec<_>>()
    });
    let mut all: Vec<_> = texts.collect();
    all.sort_by_key(|(order, _)| *order);
    all.into_iter().map(|(_, sentence)| sentence)
}
