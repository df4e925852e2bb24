//! The future carries the error to the reader of the result: message, type and place.
//!
//! Shown for a panic on a thread pool, where the error of one item does not touch the
//! results of the others, and for an error in a worker process, which crosses as data.
//! Without a reader the same error is never seen.

use std::io;

use super::{Technique, TechniqueContext, TechniqueOutcome};
use crate::kit::future::{Failure, TaskError};
use crate::kit::process_pool::worker_fns::{Fail, Square};
use crate::kit::thread_pool::ThreadPool;

pub static TECHNIQUE: Technique = Technique {
    name: "carry",
    title: "The future carries the error",
    promise: "The reader of the result gets the error instead, with message, type and place.",
    rust: "match future.take(&limit) { Err(Failure::Task(error)) => .. }",
    python: "try: future.result()\nexcept ValueError as error: ...",
    run,
};

const BAD: u64 = 4;

fn run(context: &TechniqueContext<'_>) -> io::Result<TechniqueOutcome> {
    let limit = context.limit();
    let threads = ThreadPool::new(context.workers).map_err(io::Error::other)?;
    let square = |n: u64| {
        assert!(n != BAD, "no square of {n} today");
        n * n
    };
    let mapped = threads.map(1..=8, square).map_err(io::Error::other)?;
    let results: Vec<_> = mapped.within(limit.clone()).collect();
    // A map keeps the order of its input, errors included.
    let at_its_place = results
        .iter()
        .zip(1u64..)
        .all(|(result, n)| if n == BAD { result.is_err() } else { *result == Ok(n * n) });
    // The place is that of the panic in this file, not of the pool that caught it.
    let panicked = matches!(
        results.get(3),
        Some(Err(Failure::Task(TaskError::Panicked { message, place, .. })))
            if **message == *"no square of 4 today" && place.contains("carry.rs:")
    );
    // The pool is used again: the panic did not cost it the worker.
    let after = threads.submit(|| 7 * 7).map_err(io::Error::other)?;
    let usable = after.take(&limit) == Ok(49);
    let (far, far_usable) = from_a_process(context)?;
    Ok(TechniqueOutcome {
        worked: at_its_place && panicked && usable && far.is_some() && far_usable,
        evidence: format!(
            "a map of 8 delivered 7 results and 1 error at its own place; from a process came: {}; both pools continued",
            far.unwrap_or_else(|| "nothing".to_owned())
        ),
        without: error_without_a_reader(context)?,
    })
}

/// The error that a worker process sent, as the caller sees it; and whether the pool can
/// be used after it.
fn from_a_process(context: &TechniqueContext<'_>) -> io::Result<(Option<String>, bool)> {
    let limit = context.limit();
    let pool = context.processes(1)?;
    let failed =
        pool.submit::<Fail>(&"cannot divide by zero".to_owned()).map_err(io::Error::other)?;
    let error = match failed.take(&limit) {
        Err(Failure::Task(TaskError::Failed { kind, message, place, .. })) if !place.is_empty() => {
            Some(format!("{kind}: {message}"))
        }
        _ => None,
    };
    let after = pool.submit::<Square>(&7).map_err(io::Error::other)?;
    Ok((error, after.take(&limit) == Ok(49)))
}

/// The same failure, with a future that is never read: what can be seen of it? Nothing,
/// as in Python, which is why a program should read each of its futures.
fn error_without_a_reader(context: &TechniqueContext<'_>) -> io::Result<String> {
    let threads = ThreadPool::new(1).map_err(io::Error::other)?;
    let forgotten =
        threads.submit(|| assert!(always_false(), "lost in silence")).map_err(io::Error::other)?;
    // On the only worker after the failing task, so that one is over when this is.
    let after = threads.submit(|| ()).map_err(io::Error::other)?;
    after.take(&context.limit()).map_err(io::Error::other)?;
    Ok(match forgotten.error() {
        Some(_) => "the error of a future that is never read stays unseen: the program continued without a message".to_owned(),
        None => "the task did not fail".to_owned(),
    })
}

/// Never true: the task is there to fail. The black box keeps the compiler from warning
/// of code that cannot be reached.
fn always_false() -> bool {
    std::hint::black_box(false)
}
