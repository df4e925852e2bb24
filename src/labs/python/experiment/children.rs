//! The records of processes: their begin and end, and the tasks that workers get from their
//! parent.
//!
//! ```text
//!   parent           submits chunk 4 of call 2 ─────────┐        takes the result
//!   its ring         PoolTasks                          │        PoolResult
//!   worker           ChildTaskStarted: parent's pid, call 2, chunk 4; ChildTaskEnded
//! ```
//!
//! A worker knows of a task what its parent sent: numbers that mean something only together with
//! the parent's pid. The rings are read the youngest first, so what a worker does with a task is
//! never read before its submission, unless that was lost: then its bar has the number alone.

use std::sync::Arc;

use super::super::facts::{Exit, ThreadEnd, kind_named};
use super::processes::Work;
use super::watcher::{TEXT, Watcher};
use crate::kit::child::Death;
use crate::kit::event::{Ending, LaneEvent, LaneId, LaneKind, ResourceKind, TaskOutcome};
use crate::kit::python::{ChildTask, Definition, RecordKind, Scope};
use crate::printable::Printable;

/// The number of a process's main thread.
const MAIN: u64 = 1;

impl Watcher<'_> {
    /// A process or a pool, or what processes share.
    pub fn define_process(&mut self, scope: Scope, definition: Definition) {
        match definition {
            Definition::Process { parent, method, name } if scope != Scope(0) => {
                let name = Printable::within(&name, TEXT);
                self.processes.define(scope, parent, kind_named(&method), name);
            }
            Definition::Exit { pid, code } => self.end_process(pid, code),
            Definition::Pool { pool, line, file } => {
                let (name, place) = self.made(pool, "Pool", &file, line);
                let results = format!("results of {name}");
                let results = self.lane.resource(&results, ResourceKind::Future);
                self.pools.define(pool, results, name, place);
            }
            Definition::Same { number, pid, first } => {
                if let Some(maker) = self.processes.scope(pid) {
                    self.shared.define(number, maker.number(first));
                }
            }
            Definition::PoolSize { pool, size, method } => {
                self.pools.sized(pool, size, kind_named(&method));
            }
            _ => {}
        }
    }

    /// The children have ended whose ends were reported.
    pub fn end_children(&mut self) {
        for (scope, definition) in std::mem::take(&mut self.ends) {
            self.define_process(scope, definition);
        }
    }

    /// What a thread of a process is called in the run, and what its lane is: the main thread
    /// stands for its process.
    pub fn thread_in_run(&self, scope: Scope, thread: u64, name: &str) -> String {
        let process = self.processes.name(scope);
        match scope {
            Scope(0) => name.to_owned(),
            _ if thread == scope.number(MAIN) => process.to_string(),
            _ => format!("{process}/{name}"),
        }
    }

    pub fn lane_kind(&self, thread: u64, os_tid: u32) -> LaneKind {
        let scope = Scope::of(thread);
        if scope != Scope(0) && thread == scope.number(MAIN) {
            LaneKind::Process { pid: self.processes.pid(scope) }
        } else {
            LaneKind::Thread { os_tid }
        }
    }

    /// A child has ended with this exit code, or by the signal that stands for less than 0.
    pub fn end_process(&mut self, pid: u32, code: i32) {
        let signal = (code < 0).then(|| code.saturating_neg());
        let exit = Exit { code: Some(code).filter(|_| signal.is_none()), signal };
        let Some((scope, lost)) = self.processes.ended(pid, exit) else {
            return;
        };
        let end = match code {
            0 => ThreadEnd::Returned,
            1.. => ThreadEnd::Exited,
            _ => ThreadEnd::Killed,
        };
        let death = Death::of(exit.code, exit.signal);
        let ending = Ending::from(death);
        let at = self.lane.recorder().clock().now();
        for (n, lane) in self.threads.end_process(scope, end).into_iter().enumerate() {
            // The first one is the main thread, which works.
            if let Some(work) = lost.as_ref().filter(|work| n == 0 && work.unnoticed) {
                let outcome = TaskOutcome::Lost { cause: death.to_string().into() };
                self.reliable(at, lane, LaneEvent::TaskEnded { task: work.number, outcome });
            }
            self.reliable(at, lane, LaneEvent::Ended(ending.clone()));
        }
    }

    /// The record with the number under which its lock or queue is known.
    pub fn of_first(&mut self, mut kind: RecordKind) -> RecordKind {
        match &mut kind {
            RecordKind::LockWant { lock, .. } | RecordKind::LockGot { lock, .. } => {
                *lock = self.first_number(*lock, true);
            }
            RecordKind::LockReleased { lock: number, .. }
            | RecordKind::LockFailed { lock: number, .. }
            | RecordKind::WaitBegin { tool: number }
            | RecordKind::QueuePut { queue: number, .. }
            | RecordKind::QueueGot { queue: number, .. }
            | RecordKind::QueueDropped { queue: number }
            | RecordKind::QueueSeen { queue: number, .. }
            | RecordKind::QueueWait { queue: number, .. }
            | RecordKind::Accessed { value: number, .. }
            | RecordKind::Notified { tool: number, .. } => {
                *number = self.first_number(*number, false);
            }
            _ => {}
        }
        kind
    }

    /// The number under which something is known that a process has this one for. A lock that a
    /// forked child has acquired or waited for, and that is a copy, is known from then on.
    fn first_number(&mut self, number: u64, may_copy: bool) -> u64 {
        let is_value = |number| self.values.contains(number);
        if self.locks.get(number).is_some() || self.queues.get(number).is_some() || is_value(number)
        {
            return number;
        }
        if let Some(first) = self.shared.first(number) {
            return first;
        }
        let mut from = self.processes.origin(Scope::of(number));
        while let Some(origin) = from {
            let there = origin.same(number);
            let first = self.shared.first(there);
            let is_shared =
                self.locks.is_shared(there) || self.queues.is_shared(there) || is_value(there);
            if let Some(first) = first.or(is_shared.then_some(there)) {
                self.shared.define(number, first);
                return first;
            }
            if self.locks.get(there).is_some() {
                if may_copy {
                    self.copy_lock(there, number);
                }
                return number;
            }
            // A process is younger than the one that it was copied from.
            from = self.processes.origin(origin).filter(|next| next.0 < origin.0);
        }
        number
    }

    /// A forked child has copies of its parent's locks, which are locks of its own.
    fn copy_lock(&mut self, original: u64, number: u64) {
        if let Some(name) = self.locks.get(original).map(|lock| lock.name.clone()) {
            let process = self.processes.name(Scope::of(number));
            let name = Printable::from(format!("{name} in {process}"));
            let resource = self.lane.resource(&name, ResourceKind::Lock);
            self.locks.copy(original, number, resource, name);
        }
    }

    pub fn process_record(&mut self, at: u64, lane: LaneId, kind: RecordKind, of: u64) {
        match kind {
            RecordKind::ProcessWait { pid, also } => {
                let main = self.processes.scope(pid).map(|scope| scope.number(MAIN));
                // Nothing is known of one that is not watched, or not yet.
                let main = main.filter(|main| self.threads.get_mut(*main).is_some());
                let resource = match main {
                    Some(_) => self.end_of(main),
                    None => self.several("the end of a process", ResourceKind::Event),
                };
                let holder = main.and_then(|main| self.threads.get_mut(main)?.lane);
                self.awaits(at, lane, (resource, holder), also);
            }
            RecordKind::ChildTaskStarted { task } => {
                if let Some((number, label)) = self.child_task(at, lane, task) {
                    let label_text = Printable::foreign(&label);
                    let work = Work { number, label: label_text, unnoticed: task.of_pool };
                    self.processes.works_at(Scope::of(of), Some(work));
                    self.event(at, lane, LaneEvent::TaskStarted { task: number, label });
                }
            }
            RecordKind::ChildTaskEnded { task, failed } => {
                let outcome = if failed {
                    TaskOutcome::Failed { error: "an exception".into() }
                } else {
                    TaskOutcome::Finished
                };
                self.processes.works_at(Scope::of(of), None);
                if let Some(number) = self.end_child_task(at, task, failed) {
                    self.event(at, lane, LaneEvent::TaskEnded { task: number, outcome });
                    self.event(at, lane, LaneEvent::Idle);
                }
            }
            RecordKind::PoolTasks { pool, call, items, chunks } => {
                self.pools.submitted(pool, call, items, chunks);
            }
            RecordKind::PoolPickled { parent, call, ns } => {
                if let Some(parent) = self.processes.scope(parent) {
                    self.pools.pickled(parent, call, ns);
                }
            }
            RecordKind::Pool { pool, step } => self.pools.step(pool, step, self.own_time(at)),
            RecordKind::PoolResult { call } => {
                self.pools.returned(Scope::of(of), call, self.own_time(at));
            }
            _ => {}
        }
    }

    /// A worker begins a task: its number in the run, and what it is called.
    fn child_task(&mut self, at: u64, lane: LaneId, task: ChildTask) -> Option<(u64, Arc<str>)> {
        let parent = self.processes.scope(task.parent)?;
        if task.of_pool {
            let (pool, chunks) = self.pools.started(parent, task.number, self.own_time(at))?;
            let label = if chunks > 1 {
                format!("chunk {}", task.chunk.saturating_add(1))
            } else {
                format!("task {}", task.number.saturating_add(1))
            };
            return Some((chunk_number(pool, task), label.into()));
        }
        let id = self.executors.of_child(parent, task.number)?;
        let label = self.executors.started(id, lane, self.own_time(at))?;
        Some((super::tools::number(id), label))
    }

    fn end_child_task(&mut self, at: u64, task: ChildTask, failed: bool) -> Option<u64> {
        let parent = self.processes.scope(task.parent)?;
        if task.of_pool {
            let pool = self.pools.ended(parent, task.number, self.own_time(at), failed)?;
            return Some(chunk_number(pool, task));
        }
        let id = self.executors.of_child(parent, task.number)?;
        self.executors.ran(id, self.own_time(at));
        Some(super::tools::number(id))
    }
}

/// One number for a chunk, unique in the run: executors have numbers of their own.
fn chunk_number(pool: u64, task: ChildTask) -> u64 {
    super::tools::unique(pool, task.number << 16 | task.chunk & 0xffff)
}
