//! The facts as sentences of the story. The same sentences are the lines of the plain
//! text report, so each sentence has to be understood without a screen.

use super::experiment::op::{Op, OpKind, WorkerId};
use super::facts::{Audited, Fact, ListSnapshot};
use super::state::State;
use crate::kit::event::{Stamped, What};
use crate::lab::Sentence;
use crate::scene::Tone;

impl State {
    /// The thread that read the same list as `op` of `who` before it, in this round. Both
    /// then stored a new length on top of the same one, so one of them overwrote the
    /// other.
    ///
    /// Compares the whole stamp, version included: two operations may read the same
    /// length of two different lists. Only the latest operations are searched, which is
    /// enough for a first sign; the audit finds all.
    pub fn rival(&self, who: WorkerId, op: &Op) -> Option<WorkerId> {
        op.stored()?;
        let round = self.recent.iter().rev().take(self.in_round);
        round
            .filter(|(other, _)| *other != who)
            .find(|(_, seen)| seen.stored().is_some() && seen.read == op.read)
            .map(|(other, _)| *other)
    }

    /// A fact as one sentence; `None` for one that is not worth it. Called before the
    /// fact is applied, so the state is that before it.
    pub fn describe(&self, event: &Stamped<Fact>) -> Option<Sentence> {
        let What::Fact(fact) = &event.what else {
            return None;
        };
        match fact {
            Fact::Settings(settings) => self.settings.describe_change(settings),
            Fact::Round { round, .. } if !self.settings.full_speed() => {
                Some(Sentence::new(format!("Round {round} begins with an empty list"), Tone::Dim))
            }
            Fact::Done { op, list, .. } => {
                let who = self.lanes.get(&event.lane)?;
                Some(self.describe_done(*who, op, list))
            }
            Fact::Audited(audited) => {
                // At full speed a sentence for each report would be twenty in a second.
                let quiet = self.settings.full_speed() && self.audit_is_recent(event.at);
                (!quiet).then(|| describe_audit(audited))
            }
            Fact::Stepper { stepped } => {
                super::scene::stepper_view::describe(self, stepped.as_deref())
            }
            Fact::Guess { of_thousand: None } => {
                Some(Sentence::new("A guess is a whole number from 0 to 1,000", Tone::Caution))
            }
            Fact::Guess { of_thousand: Some(n) } => Some(Sentence::new(
                format!("Guess: {n} of 1,000 lost. To see it: lock off (l), pause down to 0 (s)"),
                Tone::Accent,
            )),
            _ => None,
        }
    }

    /// An operation, and either the length after it or that another thread had read the
    /// same list.
    fn describe_done(&self, who: WorkerId, op: &Op, list: &ListSnapshot) -> Sentence {
        let what = match op.kind {
            OpKind::FoundEmpty => return Sentence::new("List is empty, cannot remove", Tone::Dim),
            OpKind::Appended => format!("appended {}", op.value),
            OpKind::Removed => format!("removed {}", op.value),
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
    let text = format!("Round {}: {}", audited.round, audited.audit.counts);
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
