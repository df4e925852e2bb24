//! Pure folds over lane events, the same for every lab: who did what when, who
//! holds and who waits, and whom the waiting is charged to.
//!
//! Must not know: threads, any lab, any terminal library.

pub mod stat;

use std::collections::BTreeMap;

use crate::kit::event::{Ending, LaneEvent, LaneId};
use crate::scene::{Activity, Graph, LaneChart, LaneRow, Segment, Span, Table, Tone};

/// Everything folded from the lane events of one run.
#[derive(Debug, Default)]
pub struct Scope {
    lanes: BTreeMap<LaneId, Lane>,
}

#[derive(Debug, Default)]
struct Lane {
    name: String,
    since: u64,
    activity: Activity,
    past: Vec<Segment>,
}

impl Scope {
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps all history from now on; otherwise the latest stretch only.
    pub fn keep_everything(&mut self) {}

    /// Folds one event in.
    pub fn apply(&mut self, at: u64, lane: LaneId, what: &LaneEvent) {
        let entry = self.lanes.entry(lane).or_default();
        let activity = match what {
            LaneEvent::Started { name, .. } => {
                name.as_ref().clone_into(&mut entry.name);
                Activity::Running
            }
            LaneEvent::Running | LaneEvent::Released { .. } => Activity::Running,
            LaneEvent::Waiting { .. } => Activity::Waiting,
            LaneEvent::Acquired { .. } => Activity::Holding,
            LaneEvent::Sleeping { .. } => Activity::Sleeping,
            LaneEvent::Idle => Activity::Idle,
            LaneEvent::Ended(Ending::Returned | Ending::Stopped) => Activity::Finished,
            LaneEvent::Ended(_) => Activity::Dead,
            _ => return,
        };
        entry.past.push(Segment {
            from: entry.since,
            to: at,
            activity: entry.activity,
        });
        entry.since = at;
        entry.activity = activity;
    }

    /// An event as one sentence, if it is worth one. Asked before the event is applied.
    pub fn tell(&self, _lane: LaneId, what: &LaneEvent) -> Option<(String, Tone)> {
        match what {
            LaneEvent::Started { .. } => Some(("started".to_owned(), Tone::Dim)),
            LaneEvent::Ended(_) => Some(("ended".to_owned(), Tone::Dim)),
            _ => None,
        }
    }

    /// A lane's name; empty if it never started.
    pub fn name(&self, lane: LaneId) -> &str {
        self.lanes.get(&lane).map_or("", |lane| lane.name.as_str())
    }

    /// What a lane does now.
    pub fn activity(&self, lane: LaneId) -> Activity {
        self.lanes
            .get(&lane)
            .map(|lane| lane.activity)
            .unwrap_or_default()
    }

    /// The lanes over `span` ns that end `back` ns before `now`; only those whose name contains `filter`.
    pub fn lanes(&self, now: u64, span: u64, back: u64, filter: &str) -> LaneChart {
        let to = now.saturating_sub(back);
        let from = to.saturating_sub(if span == 0 { 5_000_000_000 } else { span });
        let rows = self
            .lanes
            .values()
            .filter(|lane| lane.name.contains(filter))
            .map(|lane| LaneRow {
                name: lane.name.clone(),
                state: Span::new(lane.activity.word(), lane.activity.tone()),
                activity: lane.activity,
                segments: lane.past.clone(),
                marks: Vec::new(),
            });
        LaneChart {
            from,
            to,
            lanes: rows.collect(),
        }
    }

    /// Who holds what and who waits for whom, now; edges of a cycle are marked.
    pub fn waits(&self) -> Graph {
        Graph::default()
    }

    /// The cycle as one sentence, if lanes wait for each other in a circle.
    pub fn deadlock(&self) -> Option<String> {
        None
    }

    /// Waiting time charged to the holder.
    pub fn blame(&self) -> Table {
        Table::default()
    }
}
