//! Events of this lab, beyond lane events. Plain data.

use std::sync::Arc;

use serde::Serialize;

use super::experiment::audit::Audit;
use super::experiment::history::Conflicts;
use super::experiment::op::{Op, Who};
use super::experiment::stepper::StepperSnapshot;
use super::experiment::tally::Tally;
use super::experiment::windows::{LockTimes, Windows};
use super::settings::ListSettings;

/// The name of the driver thread's lane, as Python calls its first thread.
pub const MAIN: &str = "main";
/// Most values in a [`ListSnapshot`]; its length is exact.
pub const SNAPSHOT_VALUES: usize = 32;

/// Events of this lab.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// The lane that speaks is this thread of the experiment.
    #[serde(rename = "list.thread")]
    Thread { who: Who },
    /// The settings in force from now on.
    #[serde(rename = "list.settings")]
    Settings(ListSettings),
    /// A round begins with these numbers of threads, and of operations per thread.
    #[serde(rename = "list.round")]
    Round { round: u64, adders: u8, removers: u8, ops: u32 },
    /// An operation begins. Emitted at human pace only, like the next two.
    #[serde(rename = "list.op")]
    Began { locked: bool },
    /// The operation has loaded the length and is in the race window; `value` is the one it
    /// will append or has read.
    #[serde(rename = "list.read")]
    Loaded { length: u32, value: Option<i64> },
    #[serde(rename = "list.done")]
    Done {
        #[serde(flatten)]
        op: Op,
        locked: bool,
        #[serde(flatten)]
        counts: ThreadCounts,
        list: ListSnapshot,
    },
    /// In the middle of a long round.
    #[serde(rename = "list.progress")]
    Progress { threads: Vec<(Who, ThreadCounts)>, list: ListSnapshot },
    /// How far load and store lie apart, as measured so far.
    #[serde(rename = "list.window")]
    Measured(Box<Measured>),
    /// A round was audited. At full speed not every round is reported; the sums include all.
    #[serde(rename = "list.audit")]
    Audited(Arc<Audited>),
    /// What the user expects; `None` if that was no number.
    #[serde(rename = "list.guess")]
    Guess { of_thousand: Option<u32> },
    /// State of the threads in step mode; `None` when step mode ends.
    #[serde(rename = "list.stepper")]
    Stepper(Option<Box<StepperSnapshot>>),
    /// All rounds are over.
    #[serde(rename = "list.end")]
    End {
        final_list: Arc<[i64]>,
        /// Why the run could not go on, if that is how it ended.
        failure: Option<String>,
    },
}

/// How far load and store lie apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Measured {
    /// Before anything ran, on a thread that had just slept.
    pub slept: Windows,
    /// On the experiment's own threads at full speed, once there is enough.
    pub running: Option<Windows>,
}

/// What one thread has done: in this round at human pace, since it began otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ThreadCounts {
    /// Appends or removals.
    pub done: u64,
    /// Removals that found the list empty.
    pub empty: u64,
}

/// The list as read by a thread that does not work on it: no step, so possibly torn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListSnapshot {
    pub length: u32,
    /// The first few.
    pub values: Vec<i64>,
}

/// The audit of a round, and the sums so far.
#[derive(Clone, Debug, Serialize)]
pub struct Audited {
    pub round: u64,
    #[serde(flatten)]
    pub audit: Audit,
    pub conflicts: Conflicts,
    pub list: ListSnapshot,
    pub threads: Vec<(Who, ThreadCounts)>,
    /// All rounds of the run.
    pub run: Tally,
    /// The rounds since a setting was last changed; `None` if that was in this round.
    pub meter: Option<Tally>,
    /// `None` if no acquisition was timed.
    pub lock: Option<LockTimes>,
}
