//! How a thread's primitives emit events: through the lane that the thread has entered.
//!
//! Must not know what the lab's facts are.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::Lane;
use crate::kit::event::{LaneEvent, LaneId, ResourceId, ResourceKind};

/// What the kit's own primitives need of a lane, whatever the lab's facts are.
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
    static SINK: RefCell<Option<Rc<dyn EventSink>>> = const { RefCell::new(None) };
}

/// Lets the kit's primitives on this thread speak through `sink` until the guard drops.
pub fn set_sink(sink: Rc<dyn EventSink>) -> SinkGuard {
    let before = SINK.with(|slot| slot.replace(Some(sink)));
    SinkGuard { before }
}

/// Calls `with` with this thread's sink, if it has one.
pub fn with_sink<T>(with: impl FnOnce(&dyn EventSink) -> T) -> Option<T> {
    SINK.with(|slot| slot.borrow().as_ref().map(|sink| with(sink.as_ref())))
}

/// Does `work` without this thread's sink: what is no part of the experiment.
pub fn without_sink<T>(work: impl FnOnce() -> T) -> T {
    let before = SINK.with(RefCell::take);
    let _speaking = SinkGuard { before };
    work()
}

/// Keeps a thread's sink in place; see [`set_sink`].
pub struct SinkGuard {
    before: Option<Rc<dyn EventSink>>,
}

impl fmt::Debug for SinkGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Speaking").finish_non_exhaustive()
    }
}

impl Drop for SinkGuard {
    fn drop(&mut self) {
        let before = self.before.take();
        SINK.with(|slot| slot.replace(before));
    }
}
