//! What a step does to a model state, store buffers included.
//!
//! Under TSO, for the stores and loads of one thread:
//!
//! ```text
//! store x = 1  ──▶  buffer, youngest last  ──▶  memory    a drain: oldest first, at any moment
//! load x       ◀──  youngest store to x in it, else  ◀──  memory
//! all others        only while the buffer is empty: they wait for its drains
//! ```

use super::equality::take_seen;
use super::{Memory, ModelState, NextStep};
use crate::kit::model::{Blocking, Op, OpResult, State};
use crate::kit::step::ObjectId;

impl ModelState {
    /// Lets the thread take its announced step, which must be enabled, and returns what it finds,
    /// and what its own buffer answers instead of the memory. The thread has no next step until it
    /// announces one. A thread without a next step changes nothing.
    pub(crate) fn step(&mut self, thread: usize) -> (OpResult, Option<i64>) {
        let Some(next) = self.model_threads[thread].next.take() else {
            return (OpResult::Done, None);
        };
        let (seen, buffered) = self.carry_out(thread, &next);
        let found = &mut self.model_threads[thread].found;
        // What the thread will do depends on it; see `key`.
        take_seen(found, seen);
        (seen, buffered)
    }

    /// The effect on the states, or on the thread's buffer under TSO. The second part of the result
    /// is what the thread is to find without asking the memory; `None` if it asks.
    fn carry_out(&mut self, thread: usize, next: &NextStep) -> (OpResult, Option<i64>) {
        let who = self.model_threads[thread].lane;
        let (Some(object), op) = (next.object, next.op) else {
            return (OpResult::Done, None);
        };
        if self.memory == Memory::Tso {
            match op {
                // Not carried out in the memory: it waits for its drain.
                Op::Store { value, ordered: false } => {
                    self.model_threads[thread].buffer.push_back((object, value));
                    return (OpResult::Done, Some(0));
                }
                Op::Load => {
                    // Store forwarding: a thread sees its own youngest store.
                    if let Some(value) = self.own_view(thread, object) {
                        return (OpResult::Value(value), Some(value));
                    }
                }
                Op::Await(_) if self.awaits_own(thread, next) => return (OpResult::Done, Some(0)),
                _ => {}
            }
        }
        let mut attempt = |object: ObjectId, op| {
            let state = &mut self.states[usize::from(object.0)];
            // The step is enabled, so it does not have to wait, and the fallback is never used.
            state.attempt(who, op).unwrap_or(OpResult::Refused)
        };
        let seen = match op {
            // An await changes nothing.
            Op::Await(_) => OpResult::Done,
            _ => attempt(object, op),
        };
        match (op, next.lock) {
            // A condition's steps do their part on the lock, too. Its result is not shown.
            (Op::Wait, Some(lock)) => attempt(lock, Op::Unlock),
            (Op::Wake(_), Some(lock)) => attempt(lock, RELOCK),
            _ => seen,
        };
        (seen, None)
    }

    /// The oldest store in a thread's buffer reaches the memory; returns which. `None` if
    /// the buffer is empty.
    pub(crate) fn drain(&mut self, thread: usize) -> Option<(ObjectId, i64)> {
        let (object, value) = self.model_threads[thread].buffer.pop_front()?;
        self.states[usize::from(object.0)] = State::Atomic(value);
        Some((object, value))
    }
}

/// Takes the lock again after a wait, for as long as it takes: also a wait with a limit ends with
/// the lock taken.
pub const RELOCK: Op = Op::Lock(Blocking::Forever);

/// Whether an operation may be taken while the thread's own buffer holds stores. On x86 all
/// others are locked instructions or fences, which empty it first.
pub fn stays_buffered(op: Op) -> bool {
    matches!(op, Op::Load | Op::Local(_) | Op::Await(_) | Op::Store { ordered: false, .. })
}
