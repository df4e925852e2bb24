//! The vocabulary of concurrency: what a thread or process can be seen to do.
//!
//! One vocabulary for every lab, so that lanes, the wait-for graph, the ledger of
//! contention, the story and the trace export exist once. The dotted names are what text,
//! jsonl and trace print; they are part of the output's contract. A lab adds *facts* of its
//! own (see [`What::Fact`]); whatever two labs share belongs here.
//!
//! Texts that can hold what others wrote (errors, panic messages, output) are printable;
//! names and labels are the program's own.
//!
//! Events are plain data and cheap to make, as they are made inside the experiment: names
//! are shared, and what most events carry is a few numbers.
//!
//! The life of a lane, of a lock as one lane sees it, and of a task:
//!
//! ```text
//! Started ─▶ (Running │ Idle │ Waiting │ Sleeping │ Line │ Step)* ─▶ Ended
//! Paused ─▶ Resumed                         in the middle of any of these
//! Waiting ─▶ Acquired ─▶ Released           or Waiting ─▶ GaveUp
//! TaskQueued ─▶ TaskStarted ─▶ TaskEnded    or TaskQueued ─▶ TaskEnded, if it was cancelled
//! ```

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::printable::Printable;

/// One thread or process of a run. Ids are dense, from 0, in order of registration, and are not
/// given again: a lane that has ended keeps its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LaneId(pub u32);

/// One thing that lanes share: a lock, a queue, a variable. Dense, from 0, in the order of
/// registration; its name comes with [`LaneEvent::Defined`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct ResourceId(pub u32);

/// What runs in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum LaneKind {
    /// An OS thread of this process; `os_tid` as the kernel names it.
    Thread { os_tid: u32 },
    /// A process that this run started.
    Process { pid: u32 },
}

/// The field's terms for what can be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// How a task ended. Each task that was queued ends once: with a value, with an error or
/// panic, cancelled before it ran, or lost because its worker died while it held the task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "outcome")]
pub enum TaskOutcome {
    Finished,
    Failed { error: Printable },
    Cancelled,
    Lost { cause: Printable },
}

/// How texts for readers call a panic, with the thread or the task before it: most readers know
/// Python, where the same is an exception.
pub const RAISED: &str = "raised an exception (a panic in Rust)";

/// How a lane ended: its body came to its end or panicked (with message and `file:line`),
/// or, for a process, with an exit status or by a signal. `Stopped` if it was asked to stop
/// before its work was done, `Unknown` if the system did not report how a process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "ending")]
pub enum Ending {
    Returned,
    Panicked {
        message: Printable,
        place: Printable,
    },
    /// The same of a thread of a Python script: an exception that nothing caught ended it.
    Raised {
        error: Printable,
        place: Printable,
    },
    Exited {
        code: i32,
    },
    Killed {
        signal: i32,
    },
    Stopped,
    Unknown,
}

/// Why a lane pauses on purpose. Every pause that the program adds is named, so that no
/// reader takes it for work or for a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pause {
    /// The experiment's own pause after an operation.
    Exercise,
    /// Added so that eyes can follow.
    Pace,
    /// Added between a load and its store to widen the race window.
    Window,
    /// Work that is itself a wait, in place of I/O.
    Work,
    /// The user's own program sleeps.
    Script,
}

/// What the kernel says that a thread does. A sample, unlike all else: what happens between two of
/// them is not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampledState {
    Running,
    /// It could run, and other threads have the cores.
    Core,
    /// It waits for the global lock of its Python interpreter.
    Gil,
    /// It waits for a lock, or for whatever else a thread waits for by way of one.
    Lock,
    Sleep,
    /// In any other system call: for a file, a pipe, a process.
    Io,
}

impl SampledState {
    /// All of them; the position is the number of the variant.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Core, Self::Gil, Self::Lock, Self::Sleep, Self::Io];
    /// Those in which a thread cannot run.
    pub const WAITS: [Self; 4] = [Self::Gil, Self::Lock, Self::Sleep, Self::Io];
}

/// One thing that happened in a lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum LaneEvent {
    /// The lane begins. Its first event, so a consumer knows each lane before anything else
    /// of it.
    #[serde(rename = "thread.start")]
    Started {
        name: Arc<str>,
        #[serde(flatten)]
        kind: LaneKind,
    },
    /// The lane continues after a wait or a pause. Needed because a wait may end without an
    /// acquisition.
    #[serde(rename = "thread.running")]
    Running,
    /// A worker has no task and waits for one: neither work nor contention.
    #[serde(rename = "thread.idle")]
    Idle,
    /// The lane is at this line (from 1) of the listing that the code panel shows.
    #[serde(rename = "thread.line")]
    Line { line: u16 },
    /// The lane pauses on purpose, for this long unless it is woken earlier.
    #[serde(rename = "thread.sleep")]
    Sleeping { pause: Pause, for_ns: u64 },
    /// The user has stopped the lane's process, which does nothing until [`LaneEvent::Resumed`]:
    /// the time between counts neither as a wait nor as anything else that the lane does.
    #[serde(rename = "thread.pause")]
    Paused,
    /// It continues with what it did before.
    #[serde(rename = "thread.resume")]
    Resumed,
    /// What the kernel said about the lane's thread when it was looked at; holds until the lane's
    /// next event of any other kind. Changes nothing of what it holds or waits for.
    #[serde(rename = "thread.sampled")]
    Sampled { state: SampledState },
    /// A resource is registered, once, before anything refers to it.
    #[serde(rename = "resource")]
    Defined { resource: ResourceId, name: Arc<str>, kind: ResourceKind },
    /// The lane is about to take this step ("store", "acquire"); `value` is what it would
    /// write, where that is known. In paced mode the delay follows, in single-stepped mode
    /// the wait for the scheduler.
    #[serde(rename = "step")]
    Step { resource: ResourceId, verb: Cow<'static, str>, value: Option<i64> },
    /// The lane cannot continue before it gets the resource. `holder` is the lane that it
    /// waits for where one alone can end the wait: an edge of the wait-for graph.
    #[serde(rename = "lock.want")]
    Waiting { resource: ResourceId, holder: Option<LaneId> },
    /// The lane has got it. `depth` is how often it holds it now: 1 but for re-entrant
    /// locks.
    #[serde(rename = "lock.got")]
    Acquired { resource: ResourceId, depth: u32 },
    /// The lane has released it; at `depth` 0 it does not hold it any more.
    #[serde(rename = "lock.rel")]
    Released { resource: ResourceId, depth: u32 },
    /// A try or a timed wait that gave up, an operation that was refused, or a lock skipped
    /// on purpose. Ends a [`LaneEvent::Waiting`] without an acquisition.
    #[serde(rename = "lock.fail")]
    GaveUp { resource: ResourceId, why: Printable },
    /// The lane has woken this number of waiters, possibly none.
    #[serde(rename = "notify")]
    Notified { resource: ResourceId, lanes: u32 },
    /// The lane has found this value in a variable. One read-modify-write emits this and the next.
    #[serde(rename = "var.read")]
    Read { resource: ResourceId, value: i64 },
    /// The lane has left this value in a variable.
    #[serde(rename = "var.write")]
    Wrote { resource: ResourceId, value: i64 },
    /// The lane has submitted a task. Its number is unique in the run.
    #[serde(rename = "task.submit")]
    TaskQueued { task: u64, label: Arc<str> },
    /// The lane, a worker, begins to run the task.
    #[serde(rename = "task.start")]
    TaskStarted { task: u64, label: Arc<str> },
    /// The lane has ended the task, in this way.
    #[serde(rename = "task.end")]
    TaskEnded {
        task: u64,
        #[serde(flatten)]
        outcome: TaskOutcome,
    },
    /// The lane has put this much into a queue or pipe.
    #[serde(rename = "xfer.send")]
    Sent { resource: ResourceId, bytes: u64 },
    /// The lane has taken this much out of a queue or pipe.
    #[serde(rename = "xfer.receive")]
    Received { resource: ResourceId, bytes: u64 },
    /// A line that a process wrote on its own stdout or stderr.
    #[serde(rename = "out")]
    Said { stream: Stream, text: Printable },
    /// A named moment of the lab's own.
    #[serde(rename = "mark")]
    Mark { label: Arc<str> },
    /// The lane ends. Emitted once.
    #[serde(rename = "thread.end")]
    Ended(Ending),
}

impl LaneEvent {
    /// Whether other events can refer to what this one makes known: a lane, a resource, a
    /// task. No consumer may see it after any of those, so the reader's sort moves nothing
    /// in front of it.
    pub fn introduces(&self) -> bool {
        matches!(self, Self::Started { .. } | Self::Defined { .. } | Self::TaskQueued { .. })
    }
}

/// Which of its streams a process wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// A lane event, or a fact of the lab's own type `F`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum What<F> {
    Lane(LaneEvent),
    Fact(F),
}

/// Something that happened, where and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stamped<F> {
    /// Nanoseconds since the run began, on the run's clock.
    #[serde(rename = "t_ns")]
    pub at: u64,
    pub lane: LaneId,
    #[serde(flatten)]
    pub what: What<F>,
}
