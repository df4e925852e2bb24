//! The result of one run. A finding is a value, never a panic: a search goes on after it.

use super::model_state::ModelState;
use super::plan::Broken;
use super::schedule::{ScheduleStep, StepSet};
use super::trace::{Trace, TraceStep};

/// How a run ended. Only [`End::kind`] decides what counts as a failure, and under which name
/// failures are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Held,
    /// A check of the program failed: at the end, or after a step on the way.
    Broken(Broken),
    /// No thread can continue. The cycle names threads each of which waits for the next;
    /// it is empty if they wait for something that no thread will do.
    Deadlock {
        cycle: Vec<usize>,
    },
    /// A thread panicked, which ended the run there: others could only wait for what it held.
    Panicked {
        thread: usize,
        message: String,
    },
    /// It took more steps than the bound allows. Whether it would have failed is not known, so
    /// it is no result: neither held nor failed.
    StepBound,
    /// The scheduler did not want to go on, or the exploration was stopped: no result.
    Stopped,
}

impl End {
    /// The kind of failure in `snake_case`; `None` if it did not fail, as far as is known. Failures
    /// of one kind are counted together, so a kind names what went wrong and not where.
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Held | Self::StepBound | Self::Stopped => None,
            Self::Broken(broken) => Some(broken.kind),
            Self::Deadlock { .. } => Some("deadlock"),
            Self::Panicked { .. } => Some("panic"),
        }
    }

    /// Whether the run failed. False also where that is not known: a run that was stopped or cut
    /// off.
    pub fn failed(&self) -> bool {
        self.kind().is_some()
    }
}

/// One run as it was, borrowed from the exploration. Most runs of a search are looked at
/// and dropped, so nothing is copied before [`Finding::keep`].
#[derive(Debug)]
pub struct Finding<'a> {
    pub end: &'a End,
    /// Switches away from a thread that could have continued (preemptions).
    pub switches: u32,
    pub(crate) first: &'a ModelState,
    pub(crate) last: &'a ModelState,
    pub(crate) trace: &'a [TraceStep],
}

impl Finding<'_> {
    /// Its steps in their order: the schedule that leads to this run again.
    pub fn schedule(&self) -> Vec<ScheduleStep> {
        self.trace.iter().map(|step| step.choice).collect()
    }

    /// Number of steps, drains included: the length of its schedule.
    pub fn steps(&self) -> usize {
        self.trace.len()
    }

    /// The model state at the end, after the last step of every thread.
    pub fn last(&self) -> &ModelState {
        self.last
    }

    /// A copy that outlives the run: the finding borrows from the exploration, which goes on to the
    /// next run.
    pub fn keep(&self) -> Found {
        Found {
            end: self.end.clone(),
            switches: self.switches,
            trace: Trace::new(self.first.clone(), self.trace.to_vec()),
        }
    }
}

/// A finding that was kept, with the trace of its run: everything that a screen or a report
/// needs of it, without threads.
#[derive(Clone, Debug)]
pub struct Found {
    pub end: End,
    /// Switches away from a thread that could have continued (preemptions).
    pub switches: u32,
    pub trace: Trace,
}

impl Found {
    /// Its steps in their order: what [`super::Replay`] takes to run it again.
    pub fn schedule(&self) -> Vec<ScheduleStep> {
        self.trace.steps().iter().map(|step| step.choice).collect()
    }

    /// Whether it is the simpler one to look at: fewer switches, then fewer steps.
    pub fn is_simpler_than(&self, other: &Self) -> bool {
        (self.switches, self.trace.len()) < (other.switches, other.trace.len())
    }
}

/// Whether `choice` takes the processor from a thread that could have continued: a preemption.
///
/// | last step | ready | choice | |
/// |---|---|---|---|
/// | `a` | `a`, `b` | `b` | a switch: `a` could have continued |
/// | `a` | `b` | `b` | none: `a` is blocked, or has ended |
/// | `a` | `a`, `A` | `A` | none: a drain takes no processor |
/// | none | `a`, `b` | `b` | none: the run begins |
pub fn is_switch(last: Option<ScheduleStep>, choice: ScheduleStep, ready: StepSet) -> bool {
    choice.is_step() && last.is_some_and(|last| last != choice && ready.contains(last))
}

/// Those of `ready` that may be taken where `most` switches are allowed and `switches` were
/// made. Never empty where `ready` is not: at the limit the last thread continues, or any
/// that is no switch.
pub fn within(
    ready: StepSet,
    last: Option<ScheduleStep>,
    switches: u32,
    most: Option<u32>,
) -> StepSet {
    if most.is_none_or(|most| switches < most) {
        return ready;
    }
    let kept = |choice: &ScheduleStep| !is_switch(last, *choice, ready);
    ready.into_iter().filter(kept).collect()
}
