//! The facts as sentences. Must not know how they are laid out.

use super::experiment::op::{Did, Op, Who};
use super::facts::{Audited, Fact, ListSnapshot};
use super::state::State;
use crate::kit::event::{Stamped, What};
use crate::lab::Sentence;
use crate::scene::Tone;

impl State {
    /// Who read the same list as `op` of `who` before it, in this round.
    pub(crate) fn rival(&self, who: Who, op: &Op) -> Option<Who> {
        op.stored()?;
        let round = self.recent.iter().rev().take(self.in_round);
        round
            .filter(|(other, _)| *other != who)
            .find(|(_, seen)| seen.stored().is_some() && seen.read == op.read)
            .map(|(other, _)| *other)
    }

    /// A fact as one sentence; asked before it is applied.
    pub(crate) fn describe(&self, event: &Stamped<Fact>) -> Option<Sentence> {
        let What::Fact(fact) = &event.what else {
            return None;
        };
        match fact {
            Fact::Settings(settings) => self.settings.describe_change(settings),
            Fact::Round { round, .. } if !self.settings.full_speed() => {
                Some(Sentence::new(format!("round {round} begins with an empty list"), Tone::Dim))
            }
            Fact::Done { op, list, .. } => {
                let who = self.lanes.get(&event.lane)?;
                Some(self.describe_done(*who, op, list))
            }
            Fact::Audited(audited) => {
                let quiet = self.settings.full_speed() && self.audit_is_recent(event.at);
                (!quiet).then(|| describe_audit(audited))
            }
            Fact::Stepper(stepped) => {
                super::scene::stepper_view::describe(self, stepped.as_deref())
            }
            Fact::Guess { of_thousand: None } => {
                Some(Sentence::new("a guess is a whole number from 0 to 1,000", Tone::Caution))
            }
            Fact::Guess { of_thousand: Some(n) } => Some(Sentence::new(
                format!("the guess: {n} of 1,000 values will be lost"),
                Tone::Accent,
            )),
            _ => None,
        }
    }

    fn describe_done(&self, who: Who, op: &Op, list: &ListSnapshot) -> Sentence {
        let what = match op.did {
            Did::FoundEmpty => return Sentence::new("List is empty, cannot remove", Tone::Dim),
            Did::Appended => format!("appended {}", op.value),
            Did::Removed => format!("removed {}", op.value),
        };
        if let Some(rival) = self.rival(who, op) {
            let length = op.read.length;
            let text = format!("{what}, but {rival} had read the same length {length}");
            return Sentence::new(text, Tone::Broken);
        }
        match list.length {
            0 => Sentence::new(format!("{what}, list is now empty"), Tone::Plain),
            n => Sentence::new(format!("{what}, length is now {n}"), Tone::Plain),
        }
    }
}

fn describe_audit(audited: &Audited) -> Sentence {
    let text = format!("round {}: {}", audited.round, audited.audit.counts);
    let tone = if audited.audit.counts.anomaly() { Tone::Broken } else { Tone::Good };
    let why = audited.conflicts.some.first();
    Sentence::new(
        match why {
            Some(conflict) => format!("{text}. {conflict}"),
            None => text,
        },
        tone,
    )
}
