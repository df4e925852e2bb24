//! The probe: how lanes tell what they do without being disturbed.
//!
//! Each lane gathers its events in a buffer of its own and hands whole batches to
//! a bounded channel that never blocks: a batch that finds the channel full is
//! dropped and counted. `must` is for the rare events that may not be lost
//! (started, defined, ended, audits): they travel on a second channel without a
//! bound. The reader pulls, at most as many as it asks for.
//!
//! Must not know what is observed, nor who looks.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, Sender, bounded, unbounded};

use super::clock::Clock;
use super::event::{Ending, LaneEvent, LaneId, LaneKind, ResourceId, ResourceKind, Stamped, What};

/// Events gathered before a lane hands them over. A lane that is about to wait
/// or sleep hands over what it has, so a batch is never older than its lane's
/// last rest.
const BATCH: usize = 64;
/// Batches that may stand in the channel: what one frame's neglect may cost in memory.
const BATCHES: usize = 1024;

type Batch<F> = Vec<Stamped<F>>;

/// Makes a probe for one run, and the intake that its reader drains.
pub fn probe<F: Send + 'static>() -> (Probe<F>, Intake<F>) {
    let (batches, batches_out) = bounded(BATCHES);
    let (musts, musts_out) = unbounded();
    let shared = Arc::new(Shared {
        batches,
        musts,
        clock: Clock::start(),
        dropped: AtomicU64::new(0),
        lanes: AtomicU32::new(0),
        resources: AtomicU32::new(0),
    });
    let intake = Intake {
        batches: batches_out,
        musts: musts_out,
        ready: VecDeque::new(),
        shared: Arc::clone(&shared),
    };
    (Probe { shared }, intake)
}

struct Shared<F> {
    batches: Sender<Batch<F>>,
    musts: Sender<Stamped<F>>,
    clock: Clock,
    dropped: AtomicU64,
    lanes: AtomicU32,
    resources: AtomicU32,
}

/// The sending side of a run's events; clones share clock and counters.
pub struct Probe<F> {
    shared: Arc<Shared<F>>,
}

impl<F> Clone for Probe<F> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<F> fmt::Debug for Probe<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").finish_non_exhaustive()
    }
}

impl<F: Send + 'static> Probe<F> {
    /// The run's clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Opens a lane for the calling thread, and says so.
    pub fn lane(&self, name: &str) -> Lane<F> {
        let os_tid = rustix::thread::gettid()
            .as_raw_nonzero()
            .get()
            .unsigned_abs();
        self.lane_of(name, LaneKind::Thread { os_tid })
    }

    /// Opens a lane that the calling thread speaks for (a process, say).
    pub fn lane_of(&self, name: &str, kind: LaneKind) -> Lane<F> {
        let id = LaneId(self.shared.lanes.fetch_add(1, Ordering::Relaxed));
        let lane = Lane {
            id,
            probe: self.clone(),
            buffer: RefCell::new(Vec::with_capacity(BATCH)),
            ended: Cell::new(false),
        };
        lane.must(LaneEvent::Started {
            name: name.into(),
            kind,
        });
        lane
    }

    /// Registers something that lanes share. `by` is the lane that says so.
    pub fn resource(&self, by: LaneId, name: &str, kind: ResourceKind) -> ResourceId {
        let resource = ResourceId(self.shared.resources.fetch_add(1, Ordering::Relaxed));
        self.must(
            by,
            What::Lane(LaneEvent::Defined {
                resource,
                name: name.into(),
                kind,
            }),
        );
        resource
    }

    /// Sends an event that may not be lost, in the name of `lane`. Rare events only.
    pub fn must(&self, lane: LaneId, what: What<F>) {
        let stamped = Stamped {
            at: self.shared.clock.now(),
            lane,
            what,
        };
        // A reader that is gone wants nothing more.
        let _ = self.shared.musts.send(stamped);
    }

    /// Passes on what others noted in their own time: processes, in shared memory. Never
    /// blocks. `lost` are those that they had no room for.
    pub fn relay(&self, events: Vec<Stamped<F>>, lost: u64) {
        let count = events.len() as u64;
        let refused = !events.is_empty() && self.shared.batches.try_send(events).is_err();
        let lost = lost + if refused { count } else { 0 };
        self.shared.dropped.fetch_add(lost, Ordering::Relaxed);
    }

    /// Events dropped so far because the reader was behind.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

/// One lane's voice. Belongs to one thread; dropping it hands over what is left.
pub struct Lane<F: Send + 'static> {
    id: LaneId,
    probe: Probe<F>,
    buffer: RefCell<Batch<F>>,
    ended: Cell<bool>,
}

impl<F: Send + 'static> Lane<F> {
    pub fn id(&self) -> LaneId {
        self.id
    }

    pub fn probe(&self) -> &Probe<F> {
        &self.probe
    }

    /// Stamps and keeps an event; hands the batch over when it is full. Never blocks.
    #[inline]
    pub fn emit(&self, what: LaneEvent) {
        self.push(What::Lane(what));
    }

    /// The same for a fact of the lab's own.
    #[inline]
    pub fn fact(&self, fact: F) {
        self.push(What::Fact(fact));
    }

    /// An event that may not be lost. What the lane gathered goes before it.
    pub fn must(&self, what: LaneEvent) {
        self.flush();
        self.probe.must(self.id, What::Lane(what));
    }

    /// A fact that may not be lost.
    pub fn must_fact(&self, fact: F) {
        self.flush();
        self.probe.must(self.id, What::Fact(fact));
    }

    /// Says how this lane ended; a second call says nothing.
    pub fn end(&self, ending: Ending) {
        if !self.ended.replace(true) {
            self.must(LaneEvent::Ended(ending));
        }
    }

    /// Hands over what was gathered: before a wait, and at a pace that eyes follow.
    pub fn flush(&self) {
        let mut buffer = self.buffer.borrow_mut();
        if !buffer.is_empty() {
            self.hand_over(&mut buffer);
        }
    }

    #[inline]
    fn push(&self, what: What<F>) {
        let at = self.probe.shared.clock.now();
        let mut buffer = self.buffer.borrow_mut();
        buffer.push(Stamped {
            at,
            lane: self.id,
            what,
        });
        if buffer.len() >= BATCH {
            self.hand_over(&mut buffer);
        }
    }

    #[cold]
    fn hand_over(&self, buffer: &mut Batch<F>) {
        let shared = &self.probe.shared;
        let mut lost = buffer.len();
        if shared.batches.is_full() {
            // Nothing new is needed to gather in.
            buffer.clear();
        } else {
            let batch = std::mem::replace(buffer, Vec::with_capacity(BATCH));
            let refused = shared.batches.try_send(batch).err();
            lost = refused.map_or(0, |refused| refused.into_inner().len());
        }
        shared.dropped.fetch_add(lost as u64, Ordering::Relaxed);
    }
}

impl<F: Send + 'static> Drop for Lane<F> {
    fn drop(&mut self) {
        self.flush();
    }
}

impl<F: Send + 'static> fmt::Debug for Lane<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What the kit's own primitives need of a lane, whatever the lab's facts are.
pub trait Voice {
    fn id(&self) -> LaneId;
    fn emit(&self, what: LaneEvent);
    fn must(&self, what: LaneEvent);
    fn flush(&self);
    fn resource(&self, name: &str, kind: ResourceKind) -> ResourceId;
}

impl<F: Send + 'static> Voice for Lane<F> {
    fn id(&self) -> LaneId {
        self.id
    }
    fn emit(&self, what: LaneEvent) {
        Lane::emit(self, what);
    }
    fn must(&self, what: LaneEvent) {
        Lane::must(self, what);
    }
    fn flush(&self) {
        Lane::flush(self);
    }
    fn resource(&self, name: &str, kind: ResourceKind) -> ResourceId {
        self.probe.resource(self.id, name, kind)
    }
}

thread_local! {
    static VOICE: RefCell<Option<Rc<dyn Voice>>> = const { RefCell::new(None) };
}

/// Lets the kit's primitives on this thread speak through `voice` until the guard drops.
pub fn speak_through(voice: Rc<dyn Voice>) -> Speaking {
    let before = VOICE.with(|slot| slot.replace(Some(voice)));
    Speaking { before }
}

/// Calls `with` with this thread's voice, if it has one.
pub fn with_voice<T>(with: impl FnOnce(&dyn Voice) -> T) -> Option<T> {
    VOICE.with(|slot| slot.borrow().as_ref().map(|voice| with(voice.as_ref())))
}

/// Does `work` without this thread's voice: what is no part of the experiment.
pub fn in_silence<T>(work: impl FnOnce() -> T) -> T {
    let before = VOICE.with(RefCell::take);
    let _speaking = Speaking { before };
    work()
}

/// Keeps a thread's voice in place; see [`speak_through`].
pub struct Speaking {
    before: Option<Rc<dyn Voice>>,
}

impl fmt::Debug for Speaking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Speaking").finish_non_exhaustive()
    }
}

impl Drop for Speaking {
    fn drop(&mut self) {
        let before = self.before.take();
        VOICE.with(|slot| slot.replace(before));
    }
}

/// The reading side of a run's events.
pub struct Intake<F> {
    batches: Receiver<Batch<F>>,
    musts: Receiver<Stamped<F>>,
    ready: VecDeque<Stamped<F>>,
    shared: Arc<Shared<F>>,
}

impl<F> fmt::Debug for Intake<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake")
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}

impl<F: Send + 'static> Intake<F> {
    /// Gives at most `max` events to `take`, oldest first among those at hand,
    /// and tells how many it gave. Never blocks.
    pub fn drain(&mut self, max: usize, mut take: impl FnMut(Stamped<F>)) -> usize {
        if self.ready.is_empty() {
            self.gather(max);
        }
        let count = max.min(self.ready.len());
        self.ready.drain(..count).for_each(&mut take);
        count
    }

    /// Events dropped so far because this side was behind.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Waits until there is something to drain, at most for `limit`.
    pub fn wait(&self, limit: Duration) {
        if self.ready.is_empty() {
            let mut select = Select::new();
            self.watch(&mut select);
            let _ = select.ready_timeout(limit);
        }
    }

    /// Has `select` wake up when there is something to drain.
    pub fn watch<'a>(&'a self, select: &mut Select<'a>) {
        select.recv(&self.musts);
        select.recv(&self.batches);
    }

    /// The events that may not be lost are taken first: whatever their lanes
    /// gathered before them was handed over before them, so the second step finds
    /// it. Both steps are bounded, so a fast lab cannot keep the reader here.
    fn gather(&mut self, enough: usize) {
        let mut gathered: Vec<_> = self.musts.try_iter().take(enough.max(BATCH)).collect();
        gathered.extend(self.batches.try_iter().take(BATCHES).flatten());
        gathered.sort_by_key(|event| event.at);
        self.ready.extend(gathered);
    }
}

#[cfg(test)]
mod tests;
