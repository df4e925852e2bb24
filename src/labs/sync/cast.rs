//! The threads of a play: each with its role, what it waits for just now, and how long
//! its waits were; and what follows for all of them together.
//!
//! Must not know any single tool, nor how long they are watched.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use super::performance::{Played, Stuck};
use crate::kit::event::LaneId;
use crate::kit::monitor::Refusal;
use crate::kit::stop::Stop;

/// Hand-overs kept.
const ORDER: u64 = 24;
/// Waits and holds kept of each thread.
const TIMES: usize = 20_000;

/// What a thread of the play does.
pub(super) struct Role {
    pub(super) name: String,
    pub(super) act: Act,
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

/// All threads of a play.
#[derive(Default)]
pub(super) struct Cast {
    pub(super) parts: Vec<Arc<Part>>,
}

/// One thread of a play.
#[derive(Default)]
pub(super) struct Part {
    name: String,
    pub(super) lane: Mutex<Option<LaneId>>,
    /// What it waits for just now.
    waiting: Mutex<Option<&'static str>>,
    pub(super) ended: Mutex<Option<Result<(), Refusal>>>,
    moves: AtomicU64,
    handed: Arc<AtomicU64>,
    /// The play is called off.
    pub(super) over: Stop,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    waits_ns: Vec<u64>,
    holds_ns: Vec<u64>,
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
        let nanos = nanos_since(began);
        let at = self.handed.fetch_add(1, Ordering::Relaxed);
        let mut notes = self.notes.lock();
        if notes.waits_ns.len() < TIMES {
            notes.waits_ns.push(nanos);
        }
        if at < ORDER {
            notes.order.push(at);
        }
        Ok(got)
    }

    /// Does `work` with the tool held, and notes how long that takes.
    pub(super) fn hold<T>(&self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        let nanos = nanos_since(began);
        let mut notes = self.notes.lock();
        if notes.holds_ns.len() < TIMES {
            notes.holds_ns.push(nanos);
        }
        done
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

fn nanos_since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
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

    pub(super) fn moves(&self) -> u64 {
        let moves = self.parts.iter();
        moves.map(|part| part.moves.load(Ordering::Relaxed)).sum()
    }

    /// Whether everybody who has not ended waits.
    pub(super) fn all_wait(&self) -> bool {
        let mut acting = self.parts.iter();
        acting.all(|part| part.ended.lock().is_some() || part.waits_for().is_some())
    }

    /// `A holds L1 and waits for L2; B holds L2 and waits for L1`, if there is such a circle.
    pub(super) fn cycle(&self, held: &[Held]) -> Option<String> {
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
    pub(super) fn tell_waits(&self) -> String {
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

impl Cast {
    pub(super) fn of(roles: &[Role], over: &Stop) -> Self {
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

    pub(super) fn played(&self, stuck: Option<Stuck>) -> Played {
        let mut played = Played::default();
        let mut order = Vec::new();
        for part in &self.parts {
            let mut notes = part.notes.lock();
            played.waits_ns.append(&mut notes.waits_ns);
            played.holds_ns.append(&mut notes.holds_ns);
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
