//! What a round is to do, read from the settings.

use serde::Serialize;

use super::super::settings::{CANCEL, FAIL, FROM, ORDER, Order, PACE, TO, WORKERS};
use crate::lab::Settings;

/// What a round's values may have together: they are kept as text.
const MOST_DIGITS: f64 = 256e6;

/// What a round is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    pub workers: usize,
    pub from: u32,
    pub to: u32,
    /// Results are listed in the order of completion instead of submission.
    pub by_completion: bool,
    /// Added to each task so that eyes can follow.
    pub pace_ns: u64,
    pub fail: Vec<u32>,
    pub cancel: Vec<u32>,
}

impl Plan {
    pub fn of(settings: &Settings) -> Self {
        Self {
            workers: settings.get(WORKERS),
            from: settings.get(FROM),
            to: settings.get(TO),
            by_completion: settings.get(ORDER) == Order::Completed,
            pace_ns: u64::try_from(settings.get(PACE).as_nanos()).unwrap_or(u64::MAX),
            fail: settings.get(FAIL),
            cancel: settings.get(CANCEL),
        }
    }

    pub fn numbers(&self) -> std::ops::RangeInclusive<u32> {
        self.from..=self.to
    }

    pub fn tasks(&self) -> usize {
        self.numbers().count()
    }

    /// What cannot be done, as one sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.from > self.to {
            return Err(format!("from={} is larger than to={}", self.from, self.to));
        }
        let digits: f64 = self.numbers().map(digits).sum();
        if digits > MOST_DIGITS {
            let millions = digits / 1e6;
            return Err(format!(
                "the factorials from={} to={} have {millions:.0} million digits together; {:.0} million are allowed",
                self.from,
                self.to,
                MOST_DIGITS / 1e6
            ));
        }
        Ok(())
    }

    /// Whether only the pace or the listing differ.
    pub fn same_tasks(&self, other: &Self) -> bool {
        let Self { by_completion, pace_ns, .. } = *other;
        Self { by_completion, pace_ns, ..self.clone() } == *other
    }

    /// Where n stands among the tasks.
    pub fn position(&self, n: u32) -> Option<usize> {
        let inside = self.numbers().contains(&n);
        inside.then(|| (n - self.from) as usize)
    }
}

/// About how many digits n! has, by Stirling's formula.
fn digits(n: u32) -> f64 {
    let n = f64::from(n.max(1));
    1.0 + n * (n / std::f64::consts::E).log10() + (std::f64::consts::TAU * n).log10() / 2.0
}
