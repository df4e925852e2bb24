//! Flags and cancellation: work that is asked to stop does, the first failure ends the
//! rest, and a time limit ends what cannot be asked.
//!
//! Of many tasks on a thread pool the first one fails. With the technique the waiting
//! ones are cancelled and the running ones see the flag; without it all of them run to
//! their end although their result is of no use. A process that never ends shows the
//! limit of both: only the wait for it can end, and then the process itself.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{Technique, TechniqueContext, TechniqueOutcome, all_started};
use crate::kit::future::{Future, Status, When, wait};
use crate::kit::limit::Limit;
use crate::kit::process_pool::Shutdown;
use crate::kit::process_pool::worker_fns::Forever;
use crate::kit::stop::Stop;
use crate::kit::thread_pool::ThreadPool;
use crate::scene::units;

pub static TECHNIQUE: Technique = Technique {
    name: "cancel",
    title: "Flags and cancellation",
    promise: "The first failure ends the rest, and a time limit ends what does not listen.",
    rust: "if stop.requested() { return Err(Stopped) } // and future.cancel()",
    python: "if stop.is_set(): return\nfuture.cancel()  # what waits",
    run,
};

const TASKS: usize = 40;
const WORK: Duration = Duration::from_millis(8);
/// How long a task that never ends is waited for.
const LIMIT: Duration = Duration::from_millis(100);

fn run(context: &TechniqueContext<'_>) -> io::Result<TechniqueOutcome> {
    let with = Tally::of(context, true)?;
    let without = Tally::of(context, false)?;
    let (gave_up, ended) = end_endless_task(context)?;
    let all = with.to_the_end + with.stopped + with.cancelled;
    Ok(TechniqueOutcome {
        // Every other task is accounted for, and the reaction came early enough to save
        // some of them.
        worked: all == TASKS - 1
            && with.cancelled > 0
            && with.to_the_end < without.to_the_end
            && ended,
        evidence: format!(
            "of {TASKS} tasks 1 failed, {} were cancelled before they began, {} stopped at the flag, {} ran to the end; \
             one that never ends was given up after {} and its process ended",
            with.cancelled,
            with.stopped,
            with.to_the_end,
            units::nanos(units::in_ns(gave_up))
        ),
        without: format!(
            "{} of the other {} ran to the end for nothing",
            without.to_the_end,
            TASKS - 1
        ),
    })
}

/// What became of the tasks that did not fail: cancelled in the queue, stopped by the
/// flag while they ran, or run to their end for nothing.
#[derive(Debug)]
struct Tally {
    cancelled: usize,
    stopped: usize,
    to_the_end: usize,
}

impl Tally {
    /// Runs all tasks; with `react` the first failure cancels and stops the others. Fails
    /// if the pool could not start all its threads: with fewer the counts would mean
    /// something else.
    fn of(context: &TechniqueContext<'_>, react: bool) -> io::Result<Self> {
        let pool = ThreadPool::new(context.workers).map_err(io::Error::other)?;
        let flag = Stop::new();
        let to_the_end = Arc::new(AtomicUsize::new(0));
        let stopped = Arc::new(AtomicUsize::new(0));
        let mut futures = Vec::with_capacity(TASKS);
        for number in 0..TASKS {
            let (flag, ended, early) =
                (flag.clone(), Arc::clone(&to_the_end), Arc::clone(&stopped));
            let task = move || {
                // The first one fails a little later than it starts, when others run
                // beside it.
                let work = if number == 0 { WORK / 4 } else { WORK };
                let asked = flag.sleep(work);
                assert!(number > 0, "the first one fails");
                let count = if asked { early } else { ended };
                count.fetch_add(1, Ordering::Relaxed);
            };
            futures.push(pool.submit(task).map_err(io::Error::other)?);
        }
        let limit = context.limit();
        if react {
            wait(&futures, When::FirstError, &limit);
            // First the queue, then the flag: otherwise workers that the flag sets free
            // would take tasks from the queue that are about to be cancelled.
            for future in &futures {
                future.cancel();
            }
            flag.request();
        }
        wait(&futures, When::All, &limit);
        all_started(&pool)?;
        // The counts are complete once the workers have ended: a future is done before
        // its task's last line has run. The join orders the relaxed counters.
        drop(pool);
        if context.stop.requested() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let cancelled = |future: &&Future<()>| future.status() == Status::Cancelled;
        Ok(Self {
            cancelled: futures.iter().filter(cancelled).count(),
            stopped: stopped.load(Ordering::Relaxed),
            to_the_end: to_the_end.load(Ordering::Relaxed),
        })
    }
}

/// A task that never ends and cannot be asked to: how long until it was given up, and
/// whether its process is gone after the pool was ended.
fn end_endless_task(context: &TechniqueContext<'_>) -> io::Result<(Duration, bool)> {
    let pool = context.processes(1)?;
    let endless = pool.submit::<Forever>(&()).map_err(io::Error::other)?;
    let began = Instant::now();
    // Only the wait ends by its limit, not the task.
    let _ = endless.wait(&Limit::within(LIMIT).or(context.stop));
    let gave_up = began.elapsed();
    let still_runs = endless.status() != Status::Failed;
    pool.shutdown(Shutdown::Terminate);
    let ended = pool.view().workers.is_empty();
    Ok((gave_up, still_runs && ended))
}
