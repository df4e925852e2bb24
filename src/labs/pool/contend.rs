//! One run of the contenders that live in this process: one thread, and a pool of threads.

use std::sync::Arc;

use super::figures::{Contender, Mode, Parts, Sample, nanos};
use super::plan::Plan;
use super::state::Fact;
use crate::kit::clock::monotonic_ns;
use crate::kit::limit::Limit;
use crate::kit::probe::Lane;
use crate::kit::stop::Stop;
use crate::kit::thread_pool::{Shutdown, ThreadPool};

/// Why a run has no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Told to stop, or to do something else.
    Interrupted,
    Failed(String),
}

/// The moments at which the parts of a run end, by the clock that all processes of
/// the machine share; see [`Parts`].
#[derive(Debug)]
pub(super) struct Moments {
    start: u64,
    cuts: [u64; 6],
}

impl Moments {
    /// All parts are empty so far.
    pub(super) fn start() -> Self {
        let start = monotonic_ns();
        Self {
            start,
            cuts: [start; 6],
        }
    }

    /// The part of this number, and those after it so far, end at `at`.
    pub(super) fn cut(&mut self, part: usize, at: u64) {
        self.cuts[part..].fill(at);
    }

    pub(super) fn at(&self, part: usize) -> u64 {
        self.cuts[part]
    }

    pub(super) fn sample(&self, who: Contender, pids: Vec<u32>, results: Vec<u64>) -> Sample {
        let cuts = self.cuts.map(|at| at.saturating_sub(self.start));
        Sample {
            who,
            total_ns: nanos(cuts[5]),
            parts_ns: Parts::cut(cuts),
            pids,
            results: results.into(),
        }
    }
}

pub(super) const SPAWN: usize = 0;
pub(super) const READY: usize = 1;
pub(super) const SEND: usize = 2;
pub(super) const COMPUTE: usize = 3;
pub(super) const RETURN: usize = 4;
pub(super) const JOIN: usize = 5;

/// The plain loop.
pub(super) fn serial(plan: &Plan, stop: &Stop) -> Result<Sample, Trouble> {
    let mut results = Vec::with_capacity(plan.tasks());
    let mut moments = Moments::start();
    for n in plan.from..=plan.to {
        results.push(plan.work.perform(n, stop).ok_or(Trouble::Interrupted)?);
    }
    moments.cut(COMPUTE, monotonic_ns());
    Ok(moments.sample(
        Contender {
            mode: Mode::Serial,
            size: 1,
        },
        Vec::new(),
        results,
    ))
}

/// A task's result, and when it began and ended on its thread.
#[derive(Debug)]
struct Done {
    square: Option<u64>,
    began: u64,
    ended: u64,
}

/// A pool of threads, made and joined for this one run. Its threads start as tasks are
/// queued, so the first tasks may be done before the last thread is started: that
/// time counts as `spawn`.
pub(super) fn threads(
    plan: &Plan,
    size: usize,
    lane: &Lane<Fact>,
    stop: &Stop,
) -> Result<Sample, Trouble> {
    let failed = |error: &dyn std::fmt::Display| Trouble::Failed(error.to_string());
    let probe = lane.probe().clone();
    let (work, halt) = (plan.work, stop.clone());
    let mut moments = Moments::start();
    let pool = ThreadPool::builder(size)
        .prefix("thread")
        .observer(Arc::new(move |name| std::rc::Rc::new(probe.lane(name))))
        .build()
        .map_err(|error| failed(&error))?;
    let task = move |n| {
        let began = monotonic_ns();
        let square = work.perform(n, &halt);
        Done {
            square,
            began,
            ended: monotonic_ns(),
        }
    };
    let results = pool.map_chunked(plan.from..=plan.to, plan.chunk_for(size), task);
    let results = results
        .map_err(|error| failed(&error))?
        .within(Limit::until(stop));
    moments.cut(SPAWN, monotonic_ns());
    let done: Result<Vec<_>, _> = results.collect();
    let returned = monotonic_ns();
    pool.shutdown(Shutdown::Cancel);
    let joined = monotonic_ns();
    if stop.requested() {
        return Err(Trouble::Interrupted);
    }
    let done = done.map_err(|error| failed(&error))?;
    if let Some(why) = pool.refused() {
        // A pool of fewer is another contender.
        let started = pool.workers();
        let why = format!("only {started} threads could be started: {why}");
        return Err(Trouble::Failed(why));
    }
    moments.cut(
        SEND,
        done.iter().map(|done| done.began).min().unwrap_or(returned),
    );
    moments.cut(
        COMPUTE,
        done.iter().map(|done| done.ended).max().unwrap_or(returned),
    );
    moments.cut(RETURN, returned);
    moments.cut(JOIN, joined);
    let squares = done.iter().filter_map(|done| done.square).collect();
    Ok(moments.sample(
        Contender {
            mode: Mode::Threads,
            size,
        },
        Vec::new(),
        squares,
    ))
}
