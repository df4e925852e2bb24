//! Paced mode's side of the seam: announce, dwell, tell; and what a real wait heeds.
//!
//! Must not know any single primitive.

use std::time::Duration;

use super::{Mode, Object, Seam, pause};
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::model::Op;
use crate::kit::probe::{Voice, with_voice};

/// Tells what a held step did, at once.
pub(crate) fn tell_now(tell: impl FnOnce(&dyn Voice)) {
    with_voice(|voice| {
        tell(voice);
        voice.flush();
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
    /// What a wait of this seam has to heed now.
    pub(crate) fn of(seam: Option<&Seam>) -> Option<Self> {
        let seam = seam?;
        if seam.stop().requested() {
            Some(Self::Stopped)
        } else {
            (seam.mode() == Mode::Held).then_some(Self::Held)
        }
    }
}

/// What comes after a paced announcement and its dwell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Approach {
    /// Take the step.
    Take,
    /// The run is held from now on: look the manner up again.
    Anew,
}

impl Seam {
    /// The first half of a paced step: announce it and dwell.
    pub(crate) fn approach(&self, op: Op, object: &Object) -> Approach {
        with_voice(|voice| {
            voice.emit(LaneEvent::Step {
                resource: object.resource(voice),
                verb: op.verb(),
                value: op.value(),
            });
        });
        if !self.0.pace.get().is_zero() {
            self.dwell();
        }
        match Interrupt::of(Some(self)) {
            Some(Interrupt::Held) if self.0.holder.lock().is_some() => Approach::Anew,
            _ => Approach::Take,
        }
    }

    /// Tells what happened; at a pace that eyes follow, at once.
    pub(crate) fn tell(&self, tell: impl FnOnce(&dyn Voice)) {
        with_voice(|voice| {
            tell(voice);
            if !self.0.pace.get().is_zero() {
                voice.flush();
            }
        });
    }

    /// Sleeps for the pace. The dial, the mode and the stop flag are looked at
    /// throughout, so that none of them has to wait for a long dwell.
    fn dwell(&self) {
        pause::say_sleeping(Pause::Pace, self.0.pace.get());
        pause::doze(&self.0.stop, || match self.mode() {
            Mode::Paced => self.0.pace.get(),
            Mode::Full | Mode::Held => Duration::ZERO,
        });
        with_voice(|voice| voice.emit(LaneEvent::Running));
    }

    /// Nanoseconds on the seam's own clock, for measuring waits.
    pub(crate) fn now(&self) -> u64 {
        self.0.clock.now()
    }
}
