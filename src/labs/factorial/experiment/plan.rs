//! What a round is to do, read from the settings.

use serde::{Deserialize, Deserializer, Serialize};

use super::super::settings::{CANCEL, FAIL, FROM, ORDER, Order, PACE, TO, WORKERS};
use crate::kit::clock::whole_ns;
use crate::lab::{SettingConflict, Settings, read_number};

/// Most digits of a round's values together. They are all kept as text until the next
/// round, and printing a large one takes a noticeable time.
const MOST_DIGITS: f64 = 256e6;

/// What a round is to do: its threads, its range of n, what is added to each task, and
/// which tasks fail or are cancelled. Part of the events, so that a recording says what
/// was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    #[serde(deserialize_with = "read_workers")]
    pub workers: usize,
    #[serde(deserialize_with = "read_from")]
    pub from: u32,
    #[serde(deserialize_with = "read_to")]
    pub to: u32,
    /// Results are listed in the order of completion instead of submission.
    pub by_completion: bool,
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
            pace_ns: whole_ns(settings.get(PACE)),
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

    /// Whether the round can be run.
    ///
    /// # Errors
    /// What cannot be done, as one sentence with the settings in it.
    pub fn check(&self) -> Result<(), SettingConflict> {
        let conflict = |why| Err(SettingConflict { keys: [TO.key, FROM.key], why });
        if self.from > self.to {
            return conflict(format!("from={} is larger than to={}", self.from, self.to));
        }
        // Estimated for every n: the range is small enough, and the values themselves
        // would take far longer.
        let digits: f64 = self.numbers().map(digits).sum();
        if digits > MOST_DIGITS {
            let millions = digits / 1e6;
            return conflict(format!(
                "the factorials from={} to={} have {millions:.0} million digits together; {:.0} million are allowed",
                self.from,
                self.to,
                MOST_DIGITS / 1e6
            ));
        }
        Ok(())
    }

    /// Whether only the pace or the listing differ, so that the round need not begin
    /// again.
    pub fn same_tasks(&self, other: &Self) -> bool {
        let Self { by_completion, pace_ns, .. } = *other;
        Self { by_completion, pace_ns, ..self.clone() } == *other
    }

    pub fn position(&self, n: u32) -> Option<usize> {
        let inside = self.numbers().contains(&n);
        inside.then(|| (n - self.from) as usize)
    }
}

fn read_workers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    read_number(deserializer, WORKERS)
}

fn read_from<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    read_number(deserializer, FROM)
}

fn read_to<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    read_number(deserializer, TO)
}

/// About how many digits n! has, by Stirling's formula: n! is about (n/e)^n times the
/// square root of 2πn. Exact enough for a limit, and the values need not be computed.
pub fn digits(n: u32) -> f64 {
    let n = f64::from(n.max(1));
    1.0 + n * (n / std::f64::consts::E).log10() + (std::f64::consts::TAU * n).log10() / 2.0
}
