//! The kinds of what a script makes, by the words that the shim has for them and that Python has.

use serde::de::value::{self, StrDeserializer};
use serde::{Deserialize, Serialize};

use crate::kit::event::ResourceKind;

/// The kind of this word of the shim, which the result has for it too; the usual one for a word of
/// none.
pub fn kind_named<'w, K: Default + Deserialize<'w>>(word: &'w str) -> K {
    K::deserialize(StrDeserializer::<value::Error>::new(word)).unwrap_or_default()
}

/// The classes of `threading`, and those of `multiprocessing`, which processes share. A
/// `BoundedSemaphore` is a semaphore here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LockKind {
    #[default]
    Lock,
    RLock,
    Condition,
    Event,
    Semaphore,
    Barrier,
    #[serde(rename = "multiprocessing.lock")]
    ProcessLock,
    #[serde(rename = "multiprocessing.rlock")]
    ProcessRLock,
    #[serde(rename = "multiprocessing.condition")]
    ProcessCondition,
    #[serde(rename = "multiprocessing.event")]
    ProcessEvent,
    #[serde(rename = "multiprocessing.semaphore")]
    ProcessSemaphore,
    #[serde(rename = "multiprocessing.barrier")]
    ProcessBarrier,
    /// An object of a manager: each of its calls waits for the manager's process.
    #[serde(rename = "multiprocessing.proxy")]
    Proxy,
}

impl LockKind {
    pub fn resource(self) -> ResourceKind {
        match self {
            Self::Lock | Self::ProcessLock => ResourceKind::Lock,
            Self::RLock | Self::ProcessRLock => ResourceKind::RLock,
            Self::Condition | Self::ProcessCondition => ResourceKind::Condition,
            Self::Event | Self::ProcessEvent => ResourceKind::Event,
            Self::Semaphore | Self::ProcessSemaphore => ResourceKind::Semaphore,
            Self::Barrier | Self::ProcessBarrier => ResourceKind::Barrier,
            Self::Proxy => ResourceKind::Variable,
        }
    }

    /// Whether one thread holds it at a time, so that it can be in a cycle of waits.
    pub fn is_exclusive(self) -> bool {
        matches!(self, Self::Lock | Self::RLock | Self::ProcessLock | Self::ProcessRLock)
    }

    /// Whether threads acquire it. At others they wait for something to happen, which is no
    /// contention.
    pub fn is_acquired(self) -> bool {
        self.is_exclusive() || matches!(self, Self::Semaphore | Self::ProcessSemaphore)
    }

    /// Whether the shim can let threads go on without it: what processes share it cannot.
    pub fn can_be_taken_away(self) -> bool {
        matches!(self, Self::Lock | Self::RLock)
    }

    /// Whether processes share it: a forked child has the very same one, and no copy.
    pub fn is_shared(self) -> bool {
        matches!(
            self,
            Self::ProcessLock
                | Self::ProcessRLock
                | Self::ProcessCondition
                | Self::ProcessEvent
                | Self::ProcessSemaphore
                | Self::ProcessBarrier
                | Self::Proxy
        )
    }

    /// As scripts write it: `mp` is what most call `multiprocessing`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lock => "Lock",
            Self::RLock => "RLock",
            Self::Condition => "Condition",
            Self::Event => "Event",
            Self::Semaphore => "Semaphore",
            Self::Barrier => "Barrier",
            Self::ProcessLock => "mp.Lock",
            Self::ProcessRLock => "mp.RLock",
            Self::ProcessCondition => "mp.Condition",
            Self::ProcessEvent => "mp.Event",
            Self::ProcessSemaphore => "mp.Semaphore",
            Self::ProcessBarrier => "mp.Barrier",
            Self::Proxy => "mp.Manager",
        }
    }
}

/// The classes of `queue` and of `multiprocessing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueKind {
    #[default]
    Queue,
    Lifo,
    Priority,
    Simple,
    #[serde(rename = "multiprocessing.queue")]
    ProcessQueue,
    #[serde(rename = "multiprocessing.joinable")]
    ProcessJoinable,
    #[serde(rename = "multiprocessing.simple")]
    ProcessSimple,
    /// One direction of a pipe: a duplex one has two of these.
    #[serde(rename = "multiprocessing.pipe")]
    ProcessPipe,
}

impl QueueKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Queue => "Queue",
            Self::Lifo => "LifoQueue",
            Self::Priority => "PriorityQueue",
            Self::Simple => "SimpleQueue",
            Self::ProcessQueue => "mp.Queue",
            Self::ProcessJoinable => "mp.JoinableQueue",
            Self::ProcessSimple => "mp.SimpleQueue",
            Self::ProcessPipe => "mp.Pipe",
        }
    }

    /// Whether processes share it.
    pub fn is_shared(self) -> bool {
        !matches!(self, Self::Queue | Self::Lifo | Self::Priority | Self::Simple)
    }
}

/// What processes share by memory, each with a lock of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueKind {
    #[default]
    #[serde(rename = "multiprocessing.value")]
    Value,
    #[serde(rename = "multiprocessing.array")]
    Array,
}

impl ValueKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Value => "mp.Value",
            Self::Array => "mp.Array",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExecutorKind {
    #[default]
    Threads,
    Processes,
}

impl ExecutorKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Threads => "ThreadPoolExecutor",
            Self::Processes => "ProcessPoolExecutor",
        }
    }
}

/// What a thread is there for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Main,
    /// Started by the script itself.
    #[default]
    User,
    /// Of an executor or a pool.
    Worker,
    /// A library's own, of which the script does not know.
    Helper,
}

impl Role {
    pub fn word(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::User => "user",
            Self::Worker => "worker",
            Self::Helper => "helper",
        }
    }
}

/// How a process, or the workers of a pool, were started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartMethod {
    #[default]
    #[serde(rename = "")]
    Unknown,
    Fork,
    Spawn,
    ForkServer,
    /// By the module of this name.
    Subprocess,
    /// As a library's own.
    Helper,
    /// As threads of the same process.
    Threads,
}

impl StartMethod {
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::Fork => "fork",
            Self::Spawn => "spawn",
            Self::ForkServer => "forkserver",
            Self::Subprocess => "subprocess",
            Self::Helper => "helper",
            Self::Threads => "threads",
        }
    }
}
