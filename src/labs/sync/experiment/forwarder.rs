//! The lanes of a run's processes: the events that each wrote to shared memory, forwarded with the
//! time at which they were written.
//!
//! Must not know any single tool.
//!
//! ```text
//! process ── log in the region: [time, move] ──┐
//!         ── stdout, stderr ── pool's manager ─┼─▶ sorted by time ─▶ recorder: lane of the process
//!         ── its end ───────── pool's manager ─┘   the end last
//! ```

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::super::facts::Fact;
use super::control_block::{ControlBlock, ProcessEvent};
use super::run_context::RunContext;
use crate::kit::clock::monotonic_ns;
use crate::kit::event::{
    Ending, LaneEvent, LaneId, LaneKind, ResourceId, ResourceKind, Stamped, What,
};
use crate::kit::process_pool::Observer;
use crate::kit::recorder::{EventSink, Lane, Recorder};

/// The lanes of all processes of a run. Owned by the driver thread, which calls it at every
/// poll; the processes know nothing of it.
pub struct Forwarder {
    recorder: Recorder<Fact>,
    tool: ResourceId,
    /// One for each process, in the order of their starts. Set by the pool's observer as soon
    /// as the process runs, since its pid is part of the lane.
    lanes: Vec<Arc<OnceLock<ProcessLane>>>,
    /// Whether the tool can have a holder: only then an acquisition is remembered.
    has_holder: bool,
    holders: Vec<LaneId>,
    /// The tool is no more: moves that are still in the logs are read and dropped, or a lane
    /// would hold it again.
    over: bool,
    lost: u64,
}

struct ProcessLane {
    pid: u32,
    lane: LaneId,
    /// What it wrote on its outputs, until it is forwarded: sorted by time among its moves,
    /// which come by way of the logs.
    output: Mutex<Vec<Stamped<Fact>>>,
    /// How the process ended, until that is forwarded. The pool reports it at once, perhaps
    /// before the last moves were read from the log, and nothing may follow an end.
    ending: Mutex<Option<Ending>>,
}

impl Forwarder {
    pub fn new(context: &RunContext<'_>, tool: &str, kind: ResourceKind) -> Self {
        Self {
            recorder: context.recorder.clone(),
            tool: context.lane.resource(tool, kind),
            lanes: Vec::new(),
            has_holder: matches!(kind, ResourceKind::Lock | ResourceKind::Semaphore),
            holders: Vec::new(),
            over: false,
            lost: 0,
        }
    }

    /// An observer for the pool of the next process, which opens its lane as soon as it runs.
    /// The calls must be in the order of the processes' numbers.
    pub fn lane(&mut self, name: &str) -> Observer {
        let process = Arc::new(OnceLock::new());
        self.lanes.push(Arc::clone(&process));
        let (recorder, name) = (self.recorder.clone(), name.to_owned());
        Arc::new(move |_, pid| {
            let lane = recorder.lane_of(&name, LaneKind::Process { pid });
            lane.emit(LaneEvent::Running);
            lane.flush();
            let _ = process.set(ProcessLane {
                pid,
                lane: lane.id(),
                output: Mutex::default(),
                ending: Mutex::default(),
            });
            Box::new(FilteredLane { lane, process: Arc::clone(&process) })
        })
    }

    /// The number of the process with this pid; `None` if no process of the run has it, or not
    /// yet.
    pub fn index(&self, pid: u32) -> Option<usize> {
        let mut lanes = self.lanes.iter();
        lanes.position(|lane| lane.get().is_some_and(|process| process.pid == pid))
    }

    /// Forwards the events of all processes since the last call, sorted by time, and then the ends.
    /// Losses of the logs count as dropped events. Sorted within one call only: a process that
    /// writes while it is read is ahead of the others by one poll at most.
    pub fn forward(&mut self, control: &ControlBlock) {
        // One moment by both clocks: ours, and that of all processes of the machine.
        let (now, their_now) = (self.recorder.clock().now(), monotonic_ns());
        let (mut events, mut endings) = (Vec::new(), Vec::new());
        for (index, lane) in self.lanes.iter().enumerate() {
            let Some(process) = lane.get() else { continue };
            // Read the end first: a process that has ended reports nothing after it.
            let ending = process.ending.lock().take();
            let has_ended = ending.is_some();
            endings.extend(ending.map(|ending| (process.lane, ending)));
            events.append(&mut process.output.lock());
            for (at, event) in control.events(index) {
                let at = now.saturating_sub(their_now.saturating_sub(at));
                self.holders.retain(|holder| *holder != process.lane);
                if event == ProcessEvent::Acquired && self.has_holder {
                    self.holders.push(process.lane);
                }
                let event = self.lane_event(event).filter(|_| !self.over);
                events.extend(event.map(|event| stamped(at, process.lane, event)));
            }
            if has_ended {
                // What it held it took along.
                self.holders.retain(|holder| *holder != process.lane);
            }
        }
        events.sort_by_key(|event| event.at);
        let lost = control.lost();
        self.recorder.forward(events, lost - self.lost);
        self.lost = lost;
        for (lane, ending) in endings {
            self.recorder.emit_reliable(lane, What::Lane(LaneEvent::Ended(ending)));
        }
    }

    /// The run is over, and its tool is no more: releases it for every process that still holds
    /// it, as the timeline would show it held for ever.
    pub fn release_all(&mut self) {
        let (at, resource) = (self.recorder.clock().now(), self.tool);
        let holders = std::mem::take(&mut self.holders).into_iter();
        let released = |lane| stamped(at, lane, LaneEvent::Released { resource, depth: 0 });
        self.recorder.forward(holders.map(released).collect(), 0);
        self.over = true;
    }

    fn lane_event(&self, event: ProcessEvent) -> Option<LaneEvent> {
        let resource = self.tool;
        Some(match event {
            // It is free, or such a thing has no holder: then it waits only if it must.
            ProcessEvent::Wants(None) => return None,
            ProcessEvent::Wants(Some(pid)) => {
                LaneEvent::Waiting { resource, holder: self.lane_of(pid) }
            }
            ProcessEvent::Waits => LaneEvent::Waiting { resource, holder: None },
            ProcessEvent::Acquired => LaneEvent::Acquired { resource, depth: 1 },
            ProcessEvent::GaveUp => LaneEvent::GaveUp { resource, why: "waited in vain".into() },
            ProcessEvent::Released => LaneEvent::Released { resource, depth: 0 },
        })
    }

    fn lane_of(&self, pid: u32) -> Option<LaneId> {
        let process = self.lanes.get(self.index(pid)?)?.get()?;
        Some(process.lane)
    }
}

fn stamped(at: u64, lane: LaneId, event: LaneEvent) -> Stamped<Fact> {
    Stamped { at, lane, what: What::Lane(event) }
}

/// A lane that leaves out what the pool has to say of its tasks, which are no part of the
/// run, and keeps the end until all else is forwarded.
struct FilteredLane {
    lane: Lane<Fact>,
    process: Arc<OnceLock<ProcessLane>>,
}

impl EventSink for FilteredLane {
    fn id(&self) -> LaneId {
        self.lane.id()
    }

    fn emit(&self, what: LaneEvent) {
        if let (LaneEvent::Said { .. }, Some(process)) = (&what, self.process.get()) {
            let at = self.lane.recorder().clock().now();
            process.output.lock().push(stamped(at, process.lane, what));
        }
    }

    fn emit_reliable(&self, what: LaneEvent) {
        if let (LaneEvent::Ended(ending), Some(process)) = (what, self.process.get()) {
            *process.ending.lock() = Some(ending);
        }
    }

    fn flush(&self) {
        self.lane.flush();
    }

    fn resource(&self, name: &str, kind: ResourceKind) -> ResourceId {
        self.lane.resource(name, kind)
    }
}
