//! The trace of a run: where it began and every step, so that any moment of it can
//! be looked at again without running anything.
//!
//! Must not know how the run was made.

use super::model_state::{ModelState, NextStep, Phase};
use super::schedule::ScheduleStep;
use crate::kit::model::{Op, OpResult};
use crate::kit::step::ObjectId;

/// One step of a run.
#[derive(Clone, Debug)]
pub struct TraceStep {
    pub choice: ScheduleStep,
    pub op: Op,
    pub object: Option<ObjectId>,
    pub line: u32,
    pub seen: OpResult,
    /// What the thread announced after it, or how it ended; unknown if the run was
    /// over before that.
    pub then: Option<AfterStep>,
}

/// What a thread did after a step.
#[derive(Clone, Debug)]
pub enum AfterStep {
    Announced(NextStep),
    Ended(Phase),
}

/// A run, from its first announcements on.
#[derive(Clone, Debug)]
pub struct Trace {
    first: ModelState,
    frames: Vec<TraceStep>,
}

impl Trace {
    pub(crate) fn new(first: ModelState, frames: Vec<TraceStep>) -> Self {
        Self { first, frames }
    }

    pub fn frames(&self) -> &[TraceStep] {
        &self.frames
    }

    pub fn len(&self) -> usize {
        self.frames.len()
    }

    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The model state after `steps` steps; at the end for any number beyond it.
    pub fn at(&self, steps: usize) -> ModelState {
        let mut model = self.first.clone();
        for frame in self.frames.iter().take(steps) {
            play(&mut model, frame);
        }
        model
    }

    /// Shows every moment from before the first step to after the last one.
    pub fn walk(&self, mut show: impl FnMut(usize, &ModelState)) {
        let mut model = self.first.clone();
        show(0, &model);
        for (step, frame) in (1..).zip(&self.frames) {
            play(&mut model, frame);
            show(step, &model);
        }
    }
}

fn play(model: &mut ModelState, frame: &TraceStep) {
    let thread = frame.choice.thread();
    if !frame.choice.is_step() {
        model.drain(thread);
        return;
    }
    model.step(thread);
    match &frame.then {
        Some(AfterStep::Announced(next)) => model.announce(thread, next.clone()),
        Some(AfterStep::Ended(phase)) => model.end(thread, *phase),
        None => {}
    }
}
