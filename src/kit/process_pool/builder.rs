//! How a pool of processes is to be.

use std::fmt;
use std::path::PathBuf;

use super::{Observer, Policy};
use crate::kit::child::payload::encode;
use crate::kit::child::{PayloadError, Start, WorkerFn};
use crate::kit::shared::Region;

/// How a pool is to be; see [`super::ProcessPool::builder`].
#[derive(Clone)]
pub struct Builder {
    pub(crate) program: PathBuf,
    pub(crate) workers: usize,
    pub(crate) start: Start,
    pub(crate) policy: Policy,
    pub(crate) tasks_per_worker: Option<u64>,
    pub(crate) initializer: Option<(&'static str, Vec<u8>)>,
    pub(crate) region: Option<Region>,
    pub(crate) observer: Option<Observer>,
}

impl Builder {
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// A worker ends after this number of tasks and is replaced when there is more to do.
    #[must_use]
    pub fn tasks_per_worker(mut self, tasks: u64) -> Self {
        self.tasks_per_worker = Some(tasks);
        self
    }

    /// Runs `J` in each worker before its first task. If it fails, the pool breaks.
    ///
    /// # Errors
    /// If the argument cannot be sent.
    pub fn initializer<J: WorkerFn>(mut self, input: &J::In) -> Result<Self, PayloadError> {
        self.initializer = Some((J::NAME, encode(input)?));
        Ok(self)
    }

    /// Gives shared memory to each worker; see [`crate::kit::child::region`].
    #[must_use]
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Lets the workers emit events on lanes.
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
