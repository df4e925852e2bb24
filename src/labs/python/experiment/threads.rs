//! The script's threads by the numbers of their definitions, and their lanes.
//!
//! A record names its thread by the interpreter's identity, which is an address: when a thread has
//! ended, the next one often gets the same. So an identity is looked up among those that run, and
//! everything that lasts goes by number. A helper of a library (the feeder of a queue, the handlers
//! of a pool) is counted and has no lane, because the script does not know of it either.

use std::collections::{BTreeMap, HashMap};

use super::super::facts::shares::TimeShares;
use super::super::facts::source::SeenAt;
use super::super::facts::{Role, ThreadEnd, ThreadReport};
use super::places::Places;
use crate::kit::event::{LaneId, ResourceId};
use crate::kit::python::Scope;
use crate::printable::Printable;

/// Characters of a name or a message at most.
const TEXT: usize = 200;
/// Threads that are kept at most: what the shim writes is foreign.
const MOST: usize = 100_000;

/// A thread that was started, or is defined and about to be.
#[derive(Debug, Default)]
pub struct Thread {
    /// `None` before its start, and of a helper, which would hide what the script does.
    pub lane: Option<LaneId>,
    started: bool,
    pub name: Printable,
    role: Role,
    daemon: bool,
    pub ended: Option<ThreadEnd>,
    /// The exception that ended it, and where it was raised.
    pub error: Option<(Printable, Printable)>,
    /// Its end, as something that others wait for; once one does.
    pub end: Option<ResourceId>,
}

/// All threads. The interpreter's own identity of a thread may be that of a later one, so it is
/// kept for the one that runs.
#[derive(Debug, Default)]
pub struct Threads {
    all: BTreeMap<u64, Thread>,
    by_ident: HashMap<u64, u64>,
}

impl Threads {
    pub fn define(&mut self, number: u64, name: &str, role: Role, daemon: bool) {
        let thread = self.all.entry(number).or_default();
        thread.name = Printable::within(name, TEXT);
        (thread.role, thread.daemon) = (role, daemon);
    }

    /// Which exception ended it, and the file and line that raised it.
    pub fn raised(&mut self, number: u64, error: &str, place: &str) {
        if let Some(thread) = self.all.get_mut(&number) {
            let place = Printable::within(place, TEXT);
            thread.error = Some((Printable::within(error, TEXT), place));
            // Its parent may have reported the exit before.
            if thread.ended == Some(ThreadEnd::Exited) {
                thread.ended = Some(ThreadEnd::Raised);
            }
        }
    }

    /// The thread of this number runs from now on under this identity. `None` if there are too
    /// many.
    pub fn begin(&mut self, number: u64, ident: u64) -> Option<&mut Thread> {
        if self.by_ident.len() >= MOST || self.all.len() >= MOST {
            return None;
        }
        self.by_ident.insert(ident, number);
        let thread = self.all.entry(number).or_default();
        thread.started = true;
        if thread.name.is_empty() {
            thread.name = format!("thread {number}").into();
        }
        Some(thread)
    }

    pub fn number(&self, ident: u64) -> Option<u64> {
        self.by_ident.get(&ident).copied()
    }

    /// A thread of the same process that runs, other than this one.
    pub fn other_running(&self, number: u64) -> Option<u64> {
        let mut all = self.all.iter();
        let running = all.find(|(other, thread)| {
            let same_process = Scope::of(**other) == Scope::of(number);
            **other != number && same_process && thread.ended.is_none()
        });
        running.map(|(other, _)| *other)
    }

    pub fn get_mut(&mut self, number: u64) -> Option<&mut Thread> {
        self.all.get_mut(&number)
    }

    /// Whether it is a worker of an executor: without a task it is idle.
    pub fn is_worker(&self, number: u64) -> bool {
        self.has_role(number, Role::Worker)
    }

    /// Whether it is one that an executor or a pool has for itself.
    pub fn is_helper(&self, number: u64) -> bool {
        self.has_role(number, Role::Helper)
    }

    fn has_role(&self, number: u64, role: Role) -> bool {
        self.all.get(&number).is_some_and(|thread| thread.role == role)
    }

    pub fn name(&self, number: u64) -> Printable {
        self.all.get(&number).map_or_else(Printable::default, |thread| thread.name.clone())
    }

    /// The lanes of those that run in the processes that `included` holds of.
    pub fn running(&self, included: impl Fn(Scope) -> bool) -> Vec<LaneId> {
        let all = self.all.iter();
        let running =
            all.filter(|(number, one)| one.ended.is_none() && included(Scope::of(**number)));
        running.filter_map(|(_, thread)| thread.lane).collect()
    }

    /// Ends those of a process that still run, and gives their lanes.
    pub fn end_process(&mut self, scope: Scope, end: ThreadEnd) -> Vec<LaneId> {
        let first = scope.number(1);
        let after = Scope(scope.0 + 1).number(1);
        // An exit status is known only now, also of a main thread that came to its end.
        if let Some(main) = self.all.get_mut(&first)
            && main.ended == Some(ThreadEnd::Returned)
            && end == ThreadEnd::Exited
        {
            main.ended = Some(end);
        }
        let running = self.all.range_mut(first..after);
        let ended =
            running.filter(|(_, thread)| thread.ended.is_none()).filter_map(|(number, thread)| {
                thread.ended = Some(match end {
                    _ if *number != first => ThreadEnd::Killed,
                    ThreadEnd::Exited if thread.error.is_some() => ThreadEnd::Raised,
                    _ => end,
                });
                thread.lane
            });
        ended.collect()
    }

    /// Ends those that still run, because their process has ended, and gives their lanes.
    pub fn kill(&mut self) -> Vec<LaneId> {
        let running = self.all.values_mut().filter(|thread| thread.ended.is_none());
        let killed = running.filter_map(|thread| {
            thread.ended = Some(ThreadEnd::Killed);
            thread.lane
        });
        killed.collect()
    }

    /// The first `most` threads that were started.
    pub fn reports(
        &self,
        most: usize,
        states: impl Fn(u64) -> Option<TimeShares>,
    ) -> Vec<ThreadReport> {
        let started = self.all.iter().filter(|(_, thread)| thread.started);
        started.take(most).map(|(number, thread)| thread.report(states(*number))).collect()
    }

    /// Where the first `most` threads were last seen, without those that have returned while
    /// others run.
    pub fn seen_at(&self, most: usize, places: &Places) -> Vec<SeenAt> {
        let all = self.all.values().all(|thread| thread.ended.is_some());
        let left = |thread: &Thread| all || thread.ended != Some(ThreadEnd::Returned);
        let seen = self.all.iter().filter(|(_, thread)| left(thread));
        let seen = seen.filter_map(|(number, thread)| {
            let (lane, line) = (thread.lane?.0, places.line(*number)?);
            Some(SeenAt { thread: thread.name.clone(), lane, line })
        });
        seen.take(most).collect()
    }
}

impl Thread {
    fn report(&self, states: Option<TimeShares>) -> ThreadReport {
        let (error, error_at) = self.error.clone().unzip();
        ThreadReport {
            name: self.name.clone(),
            role: self.role,
            daemon: self.daemon,
            ended: self.ended,
            error,
            error_at: error_at.filter(|place| !place.is_empty()),
            states,
        }
    }
}
