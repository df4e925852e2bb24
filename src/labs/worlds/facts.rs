//! What this lab reports: runs of each strategy, costs, and what is kept apart by a
//! process. The names under `rename` are part of the recording format; `way` is the older
//! name of a strategy there.

use serde::Serialize;

use super::experiment::cost::Cost;
pub(crate) use super::experiment::kinds::{Amount, Runtime, Strategy, Work};
use crate::kit::load::Load;
use crate::printable::Printable;

/// What each side saw of "the same" variable after both had changed it, which shows whose
/// memory it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Drift {
    /// What the main thread reads after a thread added to it: all additions.
    pub thread_sees: i64,
    /// What this process reads after a child process added to "it": nothing of that.
    pub process_sees: i64,
    /// What this process reads after a child process added to it in shared memory: all
    /// additions.
    pub shared_memory_sees: i64,
    /// What the child's own copy held in the end: it has added, but to its own variable.
    pub child_copy: i64,
    pub our_pid: u32,
    pub child_pid: u32,
    /// Where the variable is in memory, as each side prints it. Addresses are virtual:
    /// equal ones would not mean the same memory, and different ones come from address
    /// space randomisation.
    pub our_address: String,
    pub child_address: String,
}

/// What a crash took with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Isolation {
    /// Whether a task that came after the crash was still worked on.
    pub process_pool_survived: bool,
    /// How the program ended in which one of several threads aborted.
    pub threads_exit: String,
    /// How the worker process ended that did the same.
    pub worker_exit: String,
}

/// How often the kernel took a worker off its core, as it counts by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Switches {
    /// The worker had nothing to do: it waited.
    pub voluntary: u64,
    /// The worker would have continued, but its time slice was over or another thread was
    /// preferred.
    pub involuntary: u64,
}

/// Events of this lab. All are reliable but for the progress.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// Step `done` of `of` begins; `what` describes it.
    #[serde(rename = "worlds.progress")]
    Progress { what: String, done: usize, of: usize },
    /// The CPython that is measured, and whether this build and run of it has a GIL.
    #[serde(rename = "worlds.python")]
    Python { version: Printable, gil: bool },
    /// Why CPython is not measured, or not completely.
    #[serde(rename = "worlds.python_absent")]
    PythonAbsent { why: Printable },
    /// Earlier runs count no more: the settings changed. `n` is the number of workers
    /// from now on.
    #[serde(rename = "worlds.began")]
    Began { n: usize },
    /// What each worker does in this work, as the runtime counts it.
    #[serde(rename = "worlds.task")]
    TaskAmount { work: Work, runtime: Runtime, amount: Amount },
    /// What others used of the cores while all this was measured.
    #[serde(rename = "worlds.load")]
    Load(Load),
    /// One run of a work with one strategy: `n` tasks in `ns`, starting the workers
    /// included. Runs of the same round belong together.
    #[serde(rename = "worlds.timed")]
    Timed {
        round: usize,
        work: Work,
        #[serde(rename = "way")]
        strategy: Strategy,
        n: usize,
        ns: u64,
        switches: Option<Switches>,
    },
    /// All samples of a cost, in the unit of its field.
    #[serde(rename = "worlds.cost")]
    Cost { cost: Cost, samples: Vec<f64> },
    #[serde(rename = "worlds.drift")]
    Drift(Drift),
    #[serde(rename = "worlds.isolation")]
    Isolation(Isolation),
    /// Something could not be measured, and why. The rest continues.
    #[serde(rename = "worlds.failed")]
    Failed { what: String, why: String },
    /// An answer to the guide's question `question`, from 0. It comes from the user and
    /// needs no measurement, so it may come at any time.
    #[serde(rename = "worlds.answer")]
    Answered { question: usize, answer: usize },
    /// A pass is complete.
    #[serde(rename = "worlds.done")]
    Done,
}
