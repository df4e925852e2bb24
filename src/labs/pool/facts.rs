//! What this lab reports: the parts of each run, the warm pool, and the break-even.

use std::sync::Arc;

use serde::Serialize;

use super::experiment::figures::{Sample, Variant};
use super::experiment::plan::Plan;
use crate::kit::load::Load;
use crate::printable::Printable;
use crate::timeline::stat::Verdict;

/// Events of this lab, beyond those of its threads and processes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// Earlier samples count no more: something else is measured from now on.
    #[serde(rename = "job.submit")]
    Began { plan: Plan },
    /// The timing changed; the samples stay.
    #[serde(rename = "cmd")]
    TimingChanged { plan: Plan },
    #[serde(rename = "bar.begin")]
    VariantStarted { round: usize, variant: Variant },
    #[serde(rename = "bar.end")]
    Measured(Sample),
    /// A run without a result: a worker died, or CPython failed.
    #[serde(rename = "bar.void")]
    Void { variant: Variant, why: Arc<str> },
    /// Something beside the bars that was asked for and could not be run.
    #[serde(rename = "part.void")]
    NotRun { what: Arc<str>, why: Arc<str> },
    /// The CPython that is measured, or why there is none.
    #[serde(rename = "python")]
    Python { version: Option<Printable>, start: Printable, why: Option<Printable> },
    /// The fork server, started once and off every clock.
    #[serde(rename = "server")]
    Server { pid: u32, took_ns: u64 },
    /// One step of the search for the break-even.
    #[serde(rename = "break_even.try")]
    Tried(Tried),
    #[serde(rename = "break_even")]
    BreakEven(BreakEven),
    /// What others used of the cores while all this was measured.
    #[serde(rename = "load")]
    Load(Load),
    /// A round of tasks on a pool that lives on: the warm pool between two measurements.
    #[serde(rename = "warm_run")]
    WarmRun { size: usize, took_ns: f64, right: bool, every_ns: u64 },
    #[serde(rename = "kill")]
    Killing { pid: u32, signal: Arc<str> },
    #[serde(rename = "kill.outcome")]
    Outcome { text: Arc<str>, lost: usize },
    #[serde(rename = "job.done")]
    Done,
}

/// Work per task tried, and what it took, in ns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tried {
    pub size: usize,
    pub work_ns: u64,
    /// Medians.
    pub serial_ns: f64,
    pub processes_ns: f64,
    /// Of the processes, compared with serial.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// The work per task from which processes beat serial.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BreakEven {
    pub size: usize,
    /// `None`: nowhere in the range tried.
    pub work_ns: Option<u64>,
    /// The most work at which serial surely won.
    pub lost_ns: Option<u64>,
    pub tried_to_ns: u64,
}
