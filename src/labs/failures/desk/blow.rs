//! What can happen to a worker process, and what pools do about it. Plain data.

use rustix::process::Signal;
use serde::{Serialize, Serializer};

use crate::kit::process_pool;

/// What is done to a worker.
#[derive(Debug)]
pub(crate) struct Blow {
    /// As in the settings: `exit-3`.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(super) act: Act,
}

/// How it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// The task panics.
    Panic,
    /// The task ends its process with this code.
    Exit(u64),
    Abort,
    /// The task sends its own process this signal.
    Raise(Signal),
    /// The process gets this signal from outside while it works.
    Send(Signal),
    /// Stopped from outside, and let go on as soon as that was noticed.
    StopAndGo,
    /// The task takes memory until its limit is reached.
    Memory,
    /// The task never ends.
    Loop,
    /// Killed with the shared lock in hand.
    LockHolder,
    /// Dies half way through its answer.
    HalfMessage,
}

/// All of them.
pub(crate) static BLOWS: &[Blow] = &[
    blow("panic", "a panic in the task", Act::Panic),
    blow("exit-0", "exit with code 0", Act::Exit(0)),
    blow("exit-3", "exit with code 3", Act::Exit(3)),
    blow("abort", "abort", Act::Abort),
    blow("segv", "a segmentation fault", Act::Raise(Signal::SEGV)),
    blow("term", "SIGTERM from outside", Act::Send(Signal::TERM)),
    blow("kill", "SIGKILL from outside", Act::Send(Signal::KILL)),
    blow("stop-cont", "SIGSTOP, later SIGCONT", Act::StopAndGo),
    blow("memory", "out of memory, under a limit", Act::Memory),
    blow("loop", "an endless loop", Act::Loop),
    blow(
        "lock-holder",
        "death with the shared lock in hand",
        Act::LockHolder,
    ),
    blow(
        "half-message",
        "death half way through its answer",
        Act::HalfMessage,
    ),
];

const fn blow(id: &'static str, title: &'static str, act: Act) -> Blow {
    Blow { id, title, act }
}

impl Blow {
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        BLOWS.iter().find(|blow| blow.id == id)
    }
}

impl Serialize for Blow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

/// What a pool does when a worker dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Policy {
    Lose,
    Break,
    Supervise,
}

/// How often a task is given to another worker.
pub(super) const RETRIES: u32 = 2;

impl Policy {
    pub(crate) const ALL: [Self; 3] = [Self::Lose, Self::Break, Self::Supervise];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Lose => "lose",
            Self::Break => "break",
            Self::Supervise => "supervise",
        }
    }

    /// As a heading.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lose => "lose (mp.Pool)",
            Self::Break => "break (executor)",
            Self::Supervise => "supervise",
        }
    }

    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.word() == word)
    }

    /// Who behaves like that.
    pub(crate) fn like(self) -> &'static str {
        match self {
            Self::Lose => "like multiprocessing.Pool",
            Self::Break => "like ProcessPoolExecutor",
            Self::Supervise => "a supervisor, 2 retries",
        }
    }

    pub(super) fn of_the_kit(self) -> process_pool::Policy {
        match self {
            Self::Lose => process_pool::Policy::Lose,
            Self::Break => process_pool::Policy::Break,
            Self::Supervise => process_pool::Policy::Replace { retries: RETRIES },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blows_and_policies_are_found_by_their_names() {
        for blow in BLOWS {
            assert_eq!(Blow::find(blow.id).unwrap().id, blow.id);
        }
        for policy in Policy::ALL {
            assert_eq!(Policy::named(policy.word()), Some(policy));
        }
    }
}
