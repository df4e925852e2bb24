//! The tasks of executors as bars on the lanes that ran them. Pure: folds lane events.
//!
//! Events may be missing: a bar without an end ends where the next one of its lane begins.
//!
//! ```text
//!   pool_0  │█ f(1) █│  │█ f(3) failed █│          a row for each lane that ever ran a task
//!   pool_1  │███ f(2) ███████│                     the last ten seconds at most
//!           └0 ms─────────────────────┴20 ms       the end is a round time, so it stays for long
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::kit::event::{LaneEvent, LaneId, TaskOutcome};
use crate::scene::{Gantt, GanttRow, GanttTask, Tone};

/// Workers, and tasks of each, that are kept: the last ones.
const WORKERS: usize = 64;
const TASKS: usize = 200;
/// What is shown at most, in ns: of a long run its end.
const SHOWN: u64 = 10_000_000_000;
/// The ends of a chart are round: these times a power of ten.
const SCALES: [u64; 3] = [2, 5, 10];

/// The last tasks of the last workers: memory does not grow with the number of tasks.
#[derive(Clone, Debug, Default)]
pub struct TaskBars {
    names: BTreeMap<LaneId, Arc<str>>,
    workers: BTreeMap<LaneId, VecDeque<Bar>>,
    now: u64,
}

#[derive(Clone, Debug)]
struct Bar {
    task: u64,
    label: Arc<str>,
    from: u64,
    /// `None` while it runs.
    to: Option<u64>,
    tone: Tone,
}

impl TaskBars {
    pub fn apply(&mut self, at: u64, lane: LaneId, event: &LaneEvent) {
        self.now = self.now.max(at);
        match event {
            LaneEvent::Started { name, .. } if self.names.len() < 100 * WORKERS => {
                self.names.insert(lane, name.clone());
            }
            LaneEvent::TaskStarted { task, label } => self.start(at, lane, *task, label),
            LaneEvent::TaskEnded { task, outcome } => {
                let bars = self.workers.get_mut(&lane).and_then(VecDeque::back_mut);
                if let Some(bar) = bars.filter(|bar| bar.task == *task) {
                    bar.to = Some(at);
                    if matches!(outcome, TaskOutcome::Failed { .. } | TaskOutcome::Lost { .. }) {
                        bar.tone = Tone::Broken;
                        bar.label = format!("{} failed", bar.label).into();
                    }
                }
            }
            LaneEvent::Ended(_) => self.end_last(at, lane),
            _ => {}
        }
    }

    fn start(&mut self, at: u64, lane: LaneId, task: u64, label: &Arc<str>) {
        self.end_last(at, lane);
        let number = self.workers.len();
        if number >= WORKERS && !self.workers.contains_key(&lane) {
            self.workers.pop_first();
        }
        let bars = self.workers.entry(lane).or_default();
        if bars.len() >= TASKS {
            bars.pop_front();
        }
        // By the task, so that neighbours on a lane differ.
        let tone = Tone::of_thread(usize::try_from(task & 0xff).unwrap_or_default());
        bars.push_back(Bar { task, label: Arc::clone(label), from: at, to: None, tone });
    }

    /// The task that the lane runs, if it does, is over.
    fn end_last(&mut self, at: u64, lane: LaneId) {
        if let Some(bar) = self.workers.get_mut(&lane).and_then(VecDeque::back_mut) {
            bar.to.get_or_insert(at);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }

    /// A row for each worker, those first that had a task in the time shown: where not all have
    /// room, the others go. While no task runs, the chart stands at the end of the last one.
    pub fn gantt(&self) -> Gantt {
        let bars = || self.workers.values().flatten();
        let now = bars().map(|bar| bar.to.unwrap_or(self.now)).max().unwrap_or_default();
        let first = bars().map(|bar| bar.from).min().unwrap_or_default();
        let from = first.max(now.saturating_sub(SHOWN));
        let rows = self.workers.iter().map(|(lane, bars)| {
            let shown = bars.iter().filter(|bar| bar.to.is_none_or(|to| to > from));
            GanttRow {
                name: self.names.get(lane).map(Into::into).unwrap_or_default(),
                tone: Tone::Plain,
                tasks: shown.map(|bar| bar.task(from, now)).collect(),
            }
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by_key(|row| row.tasks.is_empty());
        // From 0, so that the axis says how long it took.
        let now = now.saturating_sub(from);
        Gantt { from: 0, to: scale(now), now, rows }
    }
}

impl Bar {
    fn task(&self, from: u64, now: u64) -> GanttTask {
        GanttTask {
            from: self.from.saturating_sub(from),
            to: self.to.unwrap_or(now).saturating_sub(from),
            name: (&self.label).into(),
            tone: self.tone,
            ..GanttTask::default()
        }
    }
}

/// The first round end that is not before this, which so moves rarely.
fn scale(now: u64) -> u64 {
    let now = now.max(1_000);
    let power = 10u64.pow(now.ilog10());
    SCALES.into_iter().map(|step| step.saturating_mul(power)).find(|end| *end >= now).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::event::LaneKind;

    #[test]
    fn each_task_is_a_bar_on_the_lane_that_ran_it() {
        let mut tasks = TaskBars::default();
        let lane = LaneId(3);
        let started =
            LaneEvent::Started { name: "pool_0".into(), kind: LaneKind::Process { pid: 1 } };
        let begin = |task| LaneEvent::TaskStarted { task, label: format!("f({task})").into() };
        let end = |task, outcome| LaneEvent::TaskEnded { task, outcome };
        let failed = TaskOutcome::Failed { error: "E".into() };
        for (at, event) in [
            (10, started),
            (1_000, begin(1)),
            (2_000, end(1, TaskOutcome::Finished)),
            // Its end is missing.
            (2_500, begin(2)),
            (3_000, begin(3)),
            (5_000, end(3, failed)),
            (8_000, LaneEvent::Running),
        ] {
            tasks.apply(at, lane, &event);
        }
        let gantt = tasks.gantt();
        let bars: Vec<_> =
            gantt.rows[0].tasks.iter().map(|bar| (bar.name.as_str(), bar.from, bar.to)).collect();
        assert_eq!(
            bars,
            [("f(1)", 0, 1_000), ("f(2)", 1_500, 2_000), ("f(3) failed", 2_000, 4_000)]
        );
        assert_eq!(gantt.rows[0].tasks[2].tone, Tone::Broken);
        assert_eq!((gantt.rows[0].name.as_str(), gantt.now, gantt.to), ("pool_0", 4_000, 5_000));
        tasks.apply(9_000, lane, &begin(4));
        tasks.apply(13_000, lane, &LaneEvent::Running);
        let gantt = tasks.gantt();
        assert_eq!((gantt.now, gantt.to, gantt.rows[0].tasks[3].to), (12_000, 20_000, 12_000));
    }

    #[test]
    fn workers_without_a_task_in_the_time_shown_stand_last() {
        let mut tasks = TaskBars::default();
        let begin = |task| LaneEvent::TaskStarted { task, label: "f".into() };
        for (at, lane) in [(0, 1), (SHOWN * 2, 2), (SHOWN * 2 + 9, 3)] {
            tasks.apply(at, LaneId(lane), &begin(lane.into()));
            let outcome = TaskOutcome::Finished;
            tasks.apply(at + 5, LaneId(lane), &LaneEvent::TaskEnded { task: lane.into(), outcome });
        }
        let busy: Vec<_> = tasks.gantt().rows.iter().map(|row| row.tasks.len()).collect();
        assert_eq!(busy, [1, 1, 0]);
    }
}
