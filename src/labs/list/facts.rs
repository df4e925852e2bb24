//! Events of this lab, beyond lane events. Plain data that is serialised as it is into
//! recordings; the names under `rename` are part of that format.
//!
//! Most are emitted reliably, because the state could not be right without them. `Began`,
//! `Loaded`, `Done`, `Progress`, `Measured` and, at full speed, `Audited` may be dropped:
//! a later one contains what is missed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::experiment::audit::Audit;
use super::experiment::history::Conflicts;
use super::experiment::op::{Op, WorkerId};
use super::experiment::tally::Tally;
use super::experiment::windows::{LockTimes, Windows};
use super::settings::ListSettings;
use crate::lab::SteppedThread;

/// Name of the driver thread's lane, as Python calls its first thread.
pub const MAIN: &str = "main";
/// Most values in a [`ListSnapshot`]; its length is exact. More do not fit on a screen,
/// and a snapshot is made for every operation at human pace.
pub const SNAPSHOT_VALUES: usize = 32;

/// Events of this lab. The lane of an event is that of the thread that emits it: the
/// driver or a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// The lane of this event is this thread of the experiment. It is the first fact of
    /// each worker.
    #[serde(rename = "list.thread")]
    Thread { who: WorkerId },
    /// The settings in force from now on. A thread that is in the middle of an operation
    /// follows them from its next one, which is why the screen also shows threads that
    /// are still behind. Emitted before the first round and after each change.
    #[serde(rename = "list.settings")]
    Settings(ListSettings),
    /// A round begins with these numbers of threads, and of operations per thread.
    /// Emitted at human pace only: at full speed a round is shorter than a frame, and an
    /// audit reports what came of it.
    #[serde(rename = "list.round")]
    Round { round: u64, adders: u8, removers: u8, ops: u32 },
    /// An operation begins, under the lock or not. Emitted at human pace only, like the
    /// next two.
    #[serde(rename = "list.op")]
    Began { locked: bool },
    /// The operation has loaded the length and is in the race window; `value` is the one it
    /// will append or has read.
    #[serde(rename = "list.read")]
    Loaded { length: u32, value: Option<i64> },
    /// An operation has ended: what it did, what its thread has done in this round, and
    /// the list right after it. The list is read without the lock, so others may have
    /// changed it again.
    #[serde(rename = "list.done")]
    Done {
        #[serde(flatten)]
        op: Op,
        locked: bool,
        #[serde(flatten)]
        counts: ThreadCounts,
        list: ListSnapshot,
    },
    /// In the middle of a long round at full speed: the counters since each thread began,
    /// and the list as it happens to be.
    #[serde(rename = "list.progress")]
    Progress { threads: Vec<(WorkerId, ThreadCounts)>, list: ListSnapshot },
    /// The time between load and store, as measured so far. Emitted once near the start
    /// and then with each audit, because the figures of running threads become better
    /// with every sample.
    #[serde(rename = "list.window")]
    Measured(Box<Measured>),
    /// A round was audited. At full speed not every round is reported; the sums include
    /// all. Behind an `Arc`, because the state keeps it, possibly twice.
    #[serde(rename = "list.audit")]
    Audited(Arc<Audited>),
    /// What the user expects, from 0 to 1000 values lost of 1,000; `None` if the text was
    /// no such number.
    #[serde(rename = "list.guess")]
    Guess { of_thousand: Option<u32> },
    /// State of the threads in step mode; `None` when step mode ends. Emitted after every
    /// change.
    #[serde(rename = "list.stepper")]
    Stepper { stepped: Option<Box<StepperSnapshot>> },
    /// All rounds are over, and all threads of the experiment have been joined. The last
    /// event.
    #[serde(rename = "list.end")]
    End {
        /// The whole list at the last audit, not only its first values: it is the result
        /// of the run, in text and JSON.
        final_list: Arc<[i64]>,
        /// Why the run could not continue, such as a thread that the system refused or
        /// that panicked; `None` if it ended by itself or was stopped by the user.
        failure: Option<String>,
    },
}

/// How far the load of the length and the store of the new one lie apart in time: the
/// window in which another thread's operation makes this one overwrite it. From it
/// follows how often the exercise itself would lose a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// On the driver's thread before an audit, each time after a sleep: like the
    /// operations of the exercise, which always follow a pause.
    pub slept: Windows,
    /// On the experiment's own threads at full speed; `None` until enough operations of
    /// both kinds were timed.
    pub running: Option<Windows>,
}

/// What one thread has done: in this round at human pace, since it began otherwise. Exact
/// in both cases. `done` are appends or removals, `empty` are removals that found the
/// list empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadCounts {
    pub done: u64,
    pub empty: u64,
}

/// The list as read by a thread that does not work on it: no step, and no lock. Other
/// threads may change it between two reads, so length and values need not belong to one
/// moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSnapshot {
    pub length: u32,
    /// The first values, at most [`SNAPSHOT_VALUES`] in events of the running experiment.
    pub values: Vec<i64>,
}

/// The audit of a round, and the sums so far. It is complete in itself: a reader that
/// missed all audits before it knows the whole run from this one, so most of them may be
/// dropped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audited {
    pub round: u64,
    #[serde(flatten)]
    pub audit: Audit,
    pub conflicts: Conflicts,
    /// The list when this was emitted. At full speed that may be the list of a later
    /// round than the audit is of, because a round with an anomaly is kept until the next
    /// report.
    pub list: ListSnapshot,
    pub threads: Vec<(WorkerId, ThreadCounts)>,
    /// Sums over all rounds of the run, including those that were not reported.
    pub run: Tally,
    /// Sums over the rounds since a setting was last changed; `None` if that was in this
    /// round.
    pub meter: Option<Tally>,
    /// Waits and holds of the lock since the run began; `None` if no acquisition was
    /// timed.
    pub lock: Option<LockTimes>,
}

/// All stepped threads, and the list as it was read right after. A thread that has not
/// come to its first step since the pause, or sleeps, is part of it without a next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepperSnapshot {
    pub threads: Vec<SteppedThread<WorkerId>>,
    pub list: ListSnapshot,
    /// The thread that was chosen last, if it could not take its step: something that it needs
    /// is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<WorkerId>,
}
