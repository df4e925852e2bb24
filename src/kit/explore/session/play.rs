//! One turn after the other: what is decided, carried out on the desk, filmed and checked.
//!
//! Must not know how threads wait for each other.

use super::{Order, Session};
use crate::kit::explore::fault::Fault;
use crate::kit::explore::film::{Frame, Then};
use crate::kit::explore::finding::{End, is_switch};
use crate::kit::explore::pilot::{Moment, Pilot};
use crate::kit::explore::turn::Turn;
use crate::kit::model::{Op, Seen};
use crate::kit::step::ObjectId;

impl<P: Pilot> Session<P> {
    /// One decision of the pilot; no command if the run ended or only the memory moved.
    pub(super) fn play(&mut self) -> Option<(usize, Order)> {
        // Everybody has announced or returned: the moment that a film shows.
        self.check_always();
        let ready = self.desk.ready();
        if self.config.stop.requested() {
            self.close(End::Stopped);
        } else if ready.is_empty() {
            let end = self.final_end();
            self.close(end);
        } else if self.frames.len() >= self.config.step_bound {
            // What was broken on the way is broken, however the run would have ended.
            let end = self.broken.take().map_or(End::StepBound, End::Broken);
            self.close(end);
        } else {
            let chosen = self.pilot.as_mut()?.choose(&Moment {
                desk: &self.desk,
                ready,
                last: self.last,
                switches: self.switches,
                first: self.first.as_ref()?,
                frames: &self.frames,
            });
            match chosen.filter(|&turn| ready.contains(turn)) {
                None => self.close(End::Stopped),
                Some(turn) => {
                    self.switches += u32::from(is_switch(self.last, turn, ready));
                    return self.take(turn);
                }
            }
        }
        None
    }

    /// Carries a turn out on the desk, and orders its thread to follow.
    fn take(&mut self, turn: Turn) -> Option<(usize, Order)> {
        self.steps += 1;
        let thread = turn.thread();
        if !turn.is_step() {
            let (object, value) = self.desk.drain(thread)?;
            self.store(object, value);
            let op = Op::Store {
                value,
                ordered: false,
            };
            self.film(turn, op, Some(object), 0, Seen::Done);
            return None;
        }
        let (op, object, line) = {
            let next = self.desk.next(thread)?;
            (next.op, next.object, next.line)
        };
        let (seen, buffered) = self.desk.step(thread);
        let player = &mut self.players[thread];
        player.predicted = Some(seen);
        player.frame = Some(self.frames.len());
        player.buffered = buffered.unwrap_or_default();
        self.film(turn, op, object, line, seen);
        self.last = Some(turn);
        let order = buffered.map_or(Order::Go, |_| Order::Buffered);
        Some((thread, order))
    }

    /// Carries a drained store out in the real memory.
    fn store(&mut self, object: ObjectId, value: i64) {
        let word = self.plan.memory.iter().find(|word| word.is(object));
        match word {
            Some(word) => word.put(value),
            None => panic!(
                "{} is not in the plan's memory",
                self.desk.object_name(object)
            ),
        }
    }

    fn film(&mut self, turn: Turn, op: Op, object: Option<ObjectId>, line: u32, seen: Seen) {
        self.frames.push(Frame {
            turn,
            op,
            object,
            line,
            seen,
            then: None,
        });
    }

    pub(super) fn then(&mut self, thread: usize, then: impl FnOnce() -> Then) {
        if let Some(frame) = self.players[thread].frame.take() {
            self.frames[frame].then = Some(then());
        }
    }

    /// Checks what a step found against what the desk predicted.
    pub(super) fn verify(&mut self, thread: usize, took: Option<Seen>) {
        let predicted = self.players[thread].predicted.take();
        if let (Some(predicted), Some(found)) = (predicted, took)
            && predicted != found
        {
            let frame = self.players[thread].frame;
            let op = frame.map_or(Op::Load, |frame| self.frames[frame].op);
            let thread = self.name(thread);
            self.fail(Fault::Diverged {
                thread,
                op,
                predicted,
                found,
            });
        }
    }

    pub(super) fn check_always(&mut self) {
        if self.broken.is_none()
            && let Some(always) = &self.plan.always
        {
            self.broken = always(&self.desk).err();
            if self.broken.is_some() {
                self.desk.mark_broken();
            }
        }
    }

    /// How a run in which nobody can go on has ended.
    pub(super) fn final_end(&mut self) -> End {
        let mut threads = 0..self.players.len();
        let stuck = threads.any(|thread| self.desk.next(thread).is_some());
        if stuck && !self.plan.only_checks {
            return End::Deadlock {
                cycle: self.desk.cycle(),
            };
        }
        let at_end = || self.plan.at_end.as_ref()?(&self.desk).err();
        match self.broken.take().or_else(at_end) {
            Some(broken) => End::Broken(broken),
            None => End::Held,
        }
    }
}
