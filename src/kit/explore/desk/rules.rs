//! What a turn does to a desk.
//!
//! Must not know who decides on turns.

use super::equality::take_seen;
use super::{Desk, Memory, Next};
use crate::kit::model::{Op, Patience, Seen, State};
use crate::kit::step::ObjectId;

impl Desk {
    /// Lets the thread take its announced step, which must be enabled, and tells what
    /// it finds, and what its own buffer answers in the memory's stead.
    pub(in super::super) fn step(&mut self, thread: usize) -> (Seen, Option<i64>) {
        let Some(next) = self.actors[thread].next.take() else {
            return (Seen::Done, None);
        };
        let (seen, buffered) = self.carry_out(thread, &next);
        let found = &mut self.actors[thread].found;
        take_seen(found, seen);
        (seen, buffered)
    }

    fn carry_out(&mut self, thread: usize, next: &Next) -> (Seen, Option<i64>) {
        let who = self.actors[thread].lane;
        let (Some(object), op) = (next.object, next.op) else {
            return (Seen::Done, None);
        };
        if self.memory == Memory::Tso {
            match op {
                Op::Store {
                    value,
                    ordered: false,
                } => {
                    self.actors[thread].buffer.push_back((object, value));
                    return (Seen::Done, Some(0));
                }
                Op::Load => {
                    if let Some(value) = self.own_view(thread, object) {
                        return (Seen::Value(value), Some(value));
                    }
                }
                Op::Await(_) if self.awaits_own(thread, next) => return (Seen::Done, Some(0)),
                _ => {}
            }
        }
        let mut attempt = |object: ObjectId, op| {
            let state = &mut self.states[usize::from(object.0)];
            // Asked for only when it is enabled.
            state.attempt(who, op).unwrap_or(Seen::Refused)
        };
        let seen = match op {
            Op::Await(_) => Seen::Done,
            _ => attempt(object, op),
        };
        match (op, next.lock) {
            (Op::Wait, Some(lock)) => attempt(lock, Op::Unlock),
            (Op::Wake(_), Some(lock)) => attempt(lock, RELOCK),
            _ => seen,
        };
        (seen, None)
    }

    /// The oldest store in a thread's buffer reaches the memory; tells which.
    pub(in super::super) fn drain(&mut self, thread: usize) -> Option<(ObjectId, i64)> {
        let (object, value) = self.actors[thread].buffer.pop_front()?;
        self.states[usize::from(object.0)] = State::Word(value);
        Some((object, value))
    }
}

/// Takes the lock again after a wait, for as long as it takes.
pub(super) const RELOCK: Op = Op::Lock(Patience::Endless);

/// Whether an operation may be taken while the thread's own buffer holds stores.
pub(super) fn stays_buffered(op: Op) -> bool {
    matches!(
        op,
        Op::Load | Op::Local(_) | Op::Await(_) | Op::Store { ordered: false, .. }
    )
}
