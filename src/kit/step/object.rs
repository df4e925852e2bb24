//! What every shared thing of the kit carries: a name, a kind, and the number by
//! which a run's events refer to it.
//!
//! Must not know what the thing does.

use std::fmt;
use std::sync::OnceLock;

use crate::kit::event::{ResourceId, ResourceKind};
use crate::kit::probe::Voice;

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
        Self {
            base,
            index: Some(index),
        }
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

/// The identity of one shared thing.
#[derive(Debug)]
pub struct Object {
    name: Name,
    kind: ResourceKind,
    resource: OnceLock<ResourceId>,
}

impl Object {
    pub(crate) fn new(name: impl Into<Name>, kind: ResourceKind) -> Self {
        Self {
            name: name.into(),
            kind,
            resource: OnceLock::new(),
        }
    }

    pub fn name(&self) -> Name {
        self.name
    }

    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// The number that events use; the first to ask registers the thing.
    pub(crate) fn resource(&self, voice: &dyn Voice) -> ResourceId {
        *self
            .resource
            .get_or_init(|| voice.resource(&self.name.to_string(), self.kind))
    }
}
