//! Figures with their uncertainty: statistics over samples, rates with intervals.
//!
//! A single figure from a race or a stopwatch misleads, so nothing here comes without its
//! spread or its interval. The JSON forms are those of the command line's contract. What is
//! measured, and how time is read, is the business of the labs.

mod compare;
#[cfg(test)]
mod tests;

pub use compare::{FEWEST, Ratio, Verdict};

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::scene::units::{self, to_f64};

/// How certain an interval of a [`Rate`] is: the share of runs in which it contains the true
/// value.
pub const CONFIDENCE: f64 = 0.95;

/// From this number of samples on a 99 % quantile is shown: of fewer it is their maximum, which
/// is shown anyway.
pub const P99_SAMPLES: u64 = 100;

/// The two-sided quantile of the normal distribution that belongs to [`CONFIDENCE`]: changed
/// together with it, or not at all.
const Z: f64 = 1.959_963_984_540_054;

/// What repeated measurements of one thing amount to, in the unit of the samples. Median and
/// quartile, not mean and deviation: times have a long tail that a mean follows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statistic {
    pub median: f64,
    pub min: f64,
    pub max: f64,
    /// A quarter of the samples is not above it. Disturbances only ever add time, so this is
    /// what something costs when little else runs; the median includes an ordinary amount of
    /// disturbance.
    pub lower_quartile: f64,
    pub samples: usize,
}

impl Statistic {
    /// From samples in any order; `None` without any. The median of an even number of samples
    /// is the mean of the two in the middle.
    pub fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        // A total order also for values that are no numbers, so that sorting cannot panic.
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        };
        Some(Self {
            median,
            min,
            max,
            lower_quartile: sorted[(sorted.len() - 1) / 4],
            samples: sorted.len(),
        })
    }

    /// The same in another unit: every value times `factor`, and the number of samples as it
    /// is.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            median: self.median * factor,
            min: self.min * factor,
            max: self.max * factor,
            lower_quartile: self.lower_quartile * factor,
            ..self
        }
    }
}

/// An estimate and the interval that contains the true value with [`CONFIDENCE`]. Serialised as
/// it is into the JSON result.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// The most likely value: between `low` and `high`, not always in the middle.
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
    pub confidence: f64,
}

impl Rate {
    /// The share of `hits` among `trials`, which are taken to be independent; `None`
    /// without trials. Trials that come in rounds are rather [`Rate::clustered`].
    ///
    /// The interval is Wilson's score interval (E. B. Wilson, "Probable inference, the
    /// law of succession, and statistical inference", JASA 22, 1927): unlike the
    /// textbook one it stays within 0 and 1 and is honest about shares near either end.
    pub fn proportion(hits: u64, trials: u64) -> Option<Self> {
        (trials > 0).then(|| wilson(share(hits, trials), to_f64(trials)))
    }

    /// The share of hits among trials where each round brings its own `(hits, trials)`
    /// and what happens within one round hangs together, as in races. `None` without
    /// trials.
    ///
    /// The number of trials is divided by the design effect, the variance between the
    /// rounds relative to that of independent trials (L. Kish, "Survey Sampling",
    /// 1965), never by less than 1; Wilson's interval follows from what is left (E. L. Korn and
    /// B. I. Graubard, "Confidence intervals for proportions with small expected number
    /// of positive counts estimated from survey data", Survey Methodology 24, 1998).
    pub fn clustered(rounds: impl IntoIterator<Item = (u64, u64)>) -> Option<Self> {
        let rounds: Vec<_> = rounds.into_iter().filter(|(_, n)| *n > 0).collect();
        let hits = rounds.iter().map(|(hits, _)| hits).sum();
        let trials = rounds.iter().map(|(_, n)| n).sum();
        if trials == 0 {
            return None;
        }
        let (p, n, k) = (share(hits, trials), to_f64(trials), rounds.len());
        // The variance of the share if all trials were independent.
        let alone = p * (1.0 - p) / n;
        // One round has no variance between rounds, and a share of 0 or 1 has none at all.
        let effect = if k < 2 || alone <= 0.0 {
            1.0
        } else {
            let k = to_f64(k as u64);
            let residue: f64 =
                rounds.iter().map(|(hits, n)| (to_f64(*hits) - p * to_f64(*n)).powi(2)).sum();
            // The variance between rounds, of a ratio estimator: rounds differ in their number
            // of trials.
            let between = k / (k - 1.0) * residue / (n * n);
            (between / alone).max(1.0)
        };
        Some(wilson(p, n / effect))
    }

    /// How many of `count` independent events there are in one second; `None` if no
    /// time has passed.
    ///
    /// The interval is Byar's approximation to the exact one of a Poisson count (K. J. Rothman
    /// and J. D. Boice, "Epidemiologic Analysis with a Programmable Calculator", 1979).
    pub fn per_second(count: u64, elapsed: Duration) -> Option<Self> {
        let seconds = elapsed.as_secs_f64();
        if seconds <= 0.0 {
            return None;
        }
        // Byar's cube of a normal quantile; at `n` for the lower end and `n + 1` for the upper.
        let byar = |n: f64, z: f64| {
            if n <= 0.0 {
                return 0.0;
            }
            n * (1.0 - 1.0 / (9.0 * n) + z / (3.0 * n.sqrt())).powi(3)
        };
        let n = to_f64(count);
        Some(Self {
            estimate: n / seconds,
            low: byar(n, -Z).max(0.0) / seconds,
            high: byar(n + 1.0, Z) / seconds,
            confidence: CONFIDENCE,
        })
    }
}

/// As a percentage with its interval: `12.3 % (11.9 % to 12.8 %)`. For shares; a rate in a
/// second has another unit.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [estimate, low, high] = [self.estimate, self.low, self.high].map(units::percent);
        write!(f, "{estimate} ({low} to {high})")
    }
}

/// Wilson's interval for a share `p` of `n` trials, where `n` need not be whole: it may be the
/// effective number of trials that are correlated.
fn wilson(p: f64, n: f64) -> Rate {
    let z2 = Z * Z;
    let scale = 1.0 + z2 / n;
    let centre = (p + z2 / (2.0 * n)) / scale;
    let half = Z / scale * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Rate {
        estimate: p,
        // The exact ends at 0 and 1 must not be lost to rounding.
        low: if p <= 0.0 { 0.0 } else { (centre - half).clamp(0.0, p) },
        high: if p >= 1.0 { 1.0 } else { (centre + half).clamp(p, 1.0) },
        confidence: CONFIDENCE,
    }
}

/// A share between 0 and 1, also if more hits than trials are reported: the two counters may be
/// read at different moments.
fn share(hits: u64, trials: u64) -> f64 {
    to_f64(hits.min(trials)) / to_f64(trials)
}
