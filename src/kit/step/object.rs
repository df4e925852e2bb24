//! Identity of a shared thing: its name, its kind, and the numbers by which a run's events
//! and an explorer's model state refer to it.
//!
//! Each primitive of the kit holds one [`Object`]. The two numbers are given lazily,
//! because a thing that no one observes should cost nothing but its name.

use std::cell::RefCell;
use std::fmt;
use std::sync::OnceLock;

use serde::Serialize;

use crate::kit::event::{ResourceId, ResourceKind};
use crate::kit::model::State;
use crate::kit::recorder::EventSink;

/// What a shared thing is called: `length`, or `slot[3]`. `Copy`, so that naming the
/// thousands of slots of a list allocates nothing; it becomes text where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    base: &'static str,
    index: Option<u32>,
}

impl From<&'static str> for Name {
    fn from(base: &'static str) -> Self {
        Self { base, index: None }
    }
}

impl From<(&'static str, u32)> for Name {
    fn from((base, index): (&'static str, u32)) -> Self {
        Self { base, index: Some(index) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "{}[{index}]", self.base),
            None => f.write_str(self.base),
        }
    }
}

/// Number of an object in a model state. Dense, from 0, in the order in which the state met
/// the objects; it indexes `ModelState`'s table. Unrelated to [`ResourceId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ObjectId(pub u16);

/// The identity of one shared thing. Both numbers are set once and never change, which is
/// why an object belongs to one run: a lab makes new things for each run, and the explorer
/// for each schedule.
#[derive(Debug)]
pub struct Object {
    name: Name,
    kind: ResourceKind,
    /// Its number in the events of the run, once registered.
    resource: OnceLock<ResourceId>,
    model_id: OnceLock<ObjectId>,
}

impl Object {
    /// An object that only events refer to, and that a live run's model meets when a thread
    /// announces an operation on it.
    pub(crate) fn new(name: impl Into<Name>, kind: ResourceKind) -> Self {
        Self { name: name.into(), kind, resource: OnceLock::new(), model_id: OnceLock::new() }
    }

    /// The same for a thing whose `state` an explorer can model. If the calling thread is
    /// inside [`list_objects`], the object is entered in its list and gets its number at
    /// once; elsewhere `state` is not called.
    pub(crate) fn modelled(
        name: impl Into<Name>,
        kind: ResourceKind,
        state: impl FnOnce() -> State,
    ) -> Self {
        let object = Self::new(name, kind);
        LISTED.with_borrow_mut(|listed| {
            if let Some(listed) = listed {
                // A model state of more than 65,536 objects is more than any search can cover.
                let id = ObjectId(u16::try_from(listed.len()).unwrap_or(u16::MAX));
                listed.push((object.name, state()));
                let _ = object.model_id.set(id);
            }
        });
        object
    }

    pub fn name(&self) -> Name {
        self.name
    }

    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// The number that events use. The first call registers the thing with `sink`, so its
    /// definition is emitted before any event that refers to it. Other threads wait
    /// meanwhile.
    pub(crate) fn resource(&self, sink: &dyn EventSink) -> ResourceId {
        *self.resource.get_or_init(|| sink.resource(&self.name.to_string(), self.kind))
    }

    pub(crate) fn model_id(&self) -> Option<ObjectId> {
        self.model_id.get().copied()
    }

    /// The same; the first call gives it the number that `assign` returns.
    pub(crate) fn model_id_or(&self, assign: impl FnOnce() -> ObjectId) -> ObjectId {
        *self.model_id.get_or_init(assign)
    }
}

thread_local! {
    /// The list of the [`list_objects`] call that the thread is in, if it is in one.
    static LISTED: RefCell<Option<Vec<(Name, State)>>> = const { RefCell::new(None) };
}

/// Runs `instantiate` and returns beside its result the name and the first state of each
/// object that it made, in the order of their [`ObjectId`]s. A thread-local collects them,
/// so that a program is written with the ordinary constructors and need not list its
/// things. Only what the calling thread makes is found.
pub(crate) fn list_objects<T>(instantiate: impl FnOnce() -> T) -> (T, Vec<(Name, State)>) {
    // A call inside another one keeps its own list.
    let before = LISTED.replace(Some(Vec::new()));
    let made = instantiate();
    let list = LISTED.replace(before).unwrap_or_default();
    (made, list)
}
