//! One run of the variants inside this process: one thread, and a pool of threads; and
//! the moments by which the runs of all variants are cut into parts.

use std::sync::Arc;

use super::super::facts::Fact;
use super::figures::{Mode, Parts, Sample, Variant};
use super::plan::Plan;
use crate::kit::clock::monotonic_ns;
use crate::kit::limit::Limit;
use crate::kit::process_pool::Milestones;
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::kit::thread_pool::{Shutdown, ThreadPool};
use crate::scene::units::to_f64;

/// Why a run has no figure. A run with a wrong figure does not exist: whatever could have
/// falsified it, such as a worker that was replaced, makes it an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunError {
    /// Stop was requested, or something else is to be measured. Not reported: it is no
    /// failure.
    Interrupted,
    /// The run failed, with the cause for the user.
    Failed(String),
}

/// The moments at which the parts of a run end, by the clock that all processes of the
/// machine share; see [`Parts`]. Filled from front to back, and each entry starts as the
/// one before it, so a part that a variant does not have is empty.
#[derive(Debug)]
pub struct Moments {
    start: u64,
    cuts: [u64; 6],
}

impl Moments {
    /// The run begins now; all parts are empty so far. To be called right before the
    /// first thing that belongs to the run, with everything prepared.
    pub fn start() -> Self {
        let start = monotonic_ns();
        Self { start, cuts: [start; 6] }
    }

    /// The part of this number, and all after it for the time being, end at `at`. So an
    /// abandoned run still has parts in order, and a part that never comes is empty.
    pub fn cut(&mut self, part: usize, at: u64) {
        self.cuts[part..].fill(at);
    }

    /// The parts of creating a pool. The manager notes when it has seen a worker start,
    /// which may be after the worker has reported ready, so the start counts as no later
    /// than that.
    pub fn created(&mut self, pool: &Milestones, ready: u64) {
        self.cut(SPAWN, pool.spawned.min(ready));
        self.cut(READY, ready);
    }

    /// The parts that follow: when each task began and ended, when the last result had
    /// arrived, and when no worker was left. Without tasks the parts before `returned`
    /// are empty.
    pub fn worked(&mut self, tasks: &[(u64, u64)], returned: u64, joined: u64) {
        let first = tasks.iter().map(|(began, _)| *began).min();
        let last = tasks.iter().map(|(_, ended)| *ended).max();
        self.cut(SEND, first.unwrap_or(returned));
        self.cut(COMPUTE, last.unwrap_or(returned));
        self.cut(RETURN, returned);
        self.cut(JOIN, joined);
    }

    pub fn sample(&self, variant: Variant, pids: Vec<u32>, results: Vec<u64>) -> Sample {
        let cuts = self.cuts.map(|at| at.saturating_sub(self.start));
        Sample {
            variant,
            total_ns: to_f64(cuts[5]),
            parts_ns: Parts::cut(cuts),
            pids,
            results: results.into(),
        }
    }
}

/// Indices of the parts in [`Moments`], in the order of the fields of [`Parts`]: a part
/// ends at the moment of its index and begins at the one before.
const SPAWN: usize = 0;
const READY: usize = 1;
const SEND: usize = 2;
const COMPUTE: usize = 3;
const RETURN: usize = 4;
const JOIN: usize = 5;

/// The plain loop: no pool, no thread, only the tasks. All of its time is `compute`, so
/// its bar shows what every other variant has to be better than.
pub fn serial(plan: &Plan, stop: &Stop) -> Result<Sample, RunError> {
    let mut results = Vec::with_capacity(plan.tasks());
    // After the memory is reserved: an allocation is no part of the loop.
    let mut moments = Moments::start();
    for n in plan.from..=plan.to {
        results.push(plan.work.perform(n, stop).ok_or(RunError::Interrupted)?);
    }
    moments.cut(COMPUTE, monotonic_ns());
    Ok(moments.sample(Variant { mode: Mode::Serial, size: 1 }, Vec::new(), results))
}

/// A task's result, and when it began and ended on its thread. `None` as a result means
/// that it was stopped.
#[derive(Debug)]
struct Done {
    square: Option<u64>,
    began: u64,
    ended: u64,
}

/// A pool of threads, created and joined for this one run. Its threads start as tasks are
/// queued, so the first tasks may be done before the last thread is started: that time
/// counts as `spawn`.
///
/// # Errors
/// If the system refused threads, a task panicked, or the run was interrupted.
pub fn threads(
    plan: &Plan,
    size: usize,
    lane: &Lane<Fact>,
    stop: &Stop,
) -> Result<Sample, RunError> {
    let failed = |error: &dyn std::fmt::Display| RunError::Failed(error.to_string());
    // Taken before the first moment, so that cloning it is not measured.
    let recorder = lane.recorder().clone();
    let (work, halt) = (plan.work, stop.clone());
    let mut moments = Moments::start();
    let pool = ThreadPool::builder(size)
        .prefix("thread")
        .observer(Arc::new(move |name| std::rc::Rc::new(recorder.lane(name))))
        .build()
        .map_err(|error| failed(&error))?;
    let task = move |n| {
        let began = monotonic_ns();
        let square = work.perform(n, &halt);
        Done { square, began, ended: monotonic_ns() }
    };
    let results = pool.map_chunked(plan.from..=plan.to, plan.chunk_for(size), task);
    // The call returns when all tasks are queued, which also starts the threads.
    let results = results.map_err(|error| failed(&error))?.within(Limit::until(stop));
    moments.cut(SPAWN, monotonic_ns());
    let done: Result<Vec<_>, _> = results.collect();
    let returned = monotonic_ns();
    // No task is left, except after a stop: then those in the queue must not be started.
    pool.shutdown(Shutdown::Cancel);
    let joined = monotonic_ns();
    if stop.requested() {
        return Err(RunError::Interrupted);
    }
    let done = done.map_err(|error| failed(&error))?;
    // A pool of fewer threads would be another variant.
    if let Some(why) = pool.refused() {
        let started = pool.workers();
        let why = format!("only {started} threads could be started: {why}");
        return Err(RunError::Failed(why));
    }
    let tasks: Vec<_> = done.iter().map(|done| (done.began, done.ended)).collect();
    moments.worked(&tasks, returned, joined);
    let squares = done.iter().filter_map(|done| done.square).collect();
    Ok(moments.sample(Variant { mode: Mode::Threads, size }, Vec::new(), squares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_pools_run_ends_at_its_own_moment() {
        let mut moments = Moments { start: 1_000, cuts: [1_000; 6] };
        let pool =
            Milestones { made: 1_003, spawned: 1_010, ready: 1_025, ..Milestones::default() };
        moments.created(&pool, 1_030);
        // The first begins at 60, the last ends at 100, whatever their order.
        moments.worked(&[(1_070, 1_100), (1_060, 1_090)], 1_150, 1_210);
        let variant = Variant { mode: Mode::Processes, size: 2 };
        let sample = moments.sample(variant, Vec::new(), Vec::new());
        let parts = sample.parts_ns;
        let all = [
            parts.spawn,
            parts.ready,
            parts.send,
            parts.compute,
            parts.returned,
            parts.join,
            sample.total_ns,
        ];
        assert_eq!(all.map(|ns| ns.to_string()), ["10", "20", "30", "40", "50", "60", "210"]);
    }

    #[test]
    fn who_is_ready_was_started_whenever_that_was_seen() {
        let mut moments = Moments { start: 0, cuts: [0; 6] };
        let pool = Milestones { spawned: 99, ..Milestones::default() };
        moments.created(&pool, 30);
        assert_eq!(moments.cuts[SPAWN..=READY], [30, 30]);
    }

    #[test]
    fn a_plain_loop_only_computes() {
        let plan = crate::labs::pool::tests::plan(&[]);
        let sample = serial(&plan, &Stop::new()).unwrap();
        let parts = sample.parts_ns;
        let others = parts.create() + parts.send + parts.returned + parts.join;
        assert_eq!(others.to_string(), "0");
        assert_eq!(parts.compute.to_string(), sample.total_ns.to_string());
    }
}
