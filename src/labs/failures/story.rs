//! The facts as sentences. Pure.

use super::experiment::injection::FaultOutcome;
use super::experiment::techniques;
use super::facts::Fact;
use super::state::State;
use crate::kit::event::{Stamped, What};
use crate::lab::{Sentence, Words as _};
use crate::scene::{Tone, capitalised};

/// The sentence of a fact; `None` for progress and snapshots, which come too often.
/// Called before the fact is applied.
pub fn describe(_state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
    let What::Fact(fact) = &event.what else {
        return None;
    };
    match fact {
        Fact::Progress { .. } | Fact::Pool(_) => None,
        Fact::Technique { name, shown } => {
            let title = techniques::find(name).map_or(*name, |one| one.title);
            let (word, tone) =
                if shown.worked { ("worked", Tone::Good) } else { ("did not work", Tone::Broken) };
            Some(Sentence::new(format!("{title} {word}: {}", shown.evidence), tone))
        }
        Fact::Fault { title, .. } => Some(Sentence::new(format!("injects: {title}"), Tone::Accent)),
        Fact::Outcome(outcome) => Some(describe_outcome(outcome)),
        Fact::Shutdown(shutdown) => {
            let text = format!("{}: {}", shutdown.mode.title(), shutdown.counts());
            let tone = if shutdown.left == 0 { Tone::Plain } else { Tone::Broken };
            Some(Sentence::new(capitalised(&text), tone))
        }
        Fact::Failed { what, why } => Some(Sentence::new(
            capitalised(&format!("{what} could not be shown: {why}")),
            Tone::Caution,
        )),
        Fact::Done => {
            Some(Sentence::new("All techniques, faults and shutdown modes have run", Tone::Dim))
        }
    }
}

fn describe_outcome(outcome: &FaultOutcome) -> Sentence {
    let text =
        format!("The {} pool: {}; {}", outcome.policy.word(), outcome.counts(), outcome.cause);
    let tone = match (outcome.lost, outcome.failed) {
        (0, 0) => Tone::Good,
        (0, _) => Tone::Caution,
        _ => Tone::Broken,
    };
    Sentence::new(text, tone)
}
