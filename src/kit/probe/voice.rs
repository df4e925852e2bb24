//! How a thread's primitives emit events: through the lane that the thread has entered.
//!
//! Must not know what the lab's facts are.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::Lane;
use crate::kit::event::{LaneEvent, LaneId, ResourceId, ResourceKind};

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
        Lane::resource(self, name, kind)
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
