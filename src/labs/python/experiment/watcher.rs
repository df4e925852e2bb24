//! Turns what a watched script wrote into lane events, and keeps the exact figures.
//!
//! Records come in the order in which they were written, each with its own time; events are
//! stamped with that. They may be dropped if the screen is behind; the figures never miss one.

use std::collections::HashMap;

use super::super::facts::{Fact, Figures, Interpreter, LockKind, Role, ThreadEnd, kind_named};
use super::executors::Executors;
use super::lists::Lists;
use super::locks::Locks;
use super::names::{Names, error, place};
use super::output::Output;
use super::pauses::Pauses;
use super::places::Places;
use super::pools::Pools;
use super::processes::Processes;
use super::queues::Queues;
use super::sampling::Sampling;
use super::shared::SharedNumbers;
use super::threads::Threads;
use super::values::Values;
use crate::kit::clock::monotonic_ns;
use crate::kit::event::{Ending, LaneEvent, LaneId, Pause, ResourceId, Stamped, Stream, What};
use crate::kit::python::{Content, Definition, LockFailure, Record, RecordKind, Scope, Seen};
use crate::kit::recorder::Lane;
use crate::printable::Printable;

/// Characters of a text of the shim's at most.
pub const TEXT: usize = 300;
/// Stands for the lane of a thread that has none.
const HIDDEN: LaneId = LaneId(u32::MAX);
/// Different texts about what is not watched that are kept.
const NOTES: usize = 32;

/// Everything that is known of one run of a script.
#[derive(Debug)]
pub struct Watcher<'a> {
    /// Of the driver thread, in whose name the output is reported.
    pub lane: &'a Lane<Fact>,
    /// The system's monotonic clock when the run's clock was 0.
    origin: u64,
    pub threads: Threads,
    pub locks: Locks,
    pub queues: Queues,
    pub executors: Executors,
    pub lists: Lists,
    pub values: Values,
    pub processes: Processes,
    pub pools: Pools,
    pub shared: SharedNumbers,
    pub pauses: Pauses,
    pub sampling: Sampling,
    pub names: Names,
    /// What the script calls what is not defined yet.
    pub variables: HashMap<u64, Vec<String>>,
    places: Places,
    outputs: [Output; 2],
    /// Events that were not sent yet.
    batch: Vec<Stamped<Fact>>,
    /// What is waited for and is more than one thing, by its name.
    pub several: HashMap<&'static str, ResourceId>,
    not_watched: Vec<Printable>,
    /// Ends of children: what these did is read at the next look at the latest.
    pub ends: Vec<(Scope, Definition)>,
}

impl<'a> Watcher<'a> {
    pub fn new(lane: &'a Lane<Fact>, places: Places) -> Self {
        Self {
            lane,
            origin: monotonic_ns().saturating_sub(lane.recorder().clock().now()),
            threads: Threads::default(),
            locks: Locks::default(),
            queues: Queues::default(),
            executors: Executors::default(),
            lists: Lists::default(),
            values: Values::default(),
            processes: Processes::default(),
            pools: Pools::default(),
            shared: SharedNumbers::default(),
            pauses: Pauses::default(),
            sampling: Sampling::default(),
            names: Names::default(),
            variables: HashMap::new(),
            places,
            outputs: [Stream::Stdout, Stream::Stderr].map(Output::new),
            batch: Vec::new(),
            several: HashMap::new(),
            not_watched: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Folds in what was seen, and empties it.
    pub fn take(&mut self, seen: &mut Seen) {
        for pid in seen.begun.drain(..) {
            self.processes.begun(pid);
        }
        // How a child ended is reported by its parent; it comes after all that it did.
        let is_end = |(_, one): &(Scope, Definition)| matches!(one, Definition::Exit { .. });
        let all = std::mem::take(&mut seen.definitions).into_iter();
        let (ends, definitions): (Vec<_>, Vec<_>) = all.partition(is_end);
        for (scope, definition) in definitions {
            self.define(scope, definition);
        }
        let now = self.lane.recorder().clock().now();
        for record in seen.records.drain(..) {
            // Nothing happens later than it is read.
            let at = record.at.saturating_sub(self.origin).min(now);
            self.place_samples(at);
            self.record(at, &record);
        }
        self.place_samples(now);
        if !seen.more {
            self.end_children();
        }
        self.ends.extend(ends);
        self.send();
        for (stream, bytes) in seen.output.drain(..) {
            let output = self.outputs.iter_mut().find(|output| output.is(stream));
            let written = output.map(|output| output.take(&bytes)).unwrap_or_default();
            self.wrote(stream, written);
        }
    }

    /// The process has ended: so have all its threads, and its output.
    pub fn end(&mut self, signal: Option<i32>) {
        self.end_children();
        let at = self.lane.recorder().clock().now();
        for lane in self.threads.kill() {
            let ending = signal.map_or(Ending::Stopped, |signal| Ending::Killed { signal });
            self.reliable(at, lane, LaneEvent::Ended(ending));
        }
        let written = self.outputs.each_mut().map(Output::end);
        for (stream, written) in [Stream::Stdout, Stream::Stderr].into_iter().zip(written) {
            self.wrote(stream, written);
        }
    }

    /// The figures of the first `most` of each kind.
    pub fn figures(&self, most: usize, records: (u64, u64)) -> Figures {
        Figures {
            threads: self.threads.reports(most, |thread| self.sampling.report(thread)),
            locks: self.locks.reports(most, |thread| self.threads.name(thread)),
            queues: self.queues.reports(most, |thread| self.threads.name(thread)),
            executors: self.executors.reports(most),
            lists: self.lists.reports(
                most,
                |thread| self.threads.name(thread),
                |lock| self.locks.get(lock).map(|lock| lock.name.clone()),
            ),
            values: self.values.reports(most),
            processes: self.processes.reports(most),
            pools: self.pools.reports(most),
            seen_at: self.threads.seen_at(most, &self.places),
            records: records.0,
            lost_records: records.1,
        }
    }

    /// What the shim said that it cannot watch, and what the system does not show.
    pub fn not_watched(&self) -> impl Iterator<Item = &Printable> {
        self.not_watched.iter().chain(&self.sampling.refused)
    }

    fn wrote(&mut self, stream: Stream, (text, lines): (String, Vec<Printable>)) {
        if !text.is_empty() {
            self.lane.reliable_fact(Fact::Output { stream, text });
        }
        for text in lines {
            self.lane.emit(LaneEvent::Said { stream, text });
        }
        self.lane.flush();
    }

    fn define(&mut self, scope: Scope, definition: Definition) {
        match definition {
            Definition::Python { version, implementation, gil } => {
                if scope != Scope(0) {
                    return;
                }
                let [version, implementation] =
                    [version, implementation].map(|text| Printable::within(&text, TEXT));
                let interpreter = Interpreter { version, gil, implementation };
                self.lane.reliable_fact(Fact::Interpreter(interpreter.into()));
            }
            Definition::Thread { thread, role, daemon, name } => {
                let name = self.thread_in_run(scope, thread, &name);
                // The main thread of a pool's process has nothing to do without a task.
                let role = kind_named(&role);
                let works = role == Role::Main && scope != Scope(0) && name.contains("PoolWorker");
                let role = if works { Role::Worker } else { role };
                self.threads.define(thread, &name, role, daemon);
            }
            Definition::Variable { number, names } => {
                self.variables.insert(number, names);
            }
            Definition::Lock { lock, kind, line, file } => {
                let kind = kind_named::<LockKind>(&kind);
                let (name, place) = self.made(lock, kind.word(), &file, line);
                let resource = self.lane.resource(&name, kind.resource());
                self.locks.define(lock, resource, kind, name, place);
            }
            Definition::Raised { thread, kind, text, line, file } => {
                self.threads.raised(thread, &error(kind, &text), &place(&file, line));
            }
            Definition::File { file, name } => self.places.define(file, &name),
            Definition::NotWatched { what } => {
                let what = Printable::within(&what, TEXT);
                if self.not_watched.len() < NOTES && !self.not_watched.contains(&what) {
                    self.not_watched.push(what);
                }
            }
            other @ (Definition::Process { .. }
            | Definition::Exit { .. }
            | Definition::Pool { .. }
            | Definition::Same { .. }
            | Definition::PoolSize { .. }) => self.define_process(scope, other),
            other => self.define_tool(other),
        }
    }

    fn record(&mut self, at: u64, record: &Record) {
        if let RecordKind::ThreadStart { thread, os_tid } = record.kind {
            return self.start(at, record.ident, thread, os_tid);
        }
        // One that started unseen, as by a library in C: it has no name and no end.
        let number = self.threads.number(record.ident).unwrap_or_else(|| {
            let number = u64::MAX - record.ident;
            self.start(at, record.ident, number, 0);
            number
        });
        self.places.seen(number, record.place);
        let lane = self.threads.get_mut(number).and_then(|thread| thread.lane);
        let Some(lane) = lane.or_else(|| self.threads.is_helper(number).then_some(HIDDEN)) else {
            return;
        };
        let own = self.own_time(at);
        match self.of_first(record.kind) {
            RecordKind::ThreadStart { .. } => {}
            RecordKind::ThreadEnd { thread, raised } => self.finish(at, thread, raised),
            RecordKind::LockWant { lock, timed } => {
                self.locks.wait(number, lock, own, timed);
                self.waits_for(at, lane, lock);
            }
            RecordKind::LockGot { lock, depth } => {
                self.locks.acquired(number, lock, own, depth);
                self.of_lock(at, lane, lock, |resource| LaneEvent::Acquired { resource, depth });
            }
            RecordKind::LockReleased { lock, depth } => {
                self.locks.released(lock, own, depth);
                self.of_lock(at, lane, lock, |resource| LaneEvent::Released { resource, depth });
                // A condition releases its lock to wait.
                if let Some(tool) = self.locks.tool_of(number) {
                    self.waits_for(at, lane, tool);
                }
            }
            RecordKind::LockFailed { lock, why } => {
                self.locks.end_wait(number);
                let why = match why {
                    LockFailure::Tried => "it only tried",
                    LockFailure::TimedOut => "its time was up",
                    LockFailure::Exception => "an exception ended the wait",
                };
                let why = Printable::from(why);
                self.of_lock(at, lane, lock, |resource| LaneEvent::GaveUp { resource, why });
            }
            RecordKind::LockPassed { lock } => self.locks.passed(lock),
            RecordKind::SleepBegin { for_ns } => {
                self.event(at, lane, LaneEvent::Sleeping { pause: Pause::Script, for_ns });
            }
            RecordKind::JoinBegin { thread } => {
                let resource = self.end_of(thread);
                // Of several, one of them.
                let awaited = thread.or_else(|| self.threads.other_running(number));
                let awaited = awaited.and_then(|number| self.threads.get_mut(number));
                let holder = awaited.and_then(|thread| thread.lane);
                self.event(at, lane, LaneEvent::Waiting { resource, holder });
            }
            RecordKind::WaitBegin { tool } => {
                self.locks.wait_at_tool(number, tool, own);
                self.waits_for(at, lane, tool);
            }
            RecordKind::WaitEnd => {
                self.queues.end_wait(number, own);
                self.locks.end_tool_wait(number, own);
                self.event(at, lane, LaneEvent::Running);
            }
            RecordKind::Notified { tool, waiters: lanes } => {
                self.of_lock(at, lane, tool, |resource| LaneEvent::Notified { resource, lanes });
            }
            RecordKind::SleepEnd | RecordKind::JoinEnd => {
                self.event(at, lane, LaneEvent::Running);
            }
            kind @ (RecordKind::ProcessWait { .. }
            | RecordKind::ChildTaskStarted { .. }
            | RecordKind::ChildTaskEnded { .. }
            | RecordKind::PoolTasks { .. }
            | RecordKind::PoolPickled { .. }
            | RecordKind::Pool { .. }
            | RecordKind::PoolResult { .. }) => self.process_record(at, lane, kind, number),
            kind @ (RecordKind::ListDone { .. }
            | RecordKind::ListFailed { .. }
            | RecordKind::ListSeen { .. }
            | RecordKind::QueuePut { .. }
            | RecordKind::QueueGot { .. }
            | RecordKind::QueueDropped { .. }
            | RecordKind::QueueSeen { .. }
            | RecordKind::QueueWait { .. }) => self.queue_record(at, number, lane, kind),
            RecordKind::Accessed { value, written, cell, content } => {
                let resource = self.values.accessed(number, value, written, (cell, content));
                if let (Some(resource), Content::Integer(value)) = (resource, content) {
                    let read = LaneEvent::Read { resource, value };
                    let wrote = LaneEvent::Wrote { resource, value };
                    self.event(at, lane, if written { wrote } else { read });
                }
            }
            kind => self.task_record(at, number, lane, kind),
        }
    }

    fn start(&mut self, at: u64, ident: u64, number: u64, os_tid: u32) {
        self.send();
        let kind = self.lane_kind(number, os_tid);
        let hidden = self.threads.is_helper(number);
        if let Some(thread) = self.threads.begin(number, ident)
            && thread.lane.is_none()
            && !hidden
        {
            let lane = self.lane.recorder().lane_since(at, &thread.name, kind);
            thread.lane = Some(lane);
            // A worker has no task yet.
            let idle = self.threads.is_worker(number);
            let begins = if idle { LaneEvent::Idle } else { LaneEvent::Running };
            self.event(at, lane, begins);
        }
        self.sampling.begin(number, os_tid, at);
    }

    fn finish(&mut self, at: u64, number: u64, raised: bool) {
        let Some(thread) = self.threads.get_mut(number).filter(|thread| thread.ended.is_none())
        else {
            return;
        };
        self.sampling.end(number);
        thread.ended = Some(if raised { ThreadEnd::Raised } else { ThreadEnd::Returned });
        let ending = match (raised, thread.error.clone()) {
            (true, Some((error, place))) => Ending::Raised { error, place },
            (true, None) => {
                Ending::Raised { error: "an exception".into(), place: Printable::default() }
            }
            (false, _) => Ending::Returned,
        };
        if let Some(lane) = thread.lane {
            self.reliable(at, lane, LaneEvent::Ended(ending));
        }
    }

    fn waits_for(&mut self, at: u64, lane: LaneId, lock: u64) {
        let waiting = |resource| LaneEvent::Waiting { resource, holder: None };
        self.of_lock(at, lane, lock, waiting);
    }

    fn of_lock(
        &mut self,
        at: u64,
        lane: LaneId,
        lock: u64,
        event: impl FnOnce(ResourceId) -> LaneEvent,
    ) {
        if let Some(lock) = self.locks.get(lock) {
            let event = event(lock.resource);
            self.event(at, lane, event);
        }
    }

    pub fn event(&mut self, at: u64, lane: LaneId, what: LaneEvent) {
        if lane != HIDDEN {
            self.sampling.recorded(lane);
            self.sampled(at, lane, what);
        }
    }

    /// An event that no record stands for.
    pub fn sampled(&mut self, at: u64, lane: LaneId, what: LaneEvent) {
        self.batch.push(Stamped { at, lane, what: What::Lane(what) });
    }

    /// Sends an event that may not be lost, and before it what was gathered.
    pub fn reliable(&mut self, at: u64, lane: LaneId, what: LaneEvent) {
        self.send();
        let event = Stamped { at, lane, what: What::Lane(what) };
        self.lane.recorder().forward_reliable(event);
    }

    fn send(&mut self) {
        self.lane.recorder().forward(std::mem::take(&mut self.batch), 0);
    }
}
