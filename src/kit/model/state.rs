//! The state of one shared thing, and what each operation does to it.

use std::collections::VecDeque;

use super::{Barrier, Op, OpResult, Queue};
use crate::kit::event::LaneId;

/// All that one shared thing is at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Atomic(i64),
    Lock {
        holder: Option<LaneId>,
    },
    RLock {
        holder: Option<LaneId>,
        depth: u32,
    },
    Semaphore {
        permits: u32,
        /// More than this is an over-release.
        limit: Option<u32>,
    },
    Queue(Queue),
    Event {
        set: bool,
    },
    Condition(Line),
    Barrier(Barrier),
}

/// Who waits on a condition, in the order of arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    pub waiting: VecDeque<LaneId>,
    /// Notified, and not yet awake.
    pub notified: Vec<LaneId>,
}

impl State {
    /// Carries `op` out for `who`, if it can be carried out now. `None` means that
    /// it has to wait, and leaves the state as it was.
    pub fn attempt(&mut self, who: LaneId, op: Op) -> Option<OpResult> {
        let done = match self {
            Self::Atomic(value) => Some(word(value, op)),
            Self::Lock { holder } => lock(holder, who, op),
            Self::RLock { holder, depth } => rlock(holder, depth, who, op),
            Self::Semaphore { permits, limit } => semaphore(permits, *limit, op),
            Self::Queue(queue) => queue.attempt(op),
            Self::Event { set } => event(set, op),
            Self::Condition(line) => line.attempt(who, op),
            Self::Barrier(barrier) => barrier.attempt(op),
        };
        if done.is_none() && !op.blocks_forever() {
            return Some(self.give_up(who, op));
        }
        done
    }

    /// Whether `op` could be carried out for `who` now.
    pub fn admits(&self, who: LaneId, op: Op) -> bool {
        if !op.blocks_forever() {
            return true;
        }
        match (self, op) {
            (Self::Lock { holder }, Op::Lock(_)) => holder.is_none(),
            (Self::RLock { holder, .. }, Op::Lock(_)) => holder.is_none_or(|lane| lane == who),
            (Self::Semaphore { permits, .. }, Op::Acquire(_)) => *permits > 0,
            (Self::Queue(queue), op) => queue.admits(op),
            (Self::Event { set }, Op::WaitEvent(_)) => *set,
            (Self::Condition(line), Op::Wake(_)) => line.notified.contains(&who),
            (Self::Barrier(barrier), op) => barrier.admits(op),
            _ => true,
        }
    }

    /// Who must let go before a waiter can go on, where one lane alone can.
    pub fn holder(&self) -> Option<LaneId> {
        match self {
            Self::Lock { holder } | Self::RLock { holder, .. } => *holder,
            _ => None,
        }
    }

    /// The patience is over.
    fn give_up(&mut self, who: LaneId, op: Op) -> OpResult {
        match self {
            Self::Condition(line) => line.waiting.retain(|&lane| lane != who),
            Self::Barrier(barrier) => return barrier.give_up(op),
            _ => {}
        }
        OpResult::Refused
    }
}

fn word(value: &mut i64, op: Op) -> OpResult {
    let old = *value;
    if let Some(new) = op.writes(old) {
        *value = new;
    }
    match op {
        Op::Store { .. } => OpResult::Done,
        _ => OpResult::Value(old),
    }
}

fn lock(holder: &mut Option<LaneId>, who: LaneId, op: Op) -> Option<OpResult> {
    match op {
        Op::Lock(_) if holder.is_none() => *holder = Some(who),
        Op::Lock(_) => return None,
        _ => *holder = None,
    }
    Some(OpResult::Done)
}

fn rlock(holder: &mut Option<LaneId>, depth: &mut u32, who: LaneId, op: Op) -> Option<OpResult> {
    match op {
        Op::Lock(_) if holder.is_some_and(|lane| lane != who) => return None,
        Op::Lock(_) => {
            *holder = Some(who);
            *depth += 1;
        }
        _ if *holder != Some(who) => {
            return Some(OpResult::Misuse("released by a thread that does not hold it"));
        }
        _ => {
            *depth -= 1;
            if *depth == 0 {
                *holder = None;
            }
        }
    }
    Some(OpResult::Value(i64::from(*depth)))
}

fn semaphore(permits: &mut u32, limit: Option<u32>, op: Op) -> Option<OpResult> {
    match op {
        Op::Acquire(_) => *permits = permits.checked_sub(1)?,
        Op::Release(more) => {
            let sum = permits.checked_add(more);
            match sum.filter(|&sum| limit.is_none_or(|limit| sum <= limit)) {
                Some(sum) => *permits = sum,
                None => return Some(OpResult::Misuse("released more often than acquired")),
            }
        }
        _ => {}
    }
    Some(OpResult::Done)
}

fn event(set: &mut bool, op: Op) -> Option<OpResult> {
    match op {
        Op::SetEvent => *set = true,
        Op::ClearEvent => *set = false,
        _ if !*set => return None,
        _ => {}
    }
    Some(OpResult::Done)
}

impl Line {
    fn attempt(&mut self, who: LaneId, op: Op) -> Option<OpResult> {
        match op {
            Op::Wait => self.waiting.push_back(who),
            Op::Wake(_) => {
                let place = self.notified.iter().position(|&lane| lane == who)?;
                self.notified.remove(place);
            }
            Op::Notify(most) => {
                let count = self.waiting.len().min(most as usize);
                self.notified.extend(self.waiting.drain(..count));
                // Who wakes first is a matter of the lock, not of this line.
                self.notified.sort_unstable();
                return Some(OpResult::Value(i64::try_from(count).unwrap_or(i64::MAX)));
            }
            _ => {}
        }
        Some(OpResult::Done)
    }
}
