//! The steps of a schedule as rows of its picture: made once for all pictures of it, as there may be
//! thousands.

use std::sync::Arc;

use super::executed::{Executed, ExecutedStep, Object};
use crate::scene::{ScheduleRow, Span, Tone};

/// Columns of a step: such that three threads have columns beside each other on 120.
const COLUMNS: usize = 32;

pub fn rows(executed: &Executed) -> Arc<[ScheduleRow]> {
    let row = |step: &ExecutedStep| ScheduleRow {
        thread: step.thread,
        text: Span::new(short(&text(executed, step)), Tone::of_thread(step.thread)),
        conflict: step.preempts,
    };
    executed.steps.iter().map(row).collect()
}

/// What a step did, and what it made of variables.
fn text(executed: &Executed, step: &ExecutedStep) -> String {
    let mut text = step.text.to_string();
    for (object, value) in &step.changes {
        let Object { name, is_lock, local, .. } = &executed.objects[*object];
        if !is_lock && local.is_none() {
            text = match text.strip_suffix(name.as_str()) {
                Some(what) => format!("{what}{name} = {value}"),
                None => format!("{text}, {name} = {value}"),
            };
        }
    }
    for also in &step.also {
        text = format!("{text}, {also}");
    }
    // The arguments of a function that begins, and what ends with it, are no news of a step.
    for (object, value) in step.changes.iter().filter(|(_, value)| !value.is_empty()) {
        let Object { name, local, .. } = &executed.objects[*object];
        if *local == Some(step.thread) && step.text != "begins" {
            text = format!("{text}, {name} = {value}");
        }
    }
    text
}

/// The beginning of a text that is too long for a column.
fn short(text: &str) -> String {
    match text.char_indices().nth(COLUMNS) {
        Some(_) => text.chars().take(COLUMNS - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}
