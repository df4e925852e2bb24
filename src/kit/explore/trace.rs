//! The trace of a run: where it began and every step, so that any moment of it can be
//! looked at again on the model state, without running anything.
//!
//! ```text
//! first ── steps[0] ──▶ at(1) ── steps[1] ──▶ at(2) ── ... ──▶ at(len)
//!           │
//!           take it on the model; then announce or end what was recorded after it
//! ```

use super::model_state::{ModelState, NextStep, Phase};
use super::schedule::ScheduleStep;
use crate::kit::model::{Op, OpResult};
use crate::kit::step::ObjectId;

/// One step of a run, with what is needed to show it and to take it again on the model.
#[derive(Clone, Debug)]
pub struct TraceStep {
    pub choice: ScheduleStep,
    pub op: Op,
    /// What it touched first, such as the condition of a wait and not its lock; `None` for a step
    /// that touches nothing shared.
    pub object: Option<ObjectId>,
    /// The line in the program's source; 0 for a drain.
    pub line: u32,
    pub seen: OpResult,
    /// What the thread announced after it, or how it ended; `None` if the run was over
    /// before that, and for drains.
    pub then: Option<AfterStep>,
}

/// What a thread did after a step: what it announced next, or how its body ended. It comes from the
/// thread's code, so no model could work it out.
#[derive(Clone, Debug)]
pub enum AfterStep {
    Announced(NextStep),
    Ended(Phase),
}

/// A run, from the state in which all threads had made their first announcement. Plain data: it can
/// be kept, sent and looked at when the program is long gone.
#[derive(Clone, Debug)]
pub struct Trace {
    first: ModelState,
    steps: Vec<TraceStep>,
}

impl Trace {
    pub(crate) fn new(first: ModelState, steps: Vec<TraceStep>) -> Self {
        Self { first, steps }
    }

    pub fn steps(&self) -> &[TraceStep] {
        &self.steps
    }

    pub fn len(&self) -> usize {
        self.steps.len()
    }

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The model state after `steps` steps; at the end for any number beyond it. It takes the steps
    /// from the beginning each time, so for all states in a row [`Trace::walk`] is the one to use.
    pub fn at(&self, steps: usize) -> ModelState {
        let mut model = self.first.clone();
        for step in self.steps.iter().take(steps) {
            apply(&mut model, step);
        }
        model
    }

    /// Calls `show` with every state from before the first step to after the last one, and
    /// the number of steps before it.
    pub fn walk(&self, mut show: impl FnMut(usize, &ModelState)) {
        let mut model = self.first.clone();
        show(0, &model);
        for (number, step) in (1..).zip(&self.steps) {
            apply(&mut model, step);
            show(number, &model);
        }
    }
}

/// Takes one recorded step on the model. The announcement after it cannot be predicted, as
/// it comes from the thread's code, so it is recorded.
fn apply(model: &mut ModelState, step: &TraceStep) {
    let thread = step.choice.thread();
    if !step.choice.is_step() {
        model.drain(thread);
        return;
    }
    model.step(thread);
    match &step.then {
        Some(AfterStep::Announced(next)) => model.announce(thread, next.clone()),
        Some(AfterStep::Ended(phase)) => model.end(thread, *phase),
        None => {}
    }
}
