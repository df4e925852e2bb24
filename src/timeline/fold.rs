//! The fold itself: one event in, everything that follows from it.
//!
//! An event does up to three things: it changes what its lane holds or waits for, it changes
//! what is known of a resource and so perhaps of another lane, and it begins a new interval in
//! the lane's history. A lane that does anything but wait has ended its wait, whether or not
//! the event says so: the event that did may have been lost.
//!
//! | event | holds | wait | history |
//! |---|---|---|---|
//! | `Started` | none | none | begins, perhaps in the row of an earlier lane |
//! | `Waiting` | as they are | begins, or its holder changes | waiting |
//! | `Acquired` | one more; another lane may lose it | ends, charged | holding |
//! | `Released` | one less, or less deep | ends | what it does now |
//! | `Ended` | none, unless it died | ends | closed |
//! | `Sampled` | as they are | as it is | what it does now |
//! | `Paused` | as they are | as it is | paused, until `Resumed` |
//! | `Resumed` | as they are | is shorter by the pause | what it did before |
//! | any other | as they are | ends | what it does now |

use std::sync::Arc;

use super::lane::{Hold, Lane, Wait};
use super::tasks::task_name;
use super::{Charge, Timeline};
use crate::kit::event::{Ending, LaneEvent, LaneId, LaneKind, ResourceId, TaskOutcome};

/// The most lanes kept. Beyond it, those that started first among the ones that are over are
/// forgotten: a run may start any number of short threads.
const LANES: usize = 2048;
/// No lane's history gets less room than the lower bound, and on screen none needs more than
/// the upper one.
const ROOM_EACH: std::ops::RangeInclusive<usize> = 128..=2048;
/// Marks kept of each lane, the latest: more than a chart has columns to show.
const MARKS: usize = 256;

impl Timeline {
    /// When an event of this lane counts as having happened: the times of a lane never fall. To
    /// be asked once for each event, whether or not it is then applied.
    pub fn in_order(&mut self, id: LaneId, at: u64) -> u64 {
        self.lanes.get_mut(id).map_or(at, |lane| {
            lane.at = lane.at.max(at);
            lane.at
        })
    }

    /// Folds one event in. A lane begins with its start: events of one that has not started,
    /// has ended or is forgotten are ignored.
    pub fn apply(&mut self, at: u64, id: LaneId, what: &LaneEvent) {
        self.at = self.at.max(at);
        match what {
            LaneEvent::Defined { resource, name, kind } => {
                return self.resources.define(*resource, name, *kind);
            }
            LaneEvent::Started { name, kind } => return self.start(id, at, name, *kind),
            LaneEvent::TaskQueued { task, label } => return self.tasks.queued(*task, label, at),
            // Belong to the story alone: they change neither what a lane does nor what it
            // holds.
            LaneEvent::Said { .. } | LaneEvent::Line { .. } | LaneEvent::Notified { .. } => return,
            _ => {}
        }
        let Some(lane) = self.lane_mut(id) else {
            return;
        };
        // The events of a worker's lane may come from two threads of its pool, whose clock
        // readings may cross; intervals must not run backwards.
        let at = at.max(lane.at);
        lane.at = at;
        match what {
            LaneEvent::Mark { label } => return self.mark(id, at, label),
            LaneEvent::Sampled { state } => {
                lane.sampled = Some(*state);
                return self.update(id, at);
            }
            LaneEvent::Paused => {
                lane.paused.get_or_insert(at);
                return self.update(id, at);
            }
            LaneEvent::Resumed => {
                lane.resume(at);
                return self.update(id, at);
            }
            LaneEvent::Waiting { resource, holder } => self.wait(id, at, *resource, *holder),
            LaneEvent::Acquired { resource, depth } => self.acquire(id, at, *resource, *depth),
            LaneEvent::Released { resource, depth } => self.release(id, at, *resource, *depth),
            LaneEvent::Ended(ending) => return self.end(id, at, ending),
            LaneEvent::TaskStarted { task, label } => {
                self.tasks.started(*task, label, id, at);
                if let Some(lane) = self.lanes.get_mut(id) {
                    lane.task = Some((*task, task_name(*task, label)));
                }
                self.end_wait(id, at);
            }
            LaneEvent::TaskEnded { task, outcome } => self.end_task(id, at, *task, outcome),
            LaneEvent::GaveUp { .. } => {
                self.end_wait(id, at);
                self.mark(id, at, "!");
            }
            // A thread that does anything else does not wait.
            _ => {
                self.end_wait(id, at);
            }
        }
        if let Some(lane) = self.lanes.get_mut(id) {
            lane.sampled = None;
            lane.idle_state(what);
        }
        self.update(id, at);
    }

    /// A lane that has started and not ended: nothing that comes after an end is believed.
    fn lane_mut(&mut self, id: LaneId) -> Option<&mut Lane> {
        let lane = self.lanes.get_mut(id)?;
        lane.ending.is_none().then_some(lane)
    }

    /// Begins a lane: in the row of an earlier lane of the same name if that one is over, so
    /// that a worker that is replaced again and again stays one row.
    fn start(&mut self, id: LaneId, at: u64, name: &Arc<str>, kind: LaneKind) {
        // A number belongs to one lane: a second start is a mistake of its sender.
        if self.lanes.get(id).is_some() {
            return;
        }
        let before = self.named.get(name).copied();
        // A dead lane that still holds something must stay: others may wait for it, and the
        // deadlock is described by its name.
        let gone = |lane: &Lane| lane.ending.is_some() && lane.at <= at && lane.holds.is_empty();
        let same_row = before.filter(|before| self.lanes.get(*before).is_some_and(gone));
        let same_row = same_row.and_then(|before| self.lanes.remove(before));
        let mut lane = if let Some(lane) = same_row {
            lane.reborn(kind)
        } else {
            self.started += 1;
            Lane::new(self.started, Arc::clone(name), kind)
        };
        lane.at = at;
        self.lanes.insert(id, lane);
        self.named.insert(Arc::clone(name), id);
        self.update(id, at);
        if self.lanes.len() > LANES {
            self.forget_lanes();
        }
    }

    /// Forgets the lanes that started first among those that are over, an eighth of the room at
    /// once, so that it is rarely needed.
    #[cold]
    fn forget_lanes(&mut self) {
        let gone = |lane: &Lane| lane.ending.is_some() && lane.holds.is_empty();
        let gone = self.lanes.iter().filter(|(_, lane)| gone(lane));
        let mut gone: Vec<_> = gone.map(|(id, lane)| (lane.order, id)).collect();
        gone.sort_unstable();
        for (_, id) in gone.into_iter().take(LANES / 8) {
            self.lanes.remove(id);
        }
        let lanes = &self.lanes;
        self.named.retain(|_, id| lanes.get(*id).is_some());
    }

    /// Ends a lane: its wait is charged, its history closed, and what it held is released
    /// unless it died.
    fn end(&mut self, id: LaneId, at: u64, ending: &Ending) {
        self.end_wait(id, at);
        let died = matches!(ending, Ending::Killed { .. } | Ending::Exited { code: 1.. });
        if died || matches!(ending, Ending::Panicked { .. } | Ending::Raised { .. }) {
            self.mark(id, at, "x");
        }
        let Some(lane) = self.lanes.get_mut(id) else {
            return;
        };
        lane.ending = Some(ending.clone());
        lane.task = None;
        lane.history.close(at);
        // A thread drops its guards when it returns or panics. A process that dies keeps what
        // it held: no thread is left that could release it.
        if !died {
            for hold in std::mem::take(&mut lane.holds) {
                self.resources.forget_holder(hold.resource, id);
            }
        }
    }

    /// A lane waits for a resource, or has looked again who holds it: waiters look repeatedly,
    /// so the same wait arrives many times.
    fn wait(&mut self, id: LaneId, at: u64, resource: ResourceId, seen: Option<LaneId>) {
        // Without a holder seen by the waiter, the one that the events show; another lane
        // rather than the waiter itself, whose own hold may be a permit of a semaphore.
        let known = || {
            let holders = &self.resources.get(resource)?.holders;
            let other = holders.iter().find(|(lane, _)| *lane != id);
            other.or(holders.first()).map(|(lane, _)| *lane)
        };
        let holder = seen.or_else(known);
        let before = self.lanes.get(id).and_then(|lane| lane.wait);
        let since = match before {
            // The same wait for the same holder: it goes on.
            Some(wait) if wait.resource == resource && wait.holder == holder => return,
            Some(wait) if wait.resource == resource => wait.since,
            _ => at,
        };
        self.end_wait(id, at);
        if let Some(lane) = self.lanes.get_mut(id) {
            // A new holder: the part up to now was charged to the one before, and `since` keeps
            // the whole.
            lane.wait = Some(Wait { resource, since, holder, looked: at });
        }
    }

    /// Ends a wait, if there is one, and charges what was not charged yet. The only place where
    /// the ledger is written, so no part of a wait is charged twice.
    fn end_wait(&mut self, id: LaneId, at: u64) -> Option<Wait> {
        let lane = self.lanes.get_mut(id)?;
        let wait = lane.wait.take()?;
        let ns = lane.unpaused(at).saturating_sub(wait.looked);
        let (lanes, resources) = (&self.lanes, &self.resources);
        self.ledger.charge((id, wait.holder, wait.resource), ns, || Charge {
            waiter: lanes.called(id),
            holder: wait.holder.map(|holder| lanes.called(holder)),
            resource: resources.name(wait.resource),
            is_held: resources.is_held(wait.resource),
        });
        Some(wait)
    }

    /// A lane got a resource: its wait ends, and it holds the resource if that is of a kind
    /// that is held. A holder whose release is missing is taken to have released it.
    fn acquire(&mut self, id: LaneId, at: u64, resource: ResourceId, depth: u32) {
        let waited = self.end_wait(id, at);
        if waited.is_some_and(|wait| wait.resource == resource) {
            self.resources.handed_over(resource, id, at, self.room / 64);
        }
        // A barrier is passed and a queue taken from: nothing is held afterwards.
        if !self.resources.is_held(resource) {
            return;
        }
        let displaced = self.resources.acquired(resource, id, at);
        if let Some(lane) = self.lanes.get_mut(id) {
            // At the end again: a lock that is acquired once more is the innermost now.
            lane.holds.retain(|hold| hold.resource != resource);
            lane.holds.push(Hold { resource, depth });
        }
        if let Some(displaced) = displaced {
            self.drop_hold(displaced, at, resource);
        }
    }

    /// A lane released a resource, at `depth` 0 for good. The holder that ends may be another
    /// lane: a guard can be passed on.
    fn release(&mut self, id: LaneId, at: u64, resource: ResourceId, depth: u32) {
        self.end_wait(id, at);
        if depth == 0 {
            let holder = self.resources.released(resource, id, at);
            // A guard may be dropped by another thread than the one that acquired it.
            if let Some(other) = holder.filter(|holder| *holder != id) {
                self.drop_hold(other, at, resource);
            }
        }
        if let Some(lane) = self.lanes.get_mut(id) {
            lane.holds.retain(|hold| hold.resource != resource || depth > 0);
            let held = lane.holds.iter_mut();
            held.filter(|hold| hold.resource == resource).for_each(|hold| hold.depth = depth);
        }
    }

    /// An event of another lane shows that this one does not hold the resource any more. Its
    /// own event that says so may still come, with an earlier time; the history then corrects
    /// itself.
    fn drop_hold(&mut self, id: LaneId, at: u64, resource: ResourceId) {
        if let Some(lane) = self.lanes.get_mut(id) {
            lane.holds.retain(|hold| hold.resource != resource);
            if lane.ending.is_none() {
                let (activity, about) = (lane.activity(), lane.about());
                lane.history.update_from_other_lane(at, activity, about);
            }
        }
    }

    /// A task has ended on this lane. A failure leaves a mark, so that it can be found in a
    /// chart of any width.
    fn end_task(&mut self, id: LaneId, at: u64, task: u64, outcome: &TaskOutcome) {
        self.tasks.ended(task, outcome, at);
        if matches!(outcome, TaskOutcome::Failed { .. } | TaskOutcome::Lost { .. }) {
            self.mark(id, at, "x");
        }
        if let Some(lane) = self.lanes.get_mut(id)
            && lane.task.as_ref().is_some_and(|(now, _)| *now == task)
        {
            lane.task = None;
        }
        self.end_wait(id, at);
    }

    /// Notes a moment worth seeing in the lane's row; the oldest of too many is dropped.
    fn mark(&mut self, id: LaneId, at: u64, label: &str) {
        if let Some(lane) = self.lanes.get_mut(id) {
            lane.mark(at, label, MARKS);
        }
    }

    /// Records what the lane does from now on. The room for its history is its share of all
    /// room.
    fn update(&mut self, id: LaneId, at: u64) {
        let room = self.room_each();
        if let Some(lane) = self.lanes.get_mut(id)
            && lane.ending.is_none()
        {
            let (activity, about) = (lane.activity(), lane.about());
            lane.history.update(at, activity, about, room);
        }
    }

    /// How many intervals the history of a lane may have: its share of all room, within bounds.
    fn room_each(&self) -> usize {
        let most = (*ROOM_EACH.end()).max(self.room / 16);
        (self.room / self.lanes.len().max(1)).clamp(*ROOM_EACH.start(), most)
    }

    /// Merges what has more room than its share, and forgets the oldest marks beyond that.
    pub fn shrink(&mut self) {
        let room = self.room_each();
        for lane in self.lanes.iter_mut() {
            lane.history.shrink(lane.at, room);
            lane.marks.drain(..lane.marks.len().saturating_sub(room));
            lane.marks.shrink_to_fit();
        }
    }
}
