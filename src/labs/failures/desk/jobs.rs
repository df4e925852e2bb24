//! What the desk's worker processes do with the shared lock. Runs in another process;
//! must not count on anything of this one.

use rustix::process::{Signal, getpid, kill_process};

use crate::kit::child::{Job, JobError, region};
use crate::kit::limit::Limit;
use crate::kit::shared::{Acquired, Event, Layout, Value};

/// The memory that all workers of a desk see: one counter with its lock, and a flag.
pub(super) struct Common {
    pub(super) count: Value,
    /// How often somebody got the lock from a dead owner; the lock guards this too.
    pub(super) inherited: Value,
    /// The blow from outside has fallen and was noticed: the struck task may end.
    pub(super) fallen: Event,
}

impl Common {
    pub(super) const CELLS: usize = 2 * Value::CELLS + Event::CELLS;

    pub(super) fn new(mut layout: Layout) -> Self {
        Self {
            count: Value::new(&mut layout),
            inherited: Value::new(&mut layout),
            fallen: Event::new(&mut layout),
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

/// Adds 1 under the lock, and notes it if the lock's last owner had died with it.
#[derive(Debug)]
pub(crate) struct AddUnderLock;

impl Job for AddUnderLock {
    const NAME: &'static str = "failures.add";
    type In = ();
    type Out = ();

    fn run((): ()) -> Result<(), JobError> {
        let common = Common::handed_over()?;
        if matches!(common.acquire()?, Acquired::OwnerDied { .. }) {
            common.inherited.set(common.inherited.get() + 1);
        }
        common.count.set(common.count.get() + 1);
        let released = common.count.lock().release();
        released.map_err(|_| JobError::new("RuntimeError", "the lock was not ours"))
    }
}

/// Is under way until the blow has fallen, so that the blow cannot come too late.
#[derive(Debug)]
pub(crate) struct Await;

impl Job for Await {
    const NAME: &'static str = "failures.await";
    type In = ();
    type Out = ();

    fn run((): ()) -> Result<(), JobError> {
        let fallen = Common::handed_over()?.fallen;
        fallen
            .wait(&Limit::default())
            .map_err(|timeout| JobError::new("TimeoutError", timeout.to_string()))
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
