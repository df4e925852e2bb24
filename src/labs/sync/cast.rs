//! The threads of a play: each with its role, what it waits for just now, and how long
//! its waits were; and the watch over them, which sees when they are stuck.
//!
//! A deadlock is found in what the threads say they wait for and in whom the locks
//! name as their holders. Whoever is stuck without a circle is found by time: nobody has
//! moved for [`PATIENCE`]. Must not know any single tool.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use parking_lot::Mutex;

use super::state::Fact;
use super::tool::{Inside, Outcome, Stage};
use crate::kit::crew::Crew;
use crate::kit::event::LaneId;
use crate::kit::monitor::Refusal;
use crate::kit::stop::Stop;

/// Nobody has moved for so long, and everybody waits: the play is stuck.
pub(super) const PATIENCE: Duration = Duration::from_millis(300);
/// The same for a play that should not get stuck: a loaded machine is no deadlock.
const LONG_PATIENCE: Duration = Duration::from_secs(20);
/// On the live screen: how long a stuck play can be looked at.
const LINGER: Duration = Duration::from_secs(4);
/// How often the watch looks.
const GLANCE: Duration = Duration::from_millis(20);
/// Hand-overs kept.
const ORDER: u64 = 24;
/// Waits kept of each thread.
const WAITS: usize = 20_000;

/// What a thread of the play does.
pub(super) struct Role {
    name: String,
    act: Act,
}

type Act = Box<dyn FnOnce(&Part) -> Result<(), Refusal> + Send>;

impl Role {
    pub(super) fn new(
        name: impl Into<String>,
        act: impl FnOnce(&Part) -> Result<(), Refusal> + Send + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            act: Box::new(act),
        }
    }
}

/// A thing with a holder that threads wait for, under the name that they wait for it.
pub(super) struct Held {
    pub(super) name: &'static str,
    pub(super) holder: Box<dyn Fn() -> Option<LaneId> + Send>,
}

/// What the watch looks at.
pub(super) struct Watch {
    /// Draws the structure inside.
    pub(super) look: Box<dyn Fn(&Cast) -> Inside>,
    pub(super) held: Vec<Held>,
    /// Whether the play is expected to get through.
    pub(super) right: bool,
}

/// All threads of a play.
#[derive(Default)]
pub(super) struct Cast {
    parts: Vec<Arc<Part>>,
}

/// One thread of a play.
#[derive(Default)]
pub(super) struct Part {
    name: String,
    lane: Mutex<Option<LaneId>>,
    /// What it waits for just now, and since when in the count of waits.
    waiting: Mutex<Option<&'static str>>,
    ended: Mutex<Option<Result<(), Refusal>>>,
    moves: AtomicU64,
    handed: Arc<AtomicU64>,
    /// The play is called off.
    over: Stop,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    waits_ns: Vec<u64>,
    /// When among all it got the tool.
    order: Vec<u64>,
}

impl Part {
    /// Gets `what` by `take`, and notes how long that took.
    ///
    /// # Errors
    /// That of `take`; [`Refusal::Stopped`] once the play was called off, whatever
    /// others gave free by leaving it.
    pub(super) fn take<T, E: Into<Refusal>>(
        &self,
        what: &'static str,
        take: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Refusal> {
        let began = Instant::now();
        let got = self.wait(what, take)?;
        let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let at = self.handed.fetch_add(1, Ordering::Relaxed);
        let mut notes = self.notes.lock();
        if notes.waits_ns.len() < WAITS {
            notes.waits_ns.push(nanos);
        }
        if at < ORDER {
            notes.order.push(at);
        }
        Ok(got)
    }

    /// Waits for `what` by `wait`: seen by the watch, and no more than that.
    ///
    /// # Errors
    /// Those of [`Self::take`].
    pub(super) fn wait<T, E: Into<Refusal>>(
        &self,
        what: &'static str,
        wait: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Refusal> {
        *self.waiting.lock() = Some(what);
        let got = wait();
        if self.over.requested() {
            return Err(Refusal::Stopped);
        }
        *self.waiting.lock() = None;
        self.moves.fetch_add(1, Ordering::Relaxed);
        got.map_err(Into::into)
    }

    fn waits_for(&self) -> Option<&'static str> {
        if self.ended.lock().is_some() {
            return None;
        }
        *self.waiting.lock()
    }
}

impl Cast {
    /// The name of a lane.
    pub(super) fn name(&self, lane: Option<LaneId>) -> String {
        let part = lane.and_then(|lane| self.part(lane));
        part.map_or_else(|| "nobody".to_owned(), |part| part.name.clone())
    }

    /// Those who wait for `what`; in the order of the cast, not of arrival.
    pub(super) fn waiting_for(&self, what: &str) -> Vec<String> {
        let waiting = self.parts.iter();
        waiting
            .filter(|part| part.waits_for() == Some(what))
            .map(|part| part.name.clone())
            .collect()
    }

    /// The names of those lanes.
    pub(super) fn names(&self, lanes: &[LaneId]) -> Vec<String> {
        lanes.iter().map(|lane| self.name(Some(*lane))).collect()
    }

    fn part(&self, lane: LaneId) -> Option<&Arc<Part>> {
        self.parts
            .iter()
            .find(|part| *part.lane.lock() == Some(lane))
    }

    fn moves(&self) -> u64 {
        let moves = self.parts.iter();
        moves.map(|part| part.moves.load(Ordering::Relaxed)).sum()
    }

    /// Whether everybody who has not ended waits.
    fn all_wait(&self) -> bool {
        let mut acting = self.parts.iter();
        acting.all(|part| part.ended.lock().is_some() || part.waits_for().is_some())
    }

    /// `A holds L1 and waits for L2; B holds L2 and waits for L1`, if there is such a circle.
    fn cycle(&self, held: &[Held]) -> Option<String> {
        self.parts.iter().find_map(|first| {
            let mut links = vec![(first, first.waits_for()?)];
            loop {
                let (_, wanted) = links.last()?;
                let thing = held.iter().find(|thing| thing.name == *wanted)?;
                let next = self.part((thing.holder)()?)?;
                if Arc::ptr_eq(next, first) {
                    return Some(tell_cycle(&links));
                }
                if links.iter().any(|(part, _)| Arc::ptr_eq(part, next)) {
                    return None;
                }
                links.push((next, next.waits_for()?));
            }
        })
    }

    /// Who waits for what, in one sentence.
    fn tell_waits(&self) -> String {
        let mut waits = BTreeMap::<_, Vec<_>>::new();
        for part in &self.parts {
            if let Some(what) = part.waits_for() {
                waits.entry(what).or_default().push(&*part.name);
            }
        }
        let told = waits.into_iter().map(|(what, names)| {
            let verb = if names.len() == 1 { "waits" } else { "wait" };
            format!("{} {verb} for {what}", names.join(", "))
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

/// Each holds what the one before it waits for.
fn tell_cycle(links: &[(&Arc<Part>, &'static str)]) -> String {
    let before = links.iter().cycle().skip(links.len() - 1);
    let told = links.iter().zip(before).map(|((part, wanted), (_, held))| {
        format!("{} holds {held} and waits for {wanted}", part.name)
    });
    told.collect::<Vec<_>>().join("; ")
}

/// How a play went, before its audit.
#[derive(Debug, Default)]
pub(super) struct Played {
    pub(super) order: Vec<String>,
    pub(super) waits_ns: Vec<u64>,
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
        let mut crew = Crew::new("sync", self.stop().clone());
        // Nothing is ever sent on either: what counts is that the other side is gone.
        let (ended, endings) = bounded::<()>(0);
        let (go, start) = bounded::<()>(0);
        for (role, part) in roles.into_iter().zip(&cast.parts) {
            let (part, seam) = (Arc::clone(part), self.seam.clone());
            let (ended, start) = (ended.clone(), start.clone());
            crew.spawn(&role.name, self.probe, move |lane, _| {
                // Given back also by a panic, so that nobody waits for it.
                let _ended = ended;
                *part.lane.lock() = Some(lane.id());
                let _ = start.recv();
                let _seat = seam.enter();
                let result = (role.act)(&part);
                *part.ended.lock() = Some(result);
            })?;
        }
        drop((ended, go));
        let stuck = self.watch_over(&cast, watch, &endings);
        let panics = crew.join();
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
            match endings.recv_timeout(GLANCE) {
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
            let cycle = (still > 2 * GLANCE)
                .then(|| cast.cycle(&watch.held))
                .flatten();
            let long = if watch.right { LONG_PATIENCE } else { PATIENCE };
            if still > long + 4 * self.seam.pace().get() || cycle.is_some() {
                let stuck = Stuck {
                    waits: cast.tell_waits(),
                    cycle,
                };
                return self.call_off(stuck);
            }
        }
    }

    /// Ends a play that does not end by itself. On the live screen it stays for a while.
    fn call_off(&self, stuck: Stuck) -> Option<Stuck> {
        let text = stuck.cycle.clone().unwrap_or_else(|| stuck.waits.clone());
        self.lane.must_fact(Fact::Stuck { text });
        if self.live && self.stop().sleep(LINGER) {
            return None;
        }
        self.stop().request();
        Some(stuck)
    }
}

/// How a play stood when it was called off.
struct Stuck {
    waits: String,
    cycle: Option<String>,
}

impl Cast {
    fn of(roles: &[Role], over: &Stop) -> Self {
        let handed = Arc::new(AtomicU64::new(0));
        let parts = roles.iter().map(|role| {
            Arc::new(Part {
                name: role.name.clone(),
                handed: Arc::clone(&handed),
                over: over.clone(),
                ..Part::default()
            })
        });
        Self {
            parts: parts.collect(),
        }
    }

    fn played(&self, stuck: Option<Stuck>) -> Played {
        let mut played = Played::default();
        let mut order = Vec::new();
        for part in &self.parts {
            let mut notes = part.notes.lock();
            played.waits_ns.append(&mut notes.waits_ns);
            order.extend(notes.order.iter().map(|at| (*at, part.name.clone())));
            match *part.ended.lock() {
                None | Some(Ok(()) | Err(Refusal::Stopped)) => {}
                Some(Err(refusal)) => played.refused.push((part.name.clone(), refusal)),
            }
        }
        order.sort();
        played.order = order.into_iter().map(|(_, name)| name).collect();
        if let Some(stuck) = stuck {
            played.stuck = Some(stuck.waits);
            played.cycle = stuck.cycle;
        }
        played
    }
}
