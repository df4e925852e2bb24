//! A play as it is performed: starts its threads, watches over them, and ends it when
//! they are stuck.
//!
//! A deadlock is found in what the threads say they wait for and in whom the locks
//! name as their holders. Whoever is stuck without a circle is found by time: nobody has
//! moved for [`PATIENCE`]. Must not know any single tool.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::cast::{Cast, Held, Part, Role};
use super::state::Fact;
use super::tool::{Inside, Outcome, Stage};
use crate::kit::monitor::Refusal;
use crate::kit::threads::ThreadGroup;
use crate::lab::write_duration;

/// Nobody has moved for so long, and everybody waits: the play is stuck.
pub(super) const PATIENCE: Duration = Duration::from_millis(300);
/// The same for a play that should not get stuck: a loaded machine is no deadlock.
const LONG_PATIENCE: Duration = Duration::from_secs(20);
/// On the live screen: how long a stuck play can be looked at.
pub(super) const LINGER: Duration = Duration::from_secs(4);
/// How often the watch looks.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// What the watch looks at.
pub(super) struct Watch {
    /// Draws the structure inside.
    pub(super) look: Box<dyn Fn(&Cast) -> Inside>,
    pub(super) held: Vec<Held>,
    /// Whether the play is expected to get through.
    pub(super) right: bool,
}

/// How a play went, before its audit.
#[derive(Debug, Default)]
pub(super) struct Played {
    pub(super) order: Vec<String>,
    pub(super) waits_ns: Vec<u64>,
    pub(super) holds_ns: Vec<u64>,
    pub(super) cycle: Option<String>,
    /// It came to a standstill and was called off: who waited for what.
    pub(super) stuck: Option<String>,
    /// What the tool refused: who, and why.
    pub(super) refused: Vec<(String, Refusal)>,
}

impl Played {
    /// The outcome of the play: what was to come out of so many operations, and what did.
    pub(super) fn outcome(
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

    /// The outcome of a play that comes to a standstill: how many operations were to be
    /// done, and how many were.
    pub(super) fn standstill(self, expected: i64, got: i64) -> Outcome {
        let why = match (&self.cycle, &self.stuck) {
            (Some(cycle), _) => Some(format!("deadlock: {cycle}")),
            (None, Some(waits)) => Some(format!("standstill: {waits}; nobody is left to help")),
            (None, None) => None,
        };
        let operations = u64::try_from(expected).unwrap_or_default();
        let mut outcome = self.outcome(operations, &expected, &got);
        outcome.finding = why.filter(|_| !outcome.as_expected());
        outcome
    }
}

impl Stage<'_> {
    /// Runs `roles` on threads of their own until all have ended, or are stuck.
    ///
    /// # Errors
    /// If a thread could not be started or has panicked, or the play was called off.
    pub(super) fn perform(&self, roles: Vec<Role>, watch: &Watch) -> io::Result<Played> {
        let cast = Cast::of(&roles, self.stop());
        let mut group = ThreadGroup::new("sync", self.stop().clone());
        // Nothing is ever sent on either: what counts is that the other side is gone.
        let (ended, endings) = bounded::<()>(0);
        let (go, start) = bounded::<()>(0);
        for (role, part) in roles.into_iter().zip(&cast.parts) {
            let (part, controller) = (Arc::clone(part), self.controller.clone());
            let (ended, start) = (ended.clone(), start.clone());
            group.spawn(&role.name, self.recorder, move |lane, _| {
                // Given back also by a panic, so that nobody waits for it.
                let (_ended, leaving) = (ended, Leaving(part));
                let part = &leaving.0;
                *part.lane.lock() = Some(lane.id());
                let _ = start.recv();
                let _seat = controller.enter();
                let result = (role.act)(part);
                *part.ended.lock() = Some(result);
            })?;
        }
        drop((ended, go));
        let stuck = self.watch_over(&cast, watch, &endings);
        let panics = group.join();
        self.show((watch.look)(&cast));
        if let Some(panic) = panics.first() {
            return Err(io::Error::other(panic.message.to_string()));
        }
        if stuck.is_none() && self.stop().requested() {
            return Err(Self::called_off());
        }
        Ok(cast.played(stuck))
    }

    /// Looks at the play until all have ended; calls it off if it is stuck.
    fn watch_over(&self, cast: &Cast, watch: &Watch, endings: &Receiver<()>) -> Option<Stuck> {
        let mut shown = None;
        let mut moved = (cast.moves(), Instant::now());
        loop {
            match endings.recv_timeout(POLL_INTERVAL) {
                Err(RecvTimeoutError::Timeout) if !self.stop().requested() => {}
                _ => return None,
            }
            let inside = (watch.look)(cast);
            if shown.as_ref() != Some(&inside) {
                self.show(inside.clone());
                shown = Some(inside);
            }
            if cast.moves() != moved.0 || !cast.all_wait() {
                moved = (cast.moves(), Instant::now());
            }
            // What was seen twice with nobody moving in between was no passing sight.
            let still = moved.1.elapsed();
            let cycle = (still > 2 * (POLL_INTERVAL + self.controller.delay().get()))
                .then(|| cast.cycle(&watch.held))
                .flatten();
            let long = if watch.right { LONG_PATIENCE } else { PATIENCE };
            let limit = long + 4 * self.controller.delay().get();
            if still > limit || cycle.is_some() {
                let (limit, waits) = (write_duration(limit), cast.tell_waits());
                let stuck = Stuck {
                    waits: format!("nobody moved for {limit}: {waits}"),
                    cycle,
                };
                return self.call_off(stuck);
            }
        }
    }

    /// Ends a play that does not end by itself. On the live screen it stays for a while.
    fn call_off(&self, stuck: Stuck) -> Option<Stuck> {
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

/// Calls the play off when its thread leaves it by a panic: the others would wait for it.
struct Leaving(Arc<Part>);

impl Drop for Leaving {
    fn drop(&mut self) {
        if self.0.ended.lock().is_none() {
            self.0.over.request();
        }
    }
}

/// How a play stood when it was called off.
pub(super) struct Stuck {
    pub(super) waits: String,
    pub(super) cycle: Option<String>,
}
