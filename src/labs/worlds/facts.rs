//! What this lab reports: runs of each strategy, costs, and what is kept apart.

use serde::Serialize;

use super::experiment::cost::Cost;
pub(crate) use super::experiment::kinds::{Amount, Runtime, Strategy, Work};
use crate::kit::load::Load;
use crate::printable::Printable;

/// What each side saw of "the same" variable after both had changed it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Drift {
    /// What the main thread reads after a thread added to it.
    pub thread_sees: i64,
    /// What this process reads after a child process added to "it".
    pub process_sees: i64,
    /// What this process reads after a child process added to it in shared memory.
    pub shared_memory_sees: i64,
    /// What the child's own copy held in the end.
    pub child_copy: i64,
    pub our_pid: u32,
    pub child_pid: u32,
    /// Where the variable stood, as each side printed it.
    pub our_address: String,
    pub child_address: String,
}

/// What a crash took with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Isolation {
    pub process_pool_survived: bool,
    /// How the program ended in which a mere thread aborted.
    pub threads_exit: String,
    /// How the worker process ended that did the same.
    pub worker_exit: String,
}

/// How often the kernel took a worker off its core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Switches {
    /// It had nothing to do: it waited.
    pub voluntary: u64,
    /// The kernel gave the core to another thread.
    pub involuntary: u64,
}

/// Events of this lab.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// Step `done` of `of` begins.
    #[serde(rename = "worlds.progress")]
    Progress { what: String, done: usize, of: usize },
    #[serde(rename = "worlds.python")]
    Python { version: Printable, gil: bool },
    #[serde(rename = "worlds.python_absent")]
    PythonAbsent { why: Printable },
    /// Earlier runs count no more: the settings changed.
    #[serde(rename = "worlds.began")]
    Began { n: usize },
    #[serde(rename = "worlds.task")]
    TaskAmount { work: Work, runtime: Runtime, amount: Amount },
    /// What others used of the cores while all this was measured.
    #[serde(rename = "worlds.load")]
    Load(Load),
    /// One run of a work with one strategy. Runs of the same round belong together.
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
    #[serde(rename = "worlds.cost")]
    Cost { cost: Cost, samples: Vec<f64> },
    #[serde(rename = "worlds.drift")]
    Drift(Drift),
    #[serde(rename = "worlds.isolation")]
    Isolation(Isolation),
    /// Something could not be measured.
    #[serde(rename = "worlds.failed")]
    Failed { what: String, why: String },
    /// An answer to the guide's question `question`, from 0.
    #[serde(rename = "worlds.answer")]
    Answered { question: usize, answer: usize },
    #[serde(rename = "worlds.done")]
    Done,
}
