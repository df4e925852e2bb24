//! The learner beside the stage: notices what was predicted, broken by hand and seen
//! proved, keeps it, and tells it.
//!
//! Must not know how the stage works, nor how anything is shown.

use super::levels::{self, Done};
use super::moment::Moment;
use super::progress::Store;
use super::state::{Fact, Searched, Setup};
use crate::kit::recorder::Lane;
use crate::lab::Settings;

pub(super) struct Learner<'a> {
    lane: &'a Lane<Fact>,
    store: Store,
}

impl<'a> Learner<'a> {
    pub(super) fn new(lane: &'a Lane<Fact>, settings: &Settings) -> Self {
        let (store, unkept) = Store::open(settings.data.clone());
        let learner = Self { lane, store };
        learner.tell(unkept);
        learner
    }

    pub(super) fn guessed(&mut self, setup: Setup, guess: usize) {
        let done = Done {
            predicted: Some(guess == setup.program.right),
            ..Done::default()
        };
        self.note(setup, done);
    }

    /// A failure counts if nobody led the user there, and only that of the broken version.
    pub(super) fn saw(&mut self, setup: Setup, moment: &Moment) {
        let failed = moment.end.as_ref().is_some_and(|end| end.kind.is_some());
        let at_par = self.done(setup).over_par == Some(0);
        if moment.assisted || !failed || setup.case.repaired || at_par {
            return;
        }
        let over = |par| moment.switches.saturating_sub(par);
        let done = Done {
            broken: true,
            over_par: levels::par(setup).map(over),
            ..Done::default()
        };
        self.note(setup, done);
    }

    pub(super) fn searched(&mut self, setup: Setup, searched: &Searched) {
        let repaired = match searched.repaired {
            None => searched.share,
            Some(share) => share,
        };
        if repaired.is_proof() && levels::is_proof(setup) {
            let done = Done {
                proved: true,
                ..Done::default()
            };
            self.note(setup, done);
        }
    }

    fn done(&self, setup: Setup) -> Done {
        let book = self.store.book();
        book.get(setup.program.id).copied().unwrap_or_default()
    }

    fn note(&mut self, setup: Setup, done: Done) {
        match self.store.note(setup.program.id, done) {
            Ok(false) => {}
            Ok(true) => self.tell(None),
            Err(why) => self.tell(Some(why)),
        }
    }

    fn tell(&self, unkept: Option<String>) {
        let book = self.store.book().clone();
        self.lane.reliable_fact(Fact::Progress { book, unkept });
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::kit::recorder::recorder;
    use crate::lab::Lab as _;
    use crate::labs::steps::state::Share;
    use crate::labs::steps::{Steps, programs};

    /// A search that left something out, or covered nothing, proves nothing.
    #[test]
    fn only_all_interleavings_prove_a_repair() {
        let (recorder, _intake) = recorder();
        let lane = recorder.lane("director");
        let settings = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
        let mut learner = Learner::new(&lane, &settings);
        let program = programs::ALL[0];
        let broken = Setup {
            program,
            case: program.usual(),
        };
        let mut proved = |total, failed, complete| {
            let share = Share {
                total,
                failed,
                complete,
            };
            let searched = Searched {
                repaired: Some(share),
                ..Searched::default()
            };
            learner.searched(broken, &searched);
            learner.done(broken).proved
        };
        assert!(!proved(5, 0, false), "not all");
        assert!(!proved(0, 0, false), "not one");
        assert!(!proved(6, 1, true), "one fails");
        assert!(proved(2, 0, true));
    }
}
