//! What the kit's tools beyond the plain lock share: a state under a mutex, and a
//! wait until an operation on it can be carried out.
//!
//! What an operation does is defined by [`State::attempt`] alone; here it is waited
//! for, told and, under glass, announced. One condition variable serves all kinds
//! of waiters, so it always wakes all of them: waking one could wake the wrong one.
//!
//! Must not know the rules of any tool.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::event::{LaneEvent, LaneId, ResourceKind};
use super::model::{Op, Seen, State};
use super::probe::with_voice;
use super::step::{
    self, Approach, Ask, GLANCE, Go, Interrupt, Manner, Name, Object, Seam, Touched,
};
use super::stop::Stopped;
use super::word::Place;

/// Why a tool did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The run was told to stop.
    Stopped,
    /// The queue is closed.
    Closed,
    /// The barrier is broken.
    Broken,
    /// Against the rules of the tool, and why.
    Misuse(&'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "told to stop",
            Self::Closed => "the queue is closed",
            Self::Broken => "the barrier is broken",
            Self::Misuse(why) => why,
        })
    }
}

impl std::error::Error for Refusal {}

impl From<Stopped> for Refusal {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

#[cfg(not(test))]
fn longest_glance() -> Duration {
    GLANCE
}

#[cfg(test)]
use tests::longest_glance;

/// A state that threads share, and who waits for it.
pub(super) struct Monitor {
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
    pub(super) fn new(name: impl Into<Name>, kind: ResourceKind, state: State) -> Self {
        let object = Object::modelled(name, kind, || state.clone());
        Self {
            inside: Mutex::new(Inside {
                state,
                line: Vec::new(),
            }),
            changed: Condvar::new(),
            object,
        }
    }

    pub(super) fn object(&self) -> &Object {
        &self.object
    }

    /// The state, and who waits, as an onlooker sees them.
    pub(super) fn peek(&self) -> (State, Vec<LaneId>) {
        let inside = self.inside.lock();
        (inside.state.clone(), inside.line.clone())
    }

    /// One step: waits until `op` can be carried out, as long as it has patience, and
    /// carries it out. `limit` is what limited patience comes to on a clock.
    pub(super) fn perform(
        &self,
        op: Op,
        limit: Option<Duration>,
        place: Place,
    ) -> Result<Seen, Stopped> {
        if step::at_full_speed() && !step::sampled() {
            match self.carry_out(op, limit, None, false) {
                Err(Interrupt::Held) => {}
                Err(Interrupt::Stopped) => return Err(Stopped),
                Ok(seen) => return Ok(seen),
            }
        }
        let peek = || self.peek().0;
        loop {
            match step::manner() {
                Manner::Full => {}
                Manner::Paced(seam) => {
                    if seam.approach(op, &self.object) == Approach::Anew {
                        continue;
                    }
                }
                Manner::Held(stage) => {
                    let on = [Touched {
                        object: &self.object,
                        peek: &peek,
                    }];
                    let ask = Ask {
                        op,
                        on: &on,
                        until: None,
                        place,
                    };
                    if stage.announce(&ask) == Go::Free {
                        continue;
                    }
                    match self.try_now(op) {
                        Some(seen) => {
                            stage.took(seen);
                            self.tell(op, seen);
                            with_voice(|voice| voice.flush());
                            return Ok(seen);
                        }
                        None => stage.missed(),
                    }
                    continue;
                }
            }
            match self.carry_out(op, limit, step::seat(), true) {
                Err(Interrupt::Held) => {}
                Err(Interrupt::Stopped) => return Err(Stopped),
                Ok(seen) => return Ok(seen),
            }
        }
    }

    /// Carries `op` out if it can be done now: no step by itself.
    pub(super) fn try_now(&self, op: Op) -> Option<Seen> {
        self.attempt(&mut self.inside.lock(), op)
    }

    /// For real: waits on the condition variable. No step by itself.
    pub(super) fn carry_out(
        &self,
        op: Op,
        limit: Option<Duration>,
        seam: Option<Rc<Seam>>,
        tell: bool,
    ) -> Result<Seen, Interrupt> {
        let mut inside = self.inside.lock();
        let seen = match self.attempt(&mut inside, op.patiently()) {
            Some(seen) => Ok(seen),
            None if limit.is_none() && !op.is_patient() => {
                Ok(self.attempt(&mut inside, op).unwrap_or(Seen::Refused))
            }
            None => {
                let seam = seam.or_else(step::seat);
                self.wait(&mut inside, op, limit, seam.as_deref(), tell)
            }
        };
        drop(inside);
        if tell && let Ok(seen) = seen {
            self.tell(op, seen);
        }
        seen
    }

    fn wait(
        &self,
        inside: &mut MutexGuard<'_, Inside>,
        op: Op,
        limit: Option<Duration>,
        seam: Option<&Seam>,
        tell: bool,
    ) -> Result<Seen, Interrupt> {
        let me = step::me();
        let deadline = limit.map(|limit| Instant::now() + limit);
        inside.line.push(me);
        if tell {
            let holder = inside.state.holder();
            with_voice(|voice| {
                let resource = self.object.resource(voice);
                voice.emit(LaneEvent::Waiting { resource, holder });
                voice.flush();
            });
        }
        let outcome = loop {
            let glance = longest_glance();
            let left = deadline.map_or(glance, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            self.changed.wait_for(inside, left.min(glance));
            if let Some(seen) = self.attempt(inside, op.patiently()) {
                break Ok(seen);
            }
            match Interrupt::of(seam) {
                // It stays in whatever line it is in, and goes on waiting under glass.
                Some(Interrupt::Held) => break Err(Interrupt::Held),
                None if !left.is_zero() => {}
                interrupt => {
                    let seen = self.attempt(inside, op.briefly()).unwrap_or(Seen::Refused);
                    break interrupt.map_or(Ok(seen), Err);
                }
            }
        };
        if let Some(place) = inside.line.iter().position(|&lane| lane == me) {
            inside.line.remove(place);
        }
        outcome
    }

    fn attempt(&self, inside: &mut Inside, op: Op) -> Option<Seen> {
        let seen = inside.state.attempt(step::me(), op)?;
        if !inside.line.is_empty() {
            self.changed.notify_all();
        }
        Some(seen)
    }

    fn tell(&self, op: Op, seen: Seen) {
        with_voice(|voice| {
            let resource = self.object.resource(voice);
            let depth = match seen {
                Seen::Value(depth) => u32::try_from(depth).unwrap_or_default(),
                _ => 1,
            };
            voice.emit(match (op, seen) {
                (_, Seen::Refused | Seen::Closed | Seen::Broken | Seen::Misuse(_)) => {
                    LaneEvent::GaveUp {
                        resource,
                        why: seen.to_string().into(),
                    }
                }
                (Op::Lock(_) | Op::Acquire(_) | Op::Pass(_), _) => {
                    LaneEvent::Acquired { resource, depth }
                }
                (Op::Unlock, _) => LaneEvent::Released { resource, depth },
                (Op::Release(_), _) => LaneEvent::Released { resource, depth: 0 },
                (Op::Send(..), _) => LaneEvent::Sent { resource, bytes: 8 },
                (Op::Receive(_), _) => LaneEvent::Received { resource, bytes: 8 },
                (Op::Notify(_), _) => LaneEvent::Notified {
                    resource,
                    lanes: depth,
                },
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
pub(super) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static LONGEST: Cell<Duration> = const { Cell::new(GLANCE) };
    }

    /// The calling thread sleeps until it is woken, so that a wake-up that does not come is
    /// not covered up by the next look.
    pub(in super::super) fn sleep_without_glances() {
        LONGEST.set(Duration::from_mins(1));
    }

    pub(super) fn longest_glance() -> Duration {
        LONGEST.get()
    }
}
