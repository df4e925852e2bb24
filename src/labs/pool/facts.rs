//! What this lab reports: the parts of each run, the warm pool, and the break-even.
//!
//! All facts are emitted reliably: they are rare, and each of them counts. The names
//! under `rename` are part of the recording format.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::experiment::figures::{Sample, Variant};
use super::experiment::plan::Plan;
use crate::kit::load::Load;
use crate::printable::Printable;
use crate::timeline::stat::Verdict;

/// Events of this lab, beyond those of its threads and processes. All come from the
/// driver's lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// Something else is measured from now on: earlier samples, tries and results count
    /// no more.
    #[serde(rename = "job.submit")]
    Began { plan: Plan },
    /// A setting changed. If it is the timing, the samples stay, as each of them contains all
    /// parts; else [`Fact::Began`] follows as soon as the driver has seen it. Emitted by the
    /// thread that shows the run, whatever the driver is busy with.
    #[serde(rename = "cmd")]
    PlanChanged { plan: Plan },
    /// A run of a variant begins. `round` counts from 1, and the samples that follow
    /// belong to it: a sample does not contain its round.
    #[serde(rename = "bar.begin")]
    VariantStarted { round: usize, variant: Variant },
    /// The run that was started last has ended. CPython reports one sample for each of
    /// its sizes.
    #[serde(rename = "bar.end")]
    Measured(Sample),
    /// A run without a result, and why: a worker died, or processes were refused. The
    /// bar's other samples count.
    #[serde(rename = "bar.void")]
    Void { variant: Variant, why: Arc<str> },
    /// Something beside the bars that was asked for and could not be run, and why: the
    /// fork server, or the search for the break-even.
    #[serde(rename = "part.void")]
    NotRun { what: Arc<str>, why: Arc<str> },
    /// The CPython that is measured and its start method, or why none is.
    #[serde(rename = "python")]
    Python { version: Option<Printable>, start: Printable, why: Option<Printable> },
    /// The fork server was started, once beforehand, and its first worker was ready after
    /// `took_ns`. No bar contains this time, so it is reported beside them.
    #[serde(rename = "server")]
    Server { pid: u32, took_ns: u64 },
    /// One step of the search for the break-even, as soon as it is measured: the search
    /// takes seconds, and its table grows meanwhile.
    #[serde(rename = "break_even.try")]
    Tried(Tried),
    /// The result of the search, also if it found nothing.
    #[serde(rename = "break_even")]
    BreakEven(BreakEven),
    /// What other programs used of the cores while all this was measured. Not reported
    /// where the system has no such counters, or if the measurement was too short for
    /// them.
    #[serde(rename = "load")]
    Load(Load),
    /// A batch of tasks on the warm pool: what it took, whether its results were the
    /// squares, how often it is repeated, and what its workers have resident in memory, by pid.
    /// Times in ns.
    #[serde(rename = "warm_run")]
    WarmRun {
        size: usize,
        took_ns: f64,
        right: bool,
        every_ns: u64,
        #[serde(default)]
        memory_kib: Vec<(u32, u64)>,
    },
    /// A signal was sent to a worker of the warm pool at the user's wish. What came of it
    /// follows with the next batch, because only then the pool has noticed.
    #[serde(rename = "kill")]
    Killing { pid: u32, signal: Arc<str> },
    /// What came of a kill, as one sentence, and the number of tasks lost by it: with the
    /// retries of the warm pool none. Also what became of a pool that failed as a whole.
    #[serde(rename = "kill.outcome")]
    Outcome { text: Arc<str>, lost: usize },
    #[serde(rename = "job.done")]
    Done,
}

/// One step of the search: a work per task that was tried, and what the runs with it
/// took. `serial_ns` is a plain loop over all tasks, `processes_ns` a new pool of `size`
/// processes, creating and joining it included. Both are medians over
/// [`Search::REPEAT`](super::experiment::break_even::Search::REPEAT) pairs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    pub size: usize,
    pub work_ns: u64,
    pub serial_ns: f64,
    pub processes_ns: f64,
    /// Of the processes, compared with serial pair by pair. The medians alone decide
    /// nothing.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// The work per task from which processes beat serial, as an interval: somewhere between
/// `lost_ns` and `work_ns`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreakEven {
    pub size: usize,
    /// The least work at which processes surely won; `None` if they did so nowhere.
    pub work_ns: Option<u64>,
    /// The most work at which serial surely won; `None` if it did so nowhere.
    pub lost_ns: Option<u64>,
    /// The most work that was tried. With a loss here, the break-even is beyond it or
    /// does not exist; without a verdict, the machine was too noisy.
    pub tried_to_ns: u64,
}
