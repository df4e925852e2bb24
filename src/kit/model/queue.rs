//! A bounded first-in first-out queue that can be closed and joined.

use std::collections::VecDeque;

use super::{Op, OpResult};

/// What a queue holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Queue {
    pub items: VecDeque<i64>,
    /// `None` for a queue without a bound.
    pub capacity: Option<usize>,
    pub closed: bool,
    /// Items sent and not yet marked as done.
    pub unfinished: u32,
}

impl Queue {
    pub(crate) fn attempt(&mut self, op: Op) -> Option<OpResult> {
        match op {
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

    pub(crate) fn admits(&self, op: Op) -> bool {
        match op {
            Op::Send(..) => self.closed || !self.is_full(),
            Op::Receive(_) => self.closed || !self.items.is_empty(),
            Op::Join(_) => self.unfinished == 0,
            _ => true,
        }
    }

    fn is_full(&self) -> bool {
        self.capacity.is_some_and(|capacity| self.items.len() >= capacity)
    }
}
