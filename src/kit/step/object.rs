//! What every shared thing of the kit carries: a name, a kind, and the numbers by
//! which a run's events and an explorer's model state refer to it.
//!
//! Must not know what the thing does.

use std::cell::RefCell;
use std::fmt;
use std::sync::OnceLock;

use serde::Serialize;

use crate::kit::event::{ResourceId, ResourceKind};
use crate::kit::model::State;
use crate::kit::recorder::EventSink;

/// What a shared thing is called: `length`, or `slot[3]`. Costs no allocation.
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

/// One object of a model state. Dense, from 0, in the order in which the state met them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ObjectId(pub u16);

/// The identity of one shared thing.
#[derive(Debug)]
pub struct Object {
    name: Name,
    kind: ResourceKind,
    resource: OnceLock<ResourceId>,
    model_id: OnceLock<ObjectId>,
}

impl Object {
    pub(crate) fn new(name: impl Into<Name>, kind: ResourceKind) -> Self {
        Self { name: name.into(), kind, resource: OnceLock::new(), model_id: OnceLock::new() }
    }

    /// The same for a thing whose `state` an explorer can model: while a program is
    /// laid out, it is entered in the program's list.
    pub(crate) fn modelled(
        name: impl Into<Name>,
        kind: ResourceKind,
        state: impl FnOnce() -> State,
    ) -> Self {
        let object = Self::new(name, kind);
        LAYOUT.with_borrow_mut(|layout| {
            if let Some(layout) = layout {
                // A model state of more than 65,536 objects is more than any search can cover.
                let id = ObjectId(u16::try_from(layout.len()).unwrap_or(u16::MAX));
                layout.push((object.name, state()));
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

    /// The number that events use; the first to ask registers the thing.
    pub(crate) fn resource(&self, sink: &dyn EventSink) -> ResourceId {
        *self.resource.get_or_init(|| sink.resource(&self.name.to_string(), self.kind))
    }

    /// Its number in the model state, if it has one.
    pub(crate) fn model_id(&self) -> Option<ObjectId> {
        self.model_id.get().copied()
    }

    /// The same; the first to ask gives it one.
    pub(crate) fn model_id_or(&self, place: impl FnOnce() -> ObjectId) -> ObjectId {
        *self.model_id.get_or_init(place)
    }
}

thread_local! {
    static LAYOUT: RefCell<Option<Vec<(Name, State)>>> = const { RefCell::new(None) };
}

/// Runs `instantiate` and gives beside its result the name and the first state of each
/// thing that it made, in the order of making, which is that of their [`ObjectId`]s.
pub(crate) fn list_objects<T>(instantiate: impl FnOnce() -> T) -> (T, Vec<(Name, State)>) {
    let before = LAYOUT.replace(Some(Vec::new()));
    let made = instantiate();
    let list = LAYOUT.replace(before).unwrap_or_default();
    (made, list)
}
