//! Single-stepped mode of the step controller: a thread announces its next operation to a
//! [`StepGate`] and executes it when the gate grants it.
//!
//! Must not know who decides, nor how.

use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

use super::Object;
use crate::kit::model::{Op, OpResult, State};

/// A condition on words, by their values.
pub type Holds = Arc<dyn Fn(&[i64]) -> bool + Send + Sync>;

/// What a thread announces: its next operation, and what the gate needs to know
/// of the things that it touches.
#[derive(Clone, Copy)]
pub(crate) struct StepRequest<'a> {
    pub(crate) op: Op,
    pub(crate) on: &'a [Operand<'a>],
    /// For [`Op::Await`].
    pub(crate) until: Option<&'a Holds>,
    pub(crate) place: &'static Location<'static>,
}

thread_local! {
    static OPERATION: Cell<u32> = const { Cell::new(0) };
}

/// Says that the steps to come belong to the thread's operation of that number: the
/// third value that it adds, say. No step; for a thread that wants to go on by operations.
#[inline]
pub fn operation(number: u32) {
    if !super::at_full_speed() {
        OPERATION.set(number);
    }
}

/// The operation that the calling thread is at.
pub(crate) fn at_operation() -> u32 {
    OPERATION.get()
}

/// One of the things that an operation touches.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    pub(crate) object: &'a Object,
    /// Its state at this moment, for a gate that meets it for the first time.
    pub(crate) peek: &'a dyn Fn() -> State,
}

impl fmt::Debug for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)
    }
}

impl fmt::Debug for StepRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("op", &self.op).field("on", &self.on).finish_non_exhaustive()
    }
}

/// The answer to an [`StepRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// Take the step, and report what it found by [`StepGate::completed`].
    Execute,
    /// The same, but the thread's own store buffer stands in for the memory: a load
    /// finds this value, a store is not carried out.
    Buffered(i64),
    /// The gate decides no more: look the mode up again.
    Released,
}

/// Decides when a thread takes its next step.
pub(crate) trait StepGate {
    /// Announces a step and returns when the thread may take it. Does not return
    /// if the run is over: the thread then leaves by [`abort_run`].
    fn announce(&self, request: &StepRequest<'_>) -> Grant;

    /// Reports what the step found.
    fn completed(&self, seen: OpResult);

    /// Reports that the step could not be taken although the gate granted it.
    fn would_block(&self);
}

/// Controls a live run; see [`super::StepController::control_with`].
pub(crate) trait StepSource: fmt::Debug + Send + Sync {
    /// The gate of the calling thread.
    fn gate(self: Arc<Self>) -> StepGateHandle;
}

/// The panic payload of a thread whose run is over. No panic hook sees it.
#[derive(Debug)]
struct RunAborted;

/// Unwinds the calling thread, running all destructors; what they do on the way is
/// no step any more.
pub(crate) fn abort_run() -> ! {
    super::release();
    std::panic::resume_unwind(Box::new(RunAborted))
}

/// A kept promise of a lab's thread to take its steps when `gate` says so.
pub(crate) type StepGateHandle = Rc<dyn StepGate>;
