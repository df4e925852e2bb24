//! Paced mode of the step controller: announce, delay, emit; and what interrupts a real
//! wait.
//!
//! A paced step has two halves around its effect: [`StepController::before_step`] and
//! [`StepController::emit`]. The primitives call both; what they do in between is theirs.

use std::time::Duration;

use super::{Mode, Object, StepController, pause};
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::model::Op;
use crate::kit::recorder::{EventSink, with_sink};

/// Emits what a single-stepped operation did and sends it at once: the thread may wait for
/// its next grant for minutes, and its batch would wait with it.
pub(crate) fn emit_now(emit: impl FnOnce(&dyn EventSink)) {
    with_sink(|sink| {
        emit(sink);
        sink.flush();
    });
}

/// Why a real wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// The run was asked to stop: the caller gives up.
    Stopped,
    /// The run is single-stepped from now on: announce the operation instead of waiting.
    Stepped,
}

impl Interrupt {
    /// What a wait under this controller must react to now, if anything; checked after each
    /// slice of a wait. A stop goes before single-stepping: a thread that is to end must
    /// not stop at a gate. `None` for a thread without a controller.
    pub(crate) fn of(controller: Option<&StepController>) -> Option<Self> {
        let controller = controller?;
        if controller.stop().requested() {
            Some(Self::Stopped)
        } else {
            (controller.mode() == Mode::Stepped).then_some(Self::Stepped)
        }
    }
}

/// What follows a paced announcement and its delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BeforeStep {
    Proceed,
    /// The run is single-stepped from now on: look the mode up again. The `Step` event was
    /// emitted already; the gate will announce the step once more.
    Retry,
}

impl StepController {
    /// The first half of a paced step: emits the announcement and waits for the delay. It
    /// is emitted before the delay, so that a viewer sees what the thread is about to do.
    pub(crate) fn before_step(&self, op: Op, object: &Object) -> BeforeStep {
        with_sink(|sink| {
            sink.emit(LaneEvent::Step {
                resource: object.resource(sink),
                verb: op.verb().into(),
                value: op.value(),
            });
        });
        if !self.0.delay.get().is_zero() {
            self.pass_delay();
        }
        match Interrupt::of(Some(self)) {
            // Without a source there is no gate to go to, and retrying would announce for
            // ever.
            Some(Interrupt::Stepped) if self.0.source.lock().is_some() => BeforeStep::Retry,
            _ => BeforeStep::Proceed,
        }
    }

    /// The second half: emits what happened. With a delay it is sent at once, so that the
    /// screen follows each step; without one the steps come too fast to be followed singly.
    pub(crate) fn emit(&self, emit: impl FnOnce(&dyn EventSink)) {
        with_sink(|sink| {
            emit(sink);
            if !self.0.delay.get().is_zero() {
                sink.flush();
            }
        });
    }

    /// Sleeps for the delay. The setting, the mode and the stop flag are read again in
    /// every slice, so that a change acts within [`SLICE`](crate::kit::limit::SLICE), however long
    /// the delay.
    fn pass_delay(&self) {
        pause::emit_sleeping(Pause::Pace, self.0.delay.get());
        pause::sleep_while(&self.0.stop, || match self.mode() {
            Mode::Paced => self.0.delay.get(),
            Mode::Full | Mode::Stepped => Duration::ZERO,
        });
        with_sink(|sink| sink.emit(LaneEvent::Running));
    }

    /// Nanoseconds on the controller's own clock, for measuring waits and holds.
    pub(crate) fn now(&self) -> u64 {
        self.0.clock.now()
    }
}
