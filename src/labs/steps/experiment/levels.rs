//! The levels: the programs in the order in which a learner meets them. On each one
//! predicts first, then makes the program fail by hand with the fewest preemptions, and
//! then sees the repair proved.
//!
//! The fewest preemptions are found by a search when they are needed.
//!
//! ```text
//! Predict ──w──▶ Break ── a failure by hand ──▶ Prove ── a search of the repair ──▶ Nothing
//!   ★ right guess   ★ with the fewest switches     ★ it holds in all
//! ```

use serde::{Deserialize, Serialize};

use super::setup::Setup;
use crate::kit::explore::{Config, Limits, simplest_failure};
use crate::kit::stop::Stop;
use crate::programs::{self, StepProgram};

/// Limit of runs of the search for the fewest switches, because the user waits for it. Every
/// program of the usual size is below it; of a larger one the fewest may not be known.
const FEWEST_SWITCHES_RUNS: u64 = 2_000;

/// What was done on one level, by one user in all runs so far. Kept in the progress file, so the
/// names of its fields stay.
///
/// ```text
/// ★ ★ ☆   predicted: right    broken, with 1 switch too many    proved
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelScore {
    /// Whether the first prediction was right; `None` before there was one.
    pub predicted: Option<bool>,
    /// It was made to fail by hand, with however many switches.
    pub broken: bool,
    /// Preemptions beyond the fewest that can be, in the best failure by hand; none if it
    /// is not known what can be.
    pub extra_switches: Option<u32>,
    /// The repair was seen to hold in all interleavings, of the usual size or a larger one.
    pub proved: bool,
}

/// What is still to be done on a level, in the order in which the screen asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    Predict,
    /// Make it fail by hand: with any number of switches, the star is for the fewest.
    Break,
    /// Search the repaired version, in the usual size or a larger one.
    Prove,
    Nothing,
}

/// Stars that a level can give; see [`LevelScore::earned`].
pub const STARS: u8 = 3;

/// What the levels are about, each with the number of its levels, which follow each other.
pub const TOPICS: [(&str, usize); 10] = [
    ("lost updates", 6),
    ("wrong locks", 5),
    ("deadlocks", 2),
    ("conditions", 3),
    ("semaphores", 3),
    ("events, barriers", 6),
    ("queues", 2),
    ("stop, start once", 2),
    ("make a lock", 7),
    ("memory order", 1),
];

pub fn by_topic() -> impl Iterator<Item = (&'static str, &'static [&'static StepProgram])> {
    let mut rest = programs::ALL;
    TOPICS.into_iter().map(move |(topic, count)| {
        let (here, after) = rest.split_at(count.min(rest.len()));
        rest = after;
        (topic, here)
    })
}

pub fn topic(program: &StepProgram) -> &'static str {
    let of = |programs: &[&StepProgram]| programs.iter().any(|it| it.id == program.id);
    by_topic().find(|(_, programs)| of(programs)).map_or("", |(topic, _)| topic)
}

impl LevelScore {
    /// Both, as if done by one user in this order: the first prediction stays, the best score
    /// counts. So two programs can save at once, and nothing that was reached is lost again.
    #[must_use]
    pub fn merge(self, later: Self) -> Self {
        Self {
            predicted: self.predicted.or(later.predicted),
            broken: self.broken || later.broken,
            extra_switches: self.extra_switches.into_iter().chain(later.extra_switches).min(),
            proved: self.proved || later.proved,
        }
    }

    pub fn goal(self) -> Goal {
        match self {
            Self { predicted: None, .. } => Goal::Predict,
            Self { broken: false, .. } => Goal::Break,
            Self { proved: false, .. } => Goal::Prove,
            _ => Goal::Nothing,
        }
    }

    /// The three stars: one for the right prediction, one for a failure with the fewest switches,
    /// one for the repair seen to hold. In the order in which the screen asks for them.
    pub fn earned(self) -> [bool; STARS as usize] {
        [self.predicted == Some(true), self.extra_switches == Some(0), self.proved]
    }

    pub fn stars(self) -> u8 {
        self.earned().into_iter().map(u8::from).sum()
    }

    /// The stars as they are shown, from the left: `★★☆`. What each is for is in the mission.
    pub fn sign(self) -> String {
        let earned = self.stars();
        (0..STARS).map(|star| if star < earned { '★' } else { '☆' }).collect()
    }

    /// What the stars are for that were not there `before`, if any came.
    pub fn since(self, before: Self) -> Option<String> {
        let what = ["the right prediction", "the fewest preemptions", "the repair that holds"];
        let new = self.earned().into_iter().zip(before.earned()).zip(what);
        let new: Vec<_> = new.filter(|((now, then), _)| *now && !then).map(|it| it.1).collect();
        (!new.is_empty()).then(|| {
            format!("{} star {} of {STARS}: {}", self.sign(), self.stars(), new.join(", "))
        })
    }
}

/// The level of a program, from 1: its place in the list of programs. 0 for one that is not in it.
pub fn number(program: &StepProgram) -> usize {
    let place = programs::ALL.iter().position(|it| it.id == program.id);
    place.map_or(0, |place| place + 1)
}

/// The first other level after `program`, in the learner's order and then from the start, on
/// which something is left to do.
pub fn next(
    program: &StepProgram,
    done: impl Fn(&str) -> LevelScore,
) -> Option<&'static StepProgram> {
    let after = programs::ALL.iter().cycle().skip(number(program));
    after.take(programs::ALL.len() - 1).find(|it| done(it.id).goal() != Goal::Nothing).copied()
}

/// The fewest preemptions with which this can fail, as a search finds them now; none if
/// it does not fail, or the search would take too long or was stopped.
pub fn fewest_switches(setup: Setup, stop: &Stop) -> Option<u32> {
    let config = Config { memory: setup.case.memory, stop: stop.clone(), ..Config::default() };
    let limits = Limits { runs: FEWEST_SWITCHES_RUNS, ..Limits::default() };
    let program = setup.program.prepare(setup.case);
    simplest_failure(&program, &limits, &config).map(|found| found.switches)
}

/// Whether seeing this version hold proves the repair: not a smaller one, nor on a memory
/// that it is not about.
pub fn is_proof(setup: Setup) -> bool {
    let usual = setup.program.usual();
    setup.case.n >= usual.n && setup.case.memory == usual.memory
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_a_par() {
        for program in programs::ALL {
            let case = program.usual();
            assert!(
                fewest_switches(Setup { program, case }, &Stop::new()).is_some(),
                "{}",
                program.id
            );
            let case = program.right_case();
            assert_eq!(
                fewest_switches(Setup { program, case }, &Stop::new()),
                None,
                "{}",
                program.id
            );
        }
    }

    #[test]
    fn pars_are_what_is_known_of_the_programs() {
        let fewest_switches = |id| {
            let program = programs::find(id).unwrap();
            let case = program.usual();
            fewest_switches(Setup { program, case }, &Stop::new())
        };
        assert_eq!(fewest_switches("counter"), Some(1));
        assert_eq!(fewest_switches("opposite"), Some(1));
        assert_eq!(fewest_switches("reenter"), Some(0));
    }

    #[test]
    fn goals_follow_each_other_and_stars_reward_the_best() {
        let mut done = LevelScore::default();
        assert_eq!((done.goal(), done.stars()), (Goal::Predict, 0));
        let guess = |right| LevelScore { predicted: Some(right), ..LevelScore::default() };
        done = done.merge(guess(true));
        assert_eq!(done.merge(guess(false)).predicted, Some(true), "the first counts");
        assert_eq!((done.goal(), done.stars()), (Goal::Break, 1));
        let failed =
            |over| LevelScore { broken: true, extra_switches: over, ..LevelScore::default() };
        done = done.merge(failed(Some(2)));
        assert_eq!((done.goal(), done.stars()), (Goal::Prove, 1));
        done = done.merge(failed(Some(0))).merge(failed(Some(3))).merge(failed(None));
        assert_eq!((done.extra_switches, done.stars()), (Some(0), 2));
        done = done.merge(LevelScore { proved: true, ..LevelScore::default() });
        assert_eq!((done.goal(), done.stars()), (Goal::Nothing, STARS));
    }

    #[test]
    fn each_level_has_its_topic() {
        assert_eq!(TOPICS.iter().map(|(_, count)| count).sum::<usize>(), programs::ALL.len());
        let listed = by_topic().flat_map(|(_, programs)| programs.iter().map(|it| it.id));
        assert!(listed.eq(programs::ALL.iter().map(|it| it.id)));
        let of = |id| topic(programs::find(id).unwrap());
        assert_eq!(
            ["counter", "tickets", "skip", "fewreleases", "opposite", "philosophers"].map(of),
            [
                "lost updates",
                "lost updates",
                "wrong locks",
                "wrong locks",
                "deadlocks",
                "deadlocks"
            ]
        );
        assert_eq!(
            ["bufferif", "permits", "countdown"].map(of),
            ["conditions", "semaphores", "events, barriers"]
        );
        assert_eq!(
            ["noclose", "once", "spin", "store"].map(of),
            ["queues", "stop, start once", "make a lock", "memory order"]
        );
    }

    #[test]
    fn a_star_is_announced_with_what_it_is_for_and_once() {
        let none = LevelScore::default();
        let first = LevelScore { predicted: Some(true), ..none };
        assert_eq!(first.since(none).unwrap(), "★☆☆ star 1 of 3: the right prediction");
        assert_eq!(first.since(first), None);
        let all = LevelScore { broken: true, extra_switches: Some(0), proved: true, ..first };
        assert!(
            all.since(first).unwrap().ends_with("the fewest preemptions, the repair that holds")
        );
        assert_eq!(LevelScore { broken: true, extra_switches: Some(2), ..none }.since(none), None);
    }

    #[test]
    fn the_next_level_is_the_next_with_something_left() {
        let all = LevelScore {
            predicted: Some(false),
            broken: true,
            extra_switches: Some(1),
            proved: true,
        };
        let (first, second) = (programs::ALL[0], programs::ALL[1]);
        let after = next(first, |_| LevelScore::default());
        assert_eq!(after.map(|it| it.id), Some(second.id));
        let last = programs::ALL[programs::ALL.len() - 1];
        let round = next(last, |_| LevelScore::default());
        assert_eq!(round.map(|it| it.id), Some(first.id));
        assert!(next(first, |_| all).is_none());
        let only =
            |program| next(program, |id| if id == first.id { LevelScore::default() } else { all });
        assert_eq!(only(second).map(|it| it.id), Some(first.id));
        assert!(only(first).is_none(), "no other");
    }
}
