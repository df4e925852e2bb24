//! A barrier: a fixed number of threads wait for each other, then all continue; again and
//! again.
//!
//! The phases are those of CPython's `threading.Barrier`. A round has two steps for each
//! thread, arriving and leaving, and one more for the last to arrive:
//!
//! ```text
//!             Arrive (not the last)
//!                ┌──┐
//!                ▼  │    the last Arrive                  Trip
//!    ──▶ Filling ───┴──────────────────▶ Acting ──────────────────▶ Draining
//!           ▲                              │ Abort, or a Leave         │
//!           │  the last Leave              │ that gives up (any phase) │
//!           ├──────────────────────────────┼───────────────────────────┘
//!           │                              ▼
//!           ├─── the last Leave ── Resetting ◀── Reset ── Broken
//!           └─── Reset, no thread inside ──────────────────┘
//! ```
//!
//! Reset while threads are inside leads from `Filling`, `Acting` and `Broken` to
//! `Resetting`; `Draining` threads leave undisturbed.

use super::{Op, OpResult};

/// What a barrier is doing; drawn above. It alone decides which operations are possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    Filling,
    /// The last one has arrived and runs its action; the others still wait.
    Acting,
    /// Threads leave. A thread that comes now waits for the next round: it must not leave
    /// with this one.
    Draining,
    /// Reset while threads were inside: they leave with an error, then it is as new.
    Resetting,
    /// Aborted, or a thread gave up. An error for every thread until it is reset.
    Broken,
}

/// What a barrier holds. `inside` is never more than `parties`: a thread that comes early has to
/// wait until the round before has left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Barrier {
    /// Threads that make a round, at least one: with none, no arrival would be the last.
    pub parties: u32,
    /// Threads that have arrived and not yet left.
    pub inside: u32,
    pub phase: Phase,
}

impl Barrier {
    /// Carries an operation out; `None` if it has to wait, and the state is as it was.
    pub(crate) fn attempt(&mut self, op: Op) -> Option<OpResult> {
        match op {
            Op::Arrive => return self.arrive(),
            Op::Trip if self.phase == Phase::Acting => {
                self.phase = Phase::Draining;
                self.leave();
            }
            Op::Trip | Op::Leave(_) => return self.try_leave(),
            Op::Abort => self.phase = Phase::Broken,
            Op::Reset => self.reset(),
            _ => {}
        }
        Some(OpResult::Done)
    }

    /// Whether [`Barrier::attempt`] would not be `None`: the same rules, without a change.
    pub(crate) fn admits(&self, op: Op) -> bool {
        match op {
            // Not while an earlier round drains.
            Op::Arrive => matches!(self.phase, Phase::Filling | Phase::Broken),
            Op::Leave(_) => !matches!(self.phase, Phase::Filling | Phase::Acting),
            _ => true,
        }
    }

    /// A thread that does not wait to the end breaks the barrier for all: the round can
    /// never be complete without it.
    pub(crate) fn give_up(&mut self, op: Op) -> OpResult {
        if matches!(op, Op::Leave(_)) {
            self.phase = Phase::Broken;
            self.leave();
        }
        OpResult::Broken
    }

    /// Finds the number of threads that were there before, so the last of a round finds
    /// `parties - 1`.
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

    /// Leaves, with an error if the round has failed; `None` while it is not complete.
    fn try_leave(&mut self) -> Option<OpResult> {
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

    /// One thread fewer is inside; the last of a round, or of a reset, opens the next one.
    /// A broken barrier stays so until it is reset.
    fn leave(&mut self) {
        self.inside -= 1;
        if self.inside == 0 && self.phase != Phase::Broken {
            self.phase = Phase::Filling;
        }
    }

    /// Makes the barrier ready for a new round. Threads that are inside get an error, but for those
    /// who have passed already and are only on their way out.
    fn reset(&mut self) {
        self.phase = match self.phase {
            _ if self.inside == 0 => Phase::Filling,
            Phase::Draining => Phase::Draining,
            _ => Phase::Resetting,
        };
    }
}
