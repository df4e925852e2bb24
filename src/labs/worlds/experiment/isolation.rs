//! One variable and one crash, each in a thread and in a process.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;

use crate::kit::future::{Failure, TaskError};
use crate::kit::limit::Limit;
use crate::kit::process_pool::jobs::{Abort, Square};
use crate::kit::process_pool::{Policy, ProcessPool};
use crate::kit::shared::Region;
use crate::kit::stop::Stop;
use crate::kit::threads;

use super::super::facts::{Drift, Isolation};
use super::jobs::{ADDITIONS, AbortInThread, AddToCopy, AddToShared, SharedCells, X};

/// Lets a thread, a process, and a process through shared memory add to "the same"
/// variable, and looks at what we read of it.
///
/// # Errors
/// If the process cannot be started, or on a stop request.
pub fn drift(program: &Path, stop: &Stop) -> io::Result<Drift> {
    let limit = Limit::until(stop);
    X.store(0, Ordering::SeqCst);
    threads::scope(|scope| {
        let add = || {
            for _ in 0..ADDITIONS {
                X.fetch_add(1, Ordering::SeqCst);
            }
        };
        scope.spawn("worlds/adder", add).map(drop)
    })?;
    let thread_sees = X.swap(0, Ordering::SeqCst);
    let region = Region::create(SharedCells::CELLS)?;
    let shared = SharedCells::new(region.layout());
    let pool = ProcessPool::builder(program, 1).region(region).build().map_err(io::Error::other)?;
    let copy = pool.submit::<AddToCopy>(&()).map_err(io::Error::other)?;
    let (child_copy, child_address) = copy.take(&limit).map_err(io::Error::other)?;
    let process_sees = X.load(Ordering::SeqCst);
    let added = pool.submit::<AddToShared>(&()).map_err(io::Error::other)?;
    added.take(&limit).map_err(io::Error::other)?;
    Ok(Drift {
        thread_sees,
        process_sees,
        shared_memory_sees: shared.x.get(),
        child_copy,
        our_pid: std::process::id(),
        child_pid: pool.view().workers.first().map_or(0, |worker| worker.pid),
        our_address: format!("{:p}", &raw const X),
        child_address,
    })
}

/// Lets a worker process abort, and a thread in another process, and looks at who is left.
///
/// # Errors
/// If the processes cannot be started, or on a stop request.
pub fn isolation(program: &Path, stop: &Stop) -> io::Result<Isolation> {
    let limit = Limit::until(stop);
    let pool = || {
        let builder = ProcessPool::builder(program, 2).policy(Policy::Replace { retries: 0 });
        builder.build().map_err(io::Error::other)
    };
    let workers = pool()?;
    let crash = workers.submit::<Abort>(&()).map_err(io::Error::other)?;
    let worker_exit = how_it_ended(&crash.take(&limit))?;
    let after = workers.submit::<Square>(&7).map_err(io::Error::other)?;
    let process_pool_survived = after.take(&limit) == Ok(49);
    let alone = pool()?;
    let crash = alone.submit::<AbortInThread>(&()).map_err(io::Error::other)?;
    let threads_exit = how_it_ended(&crash.take(&limit))?;
    Ok(Isolation { process_pool_survived, threads_exit, worker_exit })
}

fn how_it_ended(result: &Result<(), Failure>) -> io::Result<String> {
    match result {
        Err(Failure::Task(TaskError::WorkerDied { cause, .. })) => Ok(cause.to_string()),
        Err(failure) => Err(io::Error::other(failure.to_string())),
        Ok(()) => Ok("did not end".to_owned()),
    }
}
