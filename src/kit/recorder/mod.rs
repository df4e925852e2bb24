//! The recorder: how lanes emit events with little disturbance of what they measure.
//!
//! ```text
//!    thread ──emit──▶ Lane: buffer ──batch──▶ ┌─────────┐
//!    thread ──emit──▶ Lane: buffer ──batch──▶ │ channel │ ──drain(max)──▶ EventReader ──▶ run
//!         └─emit_reliable──(flush first)────▶ │  FIFO   │      sorts by time
//!                                             └─────────┘
//! ```
//!
//! Each lane gathers its events in a buffer of its own and sends whole batches to a channel
//! that never blocks: a batch that finds too many events in the channel is dropped and
//! counted. `emit_reliable` is for the rare events that may not be lost (started, defined,
//! ended, audits): they are sent however many there are. The reader pulls, at most as many
//! as it asks for.
//!
//! # Order
//!
//! Batches and reliable events share one channel, which is first in, first out. An event
//! that follows from another one (a wait for a lock from the definition of the lock, an end
//! from all that its lane did) is sent after it, so whatever part of the channel the reader
//! takes holds no consequence without its cause. Two rules of the sender make this so: a
//! lane sends what it has gathered before it sends a reliable event, and before it lets
//! another thread begin a task that it has queued.
//!
//! The reader sorts what it takes by time, but moves nothing before an event that
//! introduces something and was sent earlier; see [`LaneEvent::introduces`].
//!
//! # Memory and lock orders
//!
//! A lane belongs to one thread and its buffer needs no synchronisation. Between threads,
//! events travel through the channel alone, which orders what was written before a send
//! before what is read after the receive. The counters beside it (`in_channel`, `dropped`,
//! the numbers of lanes and resources) publish no other data, so all of them are relaxed: a
//! read-modify-write of one atomic is never lost or doubled, whatever its order.
//!
//! There is no lock here that user code could meet. The channel's own locks are leaves:
//! they are taken under any lock of the kit, since a primitive may emit while it holds its
//! mutex, and nothing is called under them.

mod reader;
mod sink;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crossbeam_channel::{Sender, unbounded};

pub use reader::EventReader;
pub use sink::{EventSink, SinkGuard, current_sink, set_sink, with_sink, without_sink};

use super::clock::Clock;
use super::event::{Ending, LaneEvent, LaneId, LaneKind, ResourceId, ResourceKind, Stamped, What};

/// Events that a lane gathers before it sends them: the cost of the channel is spread over
/// them. A lane that is about to wait or sleep sends what it has, so a batch is never older
/// than its lane's last wait.
const BATCH: usize = 64;
/// Events of batches that may stand in the channel: the bound of the memory that a reader
/// which draws too slowly can cost.
const CAPACITY: usize = 64 * 1024;

type Batch<F> = Vec<Stamped<F>>;

/// What travels at once. Batches are counted against [`CAPACITY`]; reliable events are not,
/// as they are few, and must arrive also when the channel is full.
enum Parcel<F> {
    Batch(Batch<F>),
    Reliable(Stamped<F>),
}

/// Makes a recorder for one run, and the reader that is drained. The run's clock starts
/// now.
pub fn recorder<F: Send + 'static>() -> (Recorder<F>, EventReader<F>) {
    let (parcels, parcels_out) = unbounded();
    let shared = Arc::new(RecorderShared {
        parcels,
        in_channel: AtomicUsize::new(0),
        clock: Clock::start(),
        dropped: AtomicU64::new(0),
        lanes: AtomicU32::new(0),
        resources: AtomicU32::new(0),
    });
    let reader = EventReader::new(parcels_out, Arc::clone(&shared));
    (Recorder { shared }, reader)
}

/// What all lanes of a run, its recorder and its reader share.
struct RecorderShared<F> {
    parcels: Sender<Parcel<F>>,
    /// Events of batches in the channel, and of those that are just being refused. Kept
    /// here because the channel knows its parcels, not their events.
    in_channel: AtomicUsize,
    clock: Clock,
    /// Events lost so far: refused batches, and losses reported by processes.
    dropped: AtomicU64,
    /// Number of lanes opened; the next lane's id.
    lanes: AtomicU32,
    /// Number of resources registered; the next one's id.
    resources: AtomicU32,
}

impl<F> RecorderShared<F> {
    /// Sends a batch, or drops and counts it. Never blocks.
    ///
    /// The batch is made only if there is room, as making it may allocate. Adding before
    /// comparing means that the count may be too high for a moment, never too low: at worst
    /// a batch is dropped that had just found room, but the bound holds with any number of
    /// senders.
    fn send(&self, batch: impl FnOnce() -> Batch<F>, count: usize) {
        let before = self.in_channel.fetch_add(count, Ordering::Relaxed);
        if before + count <= CAPACITY {
            // A reader that is gone wants nothing more.
            let _ = self.parcels.send(Parcel::Batch(batch()));
        } else {
            self.in_channel.fetch_sub(count, Ordering::Relaxed);
            self.dropped.fetch_add(count as u64, Ordering::Relaxed);
        }
    }
}

/// The sending side of a run's events: opens lanes, and passes on what has no lane here.
/// Clones share clock and counters.
pub struct Recorder<F> {
    shared: Arc<RecorderShared<F>>,
}

impl<F> Clone for Recorder<F> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<F> fmt::Debug for Recorder<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl<F: Send + 'static> Recorder<F> {
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Opens a lane for the calling thread, and records its start with the kernel's thread
    /// id.
    pub fn lane(&self, name: &str) -> Lane<F> {
        let os_tid = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
        self.lane_of(name, LaneKind::Thread { os_tid })
    }

    /// Opens a lane that the calling thread emits for: its own, or that of a process.
    pub fn lane_of(&self, name: &str, kind: LaneKind) -> Lane<F> {
        Lane {
            id: self.lane_since(self.shared.clock.now(), name, kind),
            recorder: self.clone(),
            buffer: RefCell::new(Vec::with_capacity(BATCH)),
            ended: Cell::new(false),
        }
    }

    /// Opens a lane that began at this time, for which others stamp the events: see
    /// [`Recorder::forward`].
    pub fn lane_since(&self, at: u64, name: &str, kind: LaneKind) -> LaneId {
        let lane = LaneId(self.shared.lanes.fetch_add(1, Ordering::Relaxed));
        let what = What::Lane(LaneEvent::Started { name: name.into(), kind });
        self.forward_reliable(Stamped { at, lane, what });
        lane
    }

    /// Passes on an event that may not be lost, stamped by others.
    pub fn forward_reliable(&self, event: Stamped<F>) {
        // A reader that is gone wants nothing more.
        let _ = self.shared.parcels.send(Parcel::Reliable(event));
    }

    /// Sends an event that may not be lost, in the name of `lane`. For rare events, and
    /// none of a lane whose own thread can send it ([`Lane::emit_reliable`]): what that
    /// thread has gathered so far would be sent later, although it happened before.
    pub fn emit_reliable(&self, lane: LaneId, what: What<F>) {
        self.forward_reliable(Stamped { at: self.shared.clock.now(), lane, what });
    }

    /// Passes on what others stamped on their own: processes, in shared memory. Never
    /// blocks. `lost` is the number of events for which they had no room.
    pub fn forward(&self, events: Vec<Stamped<F>>, lost: u64) {
        let count = events.len();
        if count > 0 {
            self.shared.send(|| events, count);
        }
        self.shared.dropped.fetch_add(lost, Ordering::Relaxed);
    }

    /// Events dropped so far because the reader was behind. Shown beside whatever is made
    /// of the events, since figures from an incomplete record are not exact.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

/// One lane's recorder. Belongs to one thread; dropping it sends what is left.
pub struct Lane<F: Send + 'static> {
    id: LaneId,
    recorder: Recorder<F>,
    // Borrowed only inside the methods below, none of which calls user code, so it is never
    // borrowed twice.
    buffer: RefCell<Batch<F>>,
    // Whether the end was emitted, so that it is emitted once.
    ended: Cell<bool>,
}

impl<F: Send + 'static> Lane<F> {
    pub fn id(&self) -> LaneId {
        self.id
    }

    /// The recorder that opened this lane.
    pub fn recorder(&self) -> &Recorder<F> {
        &self.recorder
    }

    /// Stamps and keeps an event; sends the batch when it is full. Never blocks. May be
    /// lost with its batch if the reader is behind.
    #[inline]
    pub fn emit(&self, what: LaneEvent) {
        self.push(What::Lane(what));
    }

    #[inline]
    pub fn fact(&self, fact: F) {
        self.push(What::Fact(fact));
    }

    /// An event that may not be lost. What the lane gathered is sent before it, to keep the
    /// order of this lane; that part may still be lost.
    pub fn emit_reliable(&self, what: LaneEvent) {
        self.flush();
        self.recorder.emit_reliable(self.id, What::Lane(what));
    }

    /// The same for a fact of the lab's own.
    pub fn reliable_fact(&self, fact: F) {
        self.flush();
        self.recorder.emit_reliable(self.id, What::Fact(fact));
    }

    /// Emits how this lane ended; a second call does nothing. So a body may give a more
    /// exact ending than the thread group that emits one for every member.
    pub fn end(&self, ending: Ending) {
        if !self.ended.replace(true) {
            self.emit_reliable(LaneEvent::Ended(ending));
        }
    }

    /// Registers something that lanes share, and returns the number by which events refer
    /// to it. Called once for each thing, by the first lane that emits about it.
    pub fn resource(&self, name: &str, kind: ResourceKind) -> ResourceId {
        let resources = &self.recorder.shared.resources;
        let resource = ResourceId(resources.fetch_add(1, Ordering::Relaxed));
        self.emit_reliable(LaneEvent::Defined { resource, name: name.into(), kind });
        resource
    }

    /// Sends what was gathered: before a wait, and for each event of a paced run.
    pub fn flush(&self) {
        let mut buffer = self.buffer.borrow_mut();
        let count = buffer.len();
        if count > 0 {
            // A new vector of exactly this size is sent; the lane's buffer keeps its room.
            self.recorder.shared.send(|| buffer.drain(..).collect(), count);
            // A refused batch is not drained by `send`.
            buffer.clear();
        }
    }

    /// Stamps with the time of the call, not of the sending.
    #[inline]
    fn push(&self, what: What<F>) {
        let at = self.recorder.shared.clock.now();
        let mut buffer = self.buffer.borrow_mut();
        buffer.push(Stamped { at, lane: self.id, what });
        if buffer.len() >= BATCH {
            self.send_batch(&mut buffer);
        }
    }

    /// A full buffer is sent itself, without a copy, and a new one takes its place.
    #[cold]
    fn send_batch(&self, buffer: &mut Batch<F>) {
        let full = || std::mem::replace(buffer, Vec::with_capacity(BATCH));
        self.recorder.shared.send(full, BATCH);
        // If it was refused, nothing new is needed to gather in.
        buffer.clear();
    }
}

impl<F: Send + 'static> Drop for Lane<F> {
    fn drop(&mut self) {
        self.flush();
    }
}

impl<F: Send + 'static> fmt::Debug for Lane<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("id", &self.id).finish_non_exhaustive()
    }
}
