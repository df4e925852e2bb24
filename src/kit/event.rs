//! The vocabulary of concurrency: what a thread or process can be seen to do.
//!
//! One vocabulary for every lab, so that lanes, the wait-for graph, the blame
//! ledger, the story and the trace export exist once. The dotted names are what
//! text, jsonl and trace print. A lab adds *facts* of its own (see
//! [`What::Fact`]); whatever two labs share belongs here.
//!
//! Texts that can hold what others wrote (errors, panic messages, output) are printable;
//! names and labels are the program's own.
//!
//! Must not know: any lab, and how anything is shown.

use std::sync::Arc;

use serde::Serialize;

use crate::printable::Printable;

/// One thread or process of a run. Ids are dense, from 0, in order of registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct LaneId(pub u32);

/// One thing that lanes share: a lock, a queue, a variable. Dense, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ResourceId(pub u32);

/// What runs in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum LaneKind {
    /// An OS thread of this process; `os_tid` as the kernel names it.
    Thread { os_tid: u32 },
    /// A process that this run started.
    Process { pid: u32 },
}

/// The field's terms for what can be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceKind {
    Lock,
    RLock,
    Condition,
    Semaphore,
    Event,
    Barrier,
    Queue,
    Pipe,
    Variable,
    List,
    Pool,
    Future,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "outcome")]
pub enum TaskOutcome {
    Finished,
    Failed {
        error: Printable,
    },
    Cancelled,
    /// Its worker died while it held the task.
    Lost {
        cause: Printable,
    },
}

/// How a lane ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "ending")]
pub enum Ending {
    Returned,
    /// A panic, with its message and `file:line`.
    Panicked {
        message: Printable,
        place: Printable,
    },
    Exited {
        code: i32,
    },
    Killed {
        signal: i32,
    },
    /// Stopped before its work was done.
    Stopped,
}

/// Why a lane pauses on purpose. Every pause that the program adds is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pause {
    /// The experiment's own pause after an operation.
    Exercise,
    /// Added so that eyes can follow.
    Pace,
    /// Added between a load and its store to widen the race window.
    Window,
    /// Work that is itself a wait (an I/O stand-in).
    Work,
}

/// One thing that happened in a lane.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event")]
pub enum LaneEvent {
    #[serde(rename = "thread.start")]
    Started {
        name: Arc<str>,
        #[serde(flatten)]
        kind: LaneKind,
    },
    #[serde(rename = "thread.running")]
    Running,
    #[serde(rename = "thread.idle")]
    Idle,
    /// The lane is at this line (from 1) of the code panel's listing.
    #[serde(rename = "thread.line")]
    Line { line: u16 },
    #[serde(rename = "thread.sleep")]
    Sleeping { pause: Pause, for_ns: u64 },
    /// A resource is registered, once, before anything refers to it.
    #[serde(rename = "resource")]
    Defined { resource: ResourceId, name: Arc<str>, kind: ResourceKind },
    /// The lane is about to take this step ("store", "lock"); `value` is what it would write.
    #[serde(rename = "step")]
    Step { resource: ResourceId, verb: &'static str, value: Option<i64> },
    #[serde(rename = "lock.want")]
    Waiting { resource: ResourceId, holder: Option<LaneId> },
    #[serde(rename = "lock.got")]
    Acquired { resource: ResourceId, depth: u32 },
    #[serde(rename = "lock.rel")]
    Released { resource: ResourceId, depth: u32 },
    /// A try or a timed wait that gave up, or a lock skipped on purpose.
    #[serde(rename = "lock.fail")]
    GaveUp { resource: ResourceId, why: Printable },
    #[serde(rename = "notify")]
    Notified { resource: ResourceId, lanes: u32 },
    #[serde(rename = "var.read")]
    Read { resource: ResourceId, value: i64 },
    #[serde(rename = "var.write")]
    Wrote { resource: ResourceId, value: i64 },
    #[serde(rename = "task.submit")]
    TaskQueued { task: u64, label: Arc<str> },
    #[serde(rename = "task.start")]
    TaskStarted { task: u64, label: Arc<str> },
    #[serde(rename = "task.end")]
    TaskEnded {
        task: u64,
        #[serde(flatten)]
        outcome: TaskOutcome,
    },
    #[serde(rename = "xfer.send")]
    Sent { resource: ResourceId, bytes: u64 },
    #[serde(rename = "xfer.receive")]
    Received { resource: ResourceId, bytes: u64 },
    /// A line that a process wrote on its own stdout or stderr.
    #[serde(rename = "out")]
    Said { stream: Stream, text: Printable },
    #[serde(rename = "mark")]
    Mark { label: Arc<str> },
    #[serde(rename = "thread.end")]
    Ended(Ending),
}

impl LaneEvent {
    /// Whether other events can refer to what this one makes known: a lane, a resource, a
    /// task. No consumer may see it after any of those.
    pub fn introduces(&self) -> bool {
        matches!(self, Self::Started { .. } | Self::Defined { .. } | Self::TaskQueued { .. })
    }
}

/// Where a process wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// A lane event, or the lab's own fact.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum What<F> {
    Lane(LaneEvent),
    Fact(F),
}

/// Something that happened, where and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stamped<F> {
    /// Nanoseconds since the run began.
    #[serde(rename = "t_ns")]
    pub at: u64,
    pub lane: LaneId,
    #[serde(flatten)]
    pub what: What<F>,
}
