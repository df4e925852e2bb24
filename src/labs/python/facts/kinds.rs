//! The kinds of what a script makes, by the words that the shim has for them and that Python has.

use serde::{Deserialize, Serialize};

use crate::kit::event::ResourceKind;

/// The classes of `threading`; a `BoundedSemaphore` is a semaphore here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LockKind {
    Lock,
    RLock,
    Condition,
    Event,
    Semaphore,
    Barrier,
}

impl LockKind {
    /// By the word that the shim has for it.
    pub fn named(word: &str) -> Self {
        match word {
            "rlock" => Self::RLock,
            "condition" => Self::Condition,
            "event" => Self::Event,
            "semaphore" => Self::Semaphore,
            "barrier" => Self::Barrier,
            _ => Self::Lock,
        }
    }

    pub fn resource(self) -> ResourceKind {
        match self {
            Self::Lock => ResourceKind::Lock,
            Self::RLock => ResourceKind::RLock,
            Self::Condition => ResourceKind::Condition,
            Self::Event => ResourceKind::Event,
            Self::Semaphore => ResourceKind::Semaphore,
            Self::Barrier => ResourceKind::Barrier,
        }
    }

    /// Whether one thread holds it at a time, so that it can be in a circle of waits.
    pub fn is_exclusive(self) -> bool {
        matches!(self, Self::Lock | Self::RLock)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Lock => "Lock",
            Self::RLock => "RLock",
            Self::Condition => "Condition",
            Self::Event => "Event",
            Self::Semaphore => "Semaphore",
            Self::Barrier => "Barrier",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueKind {
    Queue,
    Lifo,
    Priority,
    Simple,
}

impl QueueKind {
    /// By the word that the shim has for it.
    pub fn named(word: &str) -> Self {
        match word {
            "lifo" => Self::Lifo,
            "priority" => Self::Priority,
            "simple" => Self::Simple,
            _ => Self::Queue,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Queue => "Queue",
            Self::Lifo => "LifoQueue",
            Self::Priority => "PriorityQueue",
            Self::Simple => "SimpleQueue",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExecutorKind {
    Threads,
    Processes,
}

impl ExecutorKind {
    /// By the word that the shim has for it.
    pub fn named(word: &str) -> Self {
        if word == "processes" { Self::Processes } else { Self::Threads }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Threads => "ThreadPoolExecutor",
            Self::Processes => "ProcessPoolExecutor",
        }
    }
}
