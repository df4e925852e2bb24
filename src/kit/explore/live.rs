//! A live run in single-stepped mode: the threads of a lab, held wherever they happen to be.
//!
//! Nothing can be undone or searched here, because no thread knows how the run came to
//! where it is. But every thread stops at its next step and announces it, and goes
//! on one step at a time, as the user wants. What the model state knows of a thing is what
//! was seen when a thread last announced an operation on it.
//!
//! Must not know what the lab is about.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::executor::next_of;
use super::model_state::{Memory, ModelState, Names};
use super::schedule::{ScheduleStep, StepSet};
use crate::kit::event::{LaneEvent, LaneId};
use crate::kit::model::OpResult;
use crate::kit::recorder::with_sink;
use crate::kit::step::{
    Grant, Mode, POLL_INTERVAL, StepController, StepGate, StepGateHandle, StepRequest, StepSource,
    current_thread_id,
};

/// Steps a live run. All clones control the same run.
#[derive(Clone, Debug)]
pub struct LiveStepper(Arc<StepperShared>);

struct StepperShared {
    controller: StepController,
    state: Mutex<StepperState>,
    changed: Condvar,
}

struct StepperState {
    model: ModelState,
    lanes: Vec<LaneId>,
    /// Who may take its step now.
    granted: Option<usize>,
    /// Counts announcements and steps.
    changes: u64,
}

impl LiveStepper {
    /// Takes control of `controller`'s threads, from the next [`LiveStepper::pause`] on.
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

    /// Each thread stops at its next step and announces it.
    pub fn pause(&self) {
        self.0.controller.set_mode(Mode::Stepped);
    }

    /// Lets all threads go on, at full speed or paced.
    pub fn resume(&self, mode: Mode) {
        self.0.controller.set_mode(mode);
        let mut state = self.0.state.lock();
        state.granted = None;
        self.0.changed.notify_all();
    }

    /// The run as far as it is known: threads that have announced nothing are on
    /// their way to their next step, or at a pause.
    pub fn model(&self) -> ModelState {
        self.0.state.lock().model.clone()
    }

    /// Who could take its step now.
    pub fn ready(&self) -> StepSet {
        let state = self.0.state.lock();
        match state.granted {
            Some(_) => StepSet::default(),
            None => state.model.ready(),
        }
    }

    /// Lets a thread take its announced step; returns whether it could.
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

    /// Grows with every announcement and every step.
    pub fn changes(&self) -> u64 {
        self.0.state.lock().changes
    }
}

impl StepSource for StepperShared {
    fn gate(self: Arc<Self>) -> StepGateHandle {
        Rc::new(StepperGate(self))
    }
}

/// The state of one thread of the single-stepped run.
struct StepperGate(Arc<StepperShared>);

impl StepGate for StepperGate {
    fn announce(&self, request: &StepRequest<'_>) -> Grant {
        let shared = &*self.0;
        let mut state = shared.state.lock();
        let thread = state.thread(current_thread_id());
        state.announce(thread, request);
        emit_step(request, &state.model, thread);
        loop {
            if shared.controller.mode() != Mode::Stepped || shared.controller.stop().requested() {
                state.model.withdraw(thread);
                return Grant::Released;
            }
            if state.granted == Some(thread) {
                // What it will do is known; what is seen next corrects it.
                state.model.step(thread);
                return Grant::Execute;
            }
            shared.changed.wait_for(&mut state, POLL_INTERVAL);
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
    fn done(&self) {
        let mut state = self.0.state.lock();
        state.granted = None;
        state.changes += 1;
    }
}

impl StepperState {
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
        if let Ok(next) = next {
            model.announce(thread, next);
        }
        self.changes += 1;
    }
}

/// Returns what the thread would do next, and which thread it would wait for.
fn emit_step(request: &StepRequest<'_>, model: &ModelState, thread: usize) {
    let Some(operand) = request.on.first() else {
        return;
    };
    with_sink(|sink| {
        let resource = operand.object.resource(sink);
        sink.emit(LaneEvent::Step { resource, verb: request.op.verb(), value: request.op.value() });
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
