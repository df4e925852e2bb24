//! What a technique is: something that real code does about failures, run once with
//! it and once without. Must not know any single one, nor how it is shown.

use std::io;
use std::path::Path;

use serde::Serialize;

use crate::kit::limit::Limit;
use crate::kit::process_pool::ProcessPool;
use crate::kit::stop::Stop;
use crate::kit::thread_pool::ThreadPool;
use crate::kit::threads;

/// One technique.
#[derive(Debug)]
pub struct Technique {
    /// As in the result: `catch`.
    pub name: &'static str,
    pub title: &'static str,
    /// What it promises, in one sentence.
    pub promise: &'static str,
    /// How it is written in Rust, and in Python, in a line each.
    pub rust: &'static str,
    pub python: &'static str,
    pub run: fn(&TechniqueContext<'_>) -> io::Result<TechniqueOutcome>,
}

/// What a technique came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TechniqueOutcome {
    /// It kept its promise, as the data left behind say.
    pub worked: bool,
    /// What was found with it, in figures.
    pub evidence: String,
    /// What was found without it.
    pub without: String,
}

/// What a technique has at hand.
#[derive(Debug)]
pub struct TechniqueContext<'a> {
    pub program: &'a Path,
    pub stop: &'a Stop,
    /// Threads and processes at work at once.
    pub workers: usize,
    /// Lines that each writer logs.
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

    /// For waits that only a stop ends early.
    pub fn limit(&self) -> Limit {
        Limit::until(self.stop)
    }
}

/// Has a thread of its own do it: nothing that it takes is held in the name of the driver thread.
///
/// # Errors
/// If the system has no thread left, or the work panics.
pub fn in_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    threads::scope(|scope| {
        let thread = scope.spawn("failures/worker", work)?;
        thread.join().map_err(|_| io::Error::other("the worker panicked"))
    })
}

/// Starts all workers of `pool` and waits until each is ready. What is shown with fewer
/// than asked for would not be what it is said to be.
///
/// # Errors
/// If one of them cannot be started, or on a stop request.
pub fn start_all(pool: &ProcessPool, limit: &Limit) -> io::Result<()> {
    pool.prestart();
    pool.wait_ready(limit).map_err(|timeout| {
        let broken = pool.view().broken;
        io::Error::other(broken.map_or_else(|| timeout.to_string(), |why| why.to_string()))
    })
}

/// # Errors
/// If the system refused the pool a thread, so that fewer were at work than asked for.
pub fn all_started(pool: &ThreadPool) -> io::Result<()> {
    match pool.refused() {
        None => Ok(()),
        Some(why) => Err(io::Error::other(format!(
            "only {} threads could be started: {why}",
            pool.workers()
        ))),
    }
}
