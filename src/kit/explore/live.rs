//! A live run in single-stepped mode: the threads of a lab, each stopped before its next
//! step, wherever it happens to be.
//!
//! Nothing can be undone or searched here, because no thread knows how the run came to
//! where it is. But every thread stops at its next step and announces it, and continues one
//! step at a time, as the user wants.
//!
//! The model state here is not a prediction of the whole program. It begins empty and gets
//! a thread or a thing when it first appears in an announcement; what it knows of a thing
//! is what was seen when a thread last announced an operation on it. Threads that have
//! announced nothing run freely.
//!
//! ```text
//!    user (any thread)                 one thread of the lab, in `announce`
//!    ─────────────────                 ────────────────────────────────────
//!    pause(): mode = Stepped           enter it in the model, emit its step
//!    ready(), model()  ◀── state ──    wait on `changed`, at most a poll interval, until:
//!    step(n): granted = n, notify ──▶    granted == n  → model.step, Execute
//!    resume(mode), notify ──────────▶    mode changed, or a stop → withdraw, Released
//!                      ◀── state ──    after the effect: granted = None, if it is n still
//! ```
//!
//! One mutex guards the state. A thread holds it while it looks at the real things, so it
//! comes before the locks of the kit's primitives; see `kit/monitor.rs`.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::executor::next_of;
use super::model_state::{Memory, ModelState, Names};
use super::schedule::{ScheduleStep, StepSet};
use crate::kit::event::{LaneEvent, LaneId};
use crate::kit::limit::SLICE;
use crate::kit::model::OpResult;
use crate::kit::recorder::with_sink;
use crate::kit::step::{
    Grant, Mode, StepController, StepGate, StepGateHandle, StepRequest, StepSource,
    current_thread_id,
};

/// Steps a live run. All clones control the same run. Its methods return at once and may be
/// called from any thread.
#[derive(Clone, Debug)]
pub struct LiveStepper(Arc<StepperShared>);

struct StepperShared {
    controller: StepController,
    state: Mutex<StepperState>,
    /// Notified when a step is granted and when the run is resumed. A change of the mode by other
    /// means, and a stop, are found at the next poll instead.
    changed: Condvar,
}

struct StepperState {
    /// What is known of the run. Its threads are numbered in the order of their first
    /// announcements.
    model: ModelState,
    lanes: Vec<LaneId>,
    /// The thread that may take its step now, until it has done so. While it is `Some`, no
    /// other step is granted: one at a time.
    granted: Option<usize>,
    /// Counts announcements and steps, for a screen that draws only what is new.
    changes: u64,
}

impl LiveStepper {
    /// Takes control of `controller`'s threads, from the next [`LiveStepper::pause`] on. It
    /// replaces an earlier stepper of the same controller, except for threads at that one's
    /// gates.
    pub fn new(controller: &StepController) -> Self {
        let shared = Arc::new(StepperShared {
            controller: controller.clone(),
            state: Mutex::new(StepperState {
                model: ModelState::new(Arc::new(Names::default()), Vec::new(), Memory::Sc),
                lanes: Vec::new(),
                granted: None,
                changes: 0,
            }),
            changed: Condvar::new(),
        });
        controller.control_with(Arc::clone(&shared) as Arc<dyn StepSource>);
        Self(shared)
    }

    /// Each thread stops at its next step and announces it. Returns before they have:
    /// threads that compute or sleep come to it later.
    pub fn pause(&self) {
        self.0.controller.set_mode(Mode::Stepped);
    }

    /// Lets all threads continue, at full speed or paced. A step that was granted and not yet taken
    /// is taken like any other.
    pub fn resume(&self, mode: Mode) {
        // Before the notification, so that those that wake see the mode.
        self.0.controller.set_mode(mode);
        let mut state = self.0.state.lock();
        state.granted = None;
        self.0.changed.notify_all();
    }

    /// A copy of the run as far as it is known: threads that have announced nothing are on
    /// their way to their next step, or at a pause.
    pub fn model(&self) -> ModelState {
        self.0.state.lock().model.clone()
    }

    /// The threads whose announced step could be taken now; empty while a granted step is
    /// being taken.
    pub fn ready(&self) -> StepSet {
        let state = self.0.state.lock();
        match state.granted {
            Some(_) => StepSet::default(),
            None => state.model.ready(),
        }
    }

    /// Lets a thread take its announced step; returns whether it could. Does not wait for
    /// it.
    pub fn step(&self, thread: u8) -> bool {
        let mut state = self.0.state.lock();
        let ready =
            state.granted.is_none() && state.model.ready().contains(ScheduleStep::Thread(thread));
        if ready {
            state.granted = Some(usize::from(thread));
            self.0.changed.notify_all();
        }
        ready
    }

    /// Grows with every announcement and every step, so a screen that has seen this number has seen
    /// all.
    pub fn changes(&self) -> u64 {
        self.0.state.lock().changes
    }
}

impl StepSource for StepperShared {
    fn gate(self: Arc<Self>) -> StepGateHandle {
        Rc::new(StepperGate(self))
    }
}

/// The gate of any thread of the run: the calling thread is found by its lane, so one gate serves
/// all.
struct StepperGate(Arc<StepperShared>);

impl StepGate for StepperGate {
    fn announce(&self, request: &StepRequest<'_>) -> Grant {
        let shared = &*self.0;
        let mut state = shared.state.lock();
        let thread = state.thread(current_thread_id());
        state.announce(thread, request);
        emit_step(request, &state.model, thread);
        loop {
            // Checked before the grant: a run that was resumed takes all steps by itself.
            if shared.controller.mode() != Mode::Stepped || shared.controller.stop().requested() {
                state.model.withdraw(thread);
                return Grant::Released;
            }
            if state.granted == Some(thread) {
                // What it will do is known; what is seen at the next announcement corrects
                // it.
                state.model.step(thread);
                return Grant::Execute;
            }
            // In slices, since neither a change of the mode elsewhere nor a stop notifies.
            shared.changed.wait_for(&mut state, SLICE);
        }
    }

    fn completed(&self, _: OpResult) {
        self.done();
    }

    fn would_block(&self) {
        self.done();
    }
}

impl StepperGate {
    /// The granted step is over, whether or not it could be taken. Nothing waits for that
    /// but the user, who looks at `changes`, so nothing is notified. If the run was resumed and
    /// paused again meanwhile, the grant may be another thread's by now.
    fn done(&self) {
        let mut state = self.0.state.lock();
        let thread = state.thread(current_thread_id());
        state.granted.take_if(|granted| *granted == thread);
        state.changes += 1;
    }
}

impl StepperState {
    /// The number of the calling thread. It becomes known at its first announcement, and then keeps
    /// its number for as long as the stepper lives.
    fn thread(&mut self, lane: LaneId) -> usize {
        let known = self.lanes.iter().position(|&it| it == lane);
        known.unwrap_or_else(|| {
            let current = std::thread::current();
            let name = current.name().unwrap_or("thread");
            // The part before it says which lab it belongs to.
            let name = name.rsplit('/').next().unwrap_or(name);
            self.lanes.push(lane);
            self.model.join(name.into(), lane)
        })
    }

    /// Enters the announcement, and what the things it touches look like now, in the model. A thing
    /// that is seen for the first time gets the next number.
    fn announce(&mut self, thread: usize, request: &StepRequest<'_>) {
        let model = &mut self.model;
        let next = next_of(request, |operand| {
            let state = (operand.peek)();
            let object = operand.object;
            let known = object.model_id();
            let id = object.model_id_or(|| model.add(object.name(), state.clone()));
            if known.is_some() {
                model.correct(id, state);
            }
            Some(id)
        });
        // There is no error here: each thing gets a number.
        if let Ok(next) = next {
            model.announce(thread, next);
        }
        self.changes += 1;
    }
}

/// Emits what the thread would do next, and whether it would have to wait, and for whom: the
/// timeline shows a paused thread like any other.
fn emit_step(request: &StepRequest<'_>, model: &ModelState, thread: usize) {
    let Some(operand) = request.on.first() else {
        return;
    };
    with_sink(|sink| {
        let resource = operand.object.resource(sink);
        sink.emit(LaneEvent::Step {
            resource,
            verb: request.op.verb().into(),
            value: request.op.value(),
        });
        if !model.is_enabled(thread) {
            // Known by its lane even if it has not announced anything yet.
            let object = model.next(thread).and_then(|next| next.object);
            let holder = object.and_then(|object| model.state(object).holder());
            sink.emit(LaneEvent::Waiting { resource, holder });
        }
        sink.flush();
    });
}

impl fmt::Debug for StepperShared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveStepper").finish_non_exhaustive()
    }
}
