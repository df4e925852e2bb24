//! Single-stepped mode of the step controller, seen from the thread: it announces its next
//! operation to a [`StepGate`] and executes it when the gate grants it.
//!
//! # The protocol
//!
//! Two kinds of runs have gates. A *live run* has a `StepController` whose mode can change
//! at any time; its gates come from the controller's [`StepSource`] (`explore/live.rs`). A
//! *run of the explorer* is single-stepped from start to end, on threads that enter a gate
//! directly (`explore/executor.rs`). A thread does the same in both:
//!
//! ```text
//!       steps in mode full or paced ┌───┐
//!                                   ▼   │
//!              enter          ┌─────────┴─────────┐
//!            ───────────────▶ │      RUNNING      │ ◀──────────────────┐
//!                             │ between two steps │                    │
//!                             └─────┬─────────────┘                    │
//!             announce(request)     │         ▲                        │
//!             in stepped mode       ▼         │ Grant::Released        │
//!                             ┌───────────────┴───┐ (mode has changed, │
//!          ┌────────────────▶ │     ANNOUNCED     │  or a stop request:│
//!          │                  │ waits at its gate │  look it up again) │
//!          │                  └─────┬───────┬─────┘                    │
//!          │  Grant::Execute,       │       │ the run is over          │
//!          │  Grant::Buffered(v)    │       └──────────────────┐       │
//!          │                        ▼                          ▼       │
//!          │ would_block()    ┌───────────────────┐     ┌────────────┐ │
//!          │ and announce     │      GRANTED      │     │  ABORTING  │ │
//!          └──────────────────┤ carries the step  │     │ unwinds by │ │
//!                             │ out, as only one  │     │ abort_run()│ │
//!                             └─────────┬─────────┘     └────────────┘ │
//!                                       │ completed(seen)              │
//!                                       └──────────────────────────────┘
//! ```
//!
//! * **Messages.** `announce` goes from the thread to the gate and carries a
//!   [`StepRequest`]; the [`Grant`] is its return value. After an executed step the thread
//!   sends either `completed`, with what the step found, or `would_block`, if the thing
//!   could not be had after all. One of the two follows each `Execute` and each `Buffered`.
//! * **Who waits for whom.** Only the thread waits, inside `announce`, and only for its
//!   grant. No scheduler waits for a thread: in a live run it sets who is granted and
//!   returns, in a run of the explorer the announcing thread itself asks the scheduler. At
//!   most one thread of a run is GRANTED, so an effect needs no further protection against
//!   other steps.
//! * **The effect never blocks.** It is a `try_` form of the operation. A gate grants only
//!   what its model says is possible; if the real thing disagrees (a live run knows of a
//!   thing only what was seen last), the thread reports `would_block` and announces again.
//! * **Changing the mode.** A thread at full speed or under a delay sees the new mode at
//!   its next step. A thread that blocks in a real wait looks every `SLICE`, leaves
//!   the wait with `Interrupt::Stepped` and announces the operation instead. Back from
//!   single-stepped mode, the gate answers `Released`, and the thread repeats the operation
//!   in the new mode.
//! * **Stop.** A stop request releases the gates of a live run, and `current_mode` opens no
//!   further ones: the threads run on to their own end, with waits that fail with
//!   `Stopped`. The explorer instead ends each waiting thread by [`abort_run`].

use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

use super::Object;
use crate::kit::model::{Op, OpResult, State};

/// A condition on atomics, given their values in the order in which the await names them.
/// Shared, because the model keeps it and evaluates it for states that no thread is in; so
/// it must depend on nothing but the values.
pub type Holds = Arc<dyn Fn(&[i64]) -> bool + Send + Sync>;

/// What a thread announces: its next operation, and what the gate needs to know of the
/// things that it touches. Borrowed from the caller's stack, as an announcement is on the
/// path of each step; a gate that keeps it turns it into a `NextStep`.
#[derive(Clone, Copy)]
pub(crate) struct StepRequest<'a> {
    /// What would be done. Its [`Op::value`] is the one to show, see
    /// `TracedAtomic::showing`.
    pub(crate) op: Op,
    /// What it touches: none for [`Op::Local`], the condition and its lock for [`Op::Wait`]
    /// and [`Op::Wake`], all atomics for [`Op::Await`], else one thing.
    pub(crate) on: &'a [Operand<'a>],
    /// The condition of an [`Op::Await`]; `None` for any other operation.
    pub(crate) until: Option<&'a Holds>,
    /// Where the thread stands in the source, for the code panel.
    pub(crate) place: Place,
}

/// A line of the source: where a primitive was called.
pub(crate) type Place = &'static Location<'static>;

thread_local! {
    /// The number last passed to [`operation`]; 0 after entering a controller.
    static OPERATION: Cell<u32> = const { Cell::new(0) };
}

/// Declares that the steps to come belong to the thread's operation of this number: the
/// third value that it adds, say. It is no step. The explorer uses the number to let a
/// thread finish a whole operation at once.
#[inline]
pub fn operation(number: u32) {
    // At full speed no gate reads it, and the write would be the most expensive part of a step.
    if !super::at_full_speed() {
        OPERATION.set(number);
    }
}

/// The number of the operation that the calling thread is at.
pub(crate) fn at_operation() -> u32 {
    OPERATION.get()
}

/// One of the things that an operation touches: its identity, and a way to look at it.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    pub(crate) object: &'a Object,
    /// Its state at this moment. A live run calls it at each announcement, because its
    /// model knows of a thing only what it saw; the explorer knows the state and never
    /// calls it.
    pub(crate) peek: &'a dyn Fn() -> State,
}

impl fmt::Debug for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)
    }
}

impl fmt::Debug for StepRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepRequest")
            .field("op", &self.op)
            .field("on", &self.on)
            .finish_non_exhaustive()
    }
}

/// The answer to a [`StepRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// Take the step, and report what it found by [`StepGate::completed`].
    Execute,
    /// The same, but the thread's own store buffer stands in for the memory: a load
    /// finds this value, a store is not carried out.
    Buffered(i64),
    /// The gate decides no longer: look the mode up again. The operation has not been done.
    Released,
}

/// Decides when one thread takes its next step. An instance belongs to one thread; what the
/// threads of a run share is behind it.
pub(crate) trait StepGate {
    /// Announces a step and returns when the thread may take it. Does not return if the run
    /// is over: the thread then leaves by [`abort_run`]. The calling thread must hold no
    /// lock that another thread of the run needs without a step, or no thread of the run
    /// continues.
    fn announce(&self, request: &StepRequest<'_>) -> Grant;

    /// Reports what the step found, after its effect and before anything else that the
    /// thread does.
    fn completed(&self, seen: OpResult);

    /// Reports that the step could not be taken although the gate granted it. The caller
    /// announces it again.
    fn would_block(&self);
}

/// Makes the gates of a live run; see [`super::StepController::control_with`]. Called from
/// the threads of the run, hence `Sync`.
pub(crate) trait StepSource: fmt::Debug + Send + Sync {
    /// A gate for the calling thread. Called at each of its steps in single-stepped mode.
    fn gate(self: Arc<Self>) -> StepGateHandle;
}

/// The panic payload of a thread whose run is over. `resume_unwind` starts the unwinding
/// without the panic hook, so nothing is printed.
#[derive(Debug)]
struct RunAborted;

/// Unwinds the calling thread, running all destructors. Their steps are bare effects,
/// because the run decides about nothing any more. Unwinding is the only way to end the
/// body of a program from within: a thread cannot be ended from outside.
pub(crate) fn abort_run() -> ! {
    super::release();
    std::panic::resume_unwind(Box::new(RunAborted))
}

/// A gate, owned by the thread that it decides about: hence `Rc`, which cannot leave it.
pub(crate) type StepGateHandle = Rc<dyn StepGate>;
