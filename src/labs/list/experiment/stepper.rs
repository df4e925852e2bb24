//! Step mode: the threads pause before their next step, and the user lets them take one
//! step at a time.
//!
//! This is the side of the driver; the threads are paused by the step controller's gate,
//! see [`LiveStepper`]. All calls come from the driver's thread and none waits for a
//! thread: a step is granted here, and that it was taken is seen at a later poll. The
//! audit does not depend on any of this: a round whose threads were stepped is audited
//! like any other.

use std::time::Duration;

use super::super::facts::{ListSnapshot, StepperSnapshot, ThreadCounts};
use super::super::settings::ListSettings;
use super::op::WorkerId;
use crate::kit::explore::{LiveStepper, ModelState};
use crate::kit::step::{Mode, StepController};
use crate::lab::SteppedThread;

/// Interval at which stepped threads are polled: a step should show in the next frame.
pub const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Switches step mode on and off and steps the threads. Owned by the driver; what the
/// threads wait for is in the gate of the step controller, which outlasts it.
#[derive(Debug)]
pub struct Stepper {
    live: LiveStepper,
    /// `None` while the threads run by themselves.
    stepping: Option<Stepping>,
}

/// How far the user has stepped the threads since they were paused.
#[derive(Debug, Default)]
struct Stepping {
    /// The thread that took the last step: the one whose operation the user can let
    /// finish.
    last: Option<WorkerId>,
    /// The thread whose operation is being finished, and its counters when that began:
    /// the operation has ended when they differ.
    finishing: Option<(WorkerId, ThreadCounts)>,
    /// Value of [`LiveStepper::changes`] at the last snapshot; `None` if there was none
    /// yet.
    last_changes: Option<u64>,
    /// The thread that was chosen last and is blocked.
    refused: Option<WorkerId>,
}

impl Stepper {
    pub fn new(controller: &StepController) -> Self {
        Self { live: LiveStepper::new(controller), stepping: None }
    }

    pub fn is_active(&self) -> bool {
        self.stepping.is_some()
    }

    /// Pauses all threads, or resumes them in `mode`. Each thread pauses at its next
    /// step, wherever that is: also in the middle of an operation, while it holds the lock.
    pub fn toggle(&mut self, mode: Mode) {
        if self.stepping.take().is_some() {
            self.live.resume(mode);
        } else {
            self.stepping = Some(Stepping::default());
            self.live.pause();
        }
    }

    /// Lets `who` take its step; if it is blocked, the next snapshot says so. The user's own
    /// step ends the finishing of another operation: from here on the user decides again.
    pub fn step(&mut self, who: WorkerId) {
        let Some(stepping) = &mut self.stepping else {
            return;
        };
        (stepping.finishing, stepping.refused) = (None, None);
        if take_step(&self.live, who) {
            stepping.last = Some(who);
        } else if is_blocked(&self.live.model(), who) {
            (stepping.refused, stepping.last_changes) = (Some(who), None);
        }
    }

    /// Begins to finish the operation of the thread that took the last step. `done` is
    /// what each thread has done so far.
    pub fn finish(&mut self, done: &[(WorkerId, ThreadCounts)]) {
        let Some(stepping) = &mut self.stepping else {
            return;
        };
        stepping.finishing = done.iter().find(|(who, _)| Some(*who) == stepping.last).copied();
        // The user has gone on to something else.
        stepping.refused = None;
    }

    /// Takes the next step of an operation that is being finished. Ends that with the
    /// operation, or where the thread cannot continue, as at a lock that another thread
    /// owns. Called at every poll, one step each: the user sees the thread walk.
    pub fn continue_finishing(&mut self, done: &[(WorkerId, ThreadCounts)]) {
        let Some(stepping) = &mut self.stepping else {
            return;
        };
        let Some(finishing) = stepping.finishing else {
            return;
        };
        let model = self.live.model();
        let thread = thread_of(&model, finishing.0);
        // Still running to its next step: the next poll will find it there.
        let Some(thread) = thread.filter(|thread| model.next(*thread).is_some()) else {
            return;
        };
        let over = !done.contains(&finishing);
        // `take_step` also fails while the step that was granted before is still being
        // taken. Only if the thread is blocked in the model too does finishing end.
        if over || !take_step(&self.live, finishing.0) && !model.is_enabled(thread) {
            stepping.finishing = None;
        }
    }

    /// Returns a snapshot of the stepped threads, or `None` if no thread has announced or
    /// taken a step since the last call, or step mode is off. Called on every poll, so
    /// the unchanged case must be cheap: it copies nothing.
    pub fn snapshot_if_changed(
        &mut self,
        who: impl Iterator<Item = WorkerId>,
        list: impl FnOnce() -> ListSnapshot,
    ) -> Option<StepperSnapshot> {
        let (stepping, moves) = (self.stepping.as_mut()?, self.live.changes());
        if stepping.last_changes == Some(moves) {
            return None;
        }
        // Read before the model: a change in between is in the model already and makes
        // one snapshot too many, never one too few.
        stepping.last_changes = Some(moves);
        let (model, who) = (self.live.model(), who.collect::<Vec<_>>());
        let named = |thread| {
            let name = model.thread_name(thread);
            who.iter().copied().find(|who| who.to_string() == name)
        };
        let stepped = |who| SteppedThread::of(&model, who, thread_of(&model, who), named);
        let threads = who.iter().copied().map(stepped).collect();
        Some(StepperSnapshot { threads, list: list(), refused: stepping.refused })
    }
}

fn take_step(live: &LiveStepper, who: WorkerId) -> bool {
    thread_of(&live.model(), who)
        .and_then(|thread| u8::try_from(thread).ok())
        .is_some_and(|thread| live.step(thread))
}

/// Whether `who` has come to a step that it cannot take.
fn is_blocked(model: &ModelState, who: WorkerId) -> bool {
    let thread = thread_of(model, who).filter(|thread| model.next(*thread).is_some());
    thread.is_some_and(|thread| !model.is_enabled(thread))
}

/// Mode of the threads outside of step mode: as long as a user can follow, operations are
/// reported one by one.
pub fn free_mode(settings: &ListSettings) -> Mode {
    if settings.full_speed() { Mode::Full } else { Mode::Paced }
}

/// The number of `who` in the model. Threads are never taken out of it, so one may have
/// ended and another of its name have started: the latest counts.
fn thread_of(model: &ModelState, who: WorkerId) -> Option<usize> {
    let name = who.to_string();
    (0..model.threads()).rev().find(|thread| model.thread_name(*thread) == name)
}
