//! What the kit's tools beyond the plain lock share: a state under a mutex, and a
//! wait until an operation on it can be carried out.
//!
//! What an operation does is defined by [`State::attempt`] alone; here it is waited
//! for, emitted and, in single-stepped mode, announced. One condition variable serves all kinds
//! of waiters, so it always wakes all of them: waking one could wake the wrong one.
//!
//! Must not know the rules of any tool.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::event::{LaneEvent, LaneId, ResourceKind};
use super::model::{Op, OpResult, State};
use super::recorder::with_sink;
use super::step::{
    self, BeforeStep, Grant, Interrupt, Name, Object, Operand, POLL_INTERVAL, StepController,
    StepMode, StepRequest,
};
use super::stop::Stopped;
use super::traced_atomic::Place;

/// Why a tool did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The run was asked to stop.
    #[error("asked to stop")]
    Stopped,
    /// The queue is closed.
    #[error("the queue is closed")]
    Closed,
    /// The barrier is broken.
    #[error("the barrier is broken")]
    Broken,
    /// Against the rules of the tool, and why.
    #[error("{0}")]
    Misuse(&'static str),
}

impl From<Stopped> for Refusal {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

#[cfg(not(test))]
fn longest_poll() -> Duration {
    POLL_INTERVAL
}

#[cfg(test)]
use tests::longest_poll;

/// A state that threads share, and who waits for it.
pub(crate) struct Monitor {
    inside: Mutex<Inside>,
    changed: Condvar,
    object: Object,
}

struct Inside {
    state: State,
    /// Who waits, in order of arrival.
    line: Vec<LaneId>,
}

impl Monitor {
    pub(crate) fn new(name: impl Into<Name>, kind: ResourceKind, state: State) -> Self {
        let object = Object::modelled(name, kind, || state.clone());
        Self {
            inside: Mutex::new(Inside { state, line: Vec::new() }),
            changed: Condvar::new(),
            object,
        }
    }

    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    /// The state, and who waits, as an onlooker sees them.
    pub(crate) fn peek(&self) -> (State, Vec<LaneId>) {
        let inside = self.inside.lock();
        (inside.state.clone(), inside.line.clone())
    }

    /// One step: waits until `op` can be carried out, as long as it has patience, and
    /// carries it out. `limit` is what limited patience comes to on a clock.
    pub(crate) fn perform(
        &self,
        op: Op,
        limit: Option<Duration>,
        place: Place,
    ) -> Result<OpResult, Stopped> {
        if step::at_full_speed() && !step::sampled() {
            match self.carry_out(op, limit, None, false) {
                Err(Interrupt::Held) => {}
                Err(Interrupt::Stopped) => return Err(Stopped),
                Ok(seen) => return Ok(seen),
            }
        }
        let peek = || self.peek().0;
        loop {
            match step::current_mode() {
                StepMode::Full => {}
                StepMode::Paced(controller) => {
                    if controller.before_step(op, &self.object) == BeforeStep::Retry {
                        continue;
                    }
                }
                StepMode::Stepped(gate) => {
                    let on = [Operand { object: &self.object, peek: &peek }];
                    let request = StepRequest { op, on: &on, until: None, place };
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
                        None => gate.would_block(),
                    }
                    continue;
                }
            }
            match self.carry_out(op, limit, step::current_controller(), true) {
                Err(Interrupt::Held) => {}
                Err(Interrupt::Stopped) => return Err(Stopped),
                Ok(seen) => return Ok(seen),
            }
        }
    }

    /// Carries `op` out if it can be done now: no step by itself.
    pub(crate) fn try_now(&self, op: Op) -> Option<OpResult> {
        self.attempt(&mut self.inside.lock(), op)
    }

    /// For real: waits on the condition variable. No step by itself.
    pub(crate) fn carry_out(
        &self,
        op: Op,
        limit: Option<Duration>,
        controller: Option<Rc<StepController>>,
        emit: bool,
    ) -> Result<OpResult, Interrupt> {
        let mut inside = self.inside.lock();
        let seen = match self.attempt(&mut inside, op.forever()) {
            Some(seen) => Ok(seen),
            None if limit.is_none() && !op.blocks_forever() => {
                Ok(self.attempt(&mut inside, op).unwrap_or(OpResult::Refused))
            }
            None => {
                let controller = controller.or_else(step::current_controller);
                self.wait(&mut inside, op, limit, controller.as_deref(), emit)
            }
        };
        drop(inside);
        if emit && let Ok(seen) = seen {
            self.emit(op, seen);
        }
        seen
    }

    fn wait(
        &self,
        inside: &mut MutexGuard<'_, Inside>,
        op: Op,
        limit: Option<Duration>,
        controller: Option<&StepController>,
        emit: bool,
    ) -> Result<OpResult, Interrupt> {
        let me = step::current_thread_id();
        let deadline = limit.map(|limit| Instant::now() + limit);
        inside.line.push(me);
        if emit {
            let holder = inside.state.holder();
            with_sink(|sink| {
                let resource = self.object.resource(sink);
                sink.emit(LaneEvent::Waiting { resource, holder });
                sink.flush();
            });
        }
        let outcome = loop {
            let slice = longest_poll();
            let left = deadline
                .map_or(slice, |deadline| deadline.saturating_duration_since(Instant::now()));
            self.changed.wait_for(inside, left.min(slice));
            if let Some(seen) = self.attempt(inside, op.forever()) {
                break Ok(seen);
            }
            match Interrupt::of(controller) {
                // It stays in whatever line it is in, and goes on waiting in single-stepped mode.
                Some(Interrupt::Held) => break Err(Interrupt::Held),
                None if !left.is_zero() => {}
                interrupt => {
                    let seen = self.attempt(inside, op.once_only()).unwrap_or(OpResult::Refused);
                    break interrupt.map_or(Ok(seen), Err);
                }
            }
        };
        if let Some(place) = inside.line.iter().position(|&lane| lane == me) {
            inside.line.remove(place);
        }
        outcome
    }

    fn attempt(&self, inside: &mut Inside, op: Op) -> Option<OpResult> {
        let seen = inside.state.attempt(step::current_thread_id(), op)?;
        if !inside.line.is_empty() {
            self.changed.notify_all();
        }
        Some(seen)
    }

    fn emit(&self, op: Op, seen: OpResult) {
        with_sink(|sink| {
            let resource = self.object.resource(sink);
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
        let (state, line) = self.peek();
        f.debug_struct("Monitor")
            .field("name", &self.object.name().to_string())
            .field("state", &state)
            .field("line", &line)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static LONGEST: Cell<Duration> = const { Cell::new(POLL_INTERVAL) };
    }

    /// The calling thread sleeps until it is woken, so that a wake-up that does not come is
    /// not covered up by the next look.
    pub(crate) fn sleep_without_polls() {
        LONGEST.set(Duration::from_mins(1));
    }

    pub(crate) fn longest_poll() -> Duration {
        LONGEST.get()
    }
}
