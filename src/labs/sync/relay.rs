//! The lanes of a play's processes: what each told in shared memory, passed on with the
//! moment at which it told it.
//!
//! Must not know any single tool.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::actor::{Board, Move};
use super::state::Fact;
use super::tool::Stage;
use crate::kit::clock::monotonic_ns;
use crate::kit::event::{
    Ending, LaneEvent, LaneId, LaneKind, ResourceId, ResourceKind, Stamped, What,
};
use crate::kit::process_pool::Observer;
use crate::kit::recorder::{EventSink, Lane, Recorder};

/// The lanes of all processes of a play.
pub(super) struct Relay {
    recorder: Recorder<Fact>,
    tool: ResourceId,
    /// Known from the moment at which the process runs.
    lanes: Vec<Arc<OnceLock<Known>>>,
    /// Whether somebody can hold the tool, and who does, by what was passed on.
    is_held: bool,
    holders: Vec<LaneId>,
    /// Moves are not passed on any more.
    over: bool,
    lost: u64,
}

struct Known {
    pid: u32,
    lane: LaneId,
    /// What it wrote, until that is passed on: in its place among what it did.
    written: Mutex<Vec<Stamped<Fact>>>,
    /// How the process ended, until that is passed on: after what it had to tell.
    ending: Mutex<Option<Ending>>,
}

impl Relay {
    pub(super) fn new(stage: &Stage<'_>, tool: &str, kind: ResourceKind) -> Self {
        Self {
            recorder: stage.recorder.clone(),
            tool: stage.lane.resource(tool, kind),
            lanes: Vec::new(),
            is_held: matches!(kind, ResourceKind::Lock | ResourceKind::Semaphore),
            holders: Vec::new(),
            over: false,
            lost: 0,
        }
    }

    /// Opens the next lane as soon as its process runs.
    pub(super) fn lane(&mut self, name: &str) -> Observer {
        let known = Arc::new(OnceLock::new());
        self.lanes.push(Arc::clone(&known));
        let (recorder, name) = (self.recorder.clone(), name.to_owned());
        Arc::new(move |_, pid| {
            let lane = recorder.lane_of(&name, LaneKind::Process { pid });
            lane.emit(LaneEvent::Running);
            lane.flush();
            let _ = known.set(Known {
                pid,
                lane: lane.id(),
                written: Mutex::default(),
                ending: Mutex::default(),
            });
            Box::new(Quiet {
                lane,
                known: Arc::clone(&known),
            })
        })
    }

    /// The number of the process with this pid.
    pub(super) fn part(&self, pid: u32) -> Option<usize> {
        let mut lanes = self.lanes.iter();
        lanes.position(|lane| lane.get().is_some_and(|known| known.pid == pid))
    }

    /// Passes on what all have told since the last call, and who has ended.
    pub(super) fn pass_on(&mut self, board: &Board) {
        // One moment by both clocks: ours, and that of all processes of the machine.
        let (now, their_now) = (self.recorder.clock().now(), monotonic_ns());
        let (mut events, mut endings) = (Vec::new(), Vec::new());
        for (part, lane) in self.lanes.iter().enumerate() {
            let Some(known) = lane.get() else { continue };
            // First: whoever has ended tells nothing after this.
            let ending = known.ending.lock().take();
            let has_ended = ending.is_some();
            endings.extend(ending.map(|ending| (known.lane, ending)));
            events.append(&mut known.written.lock());
            for (at, moved) in board.moves(part) {
                let at = now.saturating_sub(their_now.saturating_sub(at));
                self.holders.retain(|holder| *holder != known.lane);
                if moved == Move::Got && self.is_held {
                    self.holders.push(known.lane);
                }
                let told = self.tell(moved).filter(|_| !self.over);
                events.extend(told.map(|told| stamped(at, known.lane, told)));
            }
            if has_ended {
                // What it held it took along.
                self.holders.retain(|holder| *holder != known.lane);
            }
        }
        events.sort_by_key(|event| event.at);
        let lost = board.lost();
        self.recorder.forward(events, lost - self.lost);
        self.lost = lost;
        for (lane, ending) in endings {
            self.recorder
                .emit_reliable(lane, What::Lane(LaneEvent::Ended(ending)));
        }
    }

    /// The play is over, and its tool is no more: nobody holds it.
    pub(super) fn let_go(&mut self) {
        let (at, resource) = (self.recorder.clock().now(), self.tool);
        let holders = std::mem::take(&mut self.holders).into_iter();
        let released = |lane| stamped(at, lane, LaneEvent::Released { resource, depth: 0 });
        self.recorder.forward(holders.map(released).collect(), 0);
        self.over = true;
    }

    fn tell(&self, moved: Move) -> Option<LaneEvent> {
        let resource = self.tool;
        Some(match moved {
            // It is free, or nobody has such a thing: then it waits only if it must.
            Move::Wants(None) => return None,
            Move::Wants(Some(pid)) => LaneEvent::Waiting {
                resource,
                holder: self.lane_of(pid),
            },
            Move::Waits => LaneEvent::Waiting {
                resource,
                holder: None,
            },
            Move::Got => LaneEvent::Acquired { resource, depth: 1 },
            Move::GaveUp => LaneEvent::GaveUp {
                resource,
                why: "waited in vain".into(),
            },
            Move::GaveBack => LaneEvent::Released { resource, depth: 0 },
        })
    }

    fn lane_of(&self, pid: u32) -> Option<LaneId> {
        let known = self.lanes.get(self.part(pid)?)?.get()?;
        Some(known.lane)
    }
}

fn stamped(at: u64, lane: LaneId, told: LaneEvent) -> Stamped<Fact> {
    Stamped {
        at,
        lane,
        what: What::Lane(told),
    }
}

/// A lane that leaves out what the pool has to say of its tasks, which are no part of the
/// play, and keeps the end until all else is told.
struct Quiet {
    lane: Lane<Fact>,
    known: Arc<OnceLock<Known>>,
}

impl EventSink for Quiet {
    fn id(&self) -> LaneId {
        self.lane.id()
    }

    fn emit(&self, what: LaneEvent) {
        if let (LaneEvent::Said { .. }, Some(known)) = (&what, self.known.get()) {
            let at = self.lane.recorder().clock().now();
            known.written.lock().push(stamped(at, known.lane, what));
        }
    }

    fn emit_reliable(&self, what: LaneEvent) {
        if let (LaneEvent::Ended(ending), Some(known)) = (what, self.known.get()) {
            *known.ending.lock() = Some(ending);
        }
    }

    fn flush(&self) {
        self.lane.flush();
    }

    fn resource(&self, name: &str, kind: ResourceKind) -> ResourceId {
        self.lane.resource(name, kind)
    }
}
