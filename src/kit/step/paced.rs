//! Paced mode of the step controller: announce, delay, emit; and what a real wait heeds.
//!
//! Must not know any single primitive.

use std::time::Duration;

use super::{Mode, Object, StepController, pause};
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::model::Op;
use crate::kit::recorder::{EventSink, with_sink};

/// Emits what a single-stepped operation did, at once.
pub(crate) fn emit_now(emit: impl FnOnce(&dyn EventSink)) {
    with_sink(|sink| {
        emit(sink);
        sink.flush();
    });
}

/// Why a real wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    Stopped,
    /// The run is held from now on: announce instead of waiting.
    Held,
}

impl Interrupt {
    /// What a wait of this step controller has to heed now.
    pub(crate) fn of(controller: Option<&StepController>) -> Option<Self> {
        let controller = controller?;
        if controller.stop().requested() {
            Some(Self::Stopped)
        } else {
            (controller.mode() == Mode::Stepped).then_some(Self::Held)
        }
    }
}

/// What comes after a paced announcement and its delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BeforeStep {
    /// Take the step.
    Proceed,
    /// The run is held from now on: look the manner up again.
    Retry,
}

impl StepController {
    /// The first half of a paced step: announces it and waits for the delay.
    pub(crate) fn before_step(&self, op: Op, object: &Object) -> BeforeStep {
        with_sink(|sink| {
            sink.emit(LaneEvent::Step {
                resource: object.resource(sink),
                verb: op.verb(),
                value: op.value(),
            });
        });
        if !self.0.delay.get().is_zero() {
            self.pass_delay();
        }
        match Interrupt::of(Some(self)) {
            Some(Interrupt::Held) if self.0.source.lock().is_some() => BeforeStep::Retry,
            _ => BeforeStep::Proceed,
        }
    }

    /// Emits what happened, and in a paced run sends it at once.
    pub(crate) fn emit(&self, emit: impl FnOnce(&dyn EventSink)) {
        with_sink(|sink| {
            emit(sink);
            if !self.0.delay.get().is_zero() {
                sink.flush();
            }
        });
    }

    /// Sleeps for the pace. The dial, the mode and the stop flag are looked at
    /// throughout, so that none of them has to wait for a long delay.
    fn pass_delay(&self) {
        pause::emit_sleeping(Pause::Pace, self.0.delay.get());
        pause::sleep_while(&self.0.stop, || match self.mode() {
            Mode::Paced => self.0.delay.get(),
            Mode::Full | Mode::Stepped => Duration::ZERO,
        });
        with_sink(|sink| sink.emit(LaneEvent::Running));
    }

    /// Nanoseconds on the step controller's own clock, for measuring waits.
    pub(crate) fn now(&self) -> u64 {
        self.0.clock.now()
    }
}
