//! Samples and what they amount to: the parts of a run, and medians whose parts add up.
//!
//! A median of each part on its own would not add up to the median of the whole: each
//! would come from another run. The parts shown are therefore those of one run, the
//! median one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::settings::Timing;
use crate::scene::units::{plural, to_f64};
use crate::timeline::stat::{Statistic, Verdict};

/// How the tasks are run, in the order of the bars: a plain loop on one thread as the
/// baseline, a pool of OS threads, our pool of processes, and CPython's own
/// `multiprocessing.Pool`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Serial,
    Threads,
    Processes,
    Python,
}

/// A mode with a number of workers, 1 for serial: one bar. Ordered by mode, then by size,
/// which is the order on screen and in the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Variant {
    pub mode: Mode,
    pub size: usize,
}

/// The wall time of one run in ns, cut at moments that follow each other, so that the
/// parts add up to the whole:
///
/// ```text
/// 0      spawn     ready      send       compute     return      join
/// ├────────┼─────────┼─────────┼────────────┼───────────┼──────────┤
/// start    the last  the last  the first    the last    the last   no worker
///          worker is is ready  task begins  task ends   result is  is left
///          started                                      here
/// ```
///
/// Later tasks are sent and earlier results returned while others compute, which counts
/// as `compute`: the cut is made where the first task begins and the last one ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// From the moments at which the parts end, in ns since the start, in the order of
    /// the fields. A moment that was read too late (its thread had no core) does not make
    /// the next part negative: it is moved to lie between its neighbours, and the sum
    /// stays the last moment.
    pub fn cut(moments: [u64; 6]) -> Self {
        let mut before = 0;
        let [spawn, ready, send, compute, returned, join] = moments.map(|moment| {
            // Not before the moment before it, and not after the end of the run. The
            // outer `max` keeps the clamp's bounds in order whatever is passed.
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

    /// The part of the time that `timing` includes, in ns: everything, or only sending,
    /// computing and returning. Comparisons and ranks are by this time.
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

/// One run of one variant. Times in ns. Complete in itself: the parts for both timings,
/// the processes that did the work, and what they returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    #[serde(flatten)]
    pub variant: Variant,
    /// From the first moment to the last, measured by itself and not as the sum of the
    /// parts. The JSON has both, so that anyone can check that they agree.
    pub total_ns: f64,
    pub parts_ns: Parts,
    /// The workers, as evidence that they were processes; empty for threads and serial.
    pub pids: Vec<u32>,
    /// What the tasks returned, in the order of their numbers.
    pub results: Arc<[u64]>,
}

/// A variant and the runs behind its figure. Samples and rounds have the same order and
/// the same length.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub variant: Variant,
    pub samples: Vec<Sample>,
    /// The round of each sample, from 1. A void run leaves a gap, and pairs are made by
    /// round, not by position.
    pub rounds: Vec<usize>,
    /// Why a run of it has no figure; the latest such run.
    pub void: Option<Arc<str>>,
}

/// What the runs of a bar amount to: the time that the timing includes and the whole
/// time, each as a median with its range, and the parts of the median run.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    pub shown: Statistic,
    pub total: Statistic,
    /// Half of the shown times lie between these two, a quarter below and a quarter above.
    pub quartiles: (f64, f64),
    /// Those of the median run (the mean of two, if the number of runs is even), so that
    /// they add up to the median.
    pub parts: Parts,
}

impl Bar {
    pub fn of(variant: Variant) -> Self {
        Self { variant, samples: Vec::new(), rounds: Vec::new(), void: None }
    }

    /// A bar for each of these variants, without a run so far.
    pub fn all(variants: Vec<Variant>) -> Vec<Self> {
        variants.into_iter().map(Self::of).collect()
    }

    /// Whether there is nothing to be said of it: no run, and no reason why there is none.
    pub fn is_blank(&self) -> bool {
        self.samples.is_empty() && self.void.is_none()
    }

    /// The figures by this timing; `None` without a sample. The median run is the median
    /// by the shown time, so with another timing it may be another run.
    pub fn figures(&self, timing: Timing) -> Option<Figures> {
        let all = |figure: &dyn Fn(&Sample) -> f64| {
            Statistic::of(&self.samples.iter().map(figure).collect::<Vec<_>>())
        };
        let mut sorted: Vec<_> = self.samples.iter().collect();
        let shown = |sample: &Sample| sample.parts_ns.shown(timing);
        sorted.sort_by(|a, b| shown(a).total_cmp(&shown(b)));
        // The same run twice if their number is odd.
        let (low, high) =
            (sorted.get((sorted.len().max(1) - 1) / 2)?, sorted.get(sorted.len() / 2)?);
        let quarter = (sorted.len().max(1) - 1) / 4;
        let quartile = |at: usize| sorted.get(at).map(|sample| shown(sample));
        Some(Figures {
            shown: all(&shown)?,
            total: all(&|sample| sample.total_ns)?,
            quartiles: (quartile(quarter)?, quartile(sorted.len() - 1 - quarter)?),
            parts: Parts::mean(&low.parts_ns, &high.parts_ns),
        })
    }

    /// Whether this one is faster than `other`, by the rounds that have both. In a round
    /// both ran within a second or so, so what the machine did then affects both.
    pub fn compared_with(&self, other: &Self, timing: Timing) -> Verdict {
        let of = |bar: &Self, wanted: usize| {
            let mut all = bar.rounds.iter().zip(&bar.samples);
            let (_, sample) = all.find(|(round, _)| **round == wanted)?;
            Some(sample.parts_ns.shown(timing))
        };
        // Only rounds in which both have a sample: a void run takes its partner out too.
        let pair = |round: &usize| Some((of(other, *round)?, of(self, *round)?));
        Verdict::of(&self.rounds.iter().filter_map(pair).collect::<Vec<_>>())
    }

    pub fn latest(&self) -> Option<&Sample> {
        self.samples.last()
    }
}

/// A variant's name on screen and in text: `serial`, `4 threads`, `2 processes`, `CPython
/// 8`.
pub fn name(variant: Variant) -> String {
    let size = variant.size as u64;
    match variant.mode {
        Mode::Serial => "serial".to_owned(),
        Mode::Threads => plural(size, "thread"),
        Mode::Processes => plural(size, "process"),
        Mode::Python => format!("CPython {size}"),
    }
}
