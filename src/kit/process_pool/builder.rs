//! The settings of a pool of processes, collected before it is built.
//!
//! All settings that can be wrong are checked in [`Builder::build`], or when they are given; a
//! pool that exists has valid ones.

use std::fmt;
use std::path::PathBuf;

use super::{Observer, Policy};
use crate::kit::child::payload::encode;
use crate::kit::child::{PayloadError, Start, WorkerFn};
use crate::kit::shared::Region;

/// Settings of a pool; made by [`super::ProcessPool::builder`], finished by [`Builder::build`].
/// A clone makes a second pool with the same settings; both share the [`Region`] and, with
/// [`Start::ForkServer`], the server.
#[derive(Clone)]
pub struct Builder {
    pub(crate) program: PathBuf,
    /// The most workers at a time; 0 is refused by [`Builder::build`].
    pub(crate) workers: usize,
    pub(crate) start: Start,
    pub(crate) policy: Policy,
    /// After how many tasks a worker is replaced; `None`: never.
    pub(crate) tasks_per_worker: Option<u64>,
    /// Name and encoded argument of the function that each worker runs first.
    pub(crate) initializer: Option<(&'static str, Vec<u8>)>,
    pub(crate) region: Option<Region>,
    pub(crate) observer: Option<Observer>,
}

impl Builder {
    /// Sets how workers are made; `spawn` without it. A [`Start::ForkServer`] may be given to
    /// several pools: each gets a link of its own to it.
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Sets what happens to the task of a worker that dies; [`Policy::FailAll`] without it, as in
    /// `ProcessPoolExecutor`.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Ends a worker after this number of tasks and replaces it when there is more to do, as
    /// `maxtasksperchild` of `multiprocessing.Pool` does against workers that gather memory.
    /// Items of a chunk count one by one; a chunk is never cut, so a worker may do a few more.
    #[must_use]
    pub fn tasks_per_worker(mut self, tasks: u64) -> Self {
        self.tasks_per_worker = Some(tasks);
        self
    }

    /// Runs `J` in each worker before its first task. If it returns an error or panics, the
    /// pool breaks with its message.
    ///
    /// # Errors
    /// If the argument cannot be sent.
    pub fn initializer<J: WorkerFn>(mut self, input: &J::In) -> Result<Self, PayloadError> {
        self.initializer = Some((J::NAME, encode(input)?));
        Ok(self)
    }

    /// Gives shared memory to each worker, which finds it with [`crate::kit::child::region`].
    /// It is attached before the initializer runs, so the initializer may use it.
    #[must_use]
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Gives each worker a lane, on which the pool emits its tasks, messages, output and end.
    /// Without an observer none of these events is made, and nothing is spent on them.
    #[must_use]
    pub fn observer(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("workers", &self.workers)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
