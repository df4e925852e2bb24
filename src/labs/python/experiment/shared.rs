//! What processes share, under the numbers that each of them has for it.
//!
//! ```text
//!   made by the script        lock 3 of process 0
//!   in a forked child         3 of process 1          its parent's number
//!   pickled for a child       1 of process 2          its definition says: 3 of process 0
//! ```
//!
//! A forked child has its parent's numbers for all that its parent had. What belongs to
//! `multiprocessing` is the same thing there; a lock of `threading` is a copy, which knows nothing
//! of what happens to the original.

use std::collections::HashMap;

use super::watcher::Watcher;
use crate::kit::event::ResourceKind;
use crate::kit::python::{RecordKind, Scope};
use crate::printable::Printable;

/// Numbers that are kept at most.
const MOST: usize = 100_000;

/// The first numbers of what has several.
#[derive(Debug, Default)]
pub struct SharedNumbers {
    first: HashMap<u64, u64>,
}

impl SharedNumbers {
    /// A process has this number for what has that one where it was made.
    pub fn define(&mut self, number: u64, first: u64) {
        if self.first.len() < MOST && number != first {
            self.first.insert(number, first);
        }
    }
}

impl Watcher<'_> {
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
            | RecordKind::QueueWait { queue: number, .. }
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
        if self.locks.get(number).is_some() || self.queues.get(number).is_some() {
            return number;
        }
        if let Some(first) = self.shared.first.get(&number) {
            return *first;
        }
        let mut from = self.processes.origin(Scope::of(number));
        while let Some(origin) = from {
            let there = origin.same(number);
            let first = self.shared.first.get(&there).copied();
            let is_shared = self.locks.is_shared(there) || self.queues.is_shared(there);
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
}
