//! The folds against scripted events, and against slow but obvious ways to the same answer.

mod blamed;
mod figures;
mod holders;
mod laws;
mod scripts;
mod words;

use std::sync::Arc;

use super::*;
use crate::kit::event::{Ending, LaneEvent, ResourceKind, TaskOutcome};

/// A task as a test sees it; see [`Script::tasks`].
type TaskRow<'a> = (&'a str, Option<TaskOutcome>, Option<u32>, [Option<u64>; 3]);

/// A run as a script: each line one event at a moment in µs.
struct Script {
    timeline: Timeline,
    at: u64,
}

impl Script {
    fn new() -> Self {
        Self { timeline: Timeline::new(), at: 0 }
    }

    /// Threads with these names, numbered from 0, and locks with those.
    fn with(lanes: &[&str], locks: &[&str]) -> Self {
        let mut script = Self::new();
        for (id, name) in (0..).zip(lanes) {
            script.at(0, id, started(name));
        }
        for (id, name) in (0..).zip(locks) {
            script.at(0, 0, defined(id, name, ResourceKind::Lock));
        }
        script
    }

    #[expect(clippy::needless_pass_by_value, reason = "a script reads better so")]
    fn at(&mut self, micros: u64, lane: u32, what: LaneEvent) -> &mut Self {
        self.at = self.at.max(micros * 1000);
        self.timeline.apply(micros * 1000, LaneId(lane), &what);
        self
    }

    fn row(&self, lane: usize) -> crate::scene::LaneRow {
        self.timeline.lanes(self.at, 0, 0, "").lanes[lane].clone()
    }

    /// Of each task its label, its outcome, its worker, and when it was queued, started and
    /// ended.
    fn tasks(&self) -> Vec<TaskRow<'_>> {
        let micros = |at: u64| at / 1000;
        let all = self.timeline.tasks().map(|(_, task)| {
            let times = [task.queued, task.started, task.ended].map(|at| at.map(micros));
            (&*task.label, task.outcome.clone(), task.worker.map(|lane| lane.0), times)
        });
        all.collect()
    }

    fn activities(&self, lane: usize) -> Vec<(u64, u64, Activity)> {
        let segments = self.row(lane).segments;
        let micros = |s: &crate::scene::Segment| (s.from / 1000, s.to / 1000, s.activity);
        segments.iter().map(micros).collect()
    }
}

fn started(name: &str) -> LaneEvent {
    LaneEvent::Started { name: name.into(), kind: LaneKind::Thread { os_tid: 1 } }
}

fn defined(id: u32, name: &str, kind: ResourceKind) -> LaneEvent {
    LaneEvent::Defined { resource: ResourceId(id), name: name.into(), kind }
}

fn wants(resource: u32, holder: Option<u32>) -> LaneEvent {
    LaneEvent::Waiting { resource: ResourceId(resource), holder: holder.map(LaneId) }
}

fn got(resource: u32) -> LaneEvent {
    got_deep(resource, 1)
}

fn got_deep(resource: u32, depth: u32) -> LaneEvent {
    LaneEvent::Acquired { resource: ResourceId(resource), depth }
}

fn released(resource: u32) -> LaneEvent {
    released_to(resource, 0)
}

fn released_to(resource: u32, depth: u32) -> LaneEvent {
    LaneEvent::Released { resource: ResourceId(resource), depth }
}

fn ended() -> LaneEvent {
    LaneEvent::Ended(Ending::Returned)
}

fn killed() -> LaneEvent {
    LaneEvent::Ended(Ending::Killed { signal: 9 })
}

fn text(words: &str) -> Arc<str> {
    Arc::from(words)
}
