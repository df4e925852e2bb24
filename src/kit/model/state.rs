//! The state of one shared thing, and what each operation does to it.
//!
//! | thing | an operation has to wait |
//! |---|---|
//! | `Atomic` | never: what an await waits for is judged by the explorer |
//! | `Lock` | to lock it, while it has a holder, the caller itself included |
//! | `RLock` | to lock it, while another lane holds it |
//! | `Semaphore` | to acquire, while there is no permit |
//! | `Event` | to wait for it, while it is not set |
//! | `Condition` | to wake, until it was notified; joining the line never waits |
//! | `Queue`, `Barrier` | see [`Queue`] and [`Barrier`] |

use std::collections::VecDeque;

use super::{Barrier, Op, OpResult, Queue};
use crate::kit::event::LaneId;

/// Everything that one shared thing is at a moment. Lanes stand for threads, so a state can
/// be compared and hashed without any thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Atomic(i64),
    /// A plain lock. It knows its holder only for the wait-for graph: a second `Lock` by the holder
    /// has to wait like any other.
    Lock {
        holder: Option<LaneId>,
    },
    /// `depth` counts how often its holder has taken it; 0 if and only if there is no
    /// holder.
    RLock {
        holder: Option<LaneId>,
        depth: u32,
    },
    Semaphore {
        permits: u32,
        /// A release that would bring the permits above this is misuse; `None` for no
        /// limit.
        limit: Option<u32>,
    },
    Queue(Queue),
    /// A flag that stays as it is until it is set or cleared; a wait does not use it up.
    Event {
        set: bool,
    },
    /// The waiting line of a condition; its lock is a thing of its own.
    Condition(Line),
    Barrier(Barrier),
}

/// Those who wait on a condition: a thread goes from `waiting` to `notified` by a notification, and
/// out of `notified` when it wakes and has the lock again.
///
/// ```text
/// Wait ──▶ waiting: a b c ── Notify(1) ──▶ notified: a ── Wake, lock taken ──▶ goes on
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// In the order of arrival, which is the order of notification.
    pub waiting: VecDeque<LaneId>,
    /// Notified, and not yet awake. Sorted, so that states that differ only in the order of
    /// notification are equal.
    pub notified: Vec<LaneId>,
}

impl State {
    /// Carries `op` out for `who`, if it can be carried out now. `None` means that it has
    /// to wait, and leaves the state as it was. An operation that is not ready to wait
    /// forever is never `None`: it gives up instead, and the state shows that.
    pub fn attempt(&mut self, who: LaneId, op: Op) -> Option<OpResult> {
        let done = match self {
            Self::Atomic(value) => Some(atomic(value, op)),
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

    /// Whether [`Self::attempt`] would not be `None`, without changing the state. The
    /// explorer asks this for each thread at each step, so it does not clone.
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

    /// The lane that has to release the thing before a waiter can continue, where one lane
    /// alone can: an edge of the wait-for graph. `None` for things that any thread can
    /// signal.
    pub fn holder(&self) -> Option<LaneId> {
        match self {
            Self::Lock { holder } | Self::RLock { holder, .. } => *holder,
            _ => None,
        }
    }

    /// The wait is over without success. A thread that leaves a condition's line must not
    /// get a later notification; one that leaves a barrier breaks it.
    fn give_up(&mut self, who: LaneId, op: Op) -> OpResult {
        match self {
            Self::Condition(line) => line.waiting.retain(|&lane| lane != who),
            Self::Barrier(barrier) => return barrier.give_up(op),
            _ => {}
        }
        OpResult::Refused
    }
}

fn atomic(value: &mut i64, op: Op) -> OpResult {
    let old = *value;
    if let Some(new) = op.writes(old) {
        *value = new;
    }
    match op {
        Op::Store { .. } => OpResult::Done,
        _ => OpResult::Value(old),
    }
}

/// `Unlock` does not check who releases: only a guard can, and it may have been sent to
/// another thread.
fn lock(holder: &mut Option<LaneId>, who: LaneId, op: Op) -> Option<OpResult> {
    match op {
        Op::Lock(_) if holder.is_none() => *holder = Some(who),
        Op::Lock(_) => return None,
        _ => *holder = None,
    }
    Some(OpResult::Done)
}

/// Finds the depth after the operation, which is what its events show.
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

/// `Acquire` takes one permit, or has to wait for it. `Release` gives back any number of them, by
/// any thread: a semaphore has no holder.
fn semaphore(permits: &mut u32, limit: Option<u32>, op: Op) -> Option<OpResult> {
    match op {
        Op::Acquire(_) => *permits = permits.checked_sub(1)?,
        Op::Release(more) => {
            let sum = permits.checked_add(more);
            match sum.filter(|&sum| limit.is_none_or(|limit| sum <= limit)) {
                Some(sum) => *permits = sum,
                // Also if the number of permits would overflow.
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
        // The only other operation on an event waits for the flag.
        _ if !*set => return None,
        _ => {}
    }
    Some(OpResult::Done)
}

impl Line {
    /// The line's part of an operation on a condition; that of the lock is carried out
    /// beside it.
    fn attempt(&mut self, who: LaneId, op: Op) -> Option<OpResult> {
        match op {
            Op::Wait => self.waiting.push_back(who),
            Op::Wake(_) => {
                let place = self.notified.iter().position(|&lane| lane == who)?;
                self.notified.remove(place);
            }
            Op::Notify(most) => {
                // Only as many as wait now: a notification is not kept for those who come
                // later.
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
