//! What happens in the lab of the steps, as sentences. Pure.
//!
//! ```text
//! Program  ─▶ "Read, add, write: all threads are paused"
//! Snapshot ─▶ "Step of adder[1]: load count -> 0", or at an end "In the end: ..."
//! Searched ─▶ "20 interleavings searched, 18 fail"
//! ```

use super::facts::Fact;
use super::state::State;
use crate::kit::event::{Stamped, What};
use crate::lab::Sentence;
use crate::scene::{Tone, capitalised, units};

/// The sentence of a fact; `None` for what the screen shows as a panel. A snapshot is
/// described by what led to it: a step, an undo, a refusal or the end. Called before the
/// fact is applied, so `state` has the snapshot before.
pub fn describe(state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
    let What::Fact(fact) = &event.what else {
        return None;
    };
    let sentence = match fact {
        Fact::Program { setup } => {
            let version = if setup.case.repaired { ", repaired" } else { "" };
            Sentence::new(
                format!("{}{version}: all threads are paused", setup.program.title),
                Tone::Plain,
            )
        }
        Fact::Snapshot(snapshot) => {
            if let Some(end) = &snapshot.end {
                let tone = match (&end.kind, end.held) {
                    (Some(_), _) => Tone::Broken,
                    (None, true) => Tone::Good,
                    (None, false) => Tone::Caution,
                };
                return Some(Sentence::new(format!("In the end: {}", end.text), tone));
            }
            if snapshot.refused {
                return Some(Sentence::new("That step cannot be taken now", Tone::Caution));
            }
            // Fewer steps than before: an undo, or a jump back.
            if snapshot.rows.len() < state.snapshot.rows.len() {
                return Some(Sentence::new("Undone", Tone::Dim));
            }
            let last = snapshot.rows.last()?;
            let name = &snapshot.threads.get(last.thread)?.name;
            let result = match last.result.as_str() {
                "" => String::new(),
                result => format!(" -> {result}"),
            };
            Sentence::new(format!("Step of {name}: {}{result}", last.what), Tone::Plain)
        }
        Fact::Searched(searched) => Sentence::new(
            format!(
                "{} interleavings searched{}, {} fail",
                units::count(searched.coverage.total),
                if searched.coverage.complete { "" } else { ", not all" },
                units::count(searched.coverage.failed)
            ),
            Tone::Accent,
        ),
        Fact::SearchStopped => Sentence::new("The search was stopped", Tone::Caution),
        Fact::Replied(reply) => Sentence::new(
            capitalised(&format!("{}: {}", reply.question, reply.answer)),
            Tone::Accent,
        ),
        Fact::Refused { why } => Sentence::new(capitalised(why), Tone::Caution),
        Fact::Guessed { guess } => {
            let guess = state.setup.program.guesses.get(*guess)?;
            Sentence::new(format!("You expect: {guess}"), Tone::Accent)
        }
        Fact::Answer { lines, .. } => Sentence::new(capitalised(lines.get(1)?), Tone::Accent),
        Fact::Progress { scores, not_saved } => match (not_saved, state.stars_of(scores)) {
            (Some(why), _) => Sentence::new(capitalised(why), Tone::Caution),
            (None, stars) => Sentence::new(stars?, Tone::Good),
        },
        Fact::Searching { .. } | Fact::SearchEnded | Fact::Tree { .. } | Fact::Hinted => {
            return None;
        }
    };
    Some(sentence)
}
