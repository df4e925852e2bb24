//! What the kit's tools beyond the plain lock share: a state under a mutex, and a wait
//! until an operation on it can be carried out.
//!
//! What an operation does is defined by [`State::attempt`] alone; here it is waited for,
//! emitted and, in single-stepped mode, announced.
//!
//! # Memory and lock orders
//!
//! Everything that threads share is inside one mutex, so there are no memory orders to
//! choose. One condition variable serves all kinds of waiters (senders and receivers of a
//! queue, say), so it always wakes all of them: waking one could wake the wrong one, and
//! the wake-up would be lost.
//!
//! Lock orders, outermost first:
//!
//! 1. the lock of a condition ([`super::lock::Lock`]), held by its guard;
//! 2. the state of a live stepper (`explore/live.rs`), which reads the real things while a
//!    thread announces;
//! 3. the mutex of a monitor;
//! 4. what an emitted event takes: the registration of the resource, the recorder's
//!    channel.
//!
//! Hence a gate is never called with the mutex held: the stepper would look at the same
//! monitor. Events of the result are emitted after the mutex was released; only the
//! beginning of a wait is emitted under it, so that its holder is the one that is waited
//! for. No code of a lab runs under the mutex.

mod emitted;

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use self::emitted::{EmittedHolds, sampled};
use super::clock;
use super::event::{LaneEvent, LaneId, ResourceKind};
use super::limit::SLICE;
use super::model::{Op, OpResult, State};
use super::recorder::with_sink;
use super::step::{
    self, BeforeStep, Grant, Interrupt, Name, Object, Operand, Place, StepController, StepMode,
    StepRequest,
};
use super::stop::Stopped;

/// Why a tool did not do what it was asked: the run was asked to stop, the queue is closed,
/// the barrier is broken, or the call was against the rules of the tool, with the rule.
/// What was waited for is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("asked to stop")]
    Stopped,
    #[error("the queue is closed")]
    Closed,
    #[error("the barrier is broken")]
    Broken,
    #[error("{0}")]
    Misuse(&'static str),
}

impl From<Stopped> for Refusal {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// Longest sleep between two checks for an interrupt.
#[cfg(not(test))]
fn longest_poll() -> Duration {
    SLICE
}

#[cfg(test)]
use tests::longest_poll;

/// A state that threads share, and who waits for it. One for each semaphore, queue, event,
/// barrier, re-entrant lock and condition.
pub(crate) struct Monitor {
    /// Taken for a moment by each operation, never across a call of a gate.
    data: Mutex<MonitorData>,
    /// Notified after every operation while a thread waits.
    changed: Condvar,
    object: Object,
}

struct MonitorData {
    /// What [`State::attempt`] works on.
    state: State,
    /// The lanes that wait for real, in order of arrival: for the views. Single-stepped
    /// threads wait at their gates instead and are not among them.
    waiters: Vec<LaneId>,
    /// How often an event was set. Each time lets go every thread that waits, even if the
    /// event is cleared before such a thread looks at it: as in Python, whose `wait` does not
    /// read the flag again. The rule book needs no such count: a thread that continues so
    /// could have taken its step while the flag was set.
    sets: u64,
    emitted: EmittedHolds,
}

impl Monitor {
    /// A monitor of a thing that begins with `state`.
    pub(crate) fn new(name: impl Into<Name>, kind: ResourceKind, state: State) -> Self {
        let object = Object::modelled(name, kind, || state.clone());
        Self {
            data: Mutex::new(MonitorData {
                state,
                waiters: Vec::new(),
                sets: 0,
                emitted: EmittedHolds::default(),
            }),
            changed: Condvar::new(),
            object,
        }
    }

    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    /// The state, and who waits, as an observer sees them.
    pub(crate) fn peek(&self) -> (State, Vec<LaneId>) {
        let data = self.data.lock();
        (data.state.clone(), data.waiters.clone())
    }

    /// One step: waits until `op` can be carried out, as long as its
    /// [`super::model::Blocking`] allows, and carries it out. `limit` is the length of a
    /// `Blocking::Timeout` on a clock; without it such an operation does not wait.
    pub(crate) fn perform(
        &self,
        op: Op,
        limit: Option<Duration>,
        place: Place,
    ) -> Result<OpResult, Stopped> {
        let emit = sampled(op);
        // The common case: one lock of the mutex, no events.
        if !emit && step::at_full_speed() {
            match self.carry_out(op, limit, None, false) {
                // Changed over while it waited: go on below, as the new mode asks.
                Err(Interrupt::Stepped) => {}
                Err(Interrupt::Stopped) => return Err(Stopped),
                Ok(seen) => return Ok(seen),
            }
        }
        let peek = || self.peek().0;
        loop {
            let emit = match step::current_mode() {
                StepMode::Full => emit,
                StepMode::Paced(controller) => {
                    if controller.before_step(op, &self.object) == BeforeStep::Retry {
                        continue;
                    }
                    true
                }
                StepMode::Stepped(gate) => {
                    let on = [Operand { object: &self.object, peek: &peek }];
                    let request = StepRequest { op, on: &on, until: None, place };
                    // The gate reads `peek` now, so the mutex is free here.
                    if gate.announce(&request) == Grant::Released {
                        continue;
                    }
                    match self.try_now(op) {
                        Some(seen) => {
                            gate.completed(seen);
                            self.emit(op, seen);
                            with_sink(|sink| sink.flush());
                            return Ok(seen);
                        }
                        // The model said that it can be done, and another thread was
                        // faster: in a live run threads may still be between two steps.
                        // Announce it again.
                        None => gate.would_block(),
                    }
                    continue;
                }
            };
            match self.carry_out(op, limit, step::current_controller(), emit) {
                Err(Interrupt::Stepped) => {}
                Err(Interrupt::Stopped) => return Err(Stopped),
                Ok(seen) => return Ok(seen),
            }
        }
    }

    /// The same for an operation that waits for nothing, but may be against the rules of the tool.
    pub(crate) fn perform_checked(&self, op: Op, place: Place) -> Result<(), Refusal> {
        match self.perform(op, None, place)? {
            OpResult::Misuse(why) => Err(Refusal::Misuse(why)),
            _ => Ok(()),
        }
    }

    /// Carries `op` out if it can be done now: no step by itself. `None` if it would have
    /// to wait. The caller emits the result.
    pub(crate) fn try_now(&self, op: Op) -> Option<OpResult> {
        let mut data = self.data.lock();
        let seen = self.attempt(&mut data, op)?;
        data.emitted.is_emitted(op, seen, true);
        Some(seen)
    }

    /// Carries `op` out in real time, waiting on the condition variable if it has to. No
    /// step by itself. `limit` counts from this call: a wait that single-stepped mode
    /// interrupts begins its time again. Without `emit`, only a wait that lasts is emitted, and
    /// the release of what was emitted as acquired.
    pub(crate) fn carry_out(
        &self,
        op: Op,
        limit: Option<Duration>,
        controller: Option<Rc<StepController>>,
        mut emit: bool,
    ) -> Result<OpResult, Interrupt> {
        let mut data = self.data.lock();
        // First as if it could wait forever: an attempt with its own `Blocking` would give up
        // at once, instead of after the wait.
        let seen = match self.attempt(&mut data, op.forever()) {
            Some(seen) => Ok(seen),
            // A `Try`: this attempt gives up.
            None if limit.is_none() && !op.blocks_forever() => {
                Ok(self.attempt(&mut data, op).unwrap_or(OpResult::Refused))
            }
            None => {
                let controller = controller.or_else(step::current_controller);
                self.wait(&mut data, op, limit, controller.as_deref(), &mut emit)
            }
        };
        if let Ok(seen) = seen {
            emit = data.emitted.is_emitted(op, seen, emit);
        }
        // Emitting takes the recorder's locks and may register the resource; other threads
        // need not wait for that.
        drop(data);
        if emit && let Ok(seen) = seen {
            self.emit(op, seen);
        }
        seen
    }

    /// Waits until `op` was carried out, its time is over, or the mode or a stop interrupts
    /// it. Whatever the outcome, the lane is no longer among the waiters when this returns. `emit`
    /// is set if the wait was long enough to be emitted all the same.
    fn wait(
        &self,
        data: &mut MutexGuard<'_, MonitorData>,
        op: Op,
        limit: Option<Duration>,
        controller: Option<&StepController>,
        emit: &mut bool,
    ) -> Result<OpResult, Interrupt> {
        let me = step::current_thread_id();
        let deadline = limit.map(clock::after);
        let sets = data.sets;
        data.waiters.push(me);
        if *emit {
            self.emit_waiting(data);
        }
        let outcome = loop {
            let slice = longest_poll();
            // Before the sleep: an attempt follows the last slice, too.
            let left = deadline
                .map_or(slice, |deadline| deadline.saturating_duration_since(Instant::now()));
            // Releases the mutex while it sleeps.
            self.changed.wait_for(data, left.min(slice));
            // First, so that what came in time counts, even if a stop came with it.
            let let_go = (data.sets != sets).then_some(OpResult::Done);
            if let Some(seen) = self.attempt(data, op.forever()).or(let_go) {
                break Ok(seen);
            }
            match Interrupt::of(controller) {
                // It stays in the state's line (of a condition, say), and goes on waiting
                // at its gate.
                Some(Interrupt::Stepped) => break Err(Interrupt::Stepped),
                // After the first slice a viewer should see that the lane waits.
                None if !left.is_zero() => {
                    if !std::mem::replace(emit, true) {
                        self.emit_waiting(data);
                    }
                }
                // Out of time, or stopped: the state must know that no thread waits any
                // more (a notification would be spent on it, a barrier would wait for it).
                // What is given up by a stop is reported as stopped, whatever the attempt
                // returned.
                interrupt => {
                    let seen = self.attempt(data, op.once_only()).unwrap_or(OpResult::Refused);
                    break interrupt.map_or(Ok(seen), Err);
                }
            }
        };
        if let Some(place) = data.waiters.iter().position(|&lane| lane == me) {
            data.waiters.remove(place);
        }
        outcome
    }

    /// Attempts `op` for the calling thread, and wakes all waiters if it was carried out:
    /// any change may be the one that a waiter needs. Under the mutex, so a thread that is
    /// about to wait cannot miss it.
    fn attempt(&self, data: &mut MonitorData, op: Op) -> Option<OpResult> {
        let seen = data.state.attempt(step::current_thread_id(), op)?;
        data.sets += u64::from(op == Op::SetEvent);
        if !data.waiters.is_empty() {
            self.changed.notify_all();
        }
        Some(seen)
    }

    /// The beginning of a wait. Under the mutex, so that the holder cannot change in between. Sent
    /// at once, because the lane emits nothing more while it waits.
    fn emit_waiting(&self, data: &MonitorData) {
        let holder = data.state.holder();
        with_sink(|sink| {
            let resource = self.object.resource(sink);
            sink.emit(LaneEvent::Waiting { resource, holder });
            sink.flush();
        });
    }

    /// The event of a result, in the vocabulary of all labs. A queue's items are numbers of
    /// 8 bytes.
    fn emit(&self, op: Op, seen: OpResult) {
        with_sink(|sink| {
            let resource = self.object.resource(sink);
            // The number in the result is a depth or a count of notified lanes, according
            // to `op`.
            let depth = match seen {
                OpResult::Value(depth) => u32::try_from(depth).unwrap_or_default(),
                _ => 1,
            };
            sink.emit(match (op, seen) {
                (
                    _,
                    OpResult::Refused | OpResult::Closed | OpResult::Broken | OpResult::Misuse(_),
                ) => LaneEvent::GaveUp { resource, why: seen.to_string().into() },
                (Op::Lock(_) | Op::Acquire(_) | Op::WaitEvent(_), _) => {
                    LaneEvent::Acquired { resource, depth }
                }
                (Op::Unlock, _) => LaneEvent::Released { resource, depth },
                (Op::Release(_), _) => LaneEvent::Released { resource, depth: 0 },
                (Op::Send(..), _) => LaneEvent::Sent { resource, bytes: 8 },
                (Op::Receive(_), _) => LaneEvent::Received { resource, bytes: 8 },
                (Op::Notify(_), _) => LaneEvent::Notified { resource, lanes: depth },
                _ => LaneEvent::Running,
            });
        });
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (state, waiters) = self.peek();
        f.debug_struct("Monitor")
            .field("name", &self.object.name().to_string())
            .field("state", &state)
            .field("waiters", &waiters)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static LONGEST: Cell<Duration> = const { Cell::new(SLICE) };
    }

    /// The calling thread sleeps until it is woken, so that a wake-up that does not come is
    /// not covered up by the next check.
    pub(crate) fn sleep_without_polls() {
        LONGEST.set(Duration::from_mins(1));
    }

    pub(crate) fn longest_poll() -> Duration {
        LONGEST.get()
    }
}
