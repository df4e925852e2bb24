//! What can happen to a worker process, and what pools do about it. Plain data.
//!
//! | | the pool sees | the worker |
//! |---|---|---|
//! | `Panic` | an error as the answer | goes on |
//! | `Exit`, `Abort`, `Raise`, `Memory` | a death, by the task's own doing | is dead |
//! | `Send` | a death, by a signal from outside | is dead |
//! | `LockHolder` | a death, while it held a lock | is dead |
//! | `HalfMessage` | half an answer, then a death | is dead |
//! | `StopAndContinue` | nothing, or that it stands still | goes on, later |
//! | `Loop` | nothing | never ends |

use rustix::process::Signal;
use serde::{Deserialize, Serialize, Serializer};

use crate::kit::process_pool;
use crate::lab::{Words, words};

/// One fault: its id in the settings and in the result, its title, and what is done to
/// the worker.
#[derive(Debug)]
pub struct Fault {
    pub id: &'static str,
    pub title: &'static str,
    pub kind: FaultKind,
}

/// The kinds of faults. Some are done by the task itself, inside the worker, others from
/// outside by a signal; a pool sees only the consequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The task panics. The worker catches it, so this is the one fault that costs no
    /// process.
    Panic,
    /// The task ends its process with this code. Code 0 looks like success to all but the
    /// pool.
    Exit(u64),
    /// The task aborts its process: no unwinding, no cleanup, so nothing that the task
    /// held is released by itself.
    Abort,
    Raise(Signal),
    /// The process gets this signal from outside while it works, as from an administrator
    /// or from the kernel when memory runs out.
    Send(Signal),
    /// Stopped from outside, and resumed as soon as the pool has noticed it. No death: a
    /// pool must not replace a worker that is only stopped.
    StopAndContinue,
    /// The task takes memory until the limit of its process is reached. The allocation
    /// fails there, and the worker aborts.
    Memory,
    /// The task never ends. Nothing happens that a pool could see, so only a time limit
    /// helps, which a supervisor has.
    Loop,
    /// Killed while it holds a lock that other processes need. The lock has to survive
    /// its owner, or all of them wait for ever.
    LockHolder,
    /// Dies half way through its answer: the pool has read the beginning of a frame, and
    /// must neither wait for the rest nor take it for an answer.
    HalfMessage,
}

/// All faults, in the order of the plan: from what the worker survives to what leaves
/// something behind.
pub static FAULTS: &[Fault] = &[
    fault("panic", "an exception in the task", FaultKind::Panic),
    fault("exit-0", "exit with code 0", FaultKind::Exit(0)),
    fault("exit-3", "exit with code 3", FaultKind::Exit(3)),
    fault("abort", "abort", FaultKind::Abort),
    fault("segv", "a segmentation fault", FaultKind::Raise(Signal::SEGV)),
    fault("term", "SIGTERM from outside", FaultKind::Send(Signal::TERM)),
    fault("kill", "SIGKILL from outside", FaultKind::Send(Signal::KILL)),
    fault("stop-cont", "SIGSTOP, later SIGCONT", FaultKind::StopAndContinue),
    fault("memory", "out of memory, under a limit", FaultKind::Memory),
    // The last three leave something behind that others wait for: a core, a lock, half a
    // message.
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

    fn shown(self) -> &'static str {
        if self.kind == FaultKind::Panic { "exception" } else { self.id }
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

/// What a pool does when a worker dies. The names are those of this lab; the kit's are in
/// [`process_pool::Policy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Replaces the worker and forgets its task, whose future stays open: `get()` on it
    /// never returns. This is what `multiprocessing.Pool` does.
    Forget,
    /// Fails all tasks and takes no more, as `ProcessPoolExecutor` does: it cannot know
    /// what the dead worker had changed.
    FailAll,
    /// Replaces the worker and gives its task to another one, up to [`RETRIES`] times.
    /// Right only for tasks that may run twice.
    Retry,
}

/// How often a task is given to another worker. A task that kills each worker that runs
/// it fails then.
pub const RETRIES: u32 = 2;

words!(
    Policy:
    Forget = "forget" => "forget (mp.Pool)",
    FailAll = "fail-all" => "fail all (executor)",
    Retry = "retry" => "retry (supervisor)"
);

impl Policy {
    pub const ALL: [Self; 3] = [Self::Forget, Self::FailAll, Self::Retry];

    /// What such a pool does when a worker dies, as the rest of "the pool that ...":
    /// sentences about policies are made with it.
    pub fn about(self) -> &'static str {
        match self {
            Self::Forget => "forgets the task",
            Self::FailAll => "fails all tasks",
            Self::Retry => "restarts the worker and retries",
        }
    }

    /// What faults do to the tasks of such a pool. Each of these is shown by the faults that the
    /// lab injects.
    pub fn under_faults(self) -> &'static str {
        match self {
            Self::Forget => {
                "After a **death** another worker comes, but the task is lost: `get()` on it never \
                 returns. An **endless loop** is never noticed."
            }
            Self::FailAll => {
                "After a **death** every task that is not over fails, and the pool takes no more. \
                 An **endless loop** is never noticed."
            }
            Self::Retry => {
                "After a **death** another worker runs the task again, twice at most. An **endless \
                 loop** is killed after its time limit."
            }
        }
    }

    pub fn like(self) -> &'static str {
        match self {
            Self::Forget => "like multiprocessing.Pool",
            Self::FailAll => "like ProcessPoolExecutor",
            Self::Retry => "a supervisor, 2 retries",
        }
    }

    pub fn kit_policy(self) -> process_pool::Policy {
        match self {
            Self::Forget => process_pool::Policy::Forget,
            Self::FailAll => process_pool::Policy::FailAll,
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
