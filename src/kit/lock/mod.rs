//! `Lock`: a named lock that knows its holder and measures its waits.
//!
//! It wraps `parking_lot`'s mutex: the fastest of the candidates when contended, and it can
//! wait with a limit, which lets every wait here check the stop flag. The metrics are the
//! data of that mutex, so keeping them needs no other lock. At full speed each thread's
//! first [`step::ALL`] acquisitions by [`Lock::lock`] and then one in [`step::ONE_IN`] are timed
//! and emitted; the number of acquisitions is exact.
//!
//! The lock guards no data of the experiment: an experiment must be able to leave it out.
//!
//! # Memory orders
//!
//! The mutex orders what its holders do. `holder` and `poisoned` are written by the thread
//! that holds it and read by any thread as a hint, so both are relaxed. The one decision
//! that depends on `holder`, whether the calling thread itself holds the lock, is sound as
//! long as the guard stays with its thread: a thread sees its own last write, and no other
//! thread writes its number.
//!
//! # Ways through [`Lock::lock`]
//!
//! ```text
//! full speed, not sampled ── try for a poll interval ── got it ──▶ guard, nothing emitted
//!         │                                              └─ not yet ─┐
//! full speed, sampled ──────────────────────────────────────────────┼─▶ acquire_for_real:
//! paced ── announce, delay ─────────────────────────────────────────┘   Waiting if taken, Acquired
//! stepped ── announce, wait for the grant ── take_now ──▶ guard, the step is completed
//! ```

mod guard;
mod metrics;
#[cfg(test)]
mod tests;

use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

pub use guard::Guard;
pub use metrics::{LockStats, Quantiles};

use self::metrics::LockMetrics;
use super::clock;
use super::event::{LaneEvent, LaneId, ResourceKind};
use super::limit::SLICE;
use super::model::{Blocking, Op, OpResult, State};
use super::recorder::with_sink;
use super::step::{
    self, BeforeStep, Grant, Interrupt, Mode, Name, Object, Operand, Place, StepController,
    StepGate, StepMode, StepRequest, Switch,
};
use super::stop::Stopped;

/// The value of `holder` that is no lane.
const FREE: u32 = u32::MAX;

/// A named lock. Not re-entrant: a thread that takes it twice waits for itself, until its
/// run is stopped.
pub struct Lock {
    /// The lock itself, around its metrics: a thread that has the lock may also count.
    raw: Mutex<LockMetrics>,
    /// The lane that holds it, or [`FREE`]. Set after the mutex was taken and cleared
    /// before it is released, so it may be `FREE` for a moment while the mutex is taken.
    holder: AtomicU32,
    /// Whether a holder panicked. Only recorded: taking a poisoned lock is no error here.
    poisoned: AtomicBool,
    object: Object,
}

impl Lock {
    /// A free lock. Made while the explorer instantiates a program, it is one of that program's
    /// things; made elsewhere, it gets a number in a model when a stepped thread first uses it.
    pub fn new(name: impl Into<Name>) -> Self {
        Self {
            raw: Mutex::default(),
            holder: AtomicU32::new(FREE),
            poisoned: AtomicBool::new(false),
            object: Object::modelled(name, ResourceKind::Lock, || State::Lock { holder: None }),
        }
    }

    pub fn name(&self) -> Name {
        self.object.name()
    }

    /// Waits for the lock.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop before it got the lock.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> Result<Guard<'_>, Stopped> {
        if step::at_full_speed()
            && !step::sampled()
            // Waits for one slice even on the untimed path; a longer wait is worth its
            // events.
            && let Some(raw) = self.raw.try_lock_for(SLICE)
        {
            return Ok(self.taken(raw));
        }
        self.lock_observed(Location::caller())
    }

    /// Waits for the lock for a limited time; `None` when the time is over. Always timed and
    /// emitted, as it may take long. In single-stepped mode the time is over if the lock is
    /// taken when the scheduler grants the step.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop before it got the lock.
    #[track_caller]
    pub fn lock_timeout(&self, limit: Duration) -> Result<Option<Guard<'_>>, Stopped> {
        self.acquire(Blocking::Timeout, Some(limit), Location::caller())
    }

    /// Takes the lock if it is free at this moment. `None` also if another thread is about
    /// to release it. At full speed neither timed nor emitted.
    #[track_caller]
    pub fn try_lock(&self) -> Option<Guard<'_>> {
        if step::at_full_speed() {
            return self.take_now();
        }
        self.acquire(Blocking::Try, None, Location::caller()).ok().flatten()
    }

    /// Waits for the lock if `on`, and continues without it otherwise: the switch of the
    /// experiments that show what the lock is for. In paced mode a skipped lock is emitted.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was asked to stop before it got the lock.
    #[inline]
    #[track_caller]
    pub fn lock_if(&self, on: &Switch) -> Result<Option<Guard<'_>>, Stopped> {
        if on.on() {
            return self.lock().map(Some);
        }
        if !step::at_full_speed() {
            self.emit_skipped();
        }
        Ok(None)
    }

    /// The lane that holds the lock now, as an observer sees it. Exact only for the calling
    /// thread's own holding.
    pub fn holder(&self) -> Option<LaneId> {
        match self.holder.load(Ordering::Relaxed) {
            FREE => None,
            lane => Some(LaneId(lane)),
        }
    }

    /// Whether a holder panicked while it held the lock, as with [`std::sync::Mutex`].
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Relaxed)
    }

    /// Declares what the lock protects to be whole again, after a caller has repaired it.
    pub fn clear_poison(&self) {
        self.poisoned.store(false, Ordering::Relaxed);
    }

    /// The metrics so far. Takes the lock for a moment, without a step: ask after the
    /// threads were joined, or the asking itself is one of the disturbances that it
    /// reports.
    pub fn stats(&self) -> LockStats {
        self.raw.lock().stats()
    }

    /// Enters the calling thread as holder, of a hold that is neither timed nor emitted.
    #[inline]
    fn taken<'a>(&'a self, mut raw: MutexGuard<'a, LockMetrics>) -> Guard<'a> {
        raw.enter(std::thread::panicking());
        self.holder.store(step::current_thread_id().0, Ordering::Relaxed);
        Guard::new(self, raw)
    }

    /// The rest of [`Self::lock`], out of line.
    #[cold]
    #[inline(never)]
    fn lock_observed(&self, place: Place) -> Result<Guard<'_>, Stopped> {
        self.acquire(Blocking::Forever, None, place)?.ok_or(Stopped)
    }

    /// The path of a paced or single-stepped thread, of a timed acquisition, and of a long
    /// wait. `None` if it could not be had in time.
    fn acquire(
        &self,
        blocking: Blocking,
        limit: Option<Duration>,
        place: Place,
    ) -> Result<Option<Guard<'_>>, Stopped> {
        loop {
            match step::current_mode() {
                StepMode::Stepped(gate) => {
                    if self.announce(gate.as_ref(), Op::Lock(blocking), place) == Grant::Released {
                        continue;
                    }
                    let mut guard = self.take_now();
                    // It is free in the model, but the real holder has not released it yet.
                    if guard.is_none() && blocking == Blocking::Forever {
                        gate.would_block();
                        continue;
                    }
                    gate.completed(guard.as_ref().map_or(OpResult::Refused, |_| OpResult::Done));
                    self.emit_tried(guard.as_mut());
                    return Ok(guard);
                }
                StepMode::Paced(controller) => {
                    if controller.before_step(Op::Lock(blocking), &self.object) == BeforeStep::Retry
                    {
                        continue;
                    }
                }
                // A sampled acquisition, or one that was longer than a slice.
                StepMode::Full => {}
            }
            // Below, for full speed and paced mode alike.
            if blocking == Blocking::Try {
                let mut guard = self.take_now();
                self.emit_tried(guard.as_mut());
                return Ok(guard);
            }
            match self.acquire_for_real(limit) {
                Err(Interrupt::Stepped) => {}
                Err(Interrupt::Stopped) => return Err(Stopped),
                Ok(guard) => return Ok(guard),
            }
        }
    }

    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    /// Its state for a gate. Re-entry is not modelled: a second `Lock` by the holder blocks, here
    /// and in the model alike.
    pub(crate) fn state(&self) -> State {
        State::Lock { holder: self.holder() }
    }

    /// Takes it if it is free: no step by itself, and not emitted.
    pub(crate) fn take_now(&self) -> Option<Guard<'_>> {
        self.raw.try_lock().map(|raw| self.taken(raw))
    }

    /// Takes it after a wait on a condition: emitted, but no step of its own unless the run
    /// changes to single-stepped mode meanwhile.
    pub(crate) fn lock_again(&self, place: Place) -> Result<Guard<'_>, Stopped> {
        match self.acquire_for_real(None) {
            Ok(Some(guard)) => Ok(guard),
            Err(Interrupt::Stepped) => self.lock_observed(place),
            Ok(None) | Err(Interrupt::Stopped) => Err(Stopped),
        }
    }

    fn announce(&self, gate: &dyn StepGate, op: Op, place: Place) -> Grant {
        let peek = || self.state();
        gate.announce(&StepRequest {
            op,
            on: &[Operand { object: &self.object, peek: &peek }],
            until: None,
            place,
        })
    }

    /// Emits what an attempt led to, at once. Such a hold is not timed.
    pub(crate) fn emit_tried(&self, got: Option<&mut Guard<'_>>) {
        match got {
            Some(guard) => guard.emit_acquired(0),
            None => self.emit_given_up("it is taken"),
        }
        with_sink(|sink| sink.flush());
    }

    /// Takes it in real time, timed and emitted. Without a controller nothing is timed, as
    /// there is no run whose figures it could belong to.
    fn acquire_for_real(&self, limit: Option<Duration>) -> Result<Option<Guard<'_>>, Interrupt> {
        let controller = step::current_controller();
        let began = controller.as_ref().map_or(0, |controller| controller.now());
        // Tried first, so that whether the lock was contended does not depend on the clock.
        let first = self.raw.try_lock();
        let contended = first.is_none();
        let got = match first {
            Some(raw) => Some(raw),
            None => self.wait(controller.as_deref(), limit)?,
        };
        let Some(mut raw) = got else {
            self.emit_given_up("the time is over");
            return Ok(None);
        };
        let since = controller.as_ref().map_or(0, |controller| controller.now().max(1));
        if controller.is_some() {
            raw.waited(since.saturating_sub(began), contended);
        }
        let mut guard = self.taken(raw);
        // With the lock held, so that no other lane's `Acquired` is stamped before.
        guard.emit_acquired(since);
        Ok(Some(guard))
    }

    /// Waits in slices, naming each holder that it waits for, so that the wait-for graph
    /// follows when the lock goes from one thread to another. `None` when the time is over.
    /// `limit` counts from this call: the delay of a paced step is none of the caller's time.
    fn wait(
        &self,
        controller: Option<&StepController>,
        limit: Option<Duration>,
    ) -> Result<Option<MutexGuard<'_, LockMetrics>>, Interrupt> {
        let deadline = limit.map(clock::after);
        let mut reported = None;
        // Whether the events are sent at once: in paced mode, or once the wait takes longer
        // than a slice and a viewer would look at an old picture.
        let mut slow = controller.is_some_and(|controller| controller.mode() == Mode::Paced);
        loop {
            // Without the lock this is a hint: the holder may have changed before the event
            // is read.
            let holder = self.holder();
            if reported != Some(holder) {
                reported = Some(holder);
                with_sink(|sink| {
                    let resource = self.object.resource(sink);
                    sink.emit(LaneEvent::Waiting { resource, holder });
                    if slow {
                        sink.flush();
                    }
                });
            }
            let left = deadline
                .map_or(SLICE, |deadline| deadline.saturating_duration_since(Instant::now()));
            // Before the checks: at the deadline or on a stop, a free lock is still taken.
            if let Some(raw) = self.raw.try_lock_for(left.min(SLICE)) {
                return Ok(Some(raw));
            }
            if let Some(interrupt) = Interrupt::of(controller) {
                self.emit_given_up(match interrupt {
                    Interrupt::Stopped => "asked to stop",
                    Interrupt::Stepped => "stepped from now on",
                });
                return Err(interrupt);
            }
            if left.is_zero() {
                return Ok(None);
            }
            if !slow {
                slow = true;
                with_sink(|sink| sink.flush());
            }
        }
    }

    fn emit_given_up(&self, why: &str) {
        with_sink(|sink| {
            let resource = self.object.resource(sink);
            let why = why.into();
            sink.emit(LaneEvent::GaveUp { resource, why });
        });
    }

    /// The event of a lock that is switched off. In paced mode only: at full speed it would cost
    /// more than the lock.
    #[cold]
    fn emit_skipped(&self) {
        if let StepMode::Paced(_) = step::current_mode() {
            self.emit_given_up("the lock is off");
        }
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock")
            .field("name", &self.name().to_string())
            .field("holder", &self.holder())
            .field("poisoned", &self.is_poisoned())
            .finish_non_exhaustive()
    }
}
