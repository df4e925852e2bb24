//! The values and the orders in lines: of many tasks as much as has room on any screen, since
//! what a line cannot hold would be cut by chance.

use super::super::experiment::plan::digits;
use super::super::state::{State, Task};
use crate::kit::future::Status;
use crate::scene::units::to_f64;
use crate::scene::{Line, Tone, line};

const WHOLE: usize = 21;
/// Columns of the line of values on the smallest screen; and of the first ones, if those that
/// follow are only counted.
const VALUES: usize = 65;
const FIRST_VALUES: usize = 23;
/// Columns of the tasks in the two orders: what the narrowest panel has beside their names.
const ORDERED: usize = 46;
/// Columns of a longer value: its beginning and its end.
const BRIEF: usize = 14;
/// A task's own colour, the same in the queue and on its worker.
pub fn tone(n: u32) -> Tone {
    Tone::of_thread(n as usize)
}

/// Columns of the longest name of a task, `10!`.
pub fn name_columns(state: &State) -> usize {
    format!("{}!", state.plan.to).len()
}

/// The values in the order in which they are handed out; `·` for one that is not there yet. Of
/// many the first ones that have room on any screen, and the last.
pub fn values(state: &State) -> Line {
    let order = if state.plan.by_completion { "as completed " } else { "as submitted " };
    let all = state.in_order();
    let fits = |room: usize| {
        let columns = all.iter().map(|(n, _)| 1 + value_columns(*n));
        let ends = columns.scan(0, |end, columns| {
            *end += columns;
            Some(*end)
        });
        ends.take_while(|end| *end <= room).count()
    };
    let shown = if fits(VALUES) == all.len() { all.len() } else { fits(FIRST_VALUES) };
    let value = |line: Line, (n, task): &(u32, &Task)| {
        let value = task.settled.as_ref().and_then(|settled| settled.value.as_deref());
        let (text, tone) = match (value, task.status) {
            (Some(value), _) => (brief(value), tone(*n)),
            (None, Status::Failed) => ("✗".to_owned(), Tone::Broken),
            _ => ("·".to_owned(), Tone::Dim),
        };
        line.then(format!(" {text}"), tone)
    };
    let values = all[..shown].iter().fold(line([(order, Tone::Dim)]), value);
    match all[shown..].split_last() {
        None => values,
        Some((last, [])) => value(values, last),
        Some((last, between)) => {
            let between = format!("  and {} more, last", between.len());
            value(values.then(between, Tone::Dim), last)
        }
    }
}

/// Columns of the value of n!, as it is shown.
pub fn value_columns(n: u32) -> usize {
    let digits = digits(n);
    (1..=WHOLE).find(|columns| to_f64(*columns as u64 + 1) > digits).unwrap_or(BRIEF)
}

/// Submission and completion, one above the other: where they differ, the lower one
/// stands out. Of many tasks those that were completed last.
pub fn order_lines(state: &State) -> Vec<Line> {
    let columns = name_columns(state) + 1;
    let shown = ORDERED / columns;
    let first = state.completed.len().saturating_sub(shown);
    let submitted: Vec<_> = state.plan.numbers().skip(first).take(shown).collect();
    let completed = state.completed.iter().skip(first);
    let mut lines =
        [Line::new().then("submitted", Tone::Dim), Line::new().then("completed", Tone::Dim)];
    let text = |n: u32| format!("{:>columns$}", format!("{n}!"));
    for n in &submitted {
        lines[0] = std::mem::take(&mut lines[0]).then(text(*n), Tone::Plain);
    }
    for (n, expected) in completed.zip(&submitted) {
        let tone = if n == expected { Tone::Good } else { Tone::Caution };
        lines[1] = std::mem::take(&mut lines[1]).then(text(*n), tone);
    }
    lines.into()
}

pub fn brief(value: &str) -> String {
    if value.len() <= WHOLE {
        return value.to_owned();
    }
    // Digits, but what stands in a recording may be anything.
    match (value.get(..8), value.get(value.len() - 4..)) {
        (Some(head), Some(tail)) => format!("{head}..{tail}"),
        _ => value.chars().take(WHOLE).collect(),
    }
}
