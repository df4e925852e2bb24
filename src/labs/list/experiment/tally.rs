//! Sums over rounds: what the race meter shows.
//!
//! Memory stays bounded however long a run goes on: the counts are sums, the histogram
//! has a step for each power of two, and the rounds that the interval of the loss rate
//! needs are joined when there are too many.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::audit::Counts;
use crate::scene::units::to_f64;
use crate::timeline::stat::Rate;

/// Rounds summed up: a copy for events, screen and result. Its fields are part of the
/// JSON result.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    pub rounds: u64,
    /// Rounds in which a value was lost, duplicated or a phantom. One such round proves
    /// the race.
    pub rounds_with_anomaly: u64,
    #[serde(flatten)]
    pub counts: Counts,
    /// Time from the start barrier of each round to its last operation, summed up. Audits
    /// and breaks are not part of it.
    pub busy_ns: u64,
    /// How many rounds lost how many values: a mean alone would hide that most rounds
    /// lose none and a few lose many.
    pub outcomes: Outcomes,
    /// Values lost per value added; `None` before anything was added. One interference
    /// often costs several values of a round, so values are not independent and the
    /// interval comes from how rounds differ; see [`Rate::clustered`].
    pub loss_rate: Option<Rate>,
}

/// Makes a [`Tally`], round by round. Separate from it because the groups of rounds are
/// needed for the interval but are of no use to a reader.
#[derive(Debug, Default)]
pub struct Meter {
    sums: Tally,
    groups: RoundGroups,
}

impl Meter {
    /// Adds one round that took `busy_ns` from its start barrier to its last operation.
    /// Called for every round, reported or not, so the sums are complete whatever the
    /// screen could show.
    pub fn add(&mut self, round: &Counts, busy_ns: u64) {
        self.sums.rounds += 1;
        self.sums.rounds_with_anomaly += u64::from(round.anomaly());
        self.sums.counts += *round;
        self.sums.busy_ns += busy_ns;
        self.sums.outcomes.add(round.lost);
        self.groups.add(round.lost, round.added);
    }

    /// The rounds so far. Goes over all groups for the interval, so it is called for
    /// reports, not for every round.
    pub fn tally(&self) -> Tally {
        Tally { loss_rate: Rate::clustered(self.groups.all.iter().copied()), ..self.sums.clone() }
    }
}

impl Tally {
    /// How many values were added for each one lost; `None` if none was. The same as the
    /// loss rate, in the form that is easier to imagine when it is small.
    pub fn added_per_lost(&self) -> Option<f64> {
        (self.counts.lost > 0).then(|| to_f64(self.counts.added) / to_f64(self.counts.lost))
    }

    /// Operations per second of all threads together; 0 before anything was done. With a
    /// pause it mostly shows the pause.
    pub fn ops_per_second(&self) -> f64 {
        if self.busy_ns == 0 {
            return 0.0;
        }
        to_f64(self.counts.operations()) * 1e9 / to_f64(self.busy_ns)
    }
}

/// Steps of a histogram of losses: none lost, and one for each power of two.
const MOST_STEPS: usize = 65;

/// How many rounds lost how many values: 0, 1, 2-3, 4-7, and so on. The steps double, so
/// that a round that loses a thousand values is in the same picture as one that loses
/// two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Rounds by step; as long as the worst round so far needs.
    rounds: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub lost_from: u64,
    /// Included; equal to `lost_from` in the first two steps.
    pub lost_to: u64,
    pub rounds: u64,
}

impl Outcomes {
    /// Step 0 is no value lost; step k > 0 is 2^(k-1) up to 2^k - 1 values.
    fn add(&mut self, lost: u64) {
        let step = lost.checked_ilog2().map_or(0, |log| log as usize + 1);
        if self.rounds.len() <= step {
            self.rounds.resize(step + 1, 0);
        }
        self.rounds[step] += 1;
    }

    /// From none lost to the most that any round lost, steps without a round included.
    pub fn steps(&self) -> impl Iterator<Item = Outcome> {
        (0u32..).zip(&self.rounds).map(|(step, rounds)| {
            let from: u64 = if step == 0 { 0 } else { 1 << (step - 1) };
            Outcome {
                lost_from: from,
                lost_to: from.saturating_add(from.saturating_sub(1)),
                rounds: *rounds,
            }
        })
    }
}

impl Outcome {
    pub fn label(&self) -> String {
        if self.lost_from >= self.lost_to {
            self.lost_from.to_string()
        } else {
            format!("{}-{}", self.lost_from, self.lost_to)
        }
    }
}

impl Serialize for Outcomes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.steps())
    }
}

impl<'de> Deserialize<'de> for Outcomes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let steps = Vec::<Outcome>::deserialize(deserializer)?;
        let read = Self { rounds: steps.iter().map(|step| step.rounds).collect() };
        // The steps follow from their places, so any others are no histogram of this kind.
        let same = steps.len() <= MOST_STEPS && read.steps().eq(steps);
        if same { Ok(read) } else { Err(D::Error::custom("no steps of a histogram of losses")) }
    }
}

/// Most groups of rounds kept for the interval of the loss rate. Beyond that, neighbours
/// are joined: the interval is still computed from how groups differ, only from fewer and
/// larger ones, whose own spread contains that of their rounds. A thousand groups are
/// more than an interval needs.
const MOST: usize = 1024;

/// Consecutive rounds, grouped in groups of equal size, each with the sums of values lost
/// and added.
#[derive(Debug, Default)]
struct RoundGroups {
    all: Vec<(u64, u64)>,
    /// Rounds in each group, a power of two; the last group may still be filling. 0
    /// before the first round, which `Default` makes it.
    size: u64,
    in_last: u64,
}

impl RoundGroups {
    /// Adds a round to the last group, or begins a new one. Amortised constant time:
    /// joining halves the groups and doubles the rounds until the next time.
    fn add(&mut self, lost: u64, added: u64) {
        self.size = self.size.max(1);
        match self.all.last_mut() {
            Some(group) if self.in_last < self.size => {
                group.0 += lost;
                group.1 += added;
                self.in_last += 1;
            }
            _ => {
                if self.all.len() == MOST {
                    self.join();
                }
                self.all.push((lost, added));
                self.in_last = 1;
            }
        }
    }

    /// Joins neighbours in pairs. Neighbours, because what changes slowly over a run
    /// (other load, another core) then stays a difference between groups. It is only
    /// called when the last group is full and the number of groups is even, so all groups
    /// have the same size again.
    fn join(&mut self) {
        self.all = self
            .all
            .chunks(2)
            .map(|pair| pair.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)))
            .collect();
        self.size *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round(added: u64, lost: u64) -> Counts {
        Counts { added, lost, removed: added - lost, ..Counts::default() }
    }

    #[test]
    fn rounds_are_sorted_by_what_they_lost() {
        let mut meter = Meter::default();
        for lost in [0, 0, 1, 2, 3, 4, 100] {
            meter.add(&round(1000, lost), 1000);
        }
        let tally = meter.tally();
        let steps: Vec<_> = tally.outcomes.steps().map(|s| (s.label(), s.rounds)).collect();
        let expected = [("0", 2), ("1", 1), ("2-3", 2), ("4-7", 1), ("8-15", 0), ("16-31", 0)];
        let expected = expected.map(|(label, rounds)| (label.to_owned(), rounds));
        assert_eq!(steps[..6], expected);
        assert_eq!(steps.last().unwrap(), &("64-127".to_owned(), 1));
        assert_eq!(tally.rounds_with_anomaly, 5);
    }

    #[test]
    fn the_loss_rate_is_that_of_all_rounds_however_many() {
        let mut meter = Meter::default();
        for n in 0..20_000 {
            meter.add(&round(10, n % 2), 1000);
        }
        let tally = meter.tally();
        let rate = tally.loss_rate.unwrap();
        assert!((rate.estimate - 0.05).abs() < 1e-9, "{rate:?}");
        assert!(meter.groups.all.len() <= MOST);
        assert_eq!(tally.added_per_lost(), Some(20.0));
    }

    #[test]
    fn neighbours_are_joined_where_there_are_too_many_rounds() {
        let mut groups = RoundGroups::default();
        for _ in 0..1536 {
            groups.add(1, 5);
        }
        // 1,024 rounds as 512 pairs, the other 512 as 256.
        assert_eq!((groups.all.len(), groups.size), (768, 2));
        assert!(groups.all.iter().all(|group| *group == (2, 10)));
    }

    #[test]
    fn nothing_done_has_no_rate() {
        let tally = Meter::default().tally();
        assert_eq!(tally.loss_rate, None);
        assert_eq!(tally.added_per_lost(), None);
        assert!(tally.ops_per_second().abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn batches_lose_nothing(rounds in prop::collection::vec((0u64..5, 5u64..9), 0..5000)) {
            let mut groups = RoundGroups::default();
            for (lost, added) in &rounds {
                groups.add(*lost, *added);
            }
            let sum = |all: &[(u64, u64)]| all.iter().fold((0, 0), |s, o| (s.0 + o.0, s.1 + o.1));
            prop_assert_eq!(sum(&groups.all), sum(&rounds));
            prop_assert!(groups.all.len() <= MOST);
        }
    }
}
