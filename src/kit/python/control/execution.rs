//! One schedule as it was run, and whether it failed.
//!
//! A failure is something that the script itself shows, in this order of strength: a deadlock,
//! an assertion, another exception in any thread, an exit status, and, only if that is asked for,
//! another text than usual. What the search ended itself, after too many steps or too long a
//! time, is neither passed nor failed.

use std::hash::{DefaultHasher, Hasher};

use super::schedule::ForcedSwitch;
use super::trace::{Step, StopReason, Trace};

/// Bytes of the script's output that are kept of a schedule.
const KEPT: usize = 64 * 1024;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Exit(i32),
    Signal(i32),
    /// It was killed when its time was up.
    Late,
}

impl End {
    /// From the status of `waitpid(2)`.
    pub fn from_wait(status: i32) -> Self {
        match status & 0x7f {
            0 => Self::Exit(status >> 8 & 0xff),
            signal => Self::Signal(signal),
        }
    }
}

/// The beginning of a stream, and a sum over all of it by which two of them are compared.
#[derive(Clone, Debug, Default)]
pub struct Output {
    pub kept: Vec<u8>,
    sum: DefaultHasher,
}

impl Output {
    pub fn take(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(&bytes[..bytes.len().min(KEPT - self.kept.len())]);
        // Byte by byte: how a stream came in pieces must not count.
        for byte in bytes {
            self.sum.write_u8(*byte);
        }
    }

    pub fn sum(&self) -> u64 {
        self.sum.finish()
    }
}

/// A schedule that was run: what its threads did, how its process ended, and what it wrote.
#[derive(Clone, Debug)]
pub struct Execution {
    pub trace: Trace,
    pub end: End,
    pub stdout: Output,
    pub stderr: Output,
}

/// How a schedule failed, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    Deadlock,
    Assertion,
    Exception,
    /// Another exit status than 0, or a signal.
    ExitCode,
    /// It wrote another text than the schedule without a switch.
    Output,
}

impl FailureKind {
    /// Its name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Deadlock => "deadlock",
            Self::Assertion => "assertion",
            Self::Exception => "exception",
            Self::ExitCode => "exit_code",
            Self::Output => "output",
        }
    }
}

/// What a schedule says about the script. The last two say that it was ended by the search, and
/// nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    Failed(FailureKind),
    /// It was ended after too many steps.
    TooManySteps,
    /// It was ended after too long a time: it may wait for something that is not controlled.
    TooLong,
}

impl Execution {
    /// `output` is the sum of what it should have written, if that is asked for.
    pub fn verdict(&self, output: Option<u64>) -> Verdict {
        match self.trace.stopped {
            Some(StopReason::Deadlock { .. }) => return Verdict::Failed(FailureKind::Deadlock),
            Some(StopReason::Steps) => return Verdict::TooManySteps,
            _ if self.end == End::Late => return Verdict::TooLong,
            _ => {}
        }
        let raised = &self.trace.raised;
        if raised.iter().any(|one| one.assertion) {
            Verdict::Failed(FailureKind::Assertion)
        } else if !raised.is_empty() {
            Verdict::Failed(FailureKind::Exception)
        } else if self.end != End::Exit(0) {
            Verdict::Failed(FailureKind::ExitCode)
        } else if output.is_some_and(|sum| sum != self.stdout.sum()) {
            Verdict::Failed(FailureKind::Output)
        } else {
            Verdict::Passed
        }
    }

    /// Whether the shim could not take control: the script has not run.
    pub fn is_broken(&self) -> bool {
        self.trace.stopped == Some(StopReason::Broken)
    }

    /// What differs from the schedule without switches, in the order of time: run as a request, it
    /// leads to the same execution, whatever policy led to this one.
    pub fn schedule(&self) -> Vec<ForcedSwitch> {
        self.trace.steps.iter().filter_map(Step::switch).collect()
    }

    /// How often a thread that could have gone on had to give way.
    pub fn preemptions(&self) -> usize {
        self.trace.steps.iter().filter(|step| step.preempts()).count()
    }

    /// Whether the interpreter itself could have switched threads at each of these: then what was
    /// found can happen as it is (L2). Else it is legal for the language, and other versions may do
    /// it, but not this one (L3).
    pub fn is_natural(&self) -> bool {
        self.trace.steps.iter().all(|step| step.natural || !step.preempts())
    }
}
