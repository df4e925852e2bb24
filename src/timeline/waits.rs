//! Who holds, who waits, and who is stuck for good.
//!
//! A lane is *stuck* if it waits for something all of whose holders are stuck or dead: no lane is
//! left that could release it. With locks, which have one holder, that is a cycle of waits or a
//! chain that leads into one (the wait-for graph of operating system textbooks). With semaphores,
//! whose permits have several holders, a cycle alone proves nothing: one holder outside of it is
//! enough to go on.
//!
//! The stuck lanes are the greatest fixed point: begin with all that wait, remove those that can go
//! on, then those that these can wake, until nothing changes. A test compares this with trying
//! every set of lanes.
//!
//! ```text
//! A holds 1, waits for 2 ──▶ B holds 2, waits for 1 ──▶ A      stuck: A, B
//! C waits for 1 ──▶ A                                          stuck too: a chain into the cycle
//! D waits for a permit held by A and E; E runs                 free: E may release it
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::kit::event::{LaneId, ResourceId};

/// Holders and waiters at one moment, as plain data without times, so that a test can fill it
/// by hand and try every case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// Who holds each resource; several for a semaphore. A resource that no lane holds is left
    /// out.
    pub holders: BTreeMap<ResourceId, BTreeSet<LaneId>>,
    /// What each waiting lane waits for.
    pub waiting: BTreeMap<LaneId, ResourceId>,
    /// Lanes that are no more and will release nothing. A thread that returned is among them;
    /// it holds nothing.
    pub dead: BTreeSet<LaneId>,
}

impl Waits {
    /// The lanes that a lane waits for; none if it does not wait or no holder is known.
    fn blockers(&self, lane: LaneId) -> impl Iterator<Item = LaneId> {
        let resource = self.waiting.get(&lane);
        resource.and_then(|resource| self.holders.get(resource)).into_iter().flatten().copied()
    }

    /// The lanes that wait for ever. Each round removes at least one lane or is the last, so
    /// the cost is at most lanes times waits.
    pub fn stuck(&self) -> BTreeSet<LaneId> {
        let mut stuck: BTreeSet<_> = self.waiting.keys().copied().collect();
        loop {
            let before = stuck.len();
            let free: Vec<_> = stuck
                .iter()
                .copied()
                .filter(|lane| {
                    let mut blockers = self.blockers(*lane).peekable();
                    // No holder is known: the event may be missing, and nothing is claimed
                    // without one.
                    blockers.peek().is_none()
                        || blockers.any(|b| !stuck.contains(&b) && !self.dead.contains(&b))
                })
                .collect();
            for lane in free {
                stuck.remove(&lane);
            }
            if stuck.len() == before {
                return stuck;
            }
        }
    }

    /// The cycles of lanes that wait for each other, each in the order of its waits and from
    /// its lowest number, the cycle of the lowest lane first. Where resources have several
    /// holders, one cycle through each group that cannot get free.
    pub fn cycles(&self) -> Vec<Vec<LaneId>> {
        let stuck = self.stuck();
        let mut cycles = Vec::new();
        let mut seen = BTreeSet::new();
        for &start in &stuck {
            if seen.contains(&start) {
                continue;
            }
            if let Some(path) = self.shortest_cycle(start, &stuck) {
                seen.extend(path.iter().copied());
                cycles.push(path);
            }
        }
        cycles
    }

    /// The shortest cycle of waits through `start` by lanes of `within`, by breadth-first search;
    /// it begins with `start`.
    fn shortest_cycle(&self, start: LaneId, within: &BTreeSet<LaneId>) -> Option<Vec<LaneId>> {
        let mut came_from = BTreeMap::new();
        let mut reached = VecDeque::from([start]);
        while let Some(lane) = reached.pop_front() {
            for next in self.blockers(lane).filter(|next| within.contains(next)) {
                if next == start {
                    let mut path = vec![lane];
                    // The first arrival at a lane is the shortest, and it is never overwritten.
                    while let Some(before) = came_from.get(path.last()?) {
                        path.push(*before);
                    }
                    path.reverse();
                    return Some(path);
                }
                came_from.entry(next).or_insert_with(|| {
                    reached.push_back(next);
                    lane
                });
            }
        }
        None
    }
}
