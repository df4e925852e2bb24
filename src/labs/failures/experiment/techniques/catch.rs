//! Catch inside the worker: one bad item is an entry in the results, not the worker's
//! end.
//!
//! The same thread body runs twice. With a catch around each item it reports three errors
//! and nine results; without it the first panic ends the thread, and the items behind it
//! are lost without a report.

use std::io;
use std::sync::mpsc;

use super::{Technique, TechniqueContext, TechniqueOutcome};
use crate::kit::panics::capture;
use crate::kit::threads;

pub static TECHNIQUE: Technique = Technique {
    name: "catch",
    title: "Catch inside the worker",
    promise: "A bad item costs one result, and the worker continues with the next.",
    rust: "match catch_unwind(|| divide(item)) { Ok(n) => .., Err(why) => .. }",
    python: "try: results.append(divide(item))\nexcept Exception as why: log(why)",
    run,
};

const ITEMS: [u32; 12] = [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0];

fn run(_context: &TechniqueContext<'_>) -> io::Result<TechniqueOutcome> {
    let with = worker(|item| capture(|| divide(item)).map_err(drop))?;
    // The first panic ends the thread, and with it all that it still had to do.
    let (before, _) = worker(|item| Ok(divide(item)))?;
    Ok(outcome(with, before))
}

/// Judges the results and errors with the technique, and the results without it.
fn outcome((done, failed): (usize, usize), before: usize) -> TechniqueOutcome {
    let bad = ITEMS.iter().filter(|item| **item == 0).count();
    let good = ITEMS.len() - bad;
    TechniqueOutcome {
        worked: done == good && failed == bad && before < good,
        evidence: format!("{done} of {good} good items done, {failed} of {bad} bad ones reported"),
        without: format!("the thread ended at the first bad item: {before} of {good} done"),
    }
}

/// A thread that takes the items one by one: how many results and how many errors it
/// sent.
fn worker(attempt: impl Fn(u32) -> Result<u32, ()> + Send + Sync) -> io::Result<(usize, usize)> {
    let (sender, results) = mpsc::channel();
    threads::scope(|scope| {
        let work = || {
            // As if the thread had no catch of its own, but without a message on the
            // screen.
            let _ = capture(|| {
                for item in ITEMS {
                    let _ = sender.send(attempt(item));
                }
            });
        };
        scope.spawn("failures/divider", work).map(drop)
    })?;
    let results: Vec<_> = results.try_iter().collect();
    let done = results.iter().filter(|result| result.is_ok()).count();
    Ok((done, results.len() - done))
}

fn divide(item: u32) -> u32 {
    assert!(item != 0, "division by zero");
    100 / item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_worked_if_all_was_done_and_reported_and_less_was_done_without_it() {
        for (with, before, worked) in [
            ((9, 3), 3, true),
            ((9, 3), 8, true),
            ((9, 3), 9, false),
            ((8, 3), 3, false),
            ((9, 2), 3, false),
        ] {
            assert_eq!(outcome(with, before).worked, worked, "{with:?} {before}");
        }
    }
}
