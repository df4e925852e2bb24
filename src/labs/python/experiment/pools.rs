//! The script's pools: what was submitted, what the workers did, and where the time went.
//!
//! ```text
//!   Pool()                first chunk            last chunk    last result    close      join
//!     │                      begins                 done         taken          │          │
//!     ├────────start─────────┼────────compute────────┼───return────┤            ├─shutdown─┤
//! ```
//!
//! Pickling is no part of this line: tasks and results are pickled and unpickled in all of its
//! processes at once, within the other parts. What lies between `return` and `shutdown` is the
//! script's own time with a pool that does nothing, and no part. The parts are of all calls
//! together: a pool that is used twice computes from the first chunk of the first call to the last
//! of the last.

use std::collections::{BTreeMap, HashMap};

use super::super::facts::{PoolParts, PoolReport, StartMethod};
use crate::kit::event::ResourceId;
use crate::kit::python::{PoolStep, Scope};
use crate::printable::Printable;
use crate::scene::units;

/// Pools and calls that are kept at most.
const MOST: usize = 1024;
const CALLS: usize = 100_000;

/// One pool, and when what happened to it.
#[derive(Debug, Default)]
pub struct Pool {
    /// Its results, as something that is waited for.
    pub results: ResourceId,
    name: Printable,
    place: Printable,
    size: u32,
    method: StartMethod,
    tasks: u64,
    chunks: u64,
    done: u64,
    failed: u64,
    /// In all processes together.
    pickled_ns: Option<u64>,
    begins: Option<u64>,
    first_start: Option<u64>,
    last_end: Option<u64>,
    last_result: Option<u64>,
    ends: Option<u64>,
    ended: Option<u64>,
}

/// All pools by the numbers of their definitions.
#[derive(Debug, Default)]
pub struct Pools {
    all: BTreeMap<u64, Pool>,
    /// The pool of each call, and its items and chunks.
    calls: HashMap<(Scope, u64), (u64, u64, u64)>,
}

impl Pools {
    pub fn define(&mut self, number: u64, results: ResourceId, name: Printable, place: Printable) {
        if self.all.len() < MOST {
            self.all.insert(number, Pool { results, name, place, ..Pool::default() });
        }
    }

    pub fn sized(&mut self, number: u64, size: u32, method: StartMethod) {
        if let Some(pool) = self.all.get_mut(&number) {
            (pool.size, pool.method) = (size, method);
        }
    }

    pub fn get(&self, number: u64) -> Option<&Pool> {
        self.all.get(&number)
    }

    pub fn step(&mut self, number: u64, step: PoolStep, at: u64) {
        let Some(pool) = self.all.get_mut(&number) else {
            return;
        };
        match step {
            PoolStep::Begins => pool.begins = Some(at),
            PoolStep::Ends => {
                pool.ends.get_or_insert(at);
            }
            PoolStep::Ended => pool.ended = Some(at),
        }
    }

    /// A call submits items in chunks. What it was taken for before is taken back.
    pub fn submitted(&mut self, number: u64, call: u64, items: u64, chunks: u64) {
        let Some(pool) = self.all.get_mut(&number) else {
            return;
        };
        let key = (Scope::of(number), call);
        if let Some((_, items, chunks)) = self.calls.remove(&key) {
            pool.tasks = pool.tasks.saturating_sub(items);
            pool.chunks = pool.chunks.saturating_sub(chunks);
        }
        pool.tasks = pool.tasks.saturating_add(items);
        pool.chunks = pool.chunks.saturating_add(chunks);
        if self.calls.len() < CALLS {
            self.calls.insert(key, (number, items, chunks));
        }
    }

    /// A worker begins a chunk of a call; the number of the pool, and its chunks.
    pub fn started(&mut self, parent: Scope, call: u64, at: u64) -> Option<(u64, u64)> {
        let (number, _, chunks) = *self.calls.get(&(parent, call))?;
        self.all.get_mut(&number)?.first_start.get_or_insert(at);
        Some((number, chunks))
    }

    /// A worker has ended a chunk, which failed if a task of it raised an exception; the number of
    /// the pool.
    pub fn ended(&mut self, parent: Scope, call: u64, at: u64, failed: bool) -> Option<u64> {
        let (number, ..) = *self.calls.get(&(parent, call))?;
        let pool = self.all.get_mut(&number)?;
        pool.last_end = pool.last_end.max(Some(at));
        pool.done += 1;
        pool.failed += u64::from(failed);
        Some(number)
    }

    /// The parent has taken a result.
    pub fn returned(&mut self, parent: Scope, call: u64, at: u64) {
        if let Some((number, ..)) = self.calls.get(&(parent, call))
            && let Some(pool) = self.all.get_mut(number)
        {
            pool.last_result = Some(at);
        }
    }

    /// A chunk of a call or its result was pickled or unpickled, for so long.
    pub fn pickled(&mut self, parent: Scope, call: u64, ns: u64) {
        if let Some((number, ..)) = self.calls.get(&(parent, call))
            && let Some(pool) = self.all.get_mut(number)
        {
            pool.pickled_ns = Some(pool.pickled_ns.unwrap_or(0).saturating_add(ns));
        }
    }

    /// The figures of the first `most` pools.
    pub fn reports(&self, most: usize) -> Vec<PoolReport> {
        self.all.values().take(most).map(Pool::report).collect()
    }
}

impl Pool {
    fn report(&self) -> PoolReport {
        PoolReport {
            name: self.name.clone(),
            place: self.place.clone(),
            size: self.size,
            start_method: self.method,
            tasks: self.tasks,
            chunks: self.chunks,
            done: self.done,
            failed: self.failed,
            total_ms: between(self.begins, self.ended),
            parts_ms: PoolParts {
                start: between(self.begins, self.first_start),
                pickle: between(Some(0), self.pickled_ns),
                compute: between(self.first_start, self.last_end),
                give_back: between(self.last_end, self.last_result),
                shutdown: between(self.ends, self.ended),
            },
        }
    }
}

/// How long from one moment to another, in ms.
fn between(from: Option<u64>, to: Option<u64>) -> Option<f64> {
    Some(units::to_f64(to?.saturating_sub(from?)) / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_pool_is_split_into_its_parts() {
        let mut pools = Pools::default();
        let parent = Scope(0);
        pools.define(4, ResourceId(0), "pool".into(), "x.py:1".into());
        pools.sized(4, 2, StartMethod::Fork);
        pools.step(4, PoolStep::Begins, 1_000_000);
        // A call of `map` is taken for one task first.
        pools.submitted(4, 0, 1, 1);
        pools.submitted(4, 0, 5, 3);
        assert_eq!(pools.started(parent, 0, 3_000_000), Some((4, 3)));
        pools.started(parent, 0, 4_000_000);
        pools.ended(parent, 0, 6_000_000, false);
        pools.ended(parent, 0, 8_000_000, true);
        assert_eq!(pools.started(Scope(1), 0, 9_000_000), None);
        pools.returned(parent, 0, 9_000_000);
        for ns in [1_000_000, 500_000] {
            pools.pickled(parent, 0, ns);
        }
        pools.step(4, PoolStep::Ends, 10_000_000);
        pools.step(4, PoolStep::Ends, 11_000_000);
        pools.step(4, PoolStep::Ended, 14_000_000);
        let report = pools.reports(9).pop().unwrap();
        assert_eq!(
            (report.size, report.tasks, report.chunks, report.done, report.failed),
            (2, 5, 3, 2, 1)
        );
        let parts = report.parts_ms;
        assert_eq!((parts.start, parts.compute), (Some(2.0), Some(5.0)));
        assert_eq!(parts.pickle, Some(1.5));
        assert_eq!((parts.give_back, parts.shutdown), (Some(1.0), Some(4.0)));
        assert_eq!(report.total_ms, Some(13.0));
    }
}
