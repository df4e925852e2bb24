//! What the injector's worker processes do with the shared lock and the flag. It runs in
//! another process; the memory region of the pool is all that they share.
//!
//! ```text
//! first half of the tasks     target (DieWithLock)     second half (RecoverLock)
//! AddUnderLock: +1            takes the lock           wait until fired
//!                             sets fired               take the lock: "its owner died"
//!                             SIGKILL, lock taken      count that, +1, release
//! ```

use rustix::process::{Signal, getpid, kill_process};

use crate::kit::child::{WorkerFn, WorkerFnError, region};
use crate::kit::limit::Limit;
use crate::kit::shared::{Acquired, Event, Guard, LaidOut, Value, laid_out};

laid_out! {
    /// The memory that all workers of a pool under test see: a counter with its lock, which
    /// the target dies with, and a flag.
    pub struct SharedData {
        pub count: Value,
        /// How often a worker got the lock from a dead owner. The lock of `count` guards this
        /// too.
        pub recovered: Value,
        /// Set when the fault has fired, by the target itself or by the injector. Workers
        /// that wait for it continue, so no task is over before the fault.
        pub fired: Event,
    }
}

impl SharedData {
    fn attach() -> Result<Self, WorkerFnError> {
        Ok(Self::new(&mut region()?.layout()))
    }

    /// Waits until the fault has fired, without a limit: the injector sets it in every
    /// case.
    fn until_fired(&self) -> Result<(), WorkerFnError> {
        Ok(self.fired.wait(&Limit::FOREVER)?)
    }

    /// Adds 1 under the lock. A load and a store: without the lock, additions of two
    /// workers would be lost.
    fn add(&self) -> Result<(), WorkerFnError> {
        let _held = self.lock()?;
        self.count.set(self.count.get() + 1);
        Ok(())
    }

    /// Takes the lock, and counts it if its last owner had died with it. The lock is
    /// robust: it is given to the next process, which learns of the death.
    fn lock(&self) -> Result<Guard<'_>, WorkerFnError> {
        let held = self.count.lock().lock(&Limit::FOREVER)?;
        if let Acquired::OwnerDied { .. } = held.acquired() {
            self.recovered.set(self.recovered.get() + 1);
        }
        Ok(held)
    }
}

#[derive(Debug)]
pub struct AddUnderLock;

impl WorkerFn for AddUnderLock {
    const NAME: &'static str = "failures.add";
    type In = ();
    type Out = ();

    fn run((): ()) -> Result<(), WorkerFnError> {
        SharedData::attach()?.add()
    }
}

/// The same, once the fault has fired: the lock then belongs to a dead process, and the
/// first of these to take it learns that its owner has died.
#[derive(Debug)]
pub struct RecoverLock;

impl WorkerFn for RecoverLock {
    const NAME: &'static str = "failures.recover";
    type In = ();
    type Out = ();

    fn run((): ()) -> Result<(), WorkerFnError> {
        let shared = SharedData::attach()?;
        shared.until_fired()?;
        shared.add()
    }
}

/// Runs until the fault has fired, so that the fault cannot come too late: the target of
/// a signal from outside must be busy when it comes.
#[derive(Debug)]
pub struct WaitForFault;

impl WorkerFn for WaitForFault {
    const NAME: &'static str = "failures.wait";
    type In = ();
    type Out = ();

    fn run((): ()) -> Result<(), WorkerFnError> {
        SharedData::attach()?.until_fired()
    }
}

/// Takes the lock and is killed while it holds it, by its own `SIGKILL`: the process has
/// no chance to release anything.
#[derive(Debug)]
pub struct DieWithLock;

impl WorkerFn for DieWithLock {
    const NAME: &'static str = "failures.die-with-lock";
    type In = ();
    type Out = ();

    fn run((): ()) -> Result<(), WorkerFnError> {
        let shared = SharedData::attach()?;
        let _held = shared.lock()?;
        // Before the kill, as nothing comes after it. Workers that continue now wait for
        // the lock until this process is dead.
        shared.fired.set();
        Ok(kill_process(getpid(), Signal::KILL)?)
    }
}
