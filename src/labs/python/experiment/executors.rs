//! The script's executors, and the life of their tasks.
//!
//! ```text
//!   submitted ──► started ──► ended: finished, failed
//!       └───────────────────► ended: cancelled
//!   asked: its result or exception was looked at; before or after its end
//! ```
//!
//! A task of threads is started and ended by the thread that runs it. One of processes is
//! reported twice: by its worker, which knows when it really ran, and by the parent, which knows
//! what became of its future. Whichever comes first, a task is counted once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::super::facts::{ExecutorKind, ExecutorReport};
use super::times::Timing;
use crate::kit::event::{LaneId, ResourceId};
use crate::kit::python::{Scope, TaskEnd, TaskId};
use crate::printable::Printable;

/// Executors, and of each kind of thing that is kept of a task: what is written by the shim is
/// foreign.
const MOST: usize = 1024;
const TASKS: usize = 500_000;

/// One executor of the script.
#[derive(Debug, Default)]
pub struct Executor {
    /// The results of its tasks, as something that is waited for.
    pub results: ResourceId,
    pub kind: ExecutorKind,
    name: Printable,
    place: Printable,
    workers: u32,
    tasks: u64,
    /// By [`TaskEnd`].
    ended: [u64; 3],
    /// The exceptions of failed tasks that nothing has asked for.
    unseen: HashSet<u64>,
    /// The first exception, and where it was raised.
    error: Option<(Printable, Printable)>,
    queued: Timing,
    ran: Timing,
}

/// A task that was submitted and has not ended.
#[derive(Clone, Debug)]
pub struct Task {
    pub label: Arc<str>,
    submitted: u64,
    started: Option<u64>,
    /// The lane that runs it.
    pub worker: Option<LaneId>,
    /// Its worker process has reported its end.
    pub ran: bool,
    /// Its result or exception was asked for already.
    asked: bool,
}

#[derive(Debug, Default)]
pub struct Executors {
    all: BTreeMap<u64, Executor>,
    functions: HashMap<u64, String>,
    tasks: HashMap<TaskId, Task>,
    /// The exceptions of tasks whose end has not been read.
    errors: HashMap<TaskId, Printable>,
}

impl Executor {
    pub fn new(
        results: ResourceId,
        kind: ExecutorKind,
        name: Printable,
        place: Printable,
        workers: u32,
    ) -> Self {
        Self { results, kind, name, place, workers, ..Self::default() }
    }

    fn report(&self) -> ExecutorReport {
        let (error, error_at) = self.error.clone().unzip();
        let [finished, failed, cancelled] = self.ended;
        ExecutorReport {
            name: self.name.clone(),
            kind: self.kind,
            place: self.place.clone(),
            workers: self.workers,
            tasks: self.tasks,
            finished,
            failed,
            cancelled,
            unseen_failures: self.unseen.len() as u64,
            error,
            error_at: error_at.filter(|place| !place.is_empty()),
            queued_us: self.queued.report(),
            ran_us: self.ran.report(),
        }
    }
}

impl Executors {
    pub fn define(&mut self, number: u64, executor: Executor) {
        if self.all.len() < MOST {
            self.all.insert(number, executor);
        }
    }

    pub fn function(&mut self, number: u64, name: &str) {
        if self.functions.len() < MOST {
            self.functions.insert(number, name.to_owned());
        }
    }

    pub fn get(&self, number: u64) -> Option<&Executor> {
        self.all.get(&number)
    }

    pub fn task(&self, task: TaskId) -> Option<&Task> {
        self.tasks.get(&task)
    }

    /// The exception that ends a task soon.
    pub fn raised(&mut self, task: TaskId, error: Printable, place: Printable) {
        if self.errors.len() < MOST {
            self.errors.insert(task, error.clone());
        }
        if let Some(executor) = self.all.get_mut(&task.executor) {
            executor.error.get_or_insert((error, place));
        }
    }

    /// A task was submitted; its label, by which the story and the pictures call it.
    pub fn submitted(
        &mut self,
        task: TaskId,
        function: u64,
        argument: Option<i64>,
        at: u64,
    ) -> Option<Arc<str>> {
        let executor = self.all.get_mut(&task.executor)?;
        executor.tasks += 1;
        let name = self.functions.get(&function).map_or("task", String::as_str);
        let label = match argument {
            Some(argument) => format!("{name}({argument})"),
            None => name.to_owned(),
        };
        let label: Arc<str> = Printable::foreign(&label).as_ref().into();
        if self.tasks.len() < TASKS {
            let label = label.clone();
            let new = Task {
                label,
                submitted: at,
                started: None,
                worker: None,
                ran: false,
                asked: false,
            };
            self.tasks.insert(task, new);
        }
        Some(label)
    }

    /// A worker begins a task.
    pub fn started(&mut self, task: TaskId, worker: LaneId, at: u64) -> Option<Arc<str>> {
        let executor = self.all.get_mut(&task.executor)?;
        let known = self.tasks.get_mut(&task)?;
        executor.queued.record(at.saturating_sub(known.submitted));
        (known.started, known.worker) = (Some(at), Some(worker));
        Some(known.label.clone())
    }

    /// The task that a worker process knows by the number that its parent gave it. Of several
    /// executors of that parent, the first with such a task.
    pub fn of_child(&self, parent: Scope, index: u64) -> Option<TaskId> {
        let executors = self.all.iter().filter(|(number, executor)| {
            Scope::of(**number) == parent && executor.kind == ExecutorKind::Processes
        });
        let mut tasks = executors.map(|(number, _)| TaskId { executor: *number, index });
        tasks.find(|task| self.tasks.get(task).is_some_and(|task| !task.ran))
    }

    /// A worker process has ended a task, whose result is on its way.
    pub fn ran(&mut self, task: TaskId, at: u64) {
        if let Some(known) = self.tasks.get_mut(&task)
            && let Some(executor) = self.all.get_mut(&task.executor)
            && let Some(started) = known.started
        {
            known.ran = true;
            executor.ran.record(at.saturating_sub(started));
        }
    }

    /// A task has ended; its exception, if one is known.
    pub fn ended(&mut self, task: TaskId, end: TaskEnd, at: u64) -> Option<Printable> {
        let error = self.errors.remove(&task);
        let executor = self.all.get_mut(&task.executor)?;
        executor.ended[end as usize] += 1;
        let known = self.tasks.remove(&task);
        let asked = known.as_ref().is_some_and(|task| task.asked);
        if end == TaskEnd::Failed && !asked && executor.unseen.len() < TASKS {
            executor.unseen.insert(task.index);
        }
        if let Some(started) = known.filter(|task| !task.ran).and_then(|task| task.started) {
            executor.ran.record(at.saturating_sub(started));
        }
        error
    }

    /// The result or the exception of a task is asked for.
    pub fn asked(&mut self, task: TaskId) {
        if let Some(known) = self.tasks.get_mut(&task) {
            known.asked = true;
        }
        if let Some(executor) = self.all.get_mut(&task.executor) {
            executor.unseen.remove(&task.index);
        }
    }

    /// The figures of the first `most` executors.
    pub fn reports(&self, most: usize) -> Vec<ExecutorReport> {
        self.all.values().take(most).map(Executor::report).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_counted_by_their_ends_and_failures_until_they_are_seen() {
        let mut executors = Executors::default();
        let kind = ExecutorKind::Threads;
        let executor = Executor::new(ResourceId(0), kind, "pool".into(), "x.py:1".into(), 2);
        executors.define(3, executor);
        executors.function(1, "work");
        let task = |index| TaskId { executor: 3, index };
        let submit = |executors: &mut Executors, index, function, argument| {
            let label = executors.submitted(task(index), function, argument, 1_000);
            label.unwrap().to_string()
        };
        assert_eq!(submit(&mut executors, 0, 1, Some(-7)), "work(-7)");
        assert_eq!(submit(&mut executors, 1, 1, None), "work");
        assert_eq!(submit(&mut executors, 2, 9, None), "task");
        assert_eq!(executors.started(task(0), LaneId(4), 2_000).unwrap().as_ref(), "work(-7)");
        assert_eq!(executors.task(task(0)).unwrap().worker, Some(LaneId(4)));
        assert_eq!(executors.ended(task(0), TaskEnd::Finished, 5_000), None);
        executors.raised(task(1), "E: 1".into(), "x.py:9".into());
        executors.started(task(1), LaneId(4), 5_000);
        assert_eq!(executors.ended(task(1), TaskEnd::Failed, 6_000), Some("E: 1".into()));
        executors.ended(task(2), TaskEnd::Cancelled, 7_000);
        let report = executors.reports(9).pop().unwrap();
        let counts = (report.tasks, report.finished, report.failed, report.cancelled);
        assert_eq!((counts, report.unseen_failures), ((3, 1, 1, 1), 1));
        assert_eq!((report.error, report.error_at), (Some("E: 1".into()), Some("x.py:9".into())));
        let ran = report.ran_us.unwrap();
        assert!(ran.samples == 2 && (ran.max - 3.0).abs() < 0.05, "{ran:?}");
        executors.asked(task(1));
        assert_eq!(executors.reports(9)[0].unseen_failures, 0);
    }
}
