//! One variable and one crash, each in a thread and in a process: what two threads share
//! and two processes do not.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;

use crate::kit::event::RAISED;
use crate::kit::future::{Failure, TaskError};
use crate::kit::limit::Limit;
use crate::kit::process_pool::worker_fns::{Abort, Square};
use crate::kit::process_pool::{Policy, ProcessPool};
use crate::kit::shared::Region;
use crate::kit::stop::Stop;
use crate::kit::threads;

use super::super::facts::{Drift, Isolation};
use super::worker_fns::{ADDITIONS, AbortInThread, AddToCopy, AddToShared, SharedCells, X};

/// Lets a thread, a process, and a process through shared memory add to "the same"
/// variable, and reads what this process sees of it each time.
///
/// # Errors
/// If the process cannot be started, or on a stop request.
pub fn drift(program: &Path, stop: &Stop) -> io::Result<Drift> {
    let limit = Limit::until(stop);
    X.store(0, Ordering::SeqCst);
    let adder_sees = threads::scope(|scope| {
        let add = || {
            for _ in 0..ADDITIONS {
                X.fetch_add(1, Ordering::SeqCst);
            }
            X.load(Ordering::SeqCst)
        };
        let adder = scope.spawn("worlds/adder", add)?;
        adder.join().map_err(|_| io::Error::other(format!("the adder {RAISED}")))
    })?;
    // The scope has joined the thread: its additions happen before this. Set back to 0
    // for the process.
    let thread_sees = X.swap(0, Ordering::SeqCst);
    let region = Region::create(SharedCells::CELLS)?;
    let shared = SharedCells::new(region.layout());
    let pool = ProcessPool::builder(program, 1).region(region).build().map_err(io::Error::other)?;
    // The same worker for both, so the report can name one pid.
    let copy = pool.submit::<AddToCopy>(&()).map_err(io::Error::other)?;
    let (child_copy, child_address) = copy.take(&limit).map_err(io::Error::other)?;
    let process_sees = X.load(Ordering::SeqCst);
    let added = pool.submit::<AddToShared>(&()).map_err(io::Error::other)?;
    let child_sees_shared = added.take(&limit).map_err(io::Error::other)?;
    Ok(Drift {
        thread_sees,
        adder_sees: Some(adder_sees),
        child_sees_shared: Some(child_sees_shared),
        process_sees,
        shared_memory_sees: shared.x.get(),
        child_copy,
        our_pid: std::process::id(),
        child_pid: pool.view().workers.first().map_or(0, |worker| worker.pid),
        our_address: format!("{:p}", &raw const X),
        child_address,
    })
}

/// Lets a worker process abort, and a thread in another process, and looks at what is
/// left: a pool that replaces the worker and works on, or no process at all.
///
/// # Errors
/// If the processes cannot be started, or on a stop request.
pub fn isolation(program: &Path, stop: &Stop) -> io::Result<Isolation> {
    let limit = Limit::until(stop);
    let pool = || {
        // Without retries: a task that kills each worker that runs it would only do so
        // again.
        let builder = ProcessPool::builder(program, 2).policy(Policy::Replace { retries: 0 });
        builder.build().map_err(io::Error::other)
    };
    let workers = pool()?;
    let crash = workers.submit::<Abort>(&()).map_err(io::Error::other)?;
    let worker_exit = how_it_ended(&crash.take(&limit))?;
    let after = workers.submit::<Square>(&7).map_err(io::Error::other)?;
    let process_pool_survived = after.take(&limit) == Ok(49);
    // In a pool of its own, so that the abort is not mistaken for one of the others'. It
    // must be another process in any case: here it would end this program.
    let alone = pool()?;
    let crash = alone.submit::<AbortInThread>(&()).map_err(io::Error::other)?;
    let threads_exit = how_it_ended(&crash.take(&limit))?;
    Ok(Isolation { process_pool_survived, threads_exit, worker_exit })
}

/// How the worker ended that ran this task. An error of another kind means that the
/// experiment itself failed.
fn how_it_ended(result: &Result<(), Failure>) -> io::Result<String> {
    match result {
        Err(Failure::Task(TaskError::WorkerDied { cause, .. })) => Ok(cause.to_string()),
        Err(failure) => Err(io::Error::other(failure.to_string())),
        Ok(()) => Ok("did not end".to_owned()),
    }
}
