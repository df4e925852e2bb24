//! What is to be measured, read from the settings, and in which order.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use super::super::settings::{
    BREAK_EVEN, CHUNK, Chunk, FROM, PYTHON, REPEAT, SIZES, START, Start, TIMING, TO, Timing, WORK,
};
use super::figures::{Mode, Variant};
use super::work::Work;
use crate::lab::{Cpython, SettingConflict, Settings, read_number};
use crate::scene::units;

/// Most tasks of a run. Each run keeps its results until they were compared, and a live
/// screen keeps the last list of every bar.
const MOST_TASKS: usize = 100_000;

/// The settings as driver and scene need them. Part of the events, so that a recording
/// says what was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub sizes: Vec<usize>,
    #[serde(deserialize_with = "read_from")]
    pub from: u64,
    #[serde(deserialize_with = "read_to")]
    pub to: u64,
    pub work: Work,
    pub repeat: usize,
    /// Tasks per message; `None` for an equal share for each worker.
    pub chunk: Option<usize>,
    pub start: Start,
    pub python: bool,
    pub break_even: bool,
    pub timing: Timing,
}

impl Plan {
    pub fn of(settings: &Settings) -> Self {
        Self {
            sizes: settings.get(SIZES),
            from: settings.get(FROM),
            to: settings.get(TO),
            work: settings.get(WORK),
            repeat: settings.get(REPEAT),
            chunk: match settings.get(CHUNK) {
                Chunk::EqualShare => None,
                Chunk::Tasks(n) => Some(n),
            },
            start: settings.get(START),
            python: settings.get(PYTHON) == Cpython::Auto,
            break_even: settings.get(BREAK_EVEN),
            timing: settings.get(TIMING),
        }
    }

    /// Number of tasks; 0 if the range is empty, which [`Plan::check`] refuses.
    pub fn tasks(&self) -> usize {
        usize::try_from((self.to + 1).saturating_sub(self.from)).unwrap_or(usize::MAX)
    }

    /// Whether the settings can be had together.
    ///
    /// # Errors
    /// What cannot be done, as one sentence with the settings in it. The range of numbers
    /// is the only rule over more than one setting.
    pub fn check(&self) -> Result<(), SettingConflict> {
        let conflict = |why| Err(SettingConflict { keys: [TO.key, FROM.key], why });
        if self.from > self.to {
            return conflict(format!("from={} is larger than to={}", self.from, self.to));
        }
        if self.tasks() > MOST_TASKS {
            return conflict(format!(
                "from={} to={} are {} tasks; {MOST_TASKS} are allowed",
                self.from,
                self.to,
                self.tasks()
            ));
        }
        Ok(())
    }

    /// All variants, in the order of their bars.
    pub fn variants(&self) -> Vec<Variant> {
        let sized = |mode| self.sizes.iter().map(move |&size| Variant { mode, size });
        let mut all = vec![Variant { mode: Mode::Serial, size: 1 }];
        all.extend(sized(Mode::Threads));
        all.extend(sized(Mode::Processes));
        all.extend(sized(Mode::Python).filter(|_| self.python));
        all
    }

    /// The variants of a round, in order. Each round, from 1, begins with another one, so
    /// that in as many rounds as there are variants each of them has each position once,
    /// and what slowly changes (heat, clock frequency, load) falls on all alike. Their
    /// order around the circle is always the same, so this does not balance which one
    /// runs after which.
    ///
    /// All sizes of CPython are one entry, because one interpreter runs them; the entry's
    /// size is the first of them.
    pub fn run_order(&self, cpython: bool, round: usize) -> Vec<Variant> {
        let mut all = self.variants();
        let first_python = all.iter().position(|variant| variant.mode == Mode::Python);
        if let Some(at) = first_python {
            // One entry or none; see above.
            all.truncate(at + usize::from(cpython));
        }
        let first = (round - 1) % all.len();
        all.rotate_left(first);
        all
    }

    /// What the tasks are to return, in order. No overflow: see
    /// [`LARGEST`](super::super::settings::LARGEST).
    pub fn squares(&self) -> impl Iterator<Item = u64> + use<> {
        (self.from..=self.to).map(|n| n * n)
    }

    /// Tasks per message for a pool of `size`: an equal share, unless `chunk` is set. At
    /// least 1.
    pub fn chunk_for(&self, size: usize) -> usize {
        self.chunk.unwrap_or_else(|| self.tasks().div_ceil(size)).max(1)
    }

    pub fn task(&self) -> String {
        let time = |time: Duration| units::nanos(units::in_ns(time));
        match self.work {
            Work::Square => "square".to_owned(),
            Work::Spin(long) => format!("compute {} and square", time(long)),
            Work::Sleep(long) => format!("sleep {} and square", time(long)),
        }
    }

    /// Whether the same is measured, so that earlier samples still count: everything but
    /// the timing is equal.
    pub fn same_measurement(&self, other: &Self) -> bool {
        Self { timing: self.timing, ..other.clone() } == *self
    }
}

fn read_from<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    read_number(deserializer, FROM)
}

fn read_to<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    read_number(deserializer, TO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variant_has_each_position_equally_often() {
        for (cpython, many) in [(false, 5), (true, 6)] {
            let plan = crate::labs::pool::tests::plan(&[("sizes", "2,8")]);
            let rounds: Vec<_> = (1..=many).map(|round| plan.run_order(cpython, round)).collect();
            for ordinal in 0..many {
                let mut at_place: Vec<_> = rounds.iter().map(|round| round[ordinal]).collect();
                at_place.sort();
                at_place.dedup();
                assert_eq!(at_place.len(), many, "place {ordinal} of {rounds:?}");
            }
            assert_eq!(rounds[0][0].mode, Mode::Serial);
            let peers = rounds[0].iter().filter(|variant| variant.mode == Mode::Python);
            assert_eq!(peers.count(), usize::from(cpython));
        }
    }
}
