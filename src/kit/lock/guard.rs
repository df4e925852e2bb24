//! The guard of a [`Lock`]: releasing it, as a step or not, and poisoning.
//!
//! ```text
//! drop ─┬─ not emitted, full speed ──▶ release           (the fast path)
//!       └─ else: release_observed ─┬─ stepped: announce, end the hold, emit
//!                                  ├─ paced: delay, end the hold, emit
//!                                  └─ an emitted hold at full speed: end it, emit
//! release_for_wait: end the hold, emit if the hold was emitted
//! ```
//!
//! One rule holds in all modes, and when the mode changes meanwhile: an emitted `Acquired` has
//! its `Released`. A release that was announced as a step is emitted even if its acquisition was
//! not.
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

    /// Releases it to wait on a condition. No step of its own, since it is part of the
    /// condition's `Wait`; so it is emitted only if the hold was.
    pub(crate) fn release_for_wait(mut self) {
        if self.end_hold() {
            self.emit_released();
        }
    }

    /// Emits that the lock was acquired, so that its release will be, too. `since` is when the
    /// hold began, or 0 if it is not timed.
    pub(crate) fn emit_acquired(&mut self, since: u64) {
        if let Some(raw) = self.raw.as_mut() {
            raw.emitted = true;
            raw.since = since;
        }
        with_sink(|sink| {
            let resource = self.lock.object.resource(sink);
            sink.emit(LaneEvent::Acquired { resource, depth: 1 });
        });
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

    /// Releases the lock as a step of its own, or ends a hold that was emitted.
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
                self.end_hold();
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
        if self.end_hold() || paced {
            self.emit_released();
        }
    }

    /// Records a timed hold and releases the lock. Returns whether the acquisition was emitted.
    fn end_hold(&mut self) -> bool {
        let Some(raw) = self.raw.as_mut() else { return false };
        let (emitted, since) = (raw.emitted, raw.since);
        // Recorded before the release, while the metrics are still guarded.
        if emitted
            && since > 0
            && let Some(controller) = step::current_controller()
        {
            raw.held(controller.now().saturating_sub(since));
        }
        self.release();
        emitted
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
        let emitted = raw.emitted;
        if std::thread::panicking() {
            self.poison();
        }
        // The fast way out; everything else is in cold functions.
        if !emitted && step::at_full_speed() {
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
