//! One step after the other: chosen by the scheduler, executed on the model state, recorded
//! and, once its thread has taken it for real, checked.
//!
//! ```text
//! run_step   judge the state ─▶ stop? nothing ready? bound? ─▶ ask the scheduler ─▶ take
//! take       a drain   the model state, then the real memory; no thread runs, so decide again
//!            a step    the model state, which predicts the result; then its thread, for real
//! later      the thread announces its next step: then() completes the record of the last one,
//!            and verify() compares what it found with the prediction
//! ```

use super::{Directive, Exploration};
use crate::kit::explore::fault::Fault;
use crate::kit::explore::finding::{End, is_switch};
use crate::kit::explore::schedule::ScheduleStep;
use crate::kit::explore::scheduler::{Scheduler, SchedulingPoint};
use crate::kit::explore::trace::{AfterStep, TraceStep};
use crate::kit::model::{Op, OpResult};
use crate::kit::step::ObjectId;

impl<P: Scheduler> Exploration<P> {
    /// One decision of the scheduler; `None` if the run ended or only the memory moved: the
    /// caller then decides again.
    pub fn run_step(&mut self) -> Option<(usize, Directive)> {
        // All threads have announced or returned: the moment that a trace shows.
        self.check_always();
        let ready = self.model.ready();
        // The reasons to end come before the scheduler is asked, which must have a choice.
        if self.config.stop.requested() {
            self.close(End::Stopped);
        } else if ready.is_empty() {
            let end = self.final_end();
            self.close(end);
        } else if self.trace.len() >= self.config.step_bound {
            // What was broken on the way is broken, however the run would have ended.
            let end = self.broken.take().map_or(End::StepBound, End::Broken);
            self.close(end);
        } else {
            // A scheduler that chooses what is not ready gives the run up, as with `None`.
            let chosen = self.scheduler.as_mut()?.choose(&SchedulingPoint {
                model: &self.model,
                ready,
                last: self.last,
                switches: self.switches,
                first: self.first.as_ref()?,
                taken: &self.trace,
            });
            match chosen.filter(|&choice| ready.contains(choice)) {
                None => self.close(End::Stopped),
                Some(choice) => {
                    self.switches += u32::from(is_switch(self.last, choice, ready));
                    return self.take(choice);
                }
            }
        }
        None
    }

    /// Carries a step out on the model state, and directs its thread to follow.
    fn take(&mut self, choice: ScheduleStep) -> Option<(usize, Directive)> {
        self.steps += 1;
        let thread = choice.thread();
        // A drain: the memory moves by itself, no thread takes a step.
        if !choice.is_step() {
            let (object, value) = self.model.drain(thread)?;
            self.store(object, value);
            let op = Op::Store { value, ordered: false };
            self.record(choice, op, Some(object), 0, OpResult::Done);
            return None;
        }
        let (op, object, line) = {
            let next = self.model.next(thread)?;
            (next.op, next.object, next.line)
        };
        // The model goes first. What it predicts is compared when the thread announces
        // again.
        let (seen, buffered) = self.model.step(thread);
        let slot = &mut self.slots[thread];
        slot.predicted = Some(seen);
        slot.last_step = Some(self.trace.len());
        slot.buffered = buffered.unwrap_or_default();
        self.record(choice, op, object, line, seen);
        self.last = Some(choice);
        let directive = buffered.map_or(Directive::Grant, |_| Directive::Buffered);
        Some((thread, directive))
    }

    /// Carries a drained store out in the real memory. No thread runs meanwhile: the caller
    /// has the baton.
    fn store(&mut self, object: ObjectId, value: i64) {
        match self.plan.memory.iter().find(|atomic| atomic.is(object)) {
            Some(atomic) => atomic.put(value),
            // Caught by `advance`: the program does not list all of its atomics.
            None => panic!("{} is not in the plan's memory", self.model.object_name(object)),
        }
    }

    /// Adds a step to the trace. What its thread does after it is not known yet; see
    /// [`Exploration::then`].
    fn record(
        &mut self,
        choice: ScheduleStep,
        op: Op,
        object: Option<ObjectId>,
        line: u32,
        seen: OpResult,
    ) {
        self.trace.push(TraceStep { choice, op, object, line, seen, then: None });
    }

    /// Records what a thread did after its last step: announced another, or ended. Called for each
    /// step once, since without it the trace could not be taken again on the model.
    pub fn then(&mut self, thread: usize, then: impl FnOnce() -> AfterStep) {
        if let Some(step) = self.slots[thread].last_step.take() {
            self.trace[step].then = Some(then());
        }
    }

    /// Checks what a step found against what the model state predicted. A difference is a fault of
    /// the engine, or of a program that changes things outside of its steps; it ends the
    /// exploration.
    pub fn verify(&mut self, thread: usize, completed: Option<OpResult>) {
        let predicted = self.slots[thread].predicted.take();
        if let (Some(predicted), Some(found)) = (predicted, completed)
            && predicted != found
        {
            let step = self.slots[thread].last_step;
            let op = step.map_or(Op::Load, |step| self.trace[step].op);
            let thread = self.name(thread);
            self.fail(Fault::Diverged { thread, op, predicted, found });
        }
    }

    /// Judges the present state, unless one before was broken already: the first is the one
    /// to report.
    pub fn check_always(&mut self) {
        if self.broken.is_none()
            && let Some(always) = &self.plan.always
        {
            self.broken = always(&self.model).err();
            if let Some(broken) = &self.broken {
                // Part of the state's key: with it the future is another, even if all
                // values agree.
                self.model.mark_broken(broken.kind);
            }
        }
    }

    /// How a run in which no thread can continue has ended: in a deadlock if a thread still
    /// has a step, else by the checks.
    pub fn final_end(&mut self) -> End {
        let mut threads = 0..self.slots.len();
        let stuck = threads.any(|thread| self.model.next(thread).is_some());
        // A query judges the states themselves; a deadlock is a state like others.
        if stuck && !self.plan.only_checks {
            return End::Deadlock { cycle: self.model.cycle() };
        }
        let at_end = || self.plan.at_end.as_ref()?(&self.model).err();
        match self.broken.take().or_else(at_end) {
            Some(broken) => End::Broken(broken),
            None => End::Held,
        }
    }
}
