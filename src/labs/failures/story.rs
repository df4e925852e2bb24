//! The facts as sentences. Pure.

use super::desk::Struck;
use super::state::{Fact, State};
use super::techniques;
use crate::kit::event::{Stamped, What};
use crate::lab::Sentence;
use crate::scene::{Tone, units};

/// Asked before the fact is applied.
pub(super) fn describe(_state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
    let What::Fact(fact) = &event.what else {
        return None;
    };
    match fact {
        Fact::Stage { .. } | Fact::Pool(_) => None,
        Fact::Technique { name, shown } => {
            let title = techniques::find(name).map_or(*name, |one| one.title);
            let (word, tone) = if shown.held {
                ("held", Tone::Good)
            } else {
                ("did not hold", Tone::Broken)
            };
            Some(Sentence::new(
                format!("{title} {word}: {}", shown.evidence),
                tone,
            ))
        }
        Fact::Blow { title, .. } => Some(Sentence::new(format!("strikes: {title}"), Tone::Accent)),
        Fact::Struck(struck) => Some(tell_struck(struck)),
        Fact::Closed(closed) => {
            let text = format!(
                "{}: {} completed, {} cancelled, {} failed in {}, {}",
                closed.how.title(),
                closed.completed,
                closed.cancelled,
                closed.failed,
                units::nanos(closed.took_ms * 1e6),
                closed.left_behind()
            );
            let tone = if closed.left == 0 {
                Tone::Plain
            } else {
                Tone::Broken
            };
            Some(Sentence::new(text, tone))
        }
        Fact::Failed { what, why } => Some(Sentence::new(
            format!("{what} could not be shown: {why}"),
            Tone::Caution,
        )),
        Fact::Done => Some(Sentence::new("everything was gone through", Tone::Dim)),
    }
}

fn tell_struck(struck: &Struck) -> Sentence {
    let text = format!(
        "the pool that would {}: {} completed, {} failed, {} retried, {} lost; {}",
        struck.policy.word(),
        struck.completed,
        struck.failed,
        struck.retried,
        struck.lost,
        struck.cause
    );
    let tone = match (struck.lost, struck.failed) {
        (0, 0) => Tone::Good,
        (0, _) => Tone::Caution,
        _ => Tone::Broken,
    };
    Sentence::new(text, tone)
}
