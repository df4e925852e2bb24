//! What this lab reports: the script, its interpreter, its output, and the figures of its
//! threads and locks. The names under `rename` are part of the recording format.

mod kinds;
pub mod shares;
pub mod source;
mod values;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use kinds::{ExecutorKind, LockKind, QueueKind, Role, StartMethod, ValueKind, kind_named};
pub use values::{CellReport, Number, ValueReport};

use super::experiment::step::executed::{Searched, Stepped};
use crate::kit::event::Stream;
use crate::printable::Printable;
use crate::scene::Weight;
use shares::TimeShares;
use source::{SeenAt, SourceText};

/// Events of this lab: what lane events cannot say. A recording holds them one a line, so a field
/// that is added later must be allowed to be missing. All of them are reliable: the result is made
/// of them. The large ones are in boxes, because tens of thousands of other events, each as large
/// as the largest, may wait for a screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Fact {
    #[serde(rename = "python.script")]
    Script { script: Printable, args: Vec<Printable> },
    /// Only on a live screen; again when the file has changed while it ran.
    #[serde(rename = "python.source")]
    Source(SourceText),
    #[serde(rename = "python.interpreter")]
    Interpreter(Box<Interpreter>),
    /// A part of what the script wrote, in its order. As it was written, but for bytes that are
    /// no UTF-8.
    #[serde(rename = "python.output")]
    Output { stream: Stream, text: String },
    /// It runs in a terminal of its own: what it writes on stdout and stderr comes as one, as
    /// stdout, and so does the echo of what is typed.
    #[serde(rename = "python.terminal")]
    Terminal,
    /// Bytes of its output that are not reported because it writes faster than a screen can show.
    #[serde(rename = "python.skipped")]
    Skipped { bytes: u64 },
    /// It waits for a key in its terminal, or no longer.
    #[serde(rename = "python.input")]
    Input { wanted: bool },
    /// The figures so far, as one fact; the last ones are those of the whole run.
    #[serde(rename = "python.figures")]
    Figures(Box<Figures>),
    /// The user has taken this lock away, or given it back.
    #[serde(rename = "python.lock")]
    LockTaken { lock: u64, name: Printable, taken_away: bool },
    /// The user has paused the script. `running` of its processes go on, as they have left it.
    #[serde(rename = "python.pause")]
    Paused { running: u64 },
    #[serde(rename = "python.resume")]
    Resumed { paused: Duration },
    /// From now on each thread waits this long after each recorded event.
    #[serde(rename = "python.delay")]
    Slowed { delay: Duration },
    /// The user has killed a process that the script had started.
    #[serde(rename = "python.kill")]
    Killed { pid: u32, name: Printable },
    /// The user is at this step of a schedule.
    #[serde(rename = "python.step")]
    Stepped(Stepped),
    /// A search for a failing schedule is under way.
    #[serde(rename = "python.searching")]
    Searching { runs: u64 },
    #[serde(rename = "python.searched")]
    Searched(Searched),
    #[serde(rename = "python.end")]
    Ended(Box<Outcome>),
    /// The script could not be run, and why.
    #[serde(rename = "python.failed")]
    Failed { why: Printable },
}

/// The CPython that runs the script, as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interpreter {
    pub version: Printable,
    /// Whether it runs with its global lock.
    pub gil: bool,
    pub implementation: Printable,
}

/// Counted from all records, whether or not the screen had room for their events: the audit of
/// this lab. On a live screen they are reported five times a second, with the first hundred of
/// each kind; the last ones have all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub threads: Vec<ThreadReport>,
    pub locks: Vec<LockReport>,
    pub queues: Vec<QueueReport>,
    pub executors: Vec<ExecutorReport>,
    pub lists: Vec<ListReport>,
    #[serde(default)]
    pub values: Vec<ValueReport>,
    pub processes: Vec<ProcessReport>,
    pub pools: Vec<PoolReport>,
    /// Where threads were last seen; only on a live screen.
    #[serde(default)]
    pub seen_at: Vec<SeenAt>,
    /// Records that the script's process wrote, and those that it had to drop.
    pub records: u64,
    pub lost_records: u64,
}

/// What [`Outcome::not_watched`] begins with if it is everything.
pub const ANYTHING: &str = "anything: ";

/// How the script ended, and what was found out about it then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub exit: Exit,
    /// Threads that wait for each other in a cycle; each holds what the one before it wants.
    pub deadlock: Option<Vec<DeadlockStep>>,
    /// What was not watched, in words.
    pub not_watched: Vec<Printable>,
    /// Whether it was ended because the run had to end.
    pub stopped: bool,
    /// Which limit it was ended at, if one of ours.
    #[serde(default)]
    pub limit: Option<Printable>,
}

impl Fact {
    /// That the script could not be run, or not to its end, for this reason.
    pub fn failed(error: &impl std::error::Error) -> Self {
        Self::Failed { why: Printable::foreign(&error.to_string()) }
    }
}

impl Outcome {
    /// Why nothing was seen, if nothing was.
    pub fn blind(&self) -> Option<&str> {
        self.not_watched.iter().find_map(|what| what.strip_prefix(ANYTHING))
    }

    /// How the end weighs, the same in a finding, a badge and a story. One that was stopped has
    /// not failed.
    pub fn weight(&self) -> Weight {
        match self.exit.code {
            _ if self.stopped => Weight::Caution,
            Some(0) => Weight::Fine,
            _ => Weight::Broken,
        }
    }
}

/// One of both, as `waitpid(2)` has it: the code that the process gave, or the signal that ended
/// it. A script that is ended by an uncaught exception has code 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signal: Option<i32>,
}

/// A thread of any process of the run, whether it had a lane or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadReport {
    pub name: Printable,
    pub role: Role,
    pub daemon: bool,
    /// `None` while it runs.
    pub ended: Option<ThreadEnd>,
    /// The exception that ended it, and the script's line that raised it.
    pub error: Option<Printable>,
    pub error_at: Option<Printable>,
    /// `None` if it was too short to be looked at, or the system did not let it be.
    #[serde(default)]
    pub states: Option<TimeShares>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThreadEnd {
    Returned,
    Raised,
    /// The process ended with an exit code that is not 0, as by `sys.exit`.
    Exited,
    /// It ran when the process ended.
    Killed,
}

impl ThreadEnd {
    pub fn word(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Raised => "raised",
            Self::Exited => "exited",
            Self::Killed => "killed",
        }
    }
}

/// What `threading` has to wait at. Only a lock has a holder. Of a condition, an event or a barrier
/// the acquisitions are the waits that have ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LockReport {
    /// By which it is taken away; in the order in which they were made.
    pub number: u64,
    /// The variable that the script keeps it in, where its line says so.
    pub name: Printable,
    pub kind: LockKind,
    /// The file and line that made it.
    pub place: Printable,
    pub acquires: u64,
    /// Acquisitions that had to wait.
    pub contended: u64,
    /// Over all acquisitions; `None` without one, and for locks beyond the first few hundred.
    pub wait_us: Option<Times>,
    pub hold_us: Option<Times>,
    /// The thread that holds it now, or held it at the end; and those that wait then, in the
    /// order in which they came.
    pub holder: Option<Printable>,
    pub waiting: Vec<Printable>,
    /// Whether it was taken away at any time, and how often threads went on without it then:
    /// those are no acquisitions.
    #[serde(rename = "removed")]
    pub taken_away: bool,
    pub passed: u64,
}

/// A queue of the module `queue`, or of `multiprocessing`. Puts and gets are counted under the
/// queue's own lock or semaphore, so their difference is what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueReport {
    /// As for locks.
    pub name: Printable,
    pub kind: QueueKind,
    pub place: Printable,
    /// Items that it holds at most; `None` if there is no limit.
    pub maxsize: Option<u64>,
    pub puts: u64,
    pub gets: u64,
    /// Items that were put and never came to be in it, because they could not be pickled.
    #[serde(default)]
    pub dropped: u64,
    /// Items that are in it now, or at the end.
    pub left: u64,
    /// Items that were in it at most.
    pub longest: u64,
    /// Waits for room, and for an item.
    pub put_waits: u64,
    pub get_waits: u64,
    pub put_wait_us: Option<Times>,
    pub get_wait_us: Option<Times>,
    /// Threads that wait now, or waited at the end, in the order in which they came.
    pub waiting_to_put: Vec<Printable>,
    pub waiting_to_get: Vec<Printable>,
}

/// An executor of `concurrent.futures`, and its tasks by how they ended. Those that have not ended
/// are what is missing to `tasks`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorReport {
    /// As for locks.
    pub name: Printable,
    pub kind: ExecutorKind,
    pub place: Printable,
    /// Workers at most.
    pub workers: u32,
    pub tasks: u64,
    pub finished: u64,
    pub failed: u64,
    pub cancelled: u64,
    /// Failed tasks whose futures nothing has asked for the result or the exception.
    pub unseen_failures: u64,
    /// The first exception, and the script's line that raised it.
    pub error: Option<Printable>,
    pub error_at: Option<Printable>,
    /// From the submission to the start, and from that to the end; those of tasks in processes
    /// are not known.
    pub queued_us: Option<Times>,
    pub ran_us: Option<Times>,
}

/// A list that threads share, as far as its methods were called while there was more than one
/// thread. Of one whose length is only looked at, what its methods did is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListReport {
    /// The variable that holds it.
    pub name: Printable,
    pub operations: Option<u64>,
    /// Items that were in it before the first of these; after it, if that one does not tell how
    /// many it has added or removed.
    pub found: u64,
    pub appended: Option<u64>,
    pub removed: Option<u64>,
    /// Operations that raised an exception, such as a `pop` of an empty list.
    pub failed: Option<u64>,
    pub left: u64,
    /// Threads that called a method of it.
    pub threads: Option<u64>,
    /// If its length is only looked at.
    pub looked_at: Option<LookReport>,
}

/// What looks at a list have seen. Which thread has changed it, and by how much it was longer or
/// shorter between two looks, is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LookReport {
    /// Looks at which its length was another than at the one before.
    pub changes: u64,
    /// Its length at the look before the last of these.
    pub before: u64,
    /// The thread that looked: when it released this lock; or when it notified others, or began or
    /// ended itself or a task.
    pub thread: Printable,
    pub released: Option<Printable>,
}

/// A process that the script started, directly or by one of its children. The script's own is
/// none of these: its end is the end of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessReport {
    pub pid: u32,
    pub name: Printable,
    pub start_method: StartMethod,
    /// `None` while it runs, or if its parent did not ask.
    pub exit: Option<Exit>,
    /// What it was at when it ended: a task whose result it cannot give back.
    #[serde(default)]
    pub lost: Option<Printable>,
}

/// A `multiprocessing.Pool`, or a pool of threads with the same methods. Its workers are among the
/// processes or threads of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoolReport {
    pub name: Printable,
    pub place: Printable,
    pub size: u32,
    pub start_method: StartMethod,
    /// Items that were submitted, and the chunks that they were put into.
    pub tasks: u64,
    pub chunks: u64,
    /// Chunks that a worker has ended.
    #[serde(default)]
    pub done: u64,
    pub failed: u64,
    /// From its making to its end; `None` before that.
    pub total_ms: Option<f64>,
    pub parts_ms: PoolParts,
}

/// Where the time of a pool went. A part that did not happen, or is not over, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolParts {
    /// Until a worker has begun the first chunk.
    pub start: Option<f64>,
    /// Of tasks and results, in all processes together: it is part of the others.
    pub pickle: Option<f64>,
    /// From there until the last chunk was done.
    pub compute: Option<f64>,
    /// Until the parent had its result.
    #[serde(rename = "return")]
    pub give_back: Option<f64>,
    /// From `close` or `terminate` to the end of the workers.
    pub shutdown: Option<f64>,
}

/// How long something took, in microseconds, to two digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Times {
    pub p50: f64,
    /// `None` of fewer than [`P99_SAMPLES`](crate::timeline::stat::P99_SAMPLES): there it would
    /// be the maximum under another name.
    pub p99: Option<f64>,
    pub max: f64,
    pub samples: u64,
}

/// One thread of a cycle. Names and not numbers, because this is read and not looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlockStep {
    pub thread: Printable,
    pub wants: Printable,
    pub held_by: Printable,
}
