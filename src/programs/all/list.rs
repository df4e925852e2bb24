//! A shared list: one thread appends, one takes from the end.
//!
//! A list is a length and slots, as in the list lab; an append and a take are three steps each:
//!
//! ```text
//! adder    load length 2, store slot[2]                            store length 3
//! remover                                load 2, read, length 1             its removal is undone
//! ```
//!
//! The value that was taken is in the list again, so it is there twice.

use std::sync::atomic::Ordering::Relaxed;

use parking_lot::Mutex;

use super::super::listing::Source;
use super::super::program::{Repair, Size};
use super::slots::{self, Shared, value};
use super::{StepProgram, StepResult, expect, release};
use crate::kit::explore::{Broken, Memory};
use crate::kit::step::operation;

pub static PROGRAM: StepProgram = StepProgram {
    id: "list",
    title: "The shared list",
    question: "A list holds n values. One thread appends n, another takes n from the end. \
               In how many orders of their steps is every value there once in the end?",
    guesses: &["in all", "in most", "in hardly any"],
    right: 2,
    invariant: "No value is lost, none is there twice.",
    hint: "Let the adder read the length. Then let the remover do a whole operation.",
    lesson: "Two threads that keep a length and slots in step need to do so as if alone. \
            Of all orders only those hold in which no operation is cut in two, which is \
            just what a lock leaves over.",
    size: Some(Size { about: "values appended and taken", least: 1, most: 6, usual: 2 }),
    repair: Repair::LOCK,
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("list.rs"), python: PYTHON },
    instantiate: |case| slots::instantiate(case, adder, remover, audit),
};

const PYTHON: &str = "
def adder():
    for value in new:
        with lock:
            length = len(values)
            values[length:] = [value]
            # now the list is longer

def remover():
    for _ in new:
        with lock:
            length = len(values)
            value = values[length - 1]
            del values[length - 1]
        taken.append(value)
";

// [code]
fn adder(list: &Shared, n: u32) -> StepResult {
    for number in 0..n {
        operation(number);
        let guard = list.lock.lock_if(&list.on)?; //= 3
        let length = list.length.load(Relaxed); //= 4
        list.slot(length).store(value(n + number), Relaxed); //= 5
        list.length.store(length + 1, Relaxed); //= 6
        release(guard); //= 3
    }
    Ok(())
}

fn remover(list: &Shared, n: u32, taken: &Mutex<Vec<i64>>) -> StepResult {
    for number in 0..n {
        operation(number);
        let guard = list.lock.lock_if(&list.on)?; //= 10
        let length = list.length.load(Relaxed); //= 11
        let value = list.slot(length - 1).load(Relaxed); //= 12
        list.length.store(length - 1, Relaxed); //= 13
        release(guard); //= 10
        taken.lock().push(value); //= 14
    }
    Ok(())
}
// [end]

/// Counts how often each value is there, in the list or taken.
fn audit(all: &[i64], n: u32) -> Result<(), Broken> {
    let mut times = vec![0u8; 2 * n as usize + 1];
    for value in all {
        times[usize::try_from(*value).unwrap_or_default()] += 1;
    }
    let wrong = || {
        let such = |is: fn(u8) -> bool| {
            let values = (1..times.len()).filter(|&value| is(times[value]));
            values.map(|value| value.to_string()).collect::<Vec<_>>().join(" and ")
        };
        let (lost, twice) = (such(|times| times == 0), such(|times| times > 1));
        let parts = [(lost, "lost"), (twice, "there twice")].into_iter();
        let parts = parts.filter(|(values, _)| !values.is_empty());
        let parts: Vec<_> = parts.map(|(values, what)| format!("{values} {what}")).collect();
        parts.join(", ")
    };
    expect(times[1..].iter().all(|&times| times == 1), "lost_update", wrong)
}
