//! What this lab reports: runs of each strategy, costs, and what is kept apart by a
//! process. The names under `rename` are part of the recording format; `way` is the older
//! name of a strategy there.

use serde::{Deserialize, Serialize};

use super::experiment::cost::Cost;
pub use super::experiment::kinds::{Amount, Runtime, Strategy, Work};
use crate::kit::load::Load;
use crate::printable::Printable;

/// What each side saw of "the same" variable after 100 additions elsewhere, which shows
/// whose memory it is.
///
/// `thread_sees` is what the main thread reads after a thread of its own added: all
/// additions. `process_sees` is what it reads after a child process added: none of them,
/// while `child_copy`, the child's own variable, has all. `shared_memory_sees` is what it
/// reads if the child added to a variable in shared memory: all again. `adder_sees` is what that
/// thread read itself when it had added, and `child_sees_shared` what the child read in shared
/// memory; `None` in older recordings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    pub thread_sees: i64,
    pub process_sees: i64,
    pub shared_memory_sees: i64,
    pub child_copy: i64,
    #[serde(default)]
    pub adder_sees: Option<i64>,
    #[serde(default)]
    pub child_sees_shared: Option<i64>,
    pub our_pid: u32,
    pub child_pid: u32,
    /// Where the variable is in memory, as each side prints it. Addresses are virtual:
    /// equal ones would not mean the same memory, and different ones come from address
    /// space randomisation.
    pub our_address: String,
    pub child_address: String,
}

/// What a crash took with it: a worker process that aborts takes its task, a thread that
/// aborts takes its whole program. Both really happen, the second one in another process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Isolation {
    pub process_pool_survived: bool,
    pub threads_exit: String,
    pub worker_exit: String,
}

/// How often the kernel took a worker off its core, as it counts by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switches {
    /// The worker had nothing to do: it waited.
    pub voluntary: u64,
    /// The worker would have continued, but its time slice was over or another thread was
    /// preferred.
    pub involuntary: u64,
}

/// Events of this lab. All are reliable but for the progress: they are few, and a missing
/// sample would make the round useless for the strategies that it is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// Step `done` of `of` begins; `what` describes it.
    #[serde(rename = "worlds.progress")]
    Progress { what: String, done: usize, of: usize },
    /// The CPython that is measured, and whether it runs with its GIL: a free-threaded
    /// build can be run with one all the same, so the script asks the interpreter itself.
    #[serde(rename = "worlds.python")]
    Python { version: Printable, gil: bool },
    /// Why CPython is not measured, or not completely.
    #[serde(rename = "worlds.python_absent")]
    PythonAbsent { why: Printable },
    /// These settings are in force from now on. Emitted by the thread that shows the run,
    /// before the runs with the old ones have come to their end.
    #[serde(rename = "worlds.changed")]
    Changed { n: usize, work: Option<Work>, size_ns: u64 },
    /// Earlier runs count no more: the settings changed. `n` is the number of workers
    /// from now on.
    #[serde(rename = "worlds.began")]
    Began { n: usize },
    /// What each worker does in this work, as the runtime counts it. Emitted before the
    /// rounds, for each work and runtime.
    #[serde(rename = "worlds.task")]
    TaskAmount { work: Work, runtime: Runtime, amount: Amount },
    /// What other programs used of the cores during the pass. Enough of it spoils times
    /// and speed-ups, and becomes a finding.
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
    /// All samples of a cost, in the unit of its field, in the order in which they were
    /// taken. Costs that are compared with each other have their samples in pairs.
    #[serde(rename = "worlds.cost")]
    Cost { cost: Cost, samples: Vec<f64> },
    #[serde(rename = "worlds.drift")]
    Drift(Drift),
    #[serde(rename = "worlds.isolation")]
    Isolation(Isolation),
    /// Something could not be measured, and why. The rest continues, and the run ends
    /// with the list of what is missing.
    #[serde(rename = "worlds.failed")]
    Failed { what: String, why: String },
    /// An answer to the guide's question `question`, from 0. It comes from the user and
    /// needs no measurement, so it may come at any time.
    #[serde(rename = "worlds.answer")]
    Answered { question: usize, answer: usize },
    #[serde(rename = "worlds.done")]
    Done,
}
