//! A run of the threads of a plan, each with a lane: free, paced, or one step at a time, as
//! the step controller's mode says. All three are the same threads and the same code.
//!
//! Must not know any single tool, nor which step comes next.
//!
//! ```text
//! start: thread 1 … n wait for `go` ── stepper made ── `go` dropped ─▶ all begin
//!        Full, Paced: they run on         Stepped: each stops before its next step
//! end:   each drops its `ended` ── the last one closes `endings` ─▶ is_over
//! ```

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::participants::{MeasuringSink, Participant, Participants};
use super::run_context::RunContext;
use crate::kit::explore::{LiveStepper, ModelState, Plan};
use crate::kit::recorder::{current_sink, set_sink};
use crate::kit::step::Name;
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;

/// How often the driver thread looks at threads that run by themselves: what happens shows
/// within a frame or two.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How often it looks whether a stepped thread has come to its next step. Short, since every
/// step of a replayed schedule waits for it.
const STEP_POLL_INTERVAL: Duration = Duration::from_micros(200);

/// The threads of a plan at work. Dropping it requests the stop of the run and joins them.
pub struct ThreadRun<'a> {
    context: &'a RunContext<'a>,
    pub participants: Participants,
    pub stepper: LiveStepper,
    group: ThreadGroup,
    /// Closed when all threads have ended: each holds the other side until then. Nothing is
    /// sent.
    endings: Receiver<()>,
}

impl<'a> ThreadRun<'a> {
    /// Starts the threads of `plan`, in the mode of the context's controller, each with a lane
    /// of its `lane_name`. None takes a step before all are there.
    ///
    /// # Errors
    /// If one could not be started.
    pub fn start(
        context: &'a RunContext<'a>,
        plan: Plan,
        lane_name: fn(&Name) -> String,
    ) -> io::Result<Self> {
        let participants = Participants::of(plan.names.iter().map(lane_name));
        let mut group = ThreadGroup::new("sync", context.stop().clone());
        // Nothing is ever sent on either: what counts is that the other side is gone.
        let (ended, endings) = bounded::<()>(0);
        let (go, start) = bounded::<()>(0);
        for (body, participant) in plan.bodies.into_iter().zip(&participants.threads) {
            let (name, controller) = (participant.name.clone(), context.controller.clone());
            let (ended, start) = (ended.clone(), start.clone());
            let participant = Arc::clone(participant);
            group.spawn(&name, context.recorder, move |_, stop| {
                let participant = EndOnDrop { participant, stop: stop.clone(), _ended: ended };
                let lane = current_sink();
                let _sink = lane.map(|lane| {
                    set_sink(Rc::new(MeasuringSink::new(&participant.participant, lane)))
                });
                let _ = start.recv();
                let _guard = controller.enter();
                // A body that was stopped is over like any other.
                let _ = body();
            })?;
        }
        // Before the first step, which would find no gate otherwise.
        let stepper = LiveStepper::new(&context.controller);
        drop((ended, go));
        Ok(Self { context, participants, stepper, group, endings })
    }

    /// Waits for [`POLL_INTERVAL`] at most; returns whether all threads have ended, or are to
    /// end.
    pub fn is_over(&self) -> bool {
        let waited = self.endings.recv_timeout(POLL_INTERVAL);
        waited != Err(RecvTimeoutError::Timeout) || self.context.stop().requested()
    }

    /// Waits until each thread has ended or stands before its next step.
    ///
    /// # Errors
    /// If a stop was requested first.
    pub fn settle(&self) -> io::Result<()> {
        while !self.is_settled(&self.stepper.model()) {
            self.sleep(STEP_POLL_INTERVAL)?;
        }
        Ok(())
    }

    fn is_settled(&self, model: &ModelState) -> bool {
        let paused = (0..model.threads()).filter(|thread| model.next(*thread).is_some());
        paused.count() + self.participants.ended() == self.participants.threads.len()
    }

    /// Lets the thread of that name take its step, once all have settled, and waits until it
    /// has; returns whether it could.
    ///
    /// # Errors
    /// If a stop was requested first.
    pub fn step(&self, name: &str) -> io::Result<bool> {
        let (model, before) = (self.stepper.model(), self.stepper.changes());
        let thread = (0..model.threads()).find(|thread| model.thread_name(*thread) == name);
        let thread = thread.and_then(|thread| u8::try_from(thread).ok());
        if !thread.is_some_and(|thread| self.stepper.step(thread)) {
            return Ok(false);
        }
        // All others stand still, so the change is that the step is over.
        while self.stepper.changes() == before {
            self.sleep(STEP_POLL_INTERVAL)?;
        }
        Ok(true)
    }

    /// Waits for a time, or until a stop is requested.
    ///
    /// # Errors
    /// If a stop was requested.
    pub fn sleep(&self, time: Duration) -> io::Result<()> {
        if self.context.stop().sleep(time) { Err(RunContext::stopped()) } else { Ok(()) }
    }

    /// Waits for the end of all threads.
    ///
    /// # Errors
    /// If one has panicked.
    pub fn join(&mut self) -> io::Result<()> {
        let panics = self.group.join();
        panics.first().map_or(Ok(()), |panic| Err(io::Error::other(panic.message.to_string())))
    }
}

/// Notes the end of a thread, also that by a panic, which ends the run: the others may wait
/// for this thread.
struct EndOnDrop {
    participant: Arc<Participant>,
    stop: Stop,
    /// Dropped after the end was noted, since fields are dropped in their order: a thread that
    /// finds `endings` closed finds every participant ended.
    _ended: Sender<()>,
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.participant.end();
        if std::thread::panicking() {
            self.stop.request();
        }
    }
}
