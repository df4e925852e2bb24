//! The step controller: around every shared operation of a lab's thread stands `step`,
//! reached through the kit's own primitives ([`crate::kit::traced_atomic::TracedAtomic`],
//! [`crate::kit::lock::Lock`], ...), which wrap the real ones and give them a name.
//!
//! A run-wide [`StepController`] says what a step does. **Full**: the bare effect. **Paced**:
//! announce, delay, take it, emit. **Single-stepped**: announce, and wait until a scheduler lets
//! this thread take it. So the same machine code on the same threads runs at full
//! speed, in slow motion and in single-stepped mode, and changes over at each thread's next
//! step.
//!
//! A step at full speed costs one comparison: each thread remembers the epoch in
//! which it last found its step controller at full speed, and any change of any step controller starts a
//! new epoch.
//!
//! Must not know any single primitive, nor who looks.

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
use std::time::Duration;

use parking_lot::Mutex;

pub(crate) use gate::{
    Grant, Operand, StepGate, StepGateHandle, StepRequest, StepSource, abort_run, at_operation,
};
pub use gate::{Holds, operation};
pub(crate) use object::list_objects;
pub use object::{Name, Object, ObjectId};
pub(crate) use paced::{BeforeStep, Interrupt, emit_now};
pub use pause::{at_line, sleep_as};
pub(crate) use sample::sampled;
pub use sample::{ALL, ONE_IN};
pub use settings::{RaceWindow, StepDelay, Switch, Widening};

use super::clock::Clock;
use super::event::LaneId;
use super::model::{Op, OpResult};
use super::recorder::{EventSink, with_sink};
use super::stop::Stop;

/// How long a wait may go without looking at the stop flag, the dials and the mode.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The bare effect.
    Full,
    /// Announce, wait for the [`StepDelay`], take the step, emit.
    Paced,
    /// Announce, and wait until the controlling thread (`StepController::control_with`) lets
    /// this thread continue.
    Stepped,
}

/// The run-wide control of its threads' steps. Clones are one step controller.
#[derive(Clone, Debug)]
pub struct StepController(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    mode: AtomicU8,
    delay: StepDelay,
    stop: Stop,
    clock: Clock,
    source: Mutex<Option<Arc<dyn StepSource>>>,
}

impl StepController {
    /// A step controller whose waits end when `stop` is requested.
    pub fn new(stop: Stop, mode: Mode) -> Self {
        Self(Arc::new(Inner {
            mode: AtomicU8::new(mode as u8),
            delay: StepDelay::default(),
            stop,
            clock: Clock::start(),
            source: Mutex::new(None),
        }))
    }

    /// The same by another clock.
    #[cfg(test)]
    pub(crate) fn with_clock(stop: Stop, mode: Mode, clock: Clock) -> Self {
        let mut controller = Self::new(stop, mode);
        if let Some(inner) = Arc::get_mut(&mut controller.0) {
            inner.clock = clock;
        }
        controller
    }

    pub fn mode(&self) -> Mode {
        match self.0.mode.load(Ordering::Acquire) {
            0 => Mode::Full,
            1 => Mode::Paced,
            _ => Mode::Stepped,
        }
    }

    /// Each thread changes over at its next step; one that waits or dwells, at once.
    pub fn set_mode(&self, mode: Mode) {
        self.0.mode.store(mode as u8, Ordering::Release);
        EPOCH.fetch_add(1, Ordering::Release);
    }

    /// Who decides in held mode, from now on. Without one, held threads run paced.
    pub(crate) fn control_with(&self, source: Arc<dyn StepSource>) {
        *self.0.source.lock() = Some(source);
    }

    fn gate(&self) -> Option<StepGateHandle> {
        let source = self.0.source.lock().clone()?;
        Some(source.gate())
    }

    /// The delay of paced steps.
    pub fn delay(&self) -> &StepDelay {
        &self.0.delay
    }

    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// Puts the calling thread's steps under this step controller until the guard drops.
    #[must_use = "the thread leaves the step controller when the guard drops"]
    pub fn enter(&self) -> StepGuard {
        let lane = with_sink(|sink| sink.id().0);
        enter_as(StepControl::Controller(Rc::new(self.clone())), lane)
    }
}

/// Keeps a thread under its step controller; see [`StepController::enter`].
pub struct StepGuard {
    current_thread_id: u32,
    before: Option<StepControl>,
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
        let _ = CONTROL.try_with(|current_controller| current_controller.replace(before));
        CURRENT.set(self.current_thread_id);
        SEEN.set(NEVER);
    }
}

/// Changes whenever any step controller's mode does. Epochs begin at 1: 0 is [`NEVER`].
static EPOCH: AtomicUsize = AtomicUsize::new(1);
const NEVER: usize = 0;

const NO_LANE: u32 = u32::MAX;
/// Threads without a lane are numbered downwards from here.
static UNREGISTERED: AtomicU32 = AtomicU32::new(NO_LANE - 1);

thread_local! {
    /// The epoch in which this thread last found itself at full speed.
    static SEEN: Cell<usize> = const { Cell::new(NEVER) };
    static CURRENT: Cell<u32> = const { Cell::new(NO_LANE) };
    static CONTROL: RefCell<Option<StepControl>> = const { RefCell::new(None) };
}

/// The lane of the calling thread; a thread without one gets a number of its own
/// that no lane has.
#[inline]
pub fn current_thread_id() -> LaneId {
    let current_thread_id = CURRENT.get();
    LaneId(if current_thread_id == NO_LANE { unregistered_id() } else { current_thread_id })
}

#[cold]
fn unregistered_id() -> u32 {
    let lane = with_sink(|sink| sink.id().0);
    let current_thread_id = lane.unwrap_or_else(|| UNREGISTERED.fetch_sub(1, Ordering::Relaxed));
    CURRENT.set(current_thread_id);
    current_thread_id
}

/// Whether the calling thread's next step is its bare effect.
#[inline]
pub(crate) fn at_full_speed() -> bool {
    SEEN.get() == EPOCH.load(Ordering::Relaxed)
}

/// How the calling thread takes its next step.
pub(crate) enum StepMode {
    Full,
    Paced(Rc<StepController>),
    Stepped(StepGateHandle),
}

/// Looks the manner up, and remembers full speed until the next change.
#[cold]
pub(crate) fn current_mode() -> StepMode {
    let epoch = EPOCH.load(Ordering::Acquire);
    let controller = match current_control() {
        Some(StepControl::Gate(gate)) => return StepMode::Stepped(gate),
        Some(StepControl::Controller(controller)) if controller.mode() != Mode::Full => controller,
        _ => {
            SEEN.set(epoch);
            return StepMode::Full;
        }
    };
    SEEN.set(NEVER);
    // A thread that was asked to stop must not have to be released step by step.
    let gate = controller.mode() == Mode::Stepped && !controller.stop().requested();
    match gate.then(|| controller.gate()).flatten() {
        Some(gate) => StepMode::Stepped(gate),
        None => StepMode::Paced(controller),
    }
}

/// What controls the calling thread's steps.
#[derive(Clone)]
pub(crate) enum StepControl {
    Controller(Rc<StepController>),
    Gate(StepGateHandle),
}

pub(crate) fn current_control() -> Option<StepControl> {
    CONTROL.try_with(|current_control| current_control.borrow().clone()).ok().flatten()
}

/// The step controller of the calling thread.
pub(crate) fn current_controller() -> Option<Rc<StepController>> {
    match current_control() {
        Some(StepControl::Controller(controller)) => Some(controller),
        _ => None,
    }
}

/// Puts the calling thread's steps under `gate`, as `lane`, until the guard drops.
#[must_use = "the thread leaves the gate when the guard drops"]
pub(crate) fn enter_gate(gate: StepGateHandle, lane: LaneId) -> StepGuard {
    enter_as(StepControl::Gate(gate), Some(lane.0))
}

/// From here on the calling thread's steps are their bare effects.
fn release() {
    let _ = CONTROL.try_with(RefCell::take);
    SEEN.set(NEVER);
}

fn enter_as(current_control: StepControl, lane: Option<u32>) -> StepGuard {
    let current_thread_id = CURRENT.replace(lane.unwrap_or_else(|| CURRENT.get()));
    let before =
        CONTROL.with(|current_controller| current_controller.replace(Some(current_control)));
    SEEN.set(NEVER);
    sample::restart();
    operation(0);
    StepGuard { current_thread_id, before, here: PhantomData }
}

/// One operation that never blocks: `effect` carries it out, or takes the value
/// that the thread's store buffer has instead; `found` says what it found
/// there, `emit` emits it. Primitives ask [`at_full_speed`] before, and call this
/// if not.
pub(crate) fn step<T>(
    request: &StepRequest<'_>,
    effect: impl Fn(Option<i64>) -> T,
    found: impl Fn(&T) -> OpResult,
    emit: impl FnOnce(&T, &dyn EventSink),
) -> T {
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
                let done = effect(buffered);
                gate.completed(found(&done));
                emit_now(|sink| emit(&done, sink));
                return done;
            }
        }
    }
}

/// A named step that touches nothing shared: a place where the scheduler may switch.
#[inline]
#[track_caller]
pub fn local(what: &'static str) {
    if !at_full_speed() {
        local_observed(what, Location::caller());
    }
}

#[cold]
fn local_observed(what: &'static str, place: &'static Location<'static>) {
    let request = StepRequest { op: Op::Local(what), on: &[], until: None, place };
    step(&request, |_| (), |()| OpResult::Done, |(), _| ());
}
