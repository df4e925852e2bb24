//! The step controller: every shared operation of a lab's thread is one *step*. Primitives
//! of the kit ([`crate::kit::traced_atomic::TracedAtomic`], [`crate::kit::lock::Lock`],
//! ...) wrap the real ones, give them a name, and pass each operation through `step` or
//! through their own loop over `current_mode`.
//!
//! A run-wide [`StepController`] decides what a step does. **Full**: the bare effect.
//! **Paced**: announce, delay, execute, emit. **Single-stepped**: announce, and wait until
//! a scheduler grants the step. The same machine code on the same threads therefore runs at
//! full speed, in slow motion and step by step, and each thread changes over at its next
//! step. The protocol between thread and scheduler is drawn at the top of `step/gate.rs`.
//!
//! A step at full speed costs one comparison: each thread remembers the epoch in which it
//! last found its controller at full speed, and any change of the mode of any controller
//! starts a new epoch.
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | the controller, its modes, and how a thread finds its own |
//! | `gate.rs` | single-stepped: what a thread announces, and what it gets back |
//! | `paced.rs` | paced: announce, delay, emit; and what interrupts a real wait |
//! | `object.rs` | the identity of a shared thing |
//! | `pause.rs` | sleeps on purpose, named in the events |
//! | `settings.rs` | delay, race window and switches, changed while threads run |
//! | `sample.rs` | which operations are timed and emitted at full speed |
//!
//! This module knows no primitive and no scheduler: the one describes its operation as a
//! `StepRequest`, the other implements `StepGate`, and neither needs the other.

mod gate;
mod object;
mod paced;
mod pause;
mod sample;
mod settings;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};

use parking_lot::Mutex;

pub(crate) use gate::{
    Grant, Operand, Place, StepGate, StepGateHandle, StepRequest, StepSource, abort_run,
    at_operation,
};
pub use gate::{Holds, operation};
pub(crate) use object::list_objects;
pub use object::{Name, Object, ObjectId};
pub(crate) use paced::{BeforeStep, Interrupt, emit_now};
pub use pause::{at_line, sleep_as};
pub use sample::{ALL, ONE_IN};
pub(crate) use sample::{release_sampled, sampled};
pub use settings::{RaceWindow, StepDelay, Switch, Widening};

use super::clock::Clock;
use super::event::LaneId;
use super::model::{Op, OpResult};
use super::recorder::{EventSink, with_sink};
use super::stop::Stop;

/// What a step does. The discriminants are what `Inner::mode` stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The bare effect: no announcement, no delay, and an event only for sampled
    /// operations.
    Full,
    /// Announce, wait for the [`StepDelay`], execute, emit.
    Paced,
    /// Announce, and wait until the source of gates (`StepController::control_with`) grants
    /// the step. Without a source the step is taken as in paced mode, without a delay.
    Stepped,
}

/// The run-wide control of its threads' steps. Clones share one state, so the run's driver
/// keeps one and each thread enters another.
#[derive(Clone, Debug)]
pub struct StepController(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// A [`Mode`]. Written by [`StepController::set_mode`] alone.
    mode: AtomicU8,
    delay: StepDelay,
    stop: Stop,
    /// Time base of lock metrics.
    clock: Clock,
    /// Makes a gate for each thread in single-stepped mode. `None` until a stepper takes
    /// control.
    source: Mutex<Option<Arc<dyn StepSource>>>,
}

impl StepController {
    /// Makes a controller in `mode` without a source, whose waits end when `stop` is
    /// requested.
    pub fn new(stop: Stop, mode: Mode) -> Self {
        Self(Arc::new(Inner {
            mode: AtomicU8::new(mode as u8),
            delay: StepDelay::default(),
            stop,
            clock: Clock::start(),
            source: Mutex::new(None),
        }))
    }

    /// Like [`Self::new`], with a clock that a test can set.
    #[cfg(test)]
    pub(crate) fn with_clock(stop: Stop, mode: Mode, clock: Clock) -> Self {
        let mut controller = Self::new(stop, mode);
        if let Some(inner) = Arc::get_mut(&mut controller.0) {
            inner.clock = clock;
        }
        controller
    }

    /// The present mode. Acquire pairs with the release in [`Self::set_mode`].
    pub fn mode(&self) -> Mode {
        match self.0.mode.load(Ordering::Acquire) {
            0 => Mode::Full,
            1 => Mode::Paced,
            _ => Mode::Stepped,
        }
    }

    /// Changes the mode. Each thread changes over at its next step; a thread that waits or
    /// is delayed does so within 20 ms. Never blocks.
    pub fn set_mode(&self, mode: Mode) {
        self.0.mode.store(mode as u8, Ordering::Release);
        // After the mode and with release, so that a thread that reads the new epoch with
        // acquire reads the new mode. In the other order it could remember the old mode for
        // good.
        EPOCH.fetch_add(1, Ordering::Release);
    }

    /// Sets the source of gates for single-stepped mode. Takes effect at each thread's next
    /// step; threads that wait at a gate of an earlier source stay there.
    pub(crate) fn control_with(&self, source: Arc<dyn StepSource>) {
        *self.0.source.lock() = Some(source);
    }

    fn gate(&self) -> Option<StepGateHandle> {
        // The lock is free again before `gate()`, which may take locks of its own.
        let source = self.0.source.lock().clone()?;
        Some(source.gate())
    }

    /// The delay of paced steps, for reading and for setting.
    pub fn delay(&self) -> &StepDelay {
        &self.0.delay
    }

    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// Puts the calling thread's steps under this controller until the guard drops. The
    /// thread acts as the lane of its event sink, so the sink has to be set first. Guards
    /// nest: the previous control is restored.
    #[must_use = "the thread leaves the step controller when the guard drops"]
    pub fn enter(&self) -> StepGuard {
        // Without a sink the thread keeps its number; see `current_thread_id`.
        let lane = with_sink(|sink| sink.id().0);
        enter_as(StepControl::Controller(Rc::new(self.clone())), lane)
    }
}

/// Keeps a thread under its controller; see [`StepController::enter`]. Not `Send`, because
/// it restores thread-locals.
pub struct StepGuard {
    /// The thread's number before, to be restored like `before`.
    current_thread_id: u32,
    before: Option<StepControl>,
    /// Makes the guard neither `Send` nor `Sync`.
    here: PhantomData<*const ()>,
}

impl fmt::Debug for StepGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepGuard").finish_non_exhaustive()
    }
}

impl Drop for StepGuard {
    fn drop(&mut self) {
        let before = self.before.take();
        // A thread-local that is already gone has no steps to come.
        let _ = CONTROL.try_with(|control| control.replace(before));
        CURRENT.set(self.current_thread_id);
        // What this thread remembers of the mode was true of the control that it leaves.
        FULL_SPEED_EPOCH.set(NEVER);
    }
}

/// Number of mode changes of all controllers in the process, plus 1. One counter for all
/// keeps the check at full speed to one load and one comparison; the price is that a change
/// in one run makes the threads of all runs look their mode up once.
static EPOCH: AtomicUsize = AtomicUsize::new(1);
/// The value of [`FULL_SPEED_EPOCH`] that no epoch has.
const NEVER: usize = 0;

/// The value of [`CURRENT`] of a thread that has no number yet.
const NO_LANE: u32 = u32::MAX;
/// Threads without a lane are numbered downwards from here, so that no number of theirs is
/// a lane: lanes count upwards from 0.
static UNREGISTERED: AtomicU32 = AtomicU32::new(NO_LANE - 1);

thread_local! {
    /// The epoch in which this thread last found itself at full speed, or [`NEVER`].
    static FULL_SPEED_EPOCH: Cell<usize> = const { Cell::new(NEVER) };
    /// The cached answer of [`current_thread_id`].
    static CURRENT: Cell<u32> = const { Cell::new(NO_LANE) };
    /// What decides about this thread's steps; `None` for a thread at full speed that no
    /// controller knows.
    static CONTROL: RefCell<Option<StepControl>> = const { RefCell::new(None) };
}

/// The id under which the calling thread holds and waits: its lane, or for a thread without
/// one a number that no lane has. Locks store this as their holder, so it is on the fast path and
/// cached.
#[inline]
pub fn current_thread_id() -> LaneId {
    let current_thread_id = CURRENT.get();
    LaneId(if current_thread_id == NO_LANE { find_thread_id() } else { current_thread_id })
}

/// The lane of the thread's sink, or a new number; cached.
#[cold]
fn find_thread_id() -> u32 {
    let lane = with_sink(|sink| sink.id().0);
    // Relaxed: the counter only has to give each thread another number.
    let current_thread_id = lane.unwrap_or_else(|| UNREGISTERED.fetch_sub(1, Ordering::Relaxed));
    CURRENT.set(current_thread_id);
    current_thread_id
}

/// Whether the calling thread's next step is its bare effect: the whole cost of a step at
/// full speed. Relaxed is enough, because the epoch is only a hint when to look again: a
/// thread that reads an old one takes another step at full speed, as if it had come a
/// moment earlier.
#[inline]
pub(crate) fn at_full_speed() -> bool {
    FULL_SPEED_EPOCH.get() == EPOCH.load(Ordering::Relaxed)
}

/// How the calling thread takes its next step.
pub(crate) enum StepMode {
    Full,
    /// [`StepController::before_step`], the effect, then [`StepController::emit`].
    Paced(Rc<StepController>),
    /// [`StepGate::announce`], the effect, then [`StepGate::completed`] or
    /// [`StepGate::would_block`].
    Stepped(StepGateHandle),
}

/// Looks up how the next step is taken, and remembers full speed until the next change.
/// Primitives call it only if [`at_full_speed`] is false, hence cold.
#[cold]
pub(crate) fn current_mode() -> StepMode {
    // Read before the mode: if that changes in between, the next step looks again. Acquire
    // pairs with the release in `set_mode`.
    let epoch = EPOCH.load(Ordering::Acquire);
    let controller = match current_control() {
        Some(StepControl::Gate(gate)) => return StepMode::Stepped(gate),
        Some(StepControl::Controller(controller)) if controller.mode() != Mode::Full => controller,
        _ => {
            FULL_SPEED_EPOCH.set(epoch);
            return StepMode::Full;
        }
    };
    // In the other two modes every step has to come here.
    FULL_SPEED_EPOCH.set(NEVER);
    // A thread that was asked to stop must not have to be released step by step.
    let gate = controller.mode() == Mode::Stepped && !controller.stop().requested();
    match gate.then(|| controller.gate()).flatten() {
        Some(gate) => StepMode::Stepped(gate),
        None => StepMode::Paced(controller),
    }
}

/// What controls the calling thread's steps: in a live run a controller, which says full,
/// paced or single-stepped; in a run of the explorer always this gate.
#[derive(Clone)]
pub(crate) enum StepControl {
    Controller(Rc<StepController>),
    Gate(StepGateHandle),
}

/// The control of the calling thread. `None` also while the thread's locals are being
/// destroyed: a destructor that takes a step then gets the bare effect.
pub(crate) fn current_control() -> Option<StepControl> {
    CONTROL.try_with(|control| control.borrow().clone()).ok().flatten()
}

/// The controller of the calling thread; `None` in a run of the explorer, which has neither
/// a clock nor a mode.
pub(crate) fn current_controller() -> Option<Rc<StepController>> {
    match current_control() {
        Some(StepControl::Controller(controller)) => Some(controller),
        _ => None,
    }
}

/// Puts the calling thread's steps under `gate`, as `lane`, until the guard drops. Used by
/// the explorer's threads, which have no event sink.
#[must_use = "the thread leaves the gate when the guard drops"]
pub(crate) fn enter_gate(gate: StepGateHandle, lane: LaneId) -> StepGuard {
    enter_as(StepControl::Gate(gate), Some(lane.0))
}

/// Takes the calling thread out of all control, for leaving a run that is over: the steps
/// of its destructors are bare effects. Lasts until the guard of its control drops.
pub(crate) fn release() {
    let _ = CONTROL.try_with(RefCell::take);
    FULL_SPEED_EPOCH.set(NEVER);
}

/// Common part of [`StepController::enter`] and [`enter_gate`]: sets number and control,
/// and forgets what the thread's earlier control left in its locals.
fn enter_as(control: StepControl, lane: Option<u32>) -> StepGuard {
    let current_thread_id = CURRENT.replace(lane.unwrap_or_else(|| CURRENT.get()));
    let before = CONTROL.replace(Some(control));
    FULL_SPEED_EPOCH.set(NEVER);
    // A thread that enters begins a run: its samples and operations count from 0.
    sample::restart();
    operation(0);
    StepGuard { current_thread_id, before, here: PhantomData }
}

/// One operation that never blocks. `effect` carries it out, or takes the value from the
/// thread's store buffer that it is passed; `found` makes the result for the scheduler,
/// `emit` the events. Called if [`at_full_speed`] is false. Primitives that can block
/// (lock, monitor, condition) have a loop of the same shape of their own.
pub(crate) fn step<T>(
    request: &StepRequest<'_>,
    effect: impl Fn(Option<i64>) -> T,
    found: impl Fn(&T) -> OpResult,
    emit: impl FnOnce(&T, &dyn EventSink),
) -> T {
    // Again when the mode changed between the lookup and the effect.
    loop {
        match current_mode() {
            StepMode::Full => return effect(None),
            StepMode::Paced(controller) => {
                if let Some(operand) = request.on.first()
                    && controller.before_step(request.op, operand.object) == BeforeStep::Retry
                {
                    continue;
                }
                let done = effect(None);
                controller.emit(|sink| emit(&done, sink));
                return done;
            }
            StepMode::Stepped(gate) => {
                let buffered = match gate.announce(request) {
                    Grant::Execute => None,
                    Grant::Buffered(value) => Some(value),
                    Grant::Released => continue,
                };
                // Between the grant and `completed` no other thread of the run takes a
                // step, so the effect is atomic as far as the scheduler is concerned.
                let done = effect(buffered);
                gate.completed(found(&done));
                // After `completed`, so that emitting does not keep the scheduler from
                // deciding.
                emit_now(|sink| emit(&done, sink));
                return done;
            }
        }
    }
}

/// A named step that touches nothing shared: a place where a scheduler may switch threads.
/// At full speed it does nothing.
#[inline]
#[track_caller]
pub fn local(what: &'static str) {
    if !at_full_speed() {
        local_observed(what, Location::caller());
    }
}

#[cold]
fn local_observed(what: &'static str, place: Place) {
    let request = StepRequest { op: Op::Local(what), on: &[], until: None, place };
    step(&request, |_| (), |()| OpResult::Done, |(), _| ());
}
