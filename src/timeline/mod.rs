//! Pure folds over lane events, the same for every lab: who did what when, who holds and who
//! waits, and whom the waiting is charged to.
//!
//! ```text
//!               ┌▶ lane, history   what each lane does and did  ──▶ chart, histories
//!   event ─fold─┼▶ resources       who holds what, handoffs     ──▶ graph, waits
//!               ├▶ blame           each wait, to its holder     ──▶ ledger, table
//!               └▶ tasks           queued, started, ended       ──▶ table
//! ```
//!
//! Events of one lane come in their order, from its start on. Those of different lanes may come
//! slightly out of order, since each lane sends them in batches, and some may be missing, since
//! a full channel drops them. So no event is trusted to be the last word: what contradicts the
//! present picture corrects it.
//!
//! Memory is bounded whatever the length of the run: each part forgets or merges what is
//! oldest. All times are nanoseconds since the run began. Nothing here reads a clock or draws;
//! a caller passes `now`.

mod blame;
mod chart;
mod fold;
mod graph;
mod history;
mod lane;
mod resources;
mod sentence;
mod slots;
pub mod stat;
mod tasks;
#[cfg(test)]
mod tests;
mod waits;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::blame::{Account, Charge, Ledger};
pub use self::chart::{DRIVER, USUAL_SPAN};
pub use self::history::Interval;
pub use self::lane::{ending_activity, signal_name};
pub use self::resources::Handoff;
pub use self::tasks::Task;
pub use self::waits::Waits;

use self::lane::Lane;
use self::resources::Resources;
use self::slots::Slots;
use self::tasks::Tasks;
use crate::kit::event::{LaneId, LaneKind, ResourceId};
use crate::scene::{Activity, Mark, Table};

/// Intervals kept of all lanes together, shared out evenly: some megabytes, whatever the length
/// of the run.
const ROOM: usize = 1 << 16;
/// The same for a snapshot, of which a run keeps several: enough for the columns of a few lanes.
const ROOM_OF_SNAPSHOT: usize = 1 << 12;
/// Tasks and resources that a snapshot keeps, the latest: those that the next events are about.
const KEPT_IN_SNAPSHOT: usize = 256;
/// The same for an export: as much as a trace viewer can take in, and some hundred megabytes at
/// worst.
const ROOM_FOR_EXPORT: usize = 1 << 22;

/// Everything folded from the lane events of one run. The runner of a lab owns one and applies
/// each event to it, once and in the order of arrival; scenes, reports and exports read it.
#[derive(Clone, Debug)]
pub struct Timeline {
    lanes: Slots,
    /// The lane that had each name last, so that a new lane of that name can go on in its row.
    named: BTreeMap<Arc<str>, LaneId>,
    /// Rows ever begun: the place of the next one. Not the number of lanes, since a lane may go
    /// on in the row of an earlier one.
    started: u64,
    resources: Resources,
    ledger: Ledger,
    tasks: Tasks,
    /// The time of the latest event of any lane; `now` cannot be earlier, whatever a caller
    /// passes.
    at: u64,
    room: usize,
    /// The name of the driver's lane.
    driver: &'static str,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            lanes: Slots::default(),
            named: BTreeMap::new(),
            started: 0,
            resources: Resources::default(),
            ledger: Ledger::default(),
            tasks: Tasks::default(),
            at: 0,
            room: ROOM,
            driver: DRIVER,
        }
    }
}

/// One lane's history, for exports: a row of a trace viewer.
#[derive(Debug)]
pub struct LaneHistory<'a> {
    pub id: LaneId,
    pub name: &'a str,
    pub kind: LaneKind,
    pub intervals: Vec<Interval>,
    pub marks: Vec<Mark>,
    /// Whether there was so much that short intervals were merged away. An export notes that,
    /// so that its reader does not take the trace for complete.
    pub coarse: bool,
}

impl Timeline {
    pub fn new() -> Self {
        Self::default()
    }

    /// Of a run whose driver's lane has another name than [`DRIVER`].
    pub fn driven_by(driver: &'static str) -> Self {
        Self { driver, ..Self::default() }
    }

    /// A copy in little memory, for going back to this moment: what a screen shows of the past,
    /// the older the coarser.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        let mut snapshot = self.clone();
        snapshot.room = ROOM_OF_SNAPSHOT;
        snapshot.shrink();
        snapshot.tasks.forget(KEPT_IN_SNAPSHOT);
        snapshot.resources.forget(KEPT_IN_SNAPSHOT);
        snapshot.ledger.shrink();
        snapshot
    }

    /// Keeps all history from now on, as far as an export can use it. Without this, older
    /// intervals are merged as soon as the screen cannot show them apart.
    pub fn keep_everything(&mut self) {
        self.room = ROOM_FOR_EXPORT;
    }

    /// A lane's name; empty if it never started or is forgotten. Names are not unique: a worker
    /// that is replaced may come back under the same one.
    pub fn name(&self, lane: LaneId) -> &str {
        self.lanes.get(lane).map_or("", |lane| &lane.name)
    }

    /// What a resource was registered as, or its number if that event did not arrive.
    pub fn resource(&self, resource: ResourceId) -> Arc<str> {
        self.resources.name(resource)
    }

    /// What a lane does now, by its latest event; idle if the lane is not known. An event that
    /// was dropped shows here until the lane's next one.
    pub fn activity(&self, lane: LaneId) -> Activity {
        self.lanes.get(lane).map(Lane::activity).unwrap_or_default()
    }

    /// Waiting time for what is held, charged to the holders, the most expensive pair first. Waits
    /// that are under way count with their time so far.
    pub fn blame(&self, now: u64) -> Table {
        let now = self.moment(now);
        let open = self.lanes.iter().filter_map(|(id, lane)| {
            let wait = lane.wait?;
            let charge = Charge {
                waiter: self.lanes.called(id),
                holder: wait.holder.map(|holder| self.lanes.called(holder)),
                resource: self.resources.name(wait.resource),
                is_held: self.resources.is_held(wait.resource),
            };
            // From `looked`, not from `since`: what came before has been charged to an earlier
            // holder.
            Some((charge, lane.unpaused(now).saturating_sub(wait.looked)))
        });
        self.ledger.table(open)
    }

    /// The accounts behind [`Timeline::blame`], with ended waits only. Their sum is exact: it
    /// is what the lanes waited.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The latest tasks with their numbers, in ascending order; the oldest are forgotten when
    /// there are thousands.
    pub fn tasks(&self) -> impl Iterator<Item = (u64, &Task)> {
        self.tasks.iter()
    }

    /// Everything kept of every lane, in the order in which they started. Copies it all: for
    /// exports.
    pub fn histories(&self, now: u64) -> Vec<LaneHistory<'_>> {
        let now = self.moment(now);
        let mut lanes: Vec<_> = self.lanes.iter().collect();
        lanes.sort_by_key(|(_, lane)| lane.order);
        let histories = lanes.into_iter().map(|(id, lane)| LaneHistory {
            id,
            name: &lane.name,
            kind: lane.kind,
            intervals: lane.history.intervals(now).collect(),
            marks: lane.marks.iter().cloned().collect(),
            coarse: lane.history.is_coarse(),
        });
        histories.collect()
    }

    /// The latest handoffs from one holder to the next, oldest first. An export draws them as
    /// arrows between the lanes.
    pub fn handoffs(&self) -> impl Iterator<Item = &Handoff> {
        self.resources.handoffs.iter()
    }

    /// `now`, or the time of the last event if every lane has ended: the figures of a run that
    /// is over must not go on growing.
    fn moment(&self, now: u64) -> u64 {
        // Before the first lane starts the run is not over either.
        let begins = self.lanes.iter().next().is_none();
        if begins || self.lanes.iter().any(|(_, lane)| lane.ending.is_none()) {
            now.max(self.at)
        } else {
            // The run is over: its last event is the end of every interval.
            self.at
        }
    }
}
