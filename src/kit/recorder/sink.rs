//! How a thread's primitives emit events: through the lane that the thread has entered.
//!
//! A primitive of the kit does not know the type of the lab's facts, so it sees a lane as
//! an [`EventSink`]. The sink is found in a thread-local: primitives need no parameter for
//! it, and a thread without a sink emits nothing.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::Lane;
use crate::kit::event::{LaneEvent, LaneId, ResourceId, ResourceKind};

/// What the kit's own primitives need of a lane, whatever the lab's facts are. The methods
/// are those of [`Lane`].
pub trait EventSink {
    fn id(&self) -> LaneId;
    fn emit(&self, what: LaneEvent);
    fn emit_reliable(&self, what: LaneEvent);
    fn flush(&self);
    fn resource(&self, name: &str, kind: ResourceKind) -> ResourceId;
}

impl<F: Send + 'static> EventSink for Lane<F> {
    fn id(&self) -> LaneId {
        self.id
    }
    fn emit(&self, what: LaneEvent) {
        Lane::emit(self, what);
    }
    fn emit_reliable(&self, what: LaneEvent) {
        Lane::emit_reliable(self, what);
    }
    fn flush(&self) {
        Lane::flush(self);
    }
    fn resource(&self, name: &str, kind: ResourceKind) -> ResourceId {
        Lane::resource(self, name, kind)
    }
}

thread_local! {
    /// The sink of this thread. Borrowed shared while [`with_sink`] calls its closure,
    /// which may call it again, but must not change the sink.
    static SINK: RefCell<Option<Rc<dyn EventSink>>> = const { RefCell::new(None) };
}

/// Lets the kit's primitives on this thread emit through `sink` until the guard drops.
/// Guards nest: the sink before is restored.
pub fn set_sink(sink: Rc<dyn EventSink>) -> SinkGuard {
    let before = SINK.try_with(|slot| slot.replace(Some(sink))).ok().flatten();
    SinkGuard { before }
}

/// The sink of this thread, for a caller that sets one of its own which passes events on to it.
pub fn current_sink() -> Option<Rc<dyn EventSink>> {
    SINK.try_with(|slot| slot.borrow().clone()).ok().flatten()
}

/// Calls `with` with this thread's sink; `None` if it has none, or none any more: a destructor of
/// another thread-local may release a lock. `with` must not set a sink.
pub fn with_sink<T>(with: impl FnOnce(&dyn EventSink) -> T) -> Option<T> {
    let with = |slot: &RefCell<Option<Rc<dyn EventSink>>>| {
        slot.borrow().as_ref().map(|sink| with(sink.as_ref()))
    };
    SINK.try_with(with).ok().flatten()
}

/// Does `work` without this thread's sink: for what is no part of the experiment and would
/// appear in its lanes.
pub fn without_sink<T>(work: impl FnOnce() -> T) -> T {
    let before = SINK.try_with(RefCell::take).ok().flatten();
    let _restore = SinkGuard { before };
    work()
}

/// Keeps a thread's sink in place; see [`set_sink`]. Not `Send`, because the sink before is
/// the thread's own.
pub struct SinkGuard {
    before: Option<Rc<dyn EventSink>>,
}

impl fmt::Debug for SinkGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkGuard").finish_non_exhaustive()
    }
}

impl Drop for SinkGuard {
    fn drop(&mut self) {
        // Taken out first: dropping the old sink sends its last batch, and need not happen
        // while the thread-local is borrowed.
        let before = self.before.take();
        let _ = SINK.try_with(|slot| slot.replace(before));
    }
}
