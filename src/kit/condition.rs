//! `Condition`: wait, with a lock, until another thread notifies of a change.
//!
//! It is bound to its lock, so that using it without holding that is an error and not a
//! lost notification. Waiters are notified in the order of arrival.
//!
//! A wait is two steps, and the time between them is the thread's own:
//!
//! ```text
//!    holds the lock ──Wait──▶ in the line, lock free ──(notified)──▶ ──Wake──▶ holds the lock
//!                   one step                                         one step
//! ```
//!
//! `Wait` joins the line before the lock is free, so a notification by the next holder
//! finds the thread there. `Wake` needs both the notification and the lock; a thread that
//! is notified while the notifier still holds the lock stays blocked until that is
//! released, as with any monitor of Mesa's kind.

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::clock;
use super::event::{LaneId, ResourceKind};
use super::lock::{Guard, Lock};
use super::model::{Blocking, Line, Op, OpResult, State};
use super::monitor::{Monitor, Refusal};
use super::step::{
    self, BeforeStep, Grant, Interrupt, Name, Operand, Place, StepGate, StepMode, StepRequest,
};

/// The error of a caller that does not hold the lock.
const NOT_HELD: Refusal = Refusal::Misuse("the condition's lock is not held");

/// A named condition of a lock. The lock is shared, so several conditions may belong to
/// one.
#[derive(Debug)]
pub struct Condition {
    // Its state is the line: who waits and who was notified. The lock is not part of it.
    monitor: Monitor,
    lock: Arc<Lock>,
}

/// A condition as an observer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionView {
    /// Who waits to be notified, in order of arrival.
    pub waiters: Vec<LaneId>,
    /// Who was notified and is not yet awake, by lane.
    pub notified: Vec<LaneId>,
}

impl Condition {
    /// A condition of `lock` that no thread waits for.
    pub fn new(name: impl Into<Name>, lock: &Arc<Lock>) -> Self {
        let state = State::Condition(Line::default());
        Self { monitor: Monitor::new(name, ResourceKind::Condition, state), lock: Arc::clone(lock) }
    }

    /// Releases the lock, waits for a notification, and takes the lock again. Between the
    /// two any thread may change what is waited for: check it again, or use
    /// [`Self::wait_while`].
    ///
    /// # Errors
    /// [`Refusal::Misuse`] if `guard` is not of this condition's lock;
    /// [`Refusal::Stopped`] if asked to stop first. The lock is released then.
    #[track_caller]
    pub fn wait<'a>(&'a self, guard: Guard<'a>) -> Result<Guard<'a>, Refusal> {
        let woken = self.sleep(guard, None, Location::caller())?;
        Ok(woken.0)
    }

    /// The same, for a limited time; returns, beside the guard, whether it was notified.
    /// The time does not include taking the lock again.
    ///
    /// # Errors
    /// Those of [`Self::wait`].
    #[track_caller]
    pub fn wait_timeout<'a>(
        &'a self,
        guard: Guard<'a>,
        limit: Duration,
    ) -> Result<(Guard<'a>, bool), Refusal> {
        self.sleep(guard, Some(limit), Location::caller())
    }

    /// Waits while `condition` holds, which is called with the lock held, at first and after
    /// each notification.
    ///
    /// # Errors
    /// Those of [`Self::wait`].
    #[track_caller]
    pub fn wait_while<'a>(
        &'a self,
        mut guard: Guard<'a>,
        mut condition: impl FnMut() -> bool,
    ) -> Result<Guard<'a>, Refusal> {
        let place = Location::caller();
        while condition() {
            (guard, _) = self.sleep(guard, None, place)?;
        }
        Ok(guard)
    }

    /// The same, for a limited time; returns, beside the guard, whether the condition ended in
    /// time.
    ///
    /// # Errors
    /// Those of [`Self::wait`].
    #[track_caller]
    pub fn wait_timeout_while<'a>(
        &'a self,
        mut guard: Guard<'a>,
        limit: Duration,
        mut condition: impl FnMut() -> bool,
    ) -> Result<(Guard<'a>, bool), Refusal> {
        let (place, deadline) = (Location::caller(), clock::after(limit));
        while condition() {
            let left = deadline.saturating_duration_since(Instant::now());
            let (again, notified) = self.sleep(guard, Some(left), place)?;
            guard = again;
            // The time is over. The condition may have ended all the same.
            if !notified {
                let in_time = !condition();
                return Ok((guard, in_time));
            }
        }
        Ok((guard, true))
    }

    /// Notifies the thread that has waited longest; returns the number of notified threads, 0
    /// or 1. A notification that finds no thread has no effect.
    ///
    /// # Errors
    /// [`Refusal::Misuse`] if the calling thread does not hold the lock.
    #[track_caller]
    pub fn notify_one(&self) -> Result<u32, Refusal> {
        self.notify(1, Location::caller())
    }

    /// Notifies all threads that wait; returns their number. Each takes the lock in turn.
    ///
    /// # Errors
    /// [`Refusal::Misuse`] if the calling thread does not hold the lock.
    #[track_caller]
    pub fn notify_all(&self) -> Result<u32, Refusal> {
        self.notify(u32::MAX, Location::caller())
    }

    /// A snapshot for screens and audits.
    pub fn peek(&self) -> ConditionView {
        let State::Condition(line) = self.monitor.peek().0 else {
            unreachable!("a condition stays one")
        };
        ConditionView { waiters: line.waiting.into(), notified: line.notified }
    }

    /// One step on the line. The check of the holder is not: it depends on the calling
    /// thread alone.
    fn notify(&self, most: u32, place: Place) -> Result<u32, Refusal> {
        if self.lock.holder() != Some(step::current_thread_id()) {
            return Err(NOT_HELD);
        }
        match self.monitor.perform(Op::Notify(most), None, place)? {
            OpResult::Value(lanes) => Ok(u32::try_from(lanes).unwrap_or(u32::MAX)),
            _ => Ok(0),
        }
    }

    /// The two steps of a wait. The mode may change in between and at any time during the
    /// wait.
    fn sleep<'a>(
        &'a self,
        guard: Guard<'a>,
        limit: Option<Duration>,
        place: Place,
    ) -> Result<(Guard<'a>, bool), Refusal> {
        // Checked before the guard is given up: a guard of another lock is dropped here,
        // which releases that lock.
        if !std::ptr::eq(guard.lock(), Arc::as_ptr(&self.lock)) {
            return Err(NOT_HELD);
        }
        let wake = Op::Wake(match limit {
            None => Blocking::Forever,
            Some(_) => Blocking::Timeout,
        });
        self.join_line(guard, place);
        loop {
            if let StepMode::Stepped(gate) = step::current_mode() {
                match self.wake_stepped(gate.as_ref(), wake, place) {
                    Some(woken) => return Ok(woken),
                    None => continue,
                }
            }
            let emit = !step::at_full_speed();
            match self.monitor.carry_out(wake, limit, None, emit) {
                // Still in the line: the next round of the loop announces the wake to the
                // gate.
                Err(Interrupt::Stepped) => {}
                Err(Interrupt::Stopped) => return Err(Refusal::Stopped),
                // Awake, whether notified or out of time. The lock is taken with no monitor
                // lock held.
                Ok(seen) => return Ok((self.lock.lock_again(place)?, seen == OpResult::Done)),
            }
        }
    }

    /// The first step of a wait: joins the line and releases the lock.
    fn join_line(&self, guard: Guard<'_>, place: Place) {
        let gate = loop {
            match step::current_mode() {
                StepMode::Full => break None,
                StepMode::Paced(controller) => {
                    if controller.before_step(Op::Wait, self.monitor.object())
                        == BeforeStep::Proceed
                    {
                        break None;
                    }
                }
                StepMode::Stepped(gate) => {
                    if self.announce(gate.as_ref(), Op::Wait, place) != Grant::Released {
                        break Some(gate);
                    }
                }
            }
        };
        // In the line before the lock is free, so that no notification is missed.
        self.monitor.try_now(Op::Wait);
        guard.release_for_wait();
        if let Some(gate) = gate {
            gate.completed(OpResult::Done);
        }
    }

    /// The second step in single-stepped mode: leaves the line and takes the lock again.
    /// `None` if the gate decides no longer.
    fn wake_stepped(
        &self,
        gate: &dyn StepGate,
        wake: Op,
        place: Place,
    ) -> Option<(Guard<'_>, bool)> {
        loop {
            if self.announce(gate, wake, place) == Grant::Released {
                return None;
            }
            // The lock before the line, so that the line is unchanged if the lock is not
            // free.
            let Some(mut guard) = self.lock.take_now() else {
                gate.would_block();
                continue;
            };
            let Some(seen) = self.monitor.try_now(wake) else {
                guard.release_for_wait();
                gate.would_block();
                continue;
            };
            gate.completed(seen);
            self.lock.emit_tried(Some(&mut guard));
            return Some((guard, seen == OpResult::Done));
        }
    }

    /// Announces `op` with both the line and the lock as operands: a gate that models the
    /// step needs both.
    fn announce(&self, gate: &dyn StepGate, op: Op, place: Place) -> Grant {
        let own = || self.monitor.peek().0;
        let locks = || self.lock.state();
        gate.announce(&StepRequest {
            op,
            on: &[
                Operand { object: self.monitor.object(), peek: &own },
                Operand { object: self.lock.object(), peek: &locks },
            ],
            until: None,
            place,
        })
    }
}
