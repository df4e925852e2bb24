//! The results of the runs, as sentences. Pure.
//!
//! ```text
//! Started ─▶ "runs Lock with a misuse: ..."   Stuck ─▶ "reports a deadlock: ..."
//! Outcome ─▶ "Lock: 60, as expected"          Failed ─▶ "could not run ...: why"
//! ```

use super::experiment::outcome::{Outcome, Standstill};
use super::experiment::tools;
use super::facts::Fact;
use super::result::with_proof;
use super::state::State;
use crate::kit::event::{Stamped, What};
use crate::lab::Sentence;
use crate::scene::Tone;

/// The sentence of a fact; `None` for progress, settings, snapshots and costs, which the screen
/// shows.
pub fn describe(_state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
    let What::Fact(fact) = &event.what else {
        return None;
    };
    match fact {
        Fact::Progress { .. }
        | Fact::Changed { .. }
        | Fact::Snapshot(_)
        | Fact::Costs { .. }
        | Fact::Stepper { .. } => None,
        Fact::Started { tool, misuse } => {
            let tool = tools::named(tool)?;
            let misuse = misuse.and_then(|misuse| tool.misuse_named(misuse));
            Some(match misuse {
                None => Sentence::new(format!("runs {} with correct use", tool.title), Tone::Dim),
                Some(misuse) => Sentence::new(
                    format!("runs {} with a misuse: {}", tool.title, misuse.about),
                    Tone::Caution,
                ),
            })
        }
        Fact::Stuck(Standstill { text, circle }) => {
            let what = if *circle { "a deadlock" } else { "a standstill" };
            Some(Sentence::new(format!("reports {what}: {text}"), Tone::Broken))
        }
        Fact::Outcome { tool, outcome, .. } => Some(sentence(tools::named(tool)?.title, outcome)),
        Fact::Failed { what, why } => {
            Some(Sentence::new(format!("could not run {what}: {why}"), Tone::Caution))
        }
        Fact::Done => Some(Sentence::new("has run every tool", Tone::Good)),
    }
}

fn sentence(title: &str, outcome: &Outcome) -> Sentence {
    if outcome.as_expected() {
        let proof = with_proof(outcome);
        let got = &outcome.got;
        return Sentence::new(format!("{title}: {got}, as expected{proof}"), Tone::Good);
    }
    let why = outcome.finding.as_deref().unwrap_or("cause unknown");
    Sentence::new(format!("{title}: {}; {why}", outcome.verdict()), Tone::Broken)
}
