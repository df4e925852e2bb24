//! Sums over rounds: what the race meter shows.
//!
//! Memory stays bounded however long a run goes on. Must not know threads.

use serde::Serialize;

use super::audit::Counts;
use crate::scene::units::to_f64;
use crate::timeline::stat::Rate;

/// Rounds that went by, summed up.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    pub rounds: u64,
    pub rounds_with_anomaly: u64,
    #[serde(flatten)]
    pub counts: Counts,
    /// Time from the start line of each round to its last operation, summed up.
    pub busy_ns: u64,
    pub outcomes: Outcomes,
    /// Values lost per value added; `None` before anything was added. Losses of one
    /// round hang together, so the interval comes from how rounds differ.
    pub loss_rate: Option<Rate>,
}

/// What a tally is made of, round by round.
#[derive(Debug, Default)]
pub struct Meter {
    sums: Tally,
    groups: RoundGroups,
}

impl Meter {
    /// Adds one round that took `busy_ns` from its start line to its last operation.
    pub fn add(&mut self, round: &Counts, busy_ns: u64) {
        self.sums.rounds += 1;
        self.sums.rounds_with_anomaly += u64::from(round.anomaly());
        self.sums.counts += *round;
        self.sums.busy_ns += busy_ns;
        self.sums.outcomes.add(round.lost);
        self.groups.add(round.lost, round.added);
    }

    /// The rounds so far.
    pub fn tally(&self) -> Tally {
        Tally { loss_rate: Rate::clustered(self.groups.all.iter().copied()), ..self.sums.clone() }
    }
}

impl Tally {
    /// How many were added for each one lost.
    pub fn added_per_lost(&self) -> Option<f64> {
        (self.counts.lost > 0).then(|| to_f64(self.counts.added) / to_f64(self.counts.lost))
    }

    /// Operations per second of all threads together; 0 before anything was done.
    pub fn ops_per_second(&self) -> f64 {
        if self.busy_ns == 0 {
            return 0.0;
        }
        to_f64(self.counts.operations()) * 1e9 / to_f64(self.busy_ns)
    }
}

/// How many rounds lost how many values: 0, 1, 2-3, 4-7, and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    rounds: Vec<u64>,
}

/// One step of the histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub lost_from: u64,
    /// Included.
    pub lost_to: u64,
    pub rounds: u64,
}

impl Outcomes {
    fn add(&mut self, lost: u64) {
        let step = lost.checked_ilog2().map_or(0, |log| log as usize + 1);
        if self.rounds.len() <= step {
            self.rounds.resize(step + 1, 0);
        }
        self.rounds[step] += 1;
    }

    /// From none lost to the most that any round lost.
    pub fn steps(&self) -> impl Iterator<Item = Outcome> {
        (0u32..).zip(&self.rounds).map(|(step, rounds)| {
            let from = if step == 0 { 0 } else { 1 << (step - 1) };
            Outcome { lost_from: from, lost_to: (2 * from).saturating_sub(1), rounds: *rounds }
        })
    }
}

impl Outcome {
    /// `0`, `1`, `2-3`, ...
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

/// Rounds kept apart for the interval of the loss rate; beyond, neighbours are
/// joined, which leaves the interval as honest as before.
const MOST: usize = 1024;

/// Runs of rounds of equal number, each with what it lost and added.
#[derive(Debug, Default)]
struct RoundGroups {
    all: Vec<(u64, u64)>,
    /// Rounds in each batch; the last may still be filling.
    size: u64,
    in_last: u64,
}

impl RoundGroups {
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
