//! What a technique is: something that real code does about failures, run once with it
//! and once without. A technique worked if the data left behind prove it, so that a
//! broken implementation cannot report success by returning.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::kit::event::RAISED;
use crate::kit::limit::Limit;
use crate::kit::process_pool::ProcessPool;
use crate::kit::stop::Stop;
use crate::kit::thread_pool::ThreadPool;
use crate::kit::threads;

/// One technique: its name in the result, its title, what it promises, how it is written
/// in Rust and in Python, and its experiment. All are constants in `techniques`.
#[derive(Debug)]
pub struct Technique {
    pub name: &'static str,
    pub title: &'static str,
    pub promise: &'static str,
    /// Lines of code, as is [`Technique::python`].
    pub rust: &'static str,
    pub python: &'static str,
    /// Runs it with and without, in that order; an error means that it could not be
    /// shown.
    pub run: fn(&TechniqueContext<'_>) -> io::Result<TechniqueOutcome>,
}

/// The outcome of a technique: whether it worked, and what was found with it and without
/// it, in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TechniqueOutcome {
    /// It kept its promise, by the data left behind. Where leaving it out must do harm to
    /// show anything, that is part of it.
    pub worked: bool,
    pub evidence: String,
    pub without: String,
}

/// What a technique may use: the program that worker processes run, the stop of the
/// attempt, and the settings that concern it.
#[derive(Debug)]
pub struct TechniqueContext<'a> {
    pub program: &'a Path,
    pub stop: &'a Stop,
    pub workers: usize,
    pub lines: usize,
}

impl TechniqueContext<'_> {
    /// A pool of processes whose workers are all ready.
    ///
    /// # Errors
    /// If one of them cannot be started, or on a stop request.
    pub fn processes(&self, workers: usize) -> io::Result<ProcessPool> {
        let pool = ProcessPool::builder(self.program, workers);
        let pool = pool.build().map_err(io::Error::other)?;
        start_all(&pool, &self.limit())?;
        Ok(pool)
    }

    pub fn limit(&self) -> Limit {
        Limit::until(self.stop)
    }
}

/// Runs `work` on a thread of its own and waits for it. So nothing that it leaves behind,
/// such as a lock that is never released, belongs to the driver thread, which would
/// otherwise own it for the rest of the run.
///
/// # Errors
/// If the system has no thread left, or the work panics.
pub fn in_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    threads::scope(|scope| {
        let thread = scope.spawn("failures/worker", work)?;
        thread.join().map_err(|_| io::Error::other(format!("the worker {RAISED}")))
    })
}

/// Starts all workers of `pool` and waits until each is ready. With fewer workers than
/// asked for, the experiment would show something else than it claims.
///
/// # Errors
/// If one of them cannot be started, or on a stop request.
pub fn start_all(pool: &ProcessPool, limit: &Limit) -> io::Result<()> {
    pool.wait_ready(limit).map_err(|error| io::Error::other(error.cause()))
}

/// Whether `pool` could start all its threads.
///
/// # Errors
/// If the system refused one, so that fewer worked than asked for.
pub fn all_started(pool: &ThreadPool) -> io::Result<()> {
    match pool.refused() {
        None => Ok(()),
        Some(why) => Err(io::Error::other(format!(
            "only {} threads could be started: {why}",
            pool.workers()
        ))),
    }
}
