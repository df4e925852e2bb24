//! What can happen to a worker process, and what pools do about it. Plain data.

use rustix::process::Signal;
use serde::{Serialize, Serializer};

use crate::kit::process_pool;
use crate::lab::Words;

/// What is done to a worker.
#[derive(Debug)]
pub struct Fault {
    /// As in the settings: `exit-3`.
    pub id: &'static str,
    pub title: &'static str,
    pub kind: FaultKind,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The task panics.
    Panic,
    /// The task ends its process with this code.
    Exit(u64),
    Abort,
    /// The task sends its own process this signal.
    Raise(Signal),
    /// The process gets this signal from outside while it works.
    Send(Signal),
    /// Stopped from outside, and resumed as soon as the pool has noticed it.
    StopAndContinue,
    /// The task takes memory until its limit is reached.
    Memory,
    /// The task never ends.
    Loop,
    /// Killed while it holds the shared lock.
    LockHolder,
    /// Dies half way through its answer.
    HalfMessage,
}

/// All of them.
pub static FAULTS: &[Fault] = &[
    fault("panic", "a panic in the task", FaultKind::Panic),
    fault("exit-0", "exit with code 0", FaultKind::Exit(0)),
    fault("exit-3", "exit with code 3", FaultKind::Exit(3)),
    fault("abort", "abort", FaultKind::Abort),
    fault("segv", "a segmentation fault", FaultKind::Raise(Signal::SEGV)),
    fault("term", "SIGTERM from outside", FaultKind::Send(Signal::TERM)),
    fault("kill", "SIGKILL from outside", FaultKind::Send(Signal::KILL)),
    fault("stop-cont", "SIGSTOP, later SIGCONT", FaultKind::StopAndContinue),
    fault("memory", "out of memory, under a limit", FaultKind::Memory),
    fault("loop", "an endless loop", FaultKind::Loop),
    fault("lock-holder", "death while holding the shared lock", FaultKind::LockHolder),
    fault("half-message", "death halfway through its answer", FaultKind::HalfMessage),
];

const fn fault(id: &'static str, title: &'static str, kind: FaultKind) -> Fault {
    Fault { id, title, kind }
}

impl Fault {
    pub fn find(id: &str) -> Option<&'static Self> {
        FAULTS.iter().find(|fault| fault.id == id)
    }
}

impl Words for &'static Fault {
    fn all() -> impl Iterator<Item = Self> {
        FAULTS.iter()
    }

    fn word(self) -> &'static str {
        self.id
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

/// What a pool does when a worker dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    Forget,
    FailAll,
    Retry,
}

/// How often a task is given to another worker.
pub const RETRIES: u32 = 2;

impl Words for Policy {
    fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        match self {
            Self::Forget => "forget",
            Self::FailAll => "fail-all",
            Self::Retry => "retry",
        }
    }
}

impl Policy {
    pub const ALL: [Self; 3] = [Self::Forget, Self::FailAll, Self::Retry];

    /// As a heading.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forget => "forget (mp.Pool)",
            Self::FailAll => "fail all (executor)",
            Self::Retry => "retry (supervisor)",
        }
    }

    /// What such a pool does when a worker dies, as the rest of "the pool that ..".
    pub fn about(self) -> &'static str {
        match self {
            Self::Forget => "forgets the task",
            Self::FailAll => "fails all tasks",
            Self::Retry => "restarts the worker and retries",
        }
    }

    /// Which library behaves like that.
    pub fn like(self) -> &'static str {
        match self {
            Self::Forget => "like multiprocessing.Pool",
            Self::FailAll => "like ProcessPoolExecutor",
            Self::Retry => "a supervisor, 2 retries",
        }
    }

    pub fn kit_policy(self) -> process_pool::Policy {
        match self {
            Self::Forget => process_pool::Policy::Lose,
            Self::FailAll => process_pool::Policy::Break,
            Self::Retry => process_pool::Policy::Replace { retries: RETRIES },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_and_policies_are_found_by_their_names() {
        for fault in FAULTS {
            assert_eq!(Fault::find(fault.id).unwrap().id, fault.id);
        }
        for policy in Policy::ALL {
            assert_eq!(Policy::named(policy.word()), Some(policy));
        }
    }
}
