//! Who holds what and who waits for whom, as a graph, and a deadlock as a sentence.
//!
//! The picture is drawn from events, which may be late. So a deadlock is claimed only after it
//! has lasted for a while, and what a waiter itself saw of the holder counts more than older
//! events of other lanes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Timeline, Waits};
use crate::kit::event::{LaneId, ResourceId, ResourceKind};
use crate::scene::{Edge, EdgeKind, Graph, Node, NodeKind, units};

/// A wait that has lasted this long, in ns, is believed to go on: an event that ends it would
/// have arrived by now.
const SETTLED: u64 = 100_000_000;

impl Timeline {
    /// Who holds what and who waits for whom, now. Edges of a cycle that has lasted for a while
    /// are marked; the drawing puts them first.
    pub fn waits(&self, now: u64) -> Graph {
        let now = self.moment(now);
        let waits = self.picture();
        let on_cycle: BTreeSet<_> =
            self.lasting_cycles(&waits, now).iter().flat_map(|cycle| pairs(cycle)).collect();
        let mut graph = Builder::default();
        for (resource, holders) in &waits.holders {
            for holder in holders {
                let cycle = on_cycle.iter().any(|(waiter, blocker)| {
                    blocker == holder && waits.waiting.get(waiter) == Some(resource)
                });
                let from = graph.resource(*resource, &self.resource(*resource));
                let to = graph.lane(*holder, &self.lanes.called(*holder));
                graph.edge(from, to, EdgeKind::HeldBy, cycle, String::new());
            }
        }
        for (lane, resource) in &waits.waiting {
            let known = self.lanes.get(*lane);
            let label = known.and_then(|lane| lane.waited(now)).map(units::whole_nanos);
            let cycle = on_cycle.iter().any(|(waiter, _)| waiter == lane);
            let from = graph.lane(*lane, &self.lanes.called(*lane));
            let to = graph.resource(*resource, &self.resource(*resource));
            graph.edge(from, to, EdgeKind::WaitsFor, cycle, label.unwrap_or_default());
        }
        graph.graph
    }

    /// The sentence about lanes that wait for each other in a cycle, or for one that is no
    /// more. `None` as long as that may still resolve itself: see `SETTLED`.
    pub fn deadlock(&self, now: u64) -> Option<String> {
        let now = self.moment(now);
        // No wait has lasted, so none is a deadlock: nearly always, and in every frame.
        if !self.lanes.iter().any(|(lane, _)| self.lasts(lane, now)) {
            return None;
        }
        let waits = self.picture();
        match self.lasting_cycles(&waits, now).first() {
            Some(cycle) => Some(self.describe_cycle(cycle, &waits)),
            None => self.describe_orphan(&waits, now),
        }
    }

    /// Holders and waiters as far as the events show, corrected by what the waiters saw.
    /// Includes waits that have only just begun.
    pub fn picture(&self) -> Waits {
        let mut waits = Waits::default();
        for (id, resource) in self.resources.iter() {
            if !resource.holders.is_empty() {
                let holders = resource.holders.iter().map(|(lane, _)| *lane);
                waits.holders.insert(id, holders.collect());
            }
        }
        for (id, lane) in self.lanes.iter() {
            if lane.ending.is_some() {
                waits.dead.insert(id);
            }
            if let Some(wait) = lane.wait {
                waits.waiting.insert(id, wait.resource);
                self.correct(&mut waits, wait.resource, wait.holder, wait.looked);
            }
        }
        waits
    }

    /// What a waiter saw of the holder counts more than older events of another lane: it asked
    /// the lock itself.
    fn correct(&self, waits: &mut Waits, resource: ResourceId, seen: Option<LaneId>, looked: u64) {
        let alive = |lane: &LaneId| self.lanes.get(*lane).is_some_and(|l| l.ending.is_none());
        let Some(seen) = seen.filter(alive) else {
            return;
        };
        let known = self.resources.get(resource);
        // It has released since the waiter looked: the events are newer.
        if known.is_some_and(|known| known.has_released(seen, looked)) {
            return;
        }
        let holders = waits.holders.entry(resource).or_default();
        if known.is_some_and(|known| known.kind == Some(ResourceKind::Semaphore)) {
            // A semaphore has several holders: this one is another, not the only one.
            holders.insert(seen);
        } else if known.is_none_or(|known| known.held_since().is_none_or(|at| at < looked)) {
            *holders = [seen].into();
        }
    }

    /// The cycles in which every wait has lasted for [`SETTLED`]. One young wait is enough to
    /// doubt the whole cycle.
    fn lasting_cycles(&self, waits: &Waits, now: u64) -> Vec<Vec<LaneId>> {
        let mut cycles = waits.cycles();
        cycles.retain(|cycle| cycle.iter().all(|lane| self.lasts(*lane, now)));
        cycles
    }

    /// Whether this lane has waited for its present holder for [`SETTLED`]. From `looked`: a
    /// change of the holder shows that something still moves.
    fn lasts(&self, lane: LaneId, now: u64) -> bool {
        self.lanes.get(lane).is_some_and(|lane| {
            lane.wait.is_some_and(|wait| lane.unpaused(now).saturating_sub(wait.looked) >= SETTLED)
        })
    }

    /// A cycle as a sentence: what each lane holds and wants, in the order of the waits.
    fn describe_cycle(&self, cycle: &[LaneId], waits: &Waits) -> String {
        let wanted = |lane| {
            let resource = waits.waiting.get(&lane);
            resource.map_or_else(Default::default, |id| self.resource(*id))
        };
        if let [lane] = cycle {
            let (name, wanted) = (self.name(*lane), wanted(*lane));
            return format!("Deadlock: {name} waits for {wanted}, which it holds itself");
        }
        // What a lane holds is what the one before it in the cycle waits for.
        let each = pairs(cycle).map(|(before, lane)| {
            let (name, held, wanted) = (self.name(lane), wanted(before), wanted(lane));
            match waits.waiting.get(&before) {
                // The end of a thread is nothing that it holds.
                Some(id) if !self.resources.is_held(*id) => format!("{name} waits for {wanted}"),
                _ => format!("{name} holds {held} and waits for {wanted}"),
            }
        });
        let mut each: Vec<_> = each.collect();
        // From the lane with the lowest number, like the cycle itself.
        each.rotate_right(1);
        format!("Deadlock: {}", each.join(", "))
    }

    /// A sentence about a lane that waits for what a dead one holds; `None` if there is no such
    /// wait, or it has not lasted yet.
    fn describe_orphan(&self, waits: &Waits, now: u64) -> Option<String> {
        let stuck = waits.stuck();
        let (lane, resource, dead) = stuck.into_iter().find_map(|lane| {
            let resource = *waits.waiting.get(&lane)?;
            let holders = waits.holders.get(&resource)?;
            let dead = holders.iter().find(|holder| waits.dead.contains(holder))?;
            self.lasts(lane, now).then_some((lane, resource, *dead))
        })?;
        let (lane, dead, resource) = (self.name(lane), self.name(dead), self.resource(resource));
        Some(format!("{lane} waits for {resource} for ever: {dead} held it when it died"))
    }
}

/// Each lane of a cycle with the one that it waits for; the last waits for the first. Of a cycle of
/// one lane that is the lane itself.
fn pairs(cycle: &[LaneId]) -> impl Iterator<Item = (LaneId, LaneId)> {
    let next = cycle.iter().cycle().skip(1);
    cycle.iter().copied().zip(next.copied())
}

/// Numbers the nodes of a graph in the order in which they come up, so that edges can name them by
/// position. A lane and a resource are one node each, however many edges they have.
#[derive(Default)]
struct Builder {
    graph: Graph,
    lanes: BTreeMap<LaneId, usize>,
    resources: BTreeMap<ResourceId, usize>,
}

impl Builder {
    fn lane(&mut self, id: LaneId, name: &str) -> usize {
        let nodes = &mut self.graph.nodes;
        *self.lanes.entry(id).or_insert_with(|| node(nodes, name, NodeKind::Lane))
    }

    fn resource(&mut self, id: ResourceId, name: &str) -> usize {
        let nodes = &mut self.graph.nodes;
        *self.resources.entry(id).or_insert_with(|| node(nodes, name, NodeKind::Resource))
    }

    fn edge(&mut self, from: usize, to: usize, kind: EdgeKind, cycle: bool, label: String) {
        self.graph.edges.push(Edge { from, to, kind, cycle, label });
    }
}

fn node(nodes: &mut Vec<Node>, name: &str, kind: NodeKind) -> usize {
    nodes.push(Node { name: name.to_owned(), kind });
    nodes.len() - 1
}
