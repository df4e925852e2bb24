//! What the engine tells beyond lane events. Plain data.

use std::sync::Arc;

use serde::Serialize;

use super::audit::Audit;
use super::dials::Dials;
use super::held::Held;
use super::history::Conflicts;
use super::op::{Op, Who};
use super::tally::Tally;
use super::windows::{LockTimes, Windows};

/// Values of the list that are told with an event; the length is exact.
pub const SHOWN: usize = 32;
/// What only this lab has to tell.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// The lane that speaks is this thread of the experiment.
    #[serde(rename = "list.thread")]
    Thread { who: Who },
    /// How the dials stand now.
    #[serde(rename = "list.dials")]
    Dials(Dials),
    /// A round begins, with so many threads and operations each.
    #[serde(rename = "list.round")]
    Round {
        round: u64,
        adders: u8,
        removers: u8,
        ops: u32,
    },
    /// An operation begins. Told at human pace only, as are the next two.
    #[serde(rename = "list.op")]
    Began { locked: bool },
    /// It has loaded the length and stands in the window, with this value in hand.
    #[serde(rename = "list.read")]
    Loaded { length: u32, value: Option<i64> },
    #[serde(rename = "list.done")]
    Done {
        #[serde(flatten)]
        op: Op,
        locked: bool,
        #[serde(flatten)]
        counts: ThreadCounts,
        list: Shown,
    },
    /// In the middle of a long round.
    #[serde(rename = "list.progress")]
    Progress {
        threads: Vec<(Who, ThreadCounts)>,
        list: Shown,
    },
    /// How far load and store lie apart, as measured so far.
    #[serde(rename = "list.window")]
    Measured(Box<Measured>),
    /// A round was audited. At full speed not every round is told; the sums are of all.
    #[serde(rename = "list.audit")]
    Audited(Arc<Audited>),
    /// What the user expects; `None` if that was no number.
    #[serde(rename = "list.guess")]
    Guess { of_thousand: Option<u32> },
    /// The threads are in the user's hand and stand like this; `None`: let go again.
    #[serde(rename = "list.held")]
    Held(Option<Box<Held>>),
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

/// The list as an onlooker sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shown {
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
    pub list: Shown,
    pub threads: Vec<(Who, ThreadCounts)>,
    /// All rounds of the run.
    pub run: Tally,
    /// The rounds since a dial was last turned; `None` if that was in this round.
    pub meter: Option<Tally>,
    /// `None` if no acquisition was timed.
    pub lock: Option<LockTimes>,
}
