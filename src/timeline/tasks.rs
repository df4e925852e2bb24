//! The tasks of a run: when each was queued, started and ended, and by whom.
//!
//! The events of one task come from several lanes, the caller's and its workers', so their
//! order is not certain and any of them may be missing.
//!
//! ```text
//! caller's lane   queued ─┐
//! worker's lane           └─▶ started ─▶ ended          any of the three may be missing or late
//! after a death                 started (again) ─▶ ended
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kit::event::{LaneId, TaskOutcome};
use crate::scene::Activity;

/// Tasks remembered: those with the highest numbers, more than any picture shows. A run may have
/// millions.
const TASKS: usize = 2048;

/// One task, and when, in ns, what happened to it. `None`: no event says so, because it has not
/// happened or its event was lost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    pub label: Arc<str>,
    pub queued: Option<u64>,
    pub started: Option<u64>,
    pub ended: Option<u64>,
    /// The lane that ran it last; a task of a worker that died may have been run by several.
    pub worker: Option<LaneId>,
    /// How it ended; `None` while it has not, or as long as the event of its end has not come.
    pub outcome: Option<TaskOutcome>,
}

/// The latest tasks by number. Each event of a task fills in one field, in whatever order they
/// come.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    all: BTreeMap<u64, Task>,
}

impl Task {
    /// What the task does now, in the words of lanes: a task that no worker has begun waits.
    pub fn activity(&self) -> Activity {
        match (&self.outcome, self.started) {
            (Some(TaskOutcome::Finished), _) => Activity::Finished,
            (Some(TaskOutcome::Failed { .. }), _) => Activity::Failed,
            (Some(TaskOutcome::Cancelled), _) => Activity::Cancelled,
            (Some(TaskOutcome::Lost { .. }), _) => Activity::Dead,
            (None, Some(_)) => Activity::Running,
            (None, None) => Activity::Waiting,
        }
    }
}

impl Tasks {
    /// A task was queued, by the lane of its caller. May come after its start, which another lane
    /// reports.
    pub fn queued(&mut self, task: u64, label: &str, at: u64) {
        if let Some(entry) = self.entry(task) {
            (entry.label, entry.queued) = (task_name(task, label), Some(at));
        }
    }

    /// A task was started. One that is started again, because its worker died, begins at the
    /// new start.
    pub fn started(&mut self, task: u64, label: &str, worker: LaneId, at: u64) {
        let Some(entry) = self.entry(task) else {
            return;
        };
        entry.label = task_name(task, label);
        entry.started = Some(at);
        entry.worker = Some(worker);
        // An end before this start belongs to an earlier attempt. A later one may have come
        // first, from another lane, and stays.
        if entry.ended.is_some_and(|ended| ended < at) {
            (entry.ended, entry.outcome) = (None, None);
        }
    }

    /// A task has ended. One that is not known is noted without its label: its other events may
    /// still come.
    pub fn ended(&mut self, task: u64, outcome: &TaskOutcome, at: u64) {
        if let Some(entry) = self.entry(task) {
            (entry.ended, entry.outcome) = (Some(at), Some(outcome.clone()));
        }
    }

    /// The name of a task in sentences: its label, or its number if that is all that is known.
    pub fn label(&self, task: u64) -> Arc<str> {
        let label = self.all.get(&task).map(|task| &task.label);
        label.map_or_else(|| task_name(task, ""), |label| task_name(task, label))
    }

    /// Forgets all but this number of the latest.
    pub fn forget(&mut self, but: usize) {
        while self.all.len() > but {
            self.all.pop_first();
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (u64, &Task)> {
        self.all.iter().map(|(id, task)| (*id, task))
    }

    /// The task of this number, made if it is new; the one with the lowest number makes room.
    /// `None` for one that is older than all that are remembered.
    fn entry(&mut self, task: u64) -> Option<&mut Task> {
        if self.all.len() >= TASKS && !self.all.contains_key(&task) {
            let first = self.all.first_entry().filter(|first| *first.key() < task)?;
            first.remove();
        }
        Some(self.all.entry(task).or_default())
    }
}

/// A task's label, or its number if it has none; never empty.
pub fn task_name(task: u64, label: &str) -> Arc<str> {
    if label.is_empty() { format!("task {task}").into() } else { label.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_forgotten_tasks_take_no_room() {
        let mut tasks = Tasks::default();
        let newest = 2 * TASKS as u64;
        (0..newest).for_each(|task| tasks.started(task, "", LaneId(1), task));
        (0..=newest).for_each(|task| tasks.ended(task, &TaskOutcome::Finished, newest));
        assert_eq!(tasks.all.len(), TASKS);
        assert_eq!(tasks.all.last_key_value().map(|(task, _)| *task), Some(newest));
        assert_eq!(
            tasks.all.first_key_value().map(|(task, _)| *task),
            Some(newest + 1 - TASKS as u64)
        );
    }
}
