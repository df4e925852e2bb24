//! A run of threads: starts them, monitors them, and ends the run when
//! they are stuck.
//!
//! A deadlock is found in what the threads say they wait for and in whom the locks
//! name as their holders. A standstill without a cycle is found by time: no thread has
//! moved for [`STANDSTILL_AFTER`]. Must not know any single tool.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::super::facts::Fact;
use super::participants::{HeldResource, Participant, Participants, ThreadSpec};
use super::tool::{Outcome, RunContext, Snapshot};
use crate::kit::monitor::Refusal;
use crate::kit::threads::ThreadGroup;
use crate::lab::write_duration;

/// After this time without a step, while every thread waits, the run is stuck.
pub const STANDSTILL_AFTER: Duration = Duration::from_millis(300);
/// The same for a run that should not get stuck: a loaded machine is no deadlock.
const CORRECT_STANDSTILL_AFTER: Duration = Duration::from_secs(20);
/// On the live screen: how long a stuck run can be looked at.
pub const LINGER: Duration = Duration::from_secs(4);
/// How often the watch looks.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// What the watch looks at.
pub struct Monitor {
    /// Draws the structure inside.
    pub snapshot: Box<dyn Fn(&Participants) -> Snapshot>,
    pub resources: Vec<HeldResource>,
    /// Whether the run is expected to get through.
    pub must_finish: bool,
}

/// How a run went, before its audit.
#[derive(Debug, Default)]
pub struct ThreadResults {
    pub order: Vec<String>,
    pub waits_ns: Vec<u64>,
    pub holds_ns: Vec<u64>,
    pub cycle: Option<String>,
    /// It came to a standstill and was stopped: who waited for what.
    pub stuck: Option<String>,
    /// What the tool refused: who, and why.
    pub refused: Vec<(String, Refusal)>,
}

impl ThreadResults {
    /// The outcome of the run: what `operations` operations had to give, and what they gave.
    pub fn outcome(
        self,
        operations: u64,
        expected: &impl ToString,
        got: &impl ToString,
    ) -> Outcome {
        Outcome {
            operations,
            expected: expected.to_string(),
            got: got.to_string(),
            finding: None,
            order: self.order,
            waits_ns: self.waits_ns,
            holds_ns: self.holds_ns,
            cycle: self.cycle,
        }
    }

    /// The outcome of a run that comes to a standstill: how many operations were to be
    /// done, and how many were.
    pub fn standstill(self, expected: i64, got: i64) -> Outcome {
        let why = match (&self.cycle, &self.stuck) {
            (Some(cycle), _) => Some(format!("deadlock: {cycle}")),
            (None, Some(waits)) => Some(format!("standstill: {waits}; no thread is left to help")),
            (None, None) => None,
        };
        let operations = u64::try_from(expected).unwrap_or_default();
        let mut outcome = self.outcome(operations, &expected, &got);
        outcome.finding = why.filter(|_| !outcome.as_expected());
        outcome
    }
}

impl RunContext<'_> {
    /// Runs `specs` on threads of their own until all have ended, or are stuck.
    ///
    /// # Errors
    /// If a thread could not be started or has panicked, or the run was stopped.
    pub fn run_threads(
        &self,
        specs: Vec<ThreadSpec>,
        monitor: &Monitor,
    ) -> io::Result<ThreadResults> {
        let participants = Participants::of(&specs, self.stop());
        let mut group = ThreadGroup::new("sync", self.stop().clone());
        // Nothing is ever sent on either: what counts is that the other side is gone.
        let (ended, endings) = bounded::<()>(0);
        let (go, start) = bounded::<()>(0);
        for (spec, participant) in specs.into_iter().zip(&participants.threads) {
            let (participant, controller) = (Arc::clone(participant), self.controller.clone());
            let (ended, start) = (ended.clone(), start.clone());
            group.spawn(&spec.name, self.recorder, move |lane, _| {
                // Given back also by a panic, so that no thread waits for it.
                let (_ended, on_panic) = (ended, StopOnPanic(participant));
                let participant = &on_panic.0;
                *participant.lane.lock() = Some(lane.id());
                let _ = start.recv();
                let _seat = controller.enter();
                let result = (spec.body)(participant);
                *participant.ended.lock() = Some(result);
            })?;
        }
        drop((ended, go));
        let stuck = self.monitor_run(&participants, monitor, &endings);
        let panics = group.join();
        self.show((monitor.snapshot)(&participants));
        if let Some(panic) = panics.first() {
            return Err(io::Error::other(panic.message.to_string()));
        }
        if stuck.is_none() && self.stop().requested() {
            return Err(Self::stopped());
        }
        Ok(participants.results(stuck))
    }

    /// Monitors the run until all threads have ended; stops it if it is stuck.
    fn monitor_run(
        &self,
        participants: &Participants,
        monitor: &Monitor,
        endings: &Receiver<()>,
    ) -> Option<Stuck> {
        let mut shown = None;
        let mut last_step = (participants.steps(), Instant::now());
        loop {
            match endings.recv_timeout(POLL_INTERVAL) {
                Err(RecvTimeoutError::Timeout) if !self.stop().requested() => {}
                _ => return None,
            }
            (self.poll)();
            let snapshot = (monitor.snapshot)(participants);
            if shown.as_ref() != Some(&snapshot) {
                self.show(snapshot.clone());
                shown = Some(snapshot);
            }
            if participants.steps() != last_step.0 || !participants.all_wait() {
                last_step = (participants.steps(), Instant::now());
            }
            // A cycle seen twice, with no step in between, is no passing state.
            let (still, pace) = (last_step.1.elapsed(), self.controller.delay().get());
            let cycle = (still > 2 * (POLL_INTERVAL + pace))
                .then(|| participants.cycle(&monitor.resources))
                .flatten();
            let limit = standstill_after(monitor.must_finish, pace);
            if still > limit || cycle.is_some() {
                let (limit, waits) = (write_duration(limit), participants.describe_waits());
                let stuck =
                    Stuck { waits: format!("no thread made progress for {limit}: {waits}"), cycle };
                return self.stop_run(stuck);
            }
        }
    }

    /// Ends a run that does not end by itself. On the live screen it stays for a while.
    fn stop_run(&self, stuck: Stuck) -> Option<Stuck> {
        let circle = stuck.cycle.is_some();
        let text = stuck.cycle.clone().unwrap_or_else(|| stuck.waits.clone());
        self.lane.reliable_fact(Fact::Stuck { text, circle });
        if self.live && self.stop().sleep(LINGER) {
            return None;
        }
        self.stop().request();
        Some(stuck)
    }
}

/// How long no thread may make progress: each of its steps is delayed by `pace`.
pub fn standstill_after(must_finish: bool, pace: Duration) -> Duration {
    let at_full_speed = if must_finish { CORRECT_STANDSTILL_AFTER } else { STANDSTILL_AFTER };
    at_full_speed + 4 * pace
}

/// Stops the run when its thread leaves it by a panic: the others would wait for it.
struct StopOnPanic(Arc<Participant>);

impl Drop for StopOnPanic {
    fn drop(&mut self) {
        if self.0.ended.lock().is_none() {
            self.0.run_stop.request();
        }
    }
}

/// How a run stood when it was stopped.
pub struct Stuck {
    pub waits: String,
    pub cycle: Option<String>,
}
