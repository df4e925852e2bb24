//! The threads of a run as their events show them: what each waits for now, how long its
//! waits and holds lasted, and in which order the tool was acquired.
//!
//! The bodies of a run know nothing of this. Their primitives emit through a sink of this
//! module, which takes its figures from the events and passes them on to the lane. At full
//! speed that is a sample: the kit emits the first operations of each thread and then one
//! in many.
//!
//! ```text
//! primitive ── event ──▶ MeasuringSink ── note: waits, holds, order ──▶ Participant
//!                             └── unchanged ──▶ the thread's lane ──▶ recorder
//! driver thread ── names, waiting_for, figures ──▶ Participants
//! ```

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use super::outcome::{MAX_ORDER, MAX_TIMES};
use crate::kit::clock::whole_ns;
use crate::kit::event::{LaneEvent, LaneId, ResourceId, ResourceKind};
use crate::kit::recorder::EventSink;

/// All threads of a run, in the order of their plan. Read by the driver thread while they run.
#[derive(Debug, Default)]
pub struct Participants {
    pub threads: Vec<Arc<Participant>>,
}

/// One thread of a run. Its own sink writes to it, and the driver thread reads it.
#[derive(Debug, Default)]
pub struct Participant {
    pub name: String,
    /// What all threads of the run share.
    common: Arc<Common>,
    state: Mutex<ThreadState>,
}

#[derive(Debug, Default)]
struct Common {
    acquisitions: AtomicUsize,
    /// Each thing is registered once, by whichever thread comes to it first.
    resources: Mutex<HashMap<ResourceId, String>>,
}

#[derive(Debug, Default)]
struct ThreadState {
    lane: Option<LaneId>,
    ended: bool,
    /// What it waits for, and since when: one thing at most. Reported again when the holder
    /// changes, which does not begin the wait again.
    waiting: Option<(ResourceId, Instant)>,
    /// What it holds and since when, the last one last, so that the release of a re-entrant lock
    /// ends its latest hold. An entry for each time it was taken.
    held: Vec<(ResourceId, Instant)>,
    waits_ns: Vec<u64>,
    holds_ns: Vec<u64>,
    /// The places of its acquisitions among those of all threads, from 0.
    order: Vec<usize>,
}

/// The figures of a run whose threads have ended: [`Participants::figures`] moves them out.
#[derive(Debug, Default)]
pub struct Figures {
    pub order: Vec<String>,
    pub waits_ns: Vec<u64>,
    pub holds_ns: Vec<u64>,
}

impl Participants {
    pub fn of(names: impl Iterator<Item = String>) -> Self {
        let common = Arc::<Common>::default();
        let threads = names.map(|name| {
            Arc::new(Participant { name, common: Arc::clone(&common), ..Participant::default() })
        });
        Self { threads: threads.collect() }
    }

    /// The name of the thread of a lane; `none` without one, or for a lane of no thread of the
    /// run.
    pub fn name(&self, lane: Option<LaneId>) -> Option<String> {
        let of = |thread: &&Arc<Participant>| thread.state.lock().lane == lane;
        let thread = lane.and_then(|_| self.threads.iter().find(of));
        thread.map(|thread| thread.name.clone())
    }

    pub fn names(&self, lanes: &[LaneId]) -> Vec<String> {
        lanes.iter().filter_map(|lane| self.name(Some(*lane))).collect()
    }

    /// The names of the threads that wait for the thing of that name, in the order of the plan:
    /// their events do not show in which order they came.
    pub fn waiting_for(&self, what: &str) -> Vec<String> {
        let waiting = self.threads.iter().filter(|thread| thread.waits_for(what));
        waiting.map(|thread| thread.name.clone()).collect()
    }

    /// How many threads have ended, in whatever way: returned, stopped or panicked.
    pub fn ended(&self) -> usize {
        self.threads.iter().filter(|thread| thread.state.lock().ended).count()
    }

    pub fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        let mut order = Vec::new();
        for thread in &self.threads {
            let mut state = thread.state.lock();
            figures.waits_ns.append(&mut state.waits_ns);
            figures.holds_ns.append(&mut state.holds_ns);
            order.extend(state.order.iter().map(|at| (*at, thread.name.clone())));
        }
        order.sort();
        figures.order = order.into_iter().map(|(_, name)| name).collect();
        figures
    }
}

impl Participant {
    /// Records that the thread's body is over, in whatever way. It waits for nothing from then
    /// on.
    pub fn end(&self) {
        self.state.lock().ended = true;
    }

    fn waits_for(&self, what: &str) -> bool {
        let state = self.state.lock();
        let resources = self.common.resources.lock();
        let name = state.waiting.and_then(|(resource, _)| resources.get(&resource));
        !state.ended && name.is_some_and(|name| name == what)
    }

    fn note(&self, event: &LaneEvent) {
        let now = Instant::now();
        let mut state = self.state.lock();
        match *event {
            LaneEvent::Waiting { resource, .. } => {
                // Reported again when the holder changes.
                let since = state.waiting.filter(|(known, _)| *known == resource);
                state.waiting = since.or(Some((resource, now)));
            }
            LaneEvent::Acquired { resource, .. } => {
                self.acquired(&mut state, now);
                state.held.push((resource, now));
            }
            LaneEvent::Received { .. } => self.acquired(&mut state, now),
            LaneEvent::Released { resource, .. } => {
                let held = state.held.iter().rposition(|(known, _)| *known == resource);
                if let Some(at) = held {
                    let (_, since) = state.held.remove(at);
                    keep(&mut state.holds_ns, nanos(since, now));
                }
            }
            // The end of a wait for something that is not acquired: a barrier, a condition.
            LaneEvent::Running => {
                if let Some((_, since)) = state.waiting.take() {
                    keep(&mut state.waits_ns, nanos(since, now));
                }
            }
            LaneEvent::GaveUp { .. } => state.waiting = None,
            _ => {}
        }
    }

    fn acquired(&self, state: &mut ThreadState, now: Instant) {
        let waited = state.waiting.take().map_or(0, |(_, since)| nanos(since, now));
        keep(&mut state.waits_ns, waited);
        let at = self.common.acquisitions.fetch_add(1, Ordering::Relaxed);
        if at < MAX_ORDER {
            state.order.push(at);
        }
    }
}

fn keep(times: &mut Vec<u64>, nanos: u64) {
    if times.len() < MAX_TIMES {
        times.push(nanos);
    }
}

fn nanos(since: Instant, now: Instant) -> u64 {
    whole_ns(now.duration_since(since))
}

/// Stands between the primitives of a thread and its lane: takes the thread's figures from the
/// events and passes them on unchanged.
pub struct MeasuringSink {
    thread: Arc<Participant>,
    lane: Rc<dyn EventSink>,
}

impl MeasuringSink {
    /// A sink for the calling thread, in front of its `lane`. Made on the thread itself, since
    /// lanes do not travel.
    pub fn new(thread: &Arc<Participant>, lane: Rc<dyn EventSink>) -> Self {
        thread.state.lock().lane = Some(lane.id());
        Self { thread: Arc::clone(thread), lane }
    }
}

impl EventSink for MeasuringSink {
    fn id(&self) -> LaneId {
        self.lane.id()
    }

    fn emit(&self, what: LaneEvent) {
        self.thread.note(&what);
        self.lane.emit(what);
    }

    fn emit_reliable(&self, what: LaneEvent) {
        self.thread.note(&what);
        self.lane.emit_reliable(what);
    }

    fn flush(&self) {
        self.lane.flush();
    }

    fn resource(&self, name: &str, kind: ResourceKind) -> ResourceId {
        let resource = self.lane.resource(name, kind);
        self.thread.common.resources.lock().insert(resource, name.to_owned());
        resource
    }
}
