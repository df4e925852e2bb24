//! Records what the user predicted, made fail by hand and saw proved; saves and emits it.

use super::super::facts::{Fact, Searched};
use super::levels::{self, LevelScore};
use super::progress::Store;
use super::setup::Setup;
use super::snapshot::Snapshot;
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::lab::Settings;

pub struct UserProgress<'a> {
    lane: &'a Lane<Fact>,
    store: Store,
    stop: Stop,
    /// The fewest switches that the version fails with that was searched last: its run can end in
    /// the same failure again and again, as by undo and redo.
    fewest: Option<(Setup, Option<u32>)>,
}

impl<'a> UserProgress<'a> {
    /// `stop` ends the search for the fewest switches, too.
    pub fn new(lane: &'a Lane<Fact>, settings: &Settings, stop: Stop) -> Self {
        let (store, not_saved) = Store::open(settings.data.clone());
        let user_progress = Self { lane, store, stop, fewest: None };
        user_progress.emit(not_saved.map(|error| error.to_string()));
        user_progress
    }

    pub fn record_guess(&mut self, setup: Setup, guess: usize) {
        let done =
            LevelScore { predicted: Some(guess == setup.program.right), ..LevelScore::default() };
        self.record(setup, done);
    }

    /// Records a failure that the user made by hand. It counts only if every step was found without
    /// help, only in the broken version, and only while it can be improved on. The fewest switches
    /// that the program needs are searched for here, which takes a moment.
    pub fn record_run(&mut self, setup: Setup, snapshot: &Snapshot) {
        let failed = snapshot.end.as_ref().is_some_and(|end| end.kind.is_some());
        let is_fewest = self.done(setup).extra_switches == Some(0);
        if snapshot.assisted || !failed || setup.case.repaired || is_fewest {
            return;
        }
        let over = |fewest_switches| snapshot.switches.saturating_sub(fewest_switches);
        let done = LevelScore {
            broken: true,
            extra_switches: self.fewest_switches(setup).map(over),
            ..LevelScore::default()
        };
        self.record(setup, done);
    }

    fn fewest_switches(&mut self, setup: Setup) -> Option<u32> {
        match self.fewest {
            Some((known, fewest)) if known == setup => fewest,
            _ => {
                let fewest = levels::fewest_switches(setup, &self.stop);
                self.fewest = Some((setup, fewest));
                fewest
            }
        }
    }

    pub fn record_search(&mut self, setup: Setup, searched: &Searched) {
        let repaired = match searched.repaired {
            None => searched.coverage,
            Some(coverage) => coverage,
        };
        if repaired.is_proof() && levels::is_proof(setup) {
            let done = LevelScore { proved: true, ..LevelScore::default() };
            self.record(setup, done);
        }
    }

    fn done(&self, setup: Setup) -> LevelScore {
        let scores = self.store.scores();
        scores.get(setup.program.id).copied().unwrap_or_default()
    }

    fn record(&mut self, setup: Setup, done: LevelScore) {
        match self.store.record(setup.program.id, done) {
            Ok(false) => {}
            Ok(true) => self.emit(None),
            Err(error) => self.emit(Some(error.to_string())),
        }
    }

    fn emit(&self, not_saved: Option<String>) {
        let scores = self.store.scores().clone();
        self.lane.reliable_fact(Fact::Progress { scores, not_saved });
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::super::Steps;
    use super::*;
    use crate::kit::recorder::recorder;
    use crate::lab::Lab as _;
    use crate::labs::steps::facts::Coverage;
    use crate::programs;

    /// A search that left something out, or covered nothing, proves nothing.
    #[test]
    fn only_all_interleavings_prove_a_repair() {
        let (recorder, _intake) = recorder();
        let lane = recorder.lane("main");
        let settings = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
        let mut user_progress = UserProgress::new(&lane, &settings, Stop::new());
        let program = programs::ALL[0];
        let broken = Setup { program, case: program.usual() };
        let mut proved = |total, failed, complete| {
            let coverage = Coverage { total, failed, complete };
            let record_search = Searched { repaired: Some(coverage), ..Searched::default() };
            user_progress.record_search(broken, &record_search);
            user_progress.done(broken).proved
        };
        assert!(!proved(5, 0, false), "not all");
        assert!(!proved(0, 0, false), "not one");
        assert!(!proved(6, 1, true), "one fails");
        assert!(proved(2, 0, true));
    }
}
