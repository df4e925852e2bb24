//! What the plays mean, as sentences made from their figures. Pure.

use super::state::State;
use super::tool::Outcome;
use crate::scene::Weight;

/// How a finding weighs, and what it says.
type Sentence = (Weight, String);

pub(super) fn findings(state: &State) -> Vec<Sentence> {
    let mut all = Vec::new();
    // A circle is found and told for every lab alike.
    let stuck = state.stuck.iter().filter(|(_, circle)| !circle);
    all.extend(stuck.map(|(text, _)| (Weight::Broken, format!("Standstill: {text}."))));
    all.extend(correct(state));
    all.extend(unexpected(state));
    all.extend(misuse(state));
    all
}

fn correct(state: &State) -> Option<Sentence> {
    let plays = state
        .known()
        .filter_map(|(_, record)| record.correct.as_ref());
    let good: Vec<_> = plays.filter(|outcome| outcome.as_expected()).collect();
    let operations: u64 = good.iter().map(|outcome| outcome.operations).sum();
    let tools = good.len();
    (tools > 0).then(|| {
        let text = format!(
            "Used rightly, {tools} {} kept every one of {operations} operations whole.",
            if tools == 1 { "tool" } else { "tools" }
        );
        (Weight::Fine, text)
    })
}

/// A right use that went wrong, or a wrong use that did not: neither may happen.
fn unexpected(state: &State) -> impl Iterator<Item = Sentence> {
    state.known().flat_map(|(tool, record)| {
        let correct = record
            .correct
            .iter()
            .filter(|outcome| !outcome.as_expected());
        let correct = correct.map(|Outcome { expected, got, .. }| {
            let text = format!(
                "{}, used rightly: expected {expected}, got {got}.",
                tool.title
            );
            (Weight::Broken, text)
        });
        let misuse = record
            .misuses
            .iter()
            .filter(|(_, outcome)| outcome.as_expected());
        let misuse = misuse.map(|(name, _)| {
            let text = format!("{}, {name}: nothing went wrong this time.", tool.title);
            (Weight::Caution, text)
        });
        correct.chain(misuse).collect::<Vec<_>>()
    })
}

/// What each wrong use did. Expected here, so it is no alarm.
fn misuse(state: &State) -> impl Iterator<Item = Sentence> {
    state.known().flat_map(|(tool, record)| {
        let texts = record.misuses.iter().filter_map(|(name, outcome)| {
            let finding = outcome.finding.as_ref()?;
            let text = format!("{}, {name}: {finding}.", tool.title);
            Some((Weight::Caution, text))
        });
        texts.collect::<Vec<_>>()
    })
}
