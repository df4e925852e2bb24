//! The records of lists, queues and executors, as events of lanes.
//!
//! A lane says what its thread does: it waits for something, which is a resource with a name and
//! perhaps a holder, or it runs a task. So a get from an empty queue is a wait for the queue, and
//! a call of `Future.result` one for the future, held by the worker that runs its task.

use super::super::facts::{ExecutorKind, QueueKind, ValueKind, kind_named};
use super::executors::Executor;
use super::names::{error, place};
use super::queues::Queue;
use super::values::Value;
use super::watcher::{TEXT, Watcher};
use crate::kit::event::{LaneEvent, LaneId, ResourceId, ResourceKind, TaskOutcome};
use crate::kit::python::{Definition, ListOperation, RecordKind, Scope, TaskEnd, TaskId};
use crate::printable::Printable;

impl Watcher<'_> {
    /// A list, a queue, an executor, or what belongs to a task.
    pub fn define_tool(&mut self, definition: Definition) {
        match definition {
            Definition::Queue { queue, kind, size, line, file } => {
                let kind = kind_named::<QueueKind>(&kind);
                let (name, place) = self.made(queue, kind.word(), &file, line);
                self.define_queue(queue, kind, name, place, size);
            }
            Definition::Pipe { queue, sender, duplex, line, file } => {
                let variable = self.variables.remove(&queue);
                let name = self.names.pipe(variable.as_deref(), &file, line, (sender, duplex));
                let place = Printable::within(&place(&file, line), TEXT);
                self.define_queue(queue, QueueKind::ProcessPipe, name, place, 0);
            }
            Definition::Value { value, kind, fields, line, file } => {
                let kind = kind_named::<ValueKind>(&kind);
                let variable = self.variables.remove(&value);
                let names = &mut self.values.names;
                let name = names.name(variable.as_deref(), &file, line, kind.word());
                let resource = self.lane.resource(&name, ResourceKind::Variable);
                let place = Printable::within(&place(&file, line), TEXT);
                let fields = fields.iter().map(|field| Printable::within(field, TEXT)).collect();
                self.values.define(value, Value::new(resource, kind, name, place, fields));
            }
            Definition::Executor { executor, kind, workers, line, file } => {
                let kind = kind_named::<ExecutorKind>(&kind);
                let (name, place) = self.made(executor, kind.word(), &file, line);
                let results = format!("results of {name}");
                let results = self.lane.resource(&results, ResourceKind::Future);
                let new = Executor::new(results, kind, name, place, workers);
                self.executors.define(executor, new);
            }
            Definition::Function { function, name } => self.executors.function(function, &name),
            Definition::List { list, name, size } => {
                self.lists.define(list, Printable::within(&name, TEXT), size);
            }
            Definition::Failed { task, kind, text, line, file } => {
                let [error, place] = [error(kind, &text), place(&file, line)]
                    .map(|text| Printable::within(&text, TEXT));
                self.executors.raised(task, error, place);
            }
            _ => {}
        }
    }

    /// The name of what has this number and a line of the script made, and its place.
    pub fn made(
        &mut self,
        number: u64,
        kind: &str,
        file: &str,
        line: u32,
    ) -> (Printable, Printable) {
        let variable = self.variables.remove(&number);
        let name = self.names.name(variable.as_deref(), file, line, kind);
        (name, Printable::within(&place(file, line), TEXT))
    }

    fn define_queue(
        &mut self,
        number: u64,
        kind: QueueKind,
        name: Printable,
        place: Printable,
        size: u64,
    ) {
        let resource = self.lane.resource(&name, ResourceKind::Queue);
        self.queues.define(number, Queue::new(resource, kind, name, place, size));
    }

    /// What happened to a list or a queue.
    pub fn queue_record(&mut self, at: u64, thread: u64, lane: LaneId, kind: RecordKind) {
        match kind {
            RecordKind::ListDone { list, operation, size } => {
                self.lists.done(thread, list, (operation, size), &mut self.names);
                let sign = match operation {
                    ListOperation::AddsOne | ListOperation::AddsSome => "+",
                    ListOperation::RemovesOne | ListOperation::RemovesAll => "-",
                    ListOperation::Orders => return,
                };
                self.event(at, lane, LaneEvent::Mark { label: sign.into() });
            }
            RecordKind::ListFailed { list } => {
                self.lists.failed(thread, list, &mut self.names);
                self.event(at, lane, LaneEvent::Mark { label: "!".into() });
            }
            // Not a mark in the lane: it need not be this thread that has changed it.
            RecordKind::ListSeen { list, size, released } => {
                self.lists.seen(thread, (list, size), released, &mut self.names);
            }
            RecordKind::QueuePut { queue, size } => {
                self.queues.put(queue, size);
                self.event(at, lane, LaneEvent::Mark { label: "+".into() });
            }
            RecordKind::QueueGot { queue, size } => {
                self.queues.got(queue, size);
                self.event(at, lane, LaneEvent::Mark { label: "-".into() });
            }
            RecordKind::QueueSeen { queue, size } => self.queues.seen(queue, size),
            RecordKind::QueueDropped { queue } => {
                self.queues.dropped(queue);
                self.event(at, lane, LaneEvent::Mark { label: "!".into() });
            }
            RecordKind::QueueWait { queue, wants, also } => {
                let own = self.own_time(at);
                self.queues.wait(thread, queue, wants, own, also);
                if let Some(queue) = self.queues.get(queue) {
                    self.awaits(at, lane, (queue.resource, None), also);
                }
            }
            _ => {}
        }
    }

    /// The end of a thread, or of all others, as something that is waited for.
    pub fn end_of(&mut self, thread: Option<u64>) -> ResourceId {
        let lane = self.lane;
        match thread.and_then(|number| self.threads.get_mut(number)) {
            Some(thread) => {
                let name = &thread.name;
                let name = format!("the end of {name}");
                *thread.end.get_or_insert_with(|| lane.resource(&name, ResourceKind::Event))
            }
            None => self.several("the end of all other threads", ResourceKind::Event),
        }
    }

    /// Several things under one name, as something that is waited for.
    pub fn several(&mut self, name: &'static str, kind: ResourceKind) -> ResourceId {
        let lane = self.lane;
        *self.several.entry(name).or_insert_with(|| lane.resource(name, kind))
    }

    /// A thread waits for this; or for several things, of which it is not the first.
    pub fn awaits(
        &mut self,
        at: u64,
        lane: LaneId,
        wait: (ResourceId, Option<LaneId>),
        also: bool,
    ) {
        let several = "the first of several objects";
        let (resource, holder) =
            if also { (self.several(several, ResourceKind::Event), None) } else { wait };
        self.event(at, lane, LaneEvent::Waiting { resource, holder });
    }

    pub fn task_record(&mut self, at: u64, thread: u64, lane: LaneId, kind: RecordKind) {
        match kind {
            RecordKind::TaskSubmitted { task, function, argument } => {
                let own = self.own_time(at);
                if let Some(label) = self.executors.submitted(task, function, argument, own) {
                    self.event(at, lane, LaneEvent::TaskQueued { task: number(task), label });
                }
            }
            RecordKind::TaskStarted { task } if self.runs_here(task) => {
                if let Some(label) = self.executors.started(task, lane, self.own_time(at)) {
                    self.event(at, lane, LaneEvent::TaskStarted { task: number(task), label });
                }
            }
            RecordKind::TaskEnded { task, end } => self.end_task(at, thread, lane, task, end),
            RecordKind::TaskWait { task } => {
                let executor = task.and_then(|task| self.executors.get(task.executor));
                let pool = task.and_then(|task| self.pools.get(task.executor));
                let results = executor.map(|executor| executor.results);
                let results = results.or_else(|| pool.map(|pool| pool.results));
                let resource =
                    results.unwrap_or_else(|| self.several("futures", ResourceKind::Future));
                let holder = task.and_then(|task| self.executors.task(task)?.worker);
                self.event(at, lane, LaneEvent::Waiting { resource, holder });
            }
            RecordKind::TaskAsked { task } => self.executors.asked(task),
            _ => {}
        }
    }

    /// Whether the thread that reports a start is the one that runs the task: those of processes
    /// are only passed on by it.
    fn runs_here(&self, task: TaskId) -> bool {
        let executor = self.executors.get(task.executor);
        executor.is_some_and(|executor| executor.kind == ExecutorKind::Threads)
    }

    fn end_task(&mut self, at: u64, thread: u64, lane: LaneId, task: TaskId, end: TaskEnd) {
        // Its worker process has reported the end in its own lane.
        let reported = self.executors.task(task).is_some_and(|task| task.ran);
        let error = self.executors.ended(task, end, self.own_time(at));
        let outcome = match end {
            TaskEnd::Finished => TaskOutcome::Finished,
            TaskEnd::Failed => {
                TaskOutcome::Failed { error: error.unwrap_or_else(|| "an exception".into()) }
            }
            TaskEnd::Cancelled => TaskOutcome::Cancelled,
        };
        if !reported {
            self.event(at, lane, LaneEvent::TaskEnded { task: number(task), outcome });
        }
        if self.threads.is_worker(thread) {
            self.event(at, lane, LaneEvent::Idle);
        }
    }
}

/// One number for a task, unique in the run.
pub fn number(task: TaskId) -> u64 {
    unique(task.executor, task.index)
}

/// A number within something that has one itself, unique as long as there are not too many.
pub fn unique(of: u64, index: u64) -> u64 {
    let scope = u64::from(Scope::of(of).0);
    (scope & 0xff) << 56 | (of & 0xff_ffff) << 32 | index & 0xffff_ffff
}
