//! The threads of a run: each with its function, what it waits for now, and how long
//! its waits were; and what follows for all of them together.
//!
//! Must not know any single tool, nor how long they are watched.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use super::thread_run::{Stuck, ThreadResults};
use crate::kit::event::LaneId;
use crate::kit::monitor::Refusal;
use crate::kit::stop::Stop;

/// The number of acquisitions kept in order.
const MAX_ORDER: u64 = 24;
/// Waits and holds kept of each thread.
const MAX_TIMES: usize = 20_000;

/// What a thread of the run does.
pub struct ThreadSpec {
    pub name: String,
    pub body: Body,
}

type Body = Box<dyn FnOnce(&Participant) -> Result<(), Refusal> + Send>;

impl ThreadSpec {
    pub fn new(
        name: impl Into<String>,
        body: impl FnOnce(&Participant) -> Result<(), Refusal> + Send + 'static,
    ) -> Self {
        Self { name: name.into(), body: Box::new(body) }
    }
}

/// A thing with a holder that threads wait for, under the name that they wait for it.
pub struct HeldResource {
    pub name: &'static str,
    pub holder: Box<dyn Fn() -> Option<LaneId> + Send>,
}

/// All threads of a run.
#[derive(Default)]
pub struct Participants {
    pub threads: Vec<Arc<Participant>>,
}

/// One thread of a run.
#[derive(Default)]
pub struct Participant {
    name: String,
    pub lane: Mutex<Option<LaneId>>,
    /// What it waits for just now.
    waiting: Mutex<Option<&'static str>>,
    pub ended: Mutex<Option<Result<(), Refusal>>>,
    steps: AtomicU64,
    acquisitions: Arc<AtomicU64>,
    /// The run is stopped.
    pub run_stop: Stop,
    timings: Mutex<Timings>,
}

#[derive(Default)]
struct Timings {
    waits_ns: Vec<u64>,
    holds_ns: Vec<u64>,
    /// When among all it got the tool.
    order: Vec<u64>,
}

impl Participant {
    /// Gets `what` by `take`, and notes how long that took.
    ///
    /// # Errors
    /// That of `take`; [`Refusal::Stopped`] once the run was stopped, whatever
    /// others gave free by leaving it.
    pub fn take<T, E: Into<Refusal>>(
        &self,
        what: &'static str,
        take: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Refusal> {
        let began = Instant::now();
        let got = self.wait(what, take)?;
        let nanos = nanos_since(began);
        let at = self.acquisitions.fetch_add(1, Ordering::Relaxed);
        let mut timings = self.timings.lock();
        if timings.waits_ns.len() < MAX_TIMES {
            timings.waits_ns.push(nanos);
        }
        if at < MAX_ORDER {
            timings.order.push(at);
        }
        Ok(got)
    }

    /// Does `work` with the tool held, and notes how long that takes.
    pub fn hold<T>(&self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        let nanos = nanos_since(began);
        let mut timings = self.timings.lock();
        if timings.holds_ns.len() < MAX_TIMES {
            timings.holds_ns.push(nanos);
        }
        done
    }

    /// Waits for `what` by `wait`: seen by the watch, and no more than that.
    ///
    /// # Errors
    /// Those of [`Self::take`].
    pub fn wait<T, E: Into<Refusal>>(
        &self,
        what: &'static str,
        wait: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Refusal> {
        *self.waiting.lock() = Some(what);
        let got = wait();
        if self.run_stop.requested() {
            return Err(Refusal::Stopped);
        }
        *self.waiting.lock() = None;
        self.steps.fetch_add(1, Ordering::Relaxed);
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

impl Participants {
    /// The name of a lane.
    pub fn name(&self, lane: Option<LaneId>) -> String {
        let participant = lane.and_then(|lane| self.participant(lane));
        participant.map_or_else(|| "none".to_owned(), |participant| participant.name.clone())
    }

    /// Those who wait for `what`; in the order of the participants, not of arrival.
    pub fn waiting_for(&self, what: &str) -> Vec<String> {
        let waiting = self.threads.iter();
        waiting
            .filter(|participant| participant.waits_for() == Some(what))
            .map(|participant| participant.name.clone())
            .collect()
    }

    /// The names of those lanes.
    pub fn names(&self, lanes: &[LaneId]) -> Vec<String> {
        lanes.iter().map(|lane| self.name(Some(*lane))).collect()
    }

    fn participant(&self, lane: LaneId) -> Option<&Arc<Participant>> {
        self.threads.iter().find(|participant| *participant.lane.lock() == Some(lane))
    }

    pub fn steps(&self) -> u64 {
        let steps = self.threads.iter();
        steps.map(|participant| participant.steps.load(Ordering::Relaxed)).sum()
    }

    /// Whether every thread that has not ended waits.
    pub fn all_wait(&self) -> bool {
        let mut active = self.threads.iter();
        active.all(|participant| {
            participant.ended.lock().is_some() || participant.waits_for().is_some()
        })
    }

    /// `A holds L1 and waits for L2; B holds L2 and waits for L1`, if there is such a circle.
    pub fn cycle(&self, held: &[HeldResource]) -> Option<String> {
        self.threads.iter().find_map(|first| {
            let mut links = vec![(first, first.waits_for()?)];
            loop {
                let (_, wanted) = links.last()?;
                let thing = held.iter().find(|thing| thing.name == *wanted)?;
                let next = self.participant((thing.holder)()?)?;
                if Arc::ptr_eq(next, first) {
                    return Some(describe_cycle(&links));
                }
                if links.iter().any(|(participant, _)| Arc::ptr_eq(participant, next)) {
                    return None;
                }
                links.push((next, next.waits_for()?));
            }
        })
    }

    /// Who waits for what, in one sentence.
    pub fn describe_waits(&self) -> String {
        let mut waits = BTreeMap::<_, Vec<_>>::new();
        for participant in &self.threads {
            if let Some(what) = participant.waits_for() {
                waits.entry(what).or_default().push(&*participant.name);
            }
        }
        let sentences = waits.into_iter().map(|(what, names)| {
            let verb = if names.len() == 1 { "waits" } else { "wait" };
            format!("{} {verb} for {what}", names.join(", "))
        });
        sentences.collect::<Vec<_>>().join("; ")
    }
}

/// Each holds what the one before it waits for.
fn describe_cycle(links: &[(&Arc<Participant>, &'static str)]) -> String {
    let before = links.iter().cycle().skip(links.len() - 1);
    let sentences = links.iter().zip(before).map(|((participant, wanted), (_, held))| {
        format!("{} holds {held} and waits for {wanted}", participant.name)
    });
    sentences.collect::<Vec<_>>().join("; ")
}

impl Participants {
    pub fn of(specs: &[ThreadSpec], run_stop: &Stop) -> Self {
        let acquisitions = Arc::new(AtomicU64::new(0));
        let threads = specs.iter().map(|spec| {
            Arc::new(Participant {
                name: spec.name.clone(),
                acquisitions: Arc::clone(&acquisitions),
                run_stop: run_stop.clone(),
                ..Participant::default()
            })
        });
        Self { threads: threads.collect() }
    }

    pub fn results(&self, stuck: Option<Stuck>) -> ThreadResults {
        let mut results = ThreadResults::default();
        let mut order = Vec::new();
        for participant in &self.threads {
            let mut timings = participant.timings.lock();
            results.waits_ns.append(&mut timings.waits_ns);
            results.holds_ns.append(&mut timings.holds_ns);
            order.extend(timings.order.iter().map(|at| (*at, participant.name.clone())));
            match *participant.ended.lock() {
                None | Some(Ok(()) | Err(Refusal::Stopped)) => {}
                Some(Err(refusal)) => results.refused.push((participant.name.clone(), refusal)),
            }
        }
        order.sort();
        results.order = order.into_iter().map(|(_, name)| name).collect();
        if let Some(stuck) = stuck {
            results.stuck = Some(stuck.waits);
            results.cycle = stuck.cycle;
        }
        results
    }
}
