//! `Condition`: wait, with a lock, until another thread says that something changed.
//!
//! Bound to its lock, so that using it without holding that is an error and not a
//! lost notification. Waiters are woken in the order of arrival.
//! Must not know what is waited for.

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::{LaneEvent, LaneId, ResourceKind};
use super::lock::{Guard, Lock};
use super::model::{Blocking, Line, Op, OpResult, State};
use super::monitor::{Monitor, Refusal};
use super::recorder::with_sink;
use super::step::{
    self, BeforeStep, Grant, Interrupt, Name, Operand, StepGate, StepMode, StepRequest,
};
use super::traced_atomic::Place;

const NOT_HELD: Refusal = Refusal::Misuse("the condition's lock is not held");

/// A named condition of a lock.
#[derive(Debug)]
pub struct Condition {
    monitor: Monitor,
    lock: Arc<Lock>,
}

/// A condition as an onlooker sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionView {
    /// Who waits to be notified, in order of arrival.
    pub waiting: Vec<LaneId>,
    /// Who was notified and is not yet awake.
    pub notified: Vec<LaneId>,
}

impl Condition {
    pub fn new(name: impl Into<Name>, lock: &Arc<Lock>) -> Self {
        let state = State::Condition(Line::default());
        Self { monitor: Monitor::new(name, ResourceKind::Condition, state), lock: Arc::clone(lock) }
    }

    /// Releases the lock, waits for a notification, and takes the lock again.
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
    ///
    /// # Errors
    /// Those of [`Self::wait`].
    #[track_caller]
    pub fn wait_for<'a>(
        &'a self,
        guard: Guard<'a>,
        limit: Duration,
    ) -> Result<(Guard<'a>, bool), Refusal> {
        self.sleep(guard, Some(limit), Location::caller())
    }

    /// Waits until `holds`, looked at with the lock held, at first and after each
    /// notification; returns, beside the guard, whether it held in time.
    ///
    /// # Errors
    /// Those of [`Self::wait`].
    #[track_caller]
    pub fn wait_until<'a>(
        &'a self,
        mut guard: Guard<'a>,
        limit: Option<Duration>,
        mut holds: impl FnMut() -> bool,
    ) -> Result<(Guard<'a>, bool), Refusal> {
        let place = Location::caller();
        let deadline = limit.map(|limit| Instant::now() + limit);
        while !holds() {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let (again, notified) = self.sleep(guard, left, place)?;
            guard = again;
            if !notified {
                let in_time = holds();
                return Ok((guard, in_time));
            }
        }
        Ok((guard, true))
    }

    /// Wakes the one who has waited longest; returns how many that were.
    ///
    /// # Errors
    /// [`Refusal::Misuse`] if the calling thread does not hold the lock.
    #[track_caller]
    pub fn notify_one(&self) -> Result<u32, Refusal> {
        self.notify(1, Location::caller())
    }

    /// Wakes all who wait; returns how many.
    ///
    /// # Errors
    /// [`Refusal::Misuse`] if the calling thread does not hold the lock.
    #[track_caller]
    pub fn notify_all(&self) -> Result<u32, Refusal> {
        self.notify(u32::MAX, Location::caller())
    }

    pub fn peek(&self) -> ConditionView {
        let State::Condition(line) = self.monitor.peek().0 else {
            unreachable!("a condition stays one")
        };
        ConditionView { waiting: line.waiting.into(), notified: line.notified }
    }

    fn notify(&self, most: u32, place: Place) -> Result<u32, Refusal> {
        if self.lock.holder() != Some(step::current_thread_id()) {
            return Err(NOT_HELD);
        }
        match self.monitor.perform(Op::Notify(most), None, place)? {
            OpResult::Value(lanes) => Ok(u32::try_from(lanes).unwrap_or(u32::MAX)),
            _ => Ok(0),
        }
    }

    fn sleep<'a>(
        &'a self,
        guard: Guard<'a>,
        limit: Option<Duration>,
        place: Place,
    ) -> Result<(Guard<'a>, bool), Refusal> {
        if !std::ptr::eq(guard.lock(), Arc::as_ptr(&self.lock)) {
            return Err(NOT_HELD);
        }
        let wake = Op::Wake(match limit {
            None => Blocking::Forever,
            Some(_) => Blocking::Timeout,
        });
        self.lie_down(guard, place);
        loop {
            if let StepMode::Stepped(gate) = step::current_mode() {
                match self.wake_held(gate.as_ref(), wake, place) {
                    Some(woken) => return Ok(woken),
                    None => continue,
                }
            }
            let emit = !step::at_full_speed();
            match self.monitor.carry_out(wake, limit, None, emit) {
                Err(Interrupt::Held) => {}
                Err(Interrupt::Stopped) => return Err(Refusal::Stopped),
                Ok(seen) => return Ok((self.lock.lock_again(place)?, seen == OpResult::Done)),
            }
        }
    }

    /// Joins the line and releases the lock: one step.
    fn lie_down(&self, guard: Guard<'_>, place: Place) {
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
        if !step::at_full_speed() {
            self.emit_waiting();
        }
    }

    /// Leaves the line and takes the lock again: one step. Nothing if no thread decides
    /// any more.
    fn wake_held(&self, gate: &dyn StepGate, wake: Op, place: Place) -> Option<(Guard<'_>, bool)> {
        loop {
            if self.announce(gate, wake, place) == Grant::Released {
                return None;
            }
            let Some(guard) = self.lock.take_now() else {
                gate.would_block();
                continue;
            };
            let Some(seen) = self.monitor.try_now(wake) else {
                guard.release_for_wait();
                gate.would_block();
                continue;
            };
            gate.completed(seen);
            return Some((guard, seen == OpResult::Done));
        }
    }

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

    fn emit_waiting(&self) {
        with_sink(|sink| {
            let resource = self.monitor.object().resource(sink);
            sink.emit(LaneEvent::Waiting { resource, holder: None });
            sink.flush();
        });
    }
}
