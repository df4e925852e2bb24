//! A bounded first-in first-out queue that can be closed and joined, as `queue.Queue` of
//! Python with its `task_done` and `join`.
//!
//! ```text
//!            send               receive              task done
//! sender ──────────▶ items 3 7 9 ──────▶ in work: 1 ──────────▶
//!                    └───────── unfinished: 4 ───────┘            Join waits until it is 0
//! ```

use std::collections::VecDeque;

use super::{Op, OpResult};

/// What a queue holds. An item that was received is no longer here, but still unfinished until it
/// is marked as done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Queue {
    /// What was sent and not yet received. The next to be received comes first.
    pub items: VecDeque<i64>,
    /// `None` for a queue without a bound.
    pub capacity: Option<usize>,
    /// Refuses further items. What was sent before can still be received.
    pub closed: bool,
    /// Items sent and not yet marked as done. A received item counts until then, which is
    /// what `Join` waits for.
    pub unfinished: u32,
}

impl Queue {
    /// Carries an operation out; `None` if it has to wait, for room, an item, or the last item to
    /// be done.
    pub(crate) fn attempt(&mut self, op: Op) -> Option<OpResult> {
        match op {
            // Before the check for room: a closed queue must not let senders wait.
            Op::Send(..) if self.closed => return Some(OpResult::Closed),
            Op::Send(..) if self.is_full() => return None,
            Op::Send(value, _) => {
                self.items.push_back(value);
                self.unfinished += 1;
            }
            Op::Receive(_) => {
                return match self.items.pop_front() {
                    Some(value) => Some(OpResult::Value(value)),
                    None if self.closed => Some(OpResult::Closed),
                    None => None,
                };
            }
            Op::TaskDone => match self.unfinished.checked_sub(1) {
                Some(left) => self.unfinished = left,
                None => return Some(OpResult::Misuse("more items done than were sent")),
            },
            Op::Join(_) if self.unfinished > 0 => return None,
            Op::Close => self.closed = true,
            _ => {}
        }
        Some(OpResult::Done)
    }

    /// Whether [`Queue::attempt`] would not be `None`: the same rules, without a change.
    pub(crate) fn admits(&self, op: Op) -> bool {
        match op {
            Op::Send(..) => self.closed || !self.is_full(),
            Op::Receive(_) => self.closed || !self.items.is_empty(),
            Op::Join(_) => self.unfinished == 0,
            _ => true,
        }
    }

    /// Whether a sender would have to wait. A queue without a bound is never full.
    fn is_full(&self) -> bool {
        self.capacity.is_some_and(|capacity| self.items.len() >= capacity)
    }
}
