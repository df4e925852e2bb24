//! Two things compared by paired rounds: how many times as fast, and how sure that is.
//!
//! In each round both are measured shortly after each other, so that a slow moment of
//! the machine hits both; only their ratio within a round counts. The interval is the
//! exact one for the median of these ratios, from order statistics (W. R. Thompson, "On
//! confidence ranges for the median", Annals of Mathematical Statistics 7, 1936): of
//! `n` rounds in order, the median lies between the `k`-th and the `k`-th from the end
//! unless fewer than `k` of `n` fair coins fall on one side. It supposes no
//! distribution, only that rounds are independent; with fewer than [`FEWEST`] rounds
//! even the whole range is not sure enough, and nothing is concluded.
//!
//! ```text
//!                     0.91    1    1.10
//! Faster                      │            |-----|
//! Same                      |-----|
//! TooNoisy             |------│-------|             the interval contains 1 and more than 10 %
//! Slower   |-----|            │
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use super::CONFIDENCE;
use crate::scene::units::{three, to_f64};

/// Rounds from which an interval with [`CONFIDENCE`] exists: 2 / 2⁶ is the first below 5 %.
pub const FEWEST: usize = 6;
/// What lies within this factor of 1 is called the same: smaller differences matter to no
/// program here.
const SAME: f64 = 1.1;

/// The median of paired ratios, and the interval that contains the true one with [`CONFIDENCE`]
/// or more. Above 1 means that the own side is faster.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
    pub confidence: f64,
    pub rounds: usize,
}

/// What paired rounds show about one thing compared with another. Ratios above 1 mean
/// that it is faster.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The interval lies above 1, and not within 10 % of it.
    Faster(Ratio),
    /// The interval lies below 1, and not within 10 % of it.
    Slower(Ratio),
    /// The interval lies within 10 % of 1: whatever the difference is, it is small.
    Same(Ratio),
    /// The interval contains 1 and more than 10 %: nothing can be said, in either direction.
    TooNoisy(Ratio),
    /// Fewer usable rounds than [`FEWEST`]: no interval exists, however clear the figures look.
    #[serde(rename = "too-few-rounds")]
    TooFew { rounds: usize },
}

impl Ratio {
    /// From `(other, own)` times, one pair for each round.
    ///
    /// # Errors
    /// The number of rounds left, if they are too few. A round in which either took no time is
    /// left out: its ratio is no number.
    fn of(pairs: &[(f64, f64)]) -> Result<Self, usize> {
        let ratio = |(other, own): &(f64, f64)| other / own;
        let sound = |ratio: &f64| ratio.is_finite() && *ratio > 0.0;
        let mut sorted: Vec<_> = pairs.iter().map(ratio).filter(sound).collect();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let rank = rank(n).ok_or(n)?;
        Ok(Self {
            estimate: f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]),
            low: sorted[rank - 1],
            high: sorted[n - rank],
            confidence: CONFIDENCE,
            rounds: n,
        })
    }

    /// The same ratio seen from the other side: the ends of the interval change places. So
    /// "half as fast" becomes "2.00 times as long".
    fn inverse(self) -> Self {
        Self { estimate: 1.0 / self.estimate, low: 1.0 / self.high, high: 1.0 / self.low, ..self }
    }

    /// `1.95 times as fast (1.90 to 2.01)`. Below [`SAME`] a percentage instead, since "1.04
    /// times as fast" reads like nothing.
    fn write(self, f: &mut fmt::Formatter<'_>, times: &str, percent: &str) -> fmt::Result {
        if self.estimate < SAME {
            let [estimate, low, high] =
                [self.estimate, self.low, self.high].map(|ratio| (ratio - 1.0) * 100.0);
            return write!(f, "{estimate:.0} % {percent} ({low:.0} to {high:.0} %)");
        }
        let [estimate, low, high] = self.figures();
        write!(f, "{estimate} times {times} ({low} to {high})")
    }

    /// Estimate and ends in that order, as texts of three digits: more would claim more than a
    /// median of a few rounds can know.
    fn figures(self) -> [String; 3] {
        [self.estimate, self.low, self.high].map(three)
    }
}

impl Verdict {
    /// Compares by `(other, own)` times, one pair for each round, in any unit that both share.
    pub fn of(pairs: &[(f64, f64)]) -> Self {
        match Ratio::of(pairs) {
            Err(rounds) => Self::TooFew { rounds },
            // First: an interval that lies within 10 % of 1 is the same even if it does not
            // contain 1.
            Ok(ratio) if ratio.low >= 1.0 / SAME && ratio.high <= SAME => Self::Same(ratio),
            Ok(ratio) if ratio.low > 1.0 => Self::Faster(ratio),
            Ok(ratio) if ratio.high < 1.0 => Self::Slower(ratio),
            Ok(ratio) => Self::TooNoisy(ratio),
        }
    }

    /// The figures, whatever the verdict is; `None` if there were too few rounds.
    pub fn ratio(self) -> Option<Ratio> {
        match self {
            Self::Faster(ratio)
            | Self::Slower(ratio)
            | Self::Same(ratio)
            | Self::TooNoisy(ratio) => Some(ratio),
            Self::TooFew { .. } => None,
        }
    }

    pub fn is_faster(self) -> bool {
        matches!(self, Self::Faster(_))
    }

    pub fn is_slower(self) -> bool {
        matches!(self, Self::Slower(_))
    }

    /// Whether there is no result: more rounds, or a quieter machine, may help.
    pub fn is_open(self) -> bool {
        matches!(self, Self::TooNoisy(_) | Self::TooFew { .. })
    }

    /// The verdict's word in the JSON result, and so part of the command line's contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Faster(_) => "faster",
            Self::Slower(_) => "slower",
            Self::Same(_) => "same",
            Self::TooNoisy(_) => "too-noisy",
            Self::TooFew { .. } => "too-few-rounds",
        }
    }
}

/// Always with its interval: `1.95 times as fast (1.90 to 2.01)`, `1.30 times as long (1.20 to
/// 1.40)`, `as fast within 10 % (0.97 to 1.03 times)`, `too noisy to tell (0.80 to 1.10 times as
/// fast)`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faster(ratio) => ratio.write(f, "as fast", "faster"),
            Self::Slower(ratio) => ratio.inverse().write(f, "as long", "slower"),
            Self::Same(ratio) => {
                let [_, low, high] = ratio.figures();
                write!(f, "as fast within 10 % ({low} to {high} times)")
            }
            Self::TooNoisy(ratio) => {
                let [_, low, high] = ratio.figures();
                write!(f, "too noisy to tell ({low} to {high} times as fast)")
            }
            Self::TooFew { rounds } => {
                write!(f, "too few rounds to tell ({rounds}, it takes {FEWEST})")
            }
        }
    }
}

/// The largest `k` for which the `k`-th of `n` values in order and the `k`-th from the end
/// enclose the median with [`CONFIDENCE`]. `None` if no `k` does. The same for all
/// distributions: a value is below the median with a chance of one half.
fn rank(n: usize) -> Option<usize> {
    let outside = (1.0 - CONFIDENCE) / 2.0;
    let n_coins = to_f64(n as u64);
    // 2⁻ⁿ as an exponential; each further term of the binomial distribution follows from the
    // one before.
    let mut exactly = (-n_coins * std::f64::consts::LN_2).exp();
    let (mut at_most, mut heads) = (exactly, 0);
    while at_most <= outside {
        heads += 1;
        let left = n_coins - to_f64(heads as u64) + 1.0;
        exactly *= left / to_f64(heads as u64);
        at_most += exactly;
    }
    (heads > 0).then_some(heads)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both took `own`, and the other one `factor` times as long, with these deviations in percent.
    fn pairs(factor: f64, deviations: &[i32]) -> Vec<(f64, f64)> {
        let pair = |percent: &i32| (factor * f64::from(100 + percent), 100.0);
        deviations.iter().map(pair).collect()
    }

    #[test]
    fn ranks_are_those_of_the_table() {
        // J.-Y. Le Boudec, "Performance Evaluation of Computer and Communication Systems",
        // 2010, table A.1: confidence intervals for the median at 95 %.
        let table = [
            (5, None),
            (6, Some(1)),
            (8, Some(1)),
            (9, Some(2)),
            (11, Some(2)),
            (12, Some(3)),
            (15, Some(4)),
            (17, Some(5)),
            (20, Some(6)),
            (25, Some(8)),
            (30, Some(10)),
        ];
        for (n, expected) in table {
            assert_eq!(rank(n), expected, "{n}");
        }
        assert_eq!((rank(FEWEST - 1), rank(FEWEST)), (None, Some(1)));
        // Far from the table it agrees with the normal distribution: n/2 - 0.98 sqrt(n).
        assert!((468..=471).contains(&rank(1000).unwrap()), "{:?}", rank(1000));
    }

    #[test]
    fn a_real_effect_is_reported_with_its_interval() {
        let verdict = Verdict::of(&pairs(2.0, &[-3, 2, 0, 1, -1, 4, 0, 2, -2]));
        assert_eq!(verdict.to_string(), "2.00 times as fast (1.96 to 2.04)");
        assert_eq!((verdict.word(), verdict.is_open()), ("faster", false));
    }

    #[test]
    fn a_reversed_effect_is_reported_as_such() {
        let verdict = Verdict::of(&pairs(0.5, &[-3, 2, 0, 1, -1, 4, 0, 2, -2]));
        assert_eq!(verdict.to_string(), "2.00 times as long (1.96 to 2.04)");
        assert!(verdict.is_slower());
    }

    #[test]
    fn an_absent_effect_is_the_same_within_ten_percent() {
        let verdict = Verdict::of(&pairs(1.0, &[-3, 2, 0, 1, -1, 4, 0, 2, -2]));
        assert_eq!(verdict.to_string(), "as fast within 10 % (0.98 to 1.02 times)");
    }

    #[test]
    fn an_effect_drowned_in_noise_is_too_noisy_to_judge() {
        let noise = [-40, 60, 5, -30, 20, -10, 45, -20, 0];
        let verdict = Verdict::of(&pairs(1.1, &noise));
        assert_eq!(verdict.to_string(), "too noisy to tell (0.77 to 1.59 times as fast)");
        assert!(verdict.is_open() && !verdict.is_faster());
    }

    #[test]
    fn a_small_effect_is_a_percentage_and_never_once_as_fast() {
        let noise = [0, 1, 2, 3, 1, 2, 20, 30, 2];
        let verdict = Verdict::of(&pairs(1.02, &noise));
        assert_eq!(verdict.to_string(), "4 % faster (3 to 22 %)");
        let verdict = Verdict::of(&pairs(0.96, &[0, -2, -30, -20, -1, -2, 0, -3, -3]));
        assert_eq!(verdict.to_string(), "6 % slower (4 to 30 %)");
    }

    #[test]
    fn too_few_rounds_conclude_nothing_however_clear_they_look() {
        let verdict = Verdict::of(&pairs(9.0, &[0; 5]));
        assert_eq!(verdict, Verdict::TooFew { rounds: 5 });
        assert_eq!(verdict.to_string(), "too few rounds to tell (5, it takes 6)");
        assert!(Verdict::of(&pairs(9.0, &[0; 6])).is_faster());
        assert_eq!(verdict.ratio(), None);
    }

    #[test]
    fn rounds_without_time_are_left_out() {
        let mut rounds = pairs(2.0, &[0; 6]);
        rounds.extend([(0.0, 1.0), (1.0, 0.0), (0.0, 0.0)]);
        let Verdict::Faster(ratio) = Verdict::of(&rounds) else { unreachable!() };
        assert_eq!(ratio.rounds, 6);
    }

    #[test]
    fn one_bad_round_of_nine_does_not_hide_an_effect() {
        let verdict = Verdict::of(&pairs(2.0, &[0, 0, 0, 0, -90, 0, 0, 0, 0]));
        assert_eq!(verdict.to_string(), "2.00 times as fast (2.00 to 2.00)");
    }
}
