//! `Barrier`: a fixed number of threads wait for each other, then all continue; again and
//! again. As `threading.Barrier` in Python; its phases are drawn in `model/barrier.rs`.

use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::time::Duration;

use super::event::{LaneId, ResourceKind};
use super::model::{self, Blocking, Op, OpResult, Phase, State};
use super::monitor::{Monitor, Refusal};
use super::step::{Name, Place};

/// A named barrier. Reusable: a thread that comes back early waits until its round has
/// drained.
#[derive(Debug)]
pub struct Barrier {
    monitor: Monitor,
    /// As in the state; kept beside it so that a thread knows without the mutex whether it
    /// was the last one.
    parties: u32,
}

/// A barrier as an observer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarrierView {
    pub parties: u32,
    /// Threads that have arrived and not yet left.
    pub inside: u32,
    pub phase: Phase,
    /// Who waits, in order of arrival.
    pub waiters: Vec<LaneId>,
}

impl Barrier {
    /// A barrier for `parties` threads; 0 counts as 1.
    pub fn new(name: impl Into<Name>, parties: u32) -> Self {
        let parties = parties.max(1);
        let state = State::Barrier(model::Barrier { parties, inside: 0, phase: Phase::Filling });
        Self { monitor: Monitor::new(name, ResourceKind::Barrier, state), parties }
    }

    /// Waits for the others; returns `true` to one of them, the leader: the last to arrive.
    ///
    /// # Errors
    /// [`Refusal::Broken`] if the barrier is or gets broken, or is reset meanwhile;
    /// [`Refusal::Stopped`] if asked to stop first, which breaks it for the others.
    #[track_caller]
    pub fn wait(&self) -> Result<bool, Refusal> {
        self.meet(Blocking::Forever, None, || (), Location::caller())
    }

    /// The same; the leader runs `action` before any thread continues. A panic in it breaks
    /// the barrier and continues in the leader.
    ///
    /// # Errors
    /// Those of [`Self::wait`].
    #[track_caller]
    pub fn wait_then(&self, action: impl FnOnce()) -> Result<bool, Refusal> {
        self.meet(Blocking::Forever, None, action, Location::caller())
    }

    /// Waits for a limited time. A thread that gives up breaks the barrier.
    ///
    /// # Errors
    /// Those of [`Self::wait`].
    #[track_caller]
    pub fn wait_timeout(&self, limit: Duration) -> Result<bool, Refusal> {
        self.meet(Blocking::Timeout, Some(limit), || (), Location::caller())
    }

    /// Breaks the barrier: every thread that waits or comes gets an error until it is
    /// reset.
    #[track_caller]
    pub fn abort(&self) {
        // Neither of these waits, so they are never asked to stop.
        let _ = self.monitor.perform(Op::Abort, None, Location::caller());
    }

    /// Makes it as new. A thread that still waits for the others gets an error.
    #[track_caller]
    pub fn reset(&self) {
        let _ = self.monitor.perform(Op::Reset, None, Location::caller());
    }

    /// A snapshot for screens and audits.
    pub fn peek(&self) -> BarrierView {
        let (state, waiters) = self.monitor.peek();
        let State::Barrier(barrier) = state else { unreachable!("a barrier stays one") };
        BarrierView {
            parties: barrier.parties,
            inside: barrier.inside,
            phase: barrier.phase,
            waiters,
        }
    }

    /// Arriving and leaving, two steps. Only leaving has a limit, as in Python: a thread
    /// that arrives has at most to wait for an earlier round to drain.
    fn meet(
        &self,
        blocking: Blocking,
        limit: Option<Duration>,
        action: impl FnOnce(),
        place: Place,
    ) -> Result<bool, Refusal> {
        let last = i64::from(self.parties - 1);
        let (leads, leave) = match self.monitor.perform(Op::Arrive, None, place)? {
            OpResult::Value(number) if number == last => {
                self.run_action(action, place);
                (true, Op::Trip)
            }
            OpResult::Value(_) => (false, Op::Leave(blocking)),
            // It arrived at a broken barrier, and so is not inside.
            _ => return Err(Refusal::Broken),
        };
        match self.monitor.perform(leave, limit, place)? {
            OpResult::Done => Ok(leads),
            _ => Err(Refusal::Broken),
        }
    }

    /// Runs the leader's action while the others wait. It is no step and holds no lock.
    fn run_action(&self, action: impl FnOnce(), place: Place) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(action)) {
            let _ = self.monitor.perform(Op::Abort, None, place);
            // The leader leaves by the panic instead of its last step.
            self.monitor.try_now(Op::Leave(Blocking::Timeout));
            resume_unwind(payload);
        }
    }
}
