//! The guard of a [`Lock`]: releasing it, as a step or not, and poisoning.
//!
//! ```text
//! drop ─┬─ not timed, full speed ──▶ release           (the fast path)
//!       └─ else: release_observed ─┬─ stepped: announce, release, emit
//!                                  ├─ paced: delay, record the hold, release, emit
//!                                  └─ a timed hold at full speed: record it, release, emit
//! ```
//!
//! The order within a release matters. The hold is recorded while the mutex is still held, which
//! guards the metrics; `holder` is cleared before the mutex is free; the event comes last, so that
//! it costs no other thread time at the lock.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::Ordering;

use parking_lot::MutexGuard;

use super::metrics::LockMetrics;
use super::{FREE, Lock};
use crate::kit::event::LaneEvent;
use crate::kit::model::{Op, OpResult};
use crate::kit::recorder::with_sink;
use crate::kit::step::{self, BeforeStep, Grant, Place, StepMode};

/// Keeps the lock taken until it drops. May be sent to another thread, which then releases
/// the lock and emits that on its own lane.
#[must_use = "the lock is released when the guard drops"]
pub struct Guard<'a> {
    lock: &'a Lock,
    /// `None` once released, for [`Drop`]: a step may have released it already.
    raw: Option<MutexGuard<'a, LockMetrics>>,
}

impl<'a> Guard<'a> {
    #[inline]
    pub(crate) fn new(lock: &'a Lock, raw: MutexGuard<'a, LockMetrics>) -> Self {
        Self { lock, raw: Some(raw) }
    }

    /// The lock that this guard keeps: a condition checks by it that it was given the right one.
    pub fn lock(&self) -> &'a Lock {
        self.lock
    }

    /// Releases the lock; the same as dropping the guard, except that the step shows the
    /// caller's line.
    #[track_caller]
    pub fn unlock(mut self) {
        if !step::at_full_speed() {
            // `drop` then finds nothing to release.
            self.release_observed(Location::caller());
        }
    }

    /// Releases it to wait on a condition: emitted, but no step of its own, since it is
    /// part of the condition's `Wait`.
    pub(crate) fn release_for_wait(mut self) {
        // Asked before the release, after which the mode may be another.
        let reported = !step::at_full_speed();
        self.release();
        if reported {
            self.emit_released();
        }
    }

    fn emit_released(&self) {
        with_sink(|sink| {
            let resource = self.lock.object.resource(sink);
            sink.emit(LaneEvent::Released { resource, depth: 0 });
        });
    }

    /// Marks the lock as poisoned if the panic began while the lock was held. A destructor
    /// that takes and releases it while its thread unwinds leaves the data whole.
    #[cold]
    #[inline(never)]
    fn poison(&self) {
        if self.raw.as_ref().is_some_and(|raw| !raw.entered_panicking) {
            self.lock.poisoned.store(true, Ordering::Relaxed);
        }
    }

    /// Releases the lock as a step of its own, or ends a timed hold.
    #[cold]
    #[inline(never)]
    fn release_observed(&mut self, place: Place) {
        let paced = match step::current_mode() {
            // A thread that unwinds out of its run takes no more steps.
            StepMode::Stepped(gate) if !std::thread::panicking() => {
                // Released by the gate means only that the mode has changed: start over.
                if self.lock.announce(gate.as_ref(), Op::Unlock, place) == Grant::Released {
                    return self.release_observed(place);
                }
                self.release();
                gate.completed(OpResult::Done);
                self.emit_released();
                return with_sink(|sink| sink.flush()).unwrap_or_default();
            }
            StepMode::Paced(controller) => {
                if controller.before_step(Op::Unlock, &self.lock.object) == BeforeStep::Retry {
                    return self.release_observed(place);
                }
                true
            }
            _ => false,
        };
        // Recorded before the release, while the metrics are still guarded.
        let since = self.raw.as_ref().map_or(0, |raw| raw.since);
        if let (Some(raw), Some(controller), true) =
            (self.raw.as_mut(), step::current_controller(), since > 0)
        {
            raw.held(controller.now().saturating_sub(since));
        }
        self.release();
        // A timed acquire was emitted, so its release is, whatever the mode is by now.
        if since > 0 || paced {
            self.emit_released();
        }
    }

    /// The holder is cleared first: after the mutex is free, the next holder may have
    /// written its own number already.
    #[inline]
    fn release(&mut self) {
        self.lock.holder.store(FREE, Ordering::Relaxed);
        self.raw = None;
    }
}

impl Drop for Guard<'_> {
    #[inline]
    fn drop(&mut self) {
        // Released before the drop.
        let Some(raw) = &self.raw else { return };
        let untimed = raw.since == 0;
        if std::thread::panicking() {
            self.poison();
        }
        // The fast way out; everything else is in cold functions.
        if untimed && step::at_full_speed() {
            self.release();
        } else {
            self.release_observed(Location::caller());
        }
    }
}

impl fmt::Debug for Guard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("lock", self.lock).finish()
    }
}
