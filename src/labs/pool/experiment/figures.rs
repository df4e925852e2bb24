//! Samples and what they amount to: the parts of a run, and medians that add up.

use std::sync::Arc;

use serde::Serialize;

use super::super::settings::Timing;
use crate::scene::units::to_f64;
use crate::timeline::stat::{Statistic, Verdict};

/// How the tasks are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One thread, no pool: the baseline.
    Serial,
    /// A pool of OS threads.
    Threads,
    /// A pool of real processes.
    Processes,
    /// CPython's own `multiprocessing.Pool`.
    Python,
}

/// A mode with a number of workers; one bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Variant {
    pub mode: Mode,
    pub size: usize,
}

/// The wall time of one run, cut at moments that follow each other, so that the parts
/// add up to the whole:
/// `spawn` until the last worker is started, `ready` until the last has reported
/// ready, `send` until the first begins a task, `compute` until the last task ends
/// (later tasks are sent meanwhile), `return` until the last result has
/// arrived, `join` until no worker is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Parts {
    pub spawn: f64,
    pub ready: f64,
    pub send: f64,
    pub compute: f64,
    #[serde(rename = "return")]
    pub returned: f64,
    pub join: f64,
}

impl Parts {
    /// From the moments at which the parts end, in ns since the start. A moment that
    /// was read too late (its thread had no core) does not make the next part negative.
    pub fn cut(moments: [u64; 6]) -> Self {
        let mut before = 0;
        let [spawn, ready, send, compute, returned, join] = moments.map(|moment| {
            let moment = moment.clamp(before, moments[5].max(before));
            let part = moment - before;
            before = moment;
            to_f64(part)
        });
        Self { spawn, ready, send, compute, returned, join }
    }

    pub fn create(&self) -> f64 {
        self.spawn + self.ready
    }

    pub fn total(&self) -> f64 {
        self.create() + self.send + self.compute + self.returned + self.join
    }

    /// The part of the time that `timing` includes, in ns.
    pub fn shown(&self, timing: Timing) -> f64 {
        match timing {
            Timing::Whole => self.total(),
            Timing::Warm => self.send + self.compute + self.returned,
        }
    }

    fn mean(a: &Self, b: &Self) -> Self {
        let half = |part: fn(&Self) -> f64| f64::midpoint(part(a), part(b));
        Self {
            spawn: half(|parts| parts.spawn),
            ready: half(|parts| parts.ready),
            send: half(|parts| parts.send),
            compute: half(|parts| parts.compute),
            returned: half(|parts| parts.returned),
            join: half(|parts| parts.join),
        }
    }
}

/// One run of one variant. Times in ns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    #[serde(flatten)]
    pub variant: Variant,
    /// Measured by itself, not the sum of the parts.
    pub total_ns: f64,
    pub parts_ns: Parts,
    pub pids: Vec<u32>,
    pub results: Arc<[u64]>,
}

/// A bar and the runs behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub variant: Variant,
    pub samples: Vec<Sample>,
    /// The round of each sample.
    pub rounds: Vec<usize>,
    pub void: Option<Arc<str>>,
}

/// What the runs of a bar amount to.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Of the time that the timing includes, in ns.
    pub shown: Statistic,
    /// Of the whole, in ns.
    pub total: Statistic,
    /// Those of the median run (the mean of two, if the number of runs is even),
    /// so that they add up to the median.
    pub parts: Parts,
}

impl Bar {
    pub fn figures(&self, timing: Timing) -> Option<Figures> {
        let all = |figure: &dyn Fn(&Sample) -> f64| {
            Statistic::of(&self.samples.iter().map(figure).collect::<Vec<_>>())
        };
        let mut sorted: Vec<_> = self.samples.iter().collect();
        let shown = |sample: &Sample| sample.parts_ns.shown(timing);
        sorted.sort_by(|a, b| shown(a).total_cmp(&shown(b)));
        let (low, high) =
            (sorted.get((sorted.len().max(1) - 1) / 2)?, sorted.get(sorted.len() / 2)?);
        Some(Figures {
            shown: all(&shown)?,
            total: all(&|sample| sample.total_ns)?,
            parts: Parts::mean(&low.parts_ns, &high.parts_ns),
        })
    }

    /// Whether this one is faster than `other`, by the rounds that have both.
    pub fn compared_with(&self, other: &Self, timing: Timing) -> Verdict {
        let of = |bar: &Self, wanted: usize| {
            let mut all = bar.rounds.iter().zip(&bar.samples);
            let (_, sample) = all.find(|(round, _)| **round == wanted)?;
            Some(sample.parts_ns.shown(timing))
        };
        let pair = |round: &usize| Some((of(other, *round)?, of(self, *round)?));
        Verdict::of(&self.rounds.iter().filter_map(pair).collect::<Vec<_>>())
    }

    pub fn latest(&self) -> Option<&Sample> {
        self.samples.last()
    }
}

/// `serial`, `4 threads`, `2 processes`, `CPython 8`.
pub fn name(variant: Variant) -> String {
    let ending = if variant.size == 1 { "" } else { "s" };
    match variant.mode {
        Mode::Serial => "serial".to_owned(),
        Mode::Threads => format!("{} thread{ending}", variant.size),
        Mode::Processes if variant.size == 1 => "1 process".to_owned(),
        Mode::Processes => format!("{} processes", variant.size),
        Mode::Python => format!("CPython {}", variant.size),
    }
}
