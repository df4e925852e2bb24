//! The exercise's own list: `append` at the end, `pop(0)` shifts the rest forward.
//!
//! The shift makes an operation long, so there is more room for another one inside of it. The
//! simplest failure cuts the append instead:
//!
//! ```text
//! adder    load length 2, store slot[2]                             length 3: the rest is back
//! remover                                takes 1, takes 2, length 0
//! ```

use std::sync::atomic::Ordering::Relaxed;

use parking_lot::Mutex;

use super::super::listing::Source;
use super::super::program::{Repair, Size};
use super::slots::{self, Shared, value};
use super::{StepProgram, StepResult, expect, release};
use crate::kit::explore::{Broken, Memory};
use crate::kit::step::operation;

pub static PROGRAM: StepProgram = StepProgram {
    id: "fifo",
    title: "append and pop(0)",
    question: "A list holds n values. One thread appends n, another takes n from the front; \
               the rest moves forward one by one. Can a value be lost that neither of them \
               was about to touch?",
    guesses: &["no", "yes"],
    right: 1,
    invariant: "No value is lost, none is there twice.",
    hint: "Let the remover read the length, then let the adder append, then let the remover go on.",
    lesson: "The longer an operation takes, the more of it can be cut in two: a shift \
            that began with the old length leaves the new value behind.",
    size: Some(Size { about: "values appended and taken", least: 1, most: 3, usual: 2 }),
    repair: Repair::LOCK,
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("fifo.rs"), python: PYTHON },
    instantiate: |case| slots::instantiate(case, adder, remover, audit),
};

const PYTHON: &str = "
def adder():
    for value in new:
        with lock:
            values.append(value)

def remover():
    for _ in new:
        with lock:
            value = values.pop(0)
        taken.append(value)
";

// [code]
fn adder(list: &Shared, n: u32) -> StepResult {
    for number in 0..n {
        operation(number);
        let guard = list.lock.lock_if(&list.on)?; //= 3
        let length = list.length.load(Relaxed); //= 4
        list.slot(length).store(value(n + number), Relaxed); //= 4
        list.length.store(length + 1, Relaxed); //= 4
        release(guard); //= 3
    }
    Ok(())
}

fn remover(list: &Shared, n: u32, taken: &Mutex<Vec<i64>>) -> StepResult {
    for number in 0..n {
        operation(number);
        let guard = list.lock.lock_if(&list.on)?; //= 8
        let length = list.length.load(Relaxed); //= 9
        let value = list.slot(0).load(Relaxed); //= 9
        for place in 1..length {
            let moved = list.slot(place).load(Relaxed); //= 9
            list.slot(place - 1).store(moved, Relaxed); //= 9
        }
        list.length.store(length - 1, Relaxed); //= 9
        release(guard); //= 8
        taken.lock().push(value); //= 10
    }
    Ok(())
}
// [end]

fn audit(all: &[i64], n: u32) -> Result<(), Broken> {
    let mut all = all.to_vec();
    all.sort_unstable();
    let wrong = || format!("in the list or taken: {all:?}");
    expect(all.iter().copied().eq((0..2 * n).map(value)), "lost_update", wrong)
}
