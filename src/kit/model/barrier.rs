//! A barrier: a fixed number of threads wait for each other, then all go on; over and over.
//!
//! The phases are those of CPython's `threading.Barrier`.

use super::{Op, OpResult};

/// What a barrier is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Threads arrive and wait.
    Filling,
    /// The last one has arrived and has not let the others go yet.
    Acting,
    /// Threads leave; who comes now waits for the next round.
    Draining,
    /// Reset while threads were inside: they leave with an error, then it is as new.
    Resetting,
    /// Aborted, or a thread gave up. An error for everyone until it is reset.
    Broken,
}

/// A barrier's state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Barrier {
    pub parties: u32,
    /// Threads that have arrived and not yet left.
    pub inside: u32,
    pub phase: Phase,
}

impl Barrier {
    pub(crate) fn attempt(&mut self, op: Op) -> Option<OpResult> {
        match op {
            Op::Arrive => return self.arrive(),
            Op::Trip if self.phase == Phase::Acting => {
                self.phase = Phase::Draining;
                self.leave();
            }
            Op::Trip | Op::Leave(_) => return self.go(),
            Op::Abort => self.phase = Phase::Broken,
            Op::Reset => self.reset(),
            _ => {}
        }
        Some(OpResult::Done)
    }

    pub(crate) fn admits(&self, op: Op) -> bool {
        match op {
            Op::Arrive => matches!(self.phase, Phase::Filling | Phase::Broken),
            Op::Leave(_) => !matches!(self.phase, Phase::Filling | Phase::Acting),
            _ => true,
        }
    }

    /// A thread that does not wait to the end breaks the barrier for all.
    pub(crate) fn give_up(&mut self, op: Op) -> OpResult {
        if matches!(op, Op::Leave(_)) {
            self.phase = Phase::Broken;
            self.leave();
        }
        OpResult::Broken
    }

    fn arrive(&mut self) -> Option<OpResult> {
        match self.phase {
            Phase::Broken => Some(OpResult::Broken),
            Phase::Filling => {
                self.inside += 1;
                if self.inside == self.parties {
                    self.phase = Phase::Acting;
                }
                Some(OpResult::Value(i64::from(self.inside - 1)))
            }
            _ => None,
        }
    }

    fn go(&mut self) -> Option<OpResult> {
        match self.phase {
            Phase::Filling | Phase::Acting => None,
            Phase::Draining => {
                self.leave();
                Some(OpResult::Done)
            }
            Phase::Resetting | Phase::Broken => {
                self.leave();
                Some(OpResult::Broken)
            }
        }
    }

    fn leave(&mut self) {
        self.inside -= 1;
        if self.inside == 0 && self.phase != Phase::Broken {
            self.phase = Phase::Filling;
        }
    }

    fn reset(&mut self) {
        self.phase = match self.phase {
            _ if self.inside == 0 => Phase::Filling,
            Phase::Draining => Phase::Draining,
            _ => Phase::Resetting,
        };
    }
}
