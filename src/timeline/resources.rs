//! What lanes share: names, kinds, and who holds what.
//!
//! Holders follow from events that may be late or missing. For a lock the rule is that there is
//! one holder: an acquisition by another lane ends the earlier hold, and a release is believed
//! only of a hold that is older. A semaphore may have any number of holders.
//!
//! ```text
//! acquired by A at 5     holders: A since 5
//! acquired by B at 9     holders: B since 9      A is displaced: its release was lost or is late
//! released by A at 8     no change               B's hold is newer than that release
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::kit::event::{LaneId, ResourceId, ResourceKind};

/// The most resources kept. Beyond it, the one with the lowest number that no lane holds is
/// forgotten: futures and pipes come and go.
const RESOURCES: usize = 4096;

/// A handoff: one lane released, and another that had waited for that went on. Exports draw it
/// as an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handoff {
    pub resource: ResourceId,
    pub from: LaneId,
    pub released: u64,
    pub to: LaneId,
    pub acquired: u64,
}

/// One resource as far as its events show it. It exists from its first event on, even if that
/// is not its definition.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    pub name: Option<Arc<str>>,
    /// `None` if its definition was lost: it is then treated as a lock, which is the most
    /// frequent kind.
    pub kind: Option<ResourceKind>,
    /// Who holds it and since when, in the order of acquisition; at most one, except for a
    /// semaphore.
    pub holders: Vec<(LaneId, u64)>,
    /// Who released it last, and when: for handoffs, and to tell old news from new.
    last_release: Option<(LaneId, u64)>,
}

/// All resources by number. Numbers grow with each new resource, so the lowest are the oldest; the
/// handoffs between lanes are kept for exports.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    all: BTreeMap<ResourceId, Resource>,
    pub handoffs: VecDeque<Handoff>,
}

impl Resource {
    /// Whether having got it means to hold it: a lock or a permit is held, a barrier is only
    /// passed and a queue only taken from.
    pub fn is_held(&self) -> bool {
        use ResourceKind::{Lock, RLock, Semaphore};
        matches!(self.kind, None | Some(Lock | RLock | Semaphore))
    }

    /// The moment of the latest acquisition that still holds; `None` if no lane holds it.
    pub fn held_since(&self) -> Option<u64> {
        self.holders.iter().map(|(_, since)| *since).max()
    }

    /// Whether the lane, which held it at that moment, has released it since: a release by another
    /// shows that too, of what only one can hold.
    pub fn has_released(&self, lane: LaneId, after: u64) -> bool {
        self.last_release
            .is_some_and(|(by, at)| at >= after && (by == lane || self.has_one_holder()))
    }

    fn has_one_holder(&self) -> bool {
        self.kind != Some(ResourceKind::Semaphore)
    }
}

impl Resources {
    pub fn get(&self, id: ResourceId) -> Option<&Resource> {
        self.all.get(&id)
    }

    /// Whether having got it means to hold it; see [`Resource::is_held`]. One that is not known is
    /// taken for a lock.
    pub fn is_held(&self, id: ResourceId) -> bool {
        self.get(id).is_none_or(Resource::is_held)
    }

    pub fn iter(&self) -> impl Iterator<Item = (ResourceId, &Resource)> {
        self.all.iter().map(|(id, resource)| (*id, resource))
    }

    /// The name that it was registered with, or its number if no such event arrived. Not
    /// unique.
    pub fn name(&self, id: ResourceId) -> Arc<str> {
        let known = self.all.get(&id).and_then(|resource| resource.name.clone());
        known.unwrap_or_else(|| format!("#{}", id.0).into())
    }

    /// A resource was registered with its name and kind. Comes once, before or after its first
    /// use.
    pub fn define(&mut self, id: ResourceId, name: &Arc<str>, kind: ResourceKind) {
        let resource = self.entry(id);
        resource.name = Some(Arc::clone(name));
        resource.kind = Some(kind);
    }

    /// The resource of this number, made if it is new; the oldest that no lane holds makes room.
    fn entry(&mut self, id: ResourceId) -> &mut Resource {
        if self.all.len() >= RESOURCES && !self.all.contains_key(&id) {
            let is_idle = |resource: &Resource| resource.holders.is_empty();
            let oldest = self.all.iter().find(|(_, resource)| is_idle(resource));
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                self.all.remove(&oldest);
            }
        }
        self.all.entry(id).or_default()
    }

    /// Forgets handoffs, and of what is not held, such as futures, all but this number of the
    /// latest.
    pub fn forget(&mut self, but: usize) {
        self.handoffs = VecDeque::new();
        let passed = |(_, resource): &(&ResourceId, &Resource)| !resource.is_held();
        let first = self.all.iter().rev().filter(passed).nth(but).map(|(id, _)| *id);
        if let Some(first) = first {
            self.all.retain(|id, resource| *id > first || resource.is_held());
        }
    }

    /// A lane got it. Returns the lane that cannot hold it any more, if one was thought to: the
    /// event of its release was lost or is still under way.
    pub fn acquired(&mut self, id: ResourceId, lane: LaneId, at: u64) -> Option<LaneId> {
        let resource = self.entry(id);
        let mut displaced = None;
        if resource.has_one_holder() {
            match resource.holders.first() {
                // An old event of a lane that has released it by now.
                Some((other, since)) if *other != lane && *since > at => return None,
                Some((other, _)) if *other != lane => displaced = Some(*other),
                _ => {}
            }
            resource.holders.clear();
        } else {
            resource.holders.retain(|(holder, _)| *holder != lane);
        }
        resource.holders.push((lane, at));
        displaced
    }

    /// Records that a lane got what another had released while it waited. At most `room` are
    /// kept.
    pub fn handed_over(&mut self, id: ResourceId, to: LaneId, acquired: u64, room: usize) {
        let release = self.all.get(&id).and_then(|resource| resource.last_release);
        let Some((from, released)) = release.filter(|(from, at)| *from != to && *at <= acquired)
        else {
            return;
        };
        if self.handoffs.len() >= room {
            self.handoffs.pop_front();
        }
        self.handoffs.push_back(Handoff { resource: id, from, released, to, acquired });
    }

    /// A lane released it, or the guard that it had passed to another thread did. Returns the
    /// lane whose hold ends.
    pub fn released(&mut self, id: ResourceId, by: LaneId, at: u64) -> Option<LaneId> {
        let resource = self.all.get_mut(&id)?;
        let own = resource.holders.iter().position(|(holder, _)| *holder == by);
        // Its own hold first. Otherwise one that is not newer than the release: a newer hold is
        // another one.
        let index = own.or_else(|| resource.holders.iter().position(|(_, since)| *since <= at))?;
        let (holder, _) = resource.holders.remove(index);
        resource.last_release = Some((holder, at));
        Some(holder)
    }

    /// A lane has ended and holds nothing any more. Not a release: no handoff follows from it.
    pub fn forget_holder(&mut self, id: ResourceId, lane: LaneId) {
        if let Some(resource) = self.all.get_mut(&id) {
            resource.holders.retain(|(holder, _)| *holder != lane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_that_are_acquired_without_a_definition_are_forgotten_too() {
        let mut resources = Resources::default();
        for id in (0..).map(ResourceId).take(2 * RESOURCES) {
            resources.acquired(id, LaneId(1), 1);
            resources.released(id, LaneId(1), 2);
        }
        assert_eq!(resources.all.len(), RESOURCES);
        assert!(resources.get(ResourceId(0)).is_none());
    }
}
