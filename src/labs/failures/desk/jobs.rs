//! What the desk's worker processes do with the shared lock. Runs in another process;
//! must not count on anything of this one.

use rustix::process::{Signal, getpid, kill_process};

use crate::kit::child::{Job, JobError, region};
use crate::kit::limit::Limit;
use crate::kit::shared::{Acquired, Layout, Value};

/// The memory that all workers of a desk see: one counter with its lock.
pub(super) struct Common {
    pub(super) count: Value,
}

impl Common {
    pub(super) const CELLS: usize = Value::CELLS;

    pub(super) fn new(mut layout: Layout) -> Self {
        Self {
            count: Value::new(&mut layout),
        }
    }

    fn handed_over() -> Result<Self, JobError> {
        let region = region();
        let region =
            region.ok_or_else(|| JobError::new("OSError", "no shared memory was handed over"))?;
        Ok(Self::new(region.layout()))
    }

    fn acquire(&self) -> Result<Acquired, JobError> {
        let lock = self.count.lock();
        lock.acquire(&Limit::default())
            .map_err(|timeout| JobError::new("TimeoutError", timeout.to_string()))
    }
}

/// Adds 1 under the lock; 1 if its last owner had died with it, else 0.
#[derive(Debug)]
pub(crate) struct AddUnderLock;

impl Job for AddUnderLock {
    const NAME: &'static str = "failures.add";
    type In = ();
    type Out = u64;

    fn run((): ()) -> Result<u64, JobError> {
        let common = Common::handed_over()?;
        let acquired = common.acquire()?;
        common.count.set(common.count.get() + 1);
        let released = common.count.lock().release();
        released.map_err(|_| JobError::new("RuntimeError", "the lock was not ours"))?;
        Ok(u64::from(matches!(acquired, Acquired::OwnerDied { .. })))
    }
}

/// Takes the lock and is killed with it in hand.
#[derive(Debug)]
pub(crate) struct DieHolding;

impl Job for DieHolding {
    const NAME: &'static str = "failures.die-holding";
    type In = ();
    type Out = ();

    fn run((): ()) -> Result<(), JobError> {
        Common::handed_over()?.acquire()?;
        kill_process(getpid(), Signal::KILL)
            .map_err(|error| JobError::new("OSError", error.to_string()))
    }
}
