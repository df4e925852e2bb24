//! Why a run failed: the accesses that conflict, and one sentence.
//!
//! It is judged from the trace alone: what was read, what was written in between by another
//! thread, and what was done as if nothing had happened. The pattern is that of a broken
//! check-then-act: a read, a change by another thread, and an act on what was read. It is a
//! heuristic for the reader, not a proof: of several conflicts the one that explains most
//! is named.
//!
//! ```text
//! stale       one  read n ───────────────────▶ act on what was read
//!             two          └─ change n ─┘
//! too early   one  read n                       no act follows
//!             two          └─ change n
//! ```

use std::fmt::Write as _;

use super::finding::{End, Found};
use super::model_state::ModelState;
use super::query::REACHED;
use super::trace::{Trace, TraceStep};
use crate::kit::event::RAISED;
use crate::kit::model::{Op, OpResult};
use crate::kit::step::ObjectId;

/// The steps of a trace that conflict, by their positions from 0: one thread reads, another
/// changes what was read, and the first one acts on what it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub read: usize,
    pub change: usize,
    /// The step that acts on what was read; `None` if the first one read too early and did
    /// nothing more.
    pub act: Option<usize>,
}

/// Why a run failed: for a person who looks at its trace. A reading of it, never part of the
/// verdict: a failure counts also where no reason is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// `None` where no pair of accesses explains it, as in a deadlock.
    pub conflict: Option<Conflict>,
    /// One sentence, without a full stop.
    pub text: String,
}

/// Why a finding is what it is; `None` if it did not fail. Works on the trace alone, so on a
/// recorded run as well.
pub fn why(found: &Found) -> Option<Why> {
    let trace = &found.trace;
    let model = trace.at(trace.len());
    let conflict = match &found.end {
        // A deadlock is explained by who holds what, not by accesses.
        End::Broken(_) | End::Panicked { .. } => conflict(trace),
        _ => None,
    };
    let text = match &found.end {
        End::Held | End::StepBound | End::Stopped => return None,
        // The query was answered, and nothing failed.
        End::Broken(broken) if broken.kind == REACHED => return None,
        End::Deadlock { cycle } => deadlock(&model, cycle),
        End::Panicked { thread, message } => {
            format!("{} {RAISED}: {message}", model.thread_name(*thread))
        }
        End::Broken(broken) => match conflict {
            Some(conflict) => format!("{}: {broken}", describe(trace, &model, conflict)),
            None => broken.to_string(),
        },
    };
    Some(Why { conflict, text })
}

/// The first stale write; else the first act on a stale read; else the last read that came
/// too early.
fn conflict(trace: &Trace) -> Option<Conflict> {
    let steps = trace.steps();
    let acts = || (0..steps.len()).filter(|&at| written(&steps[at]).is_some());
    acts()
        .find_map(|act| stale(steps, act, true))
        .or_else(|| acts().find_map(|act| stale(steps, act, false)))
        .or_else(|| too_early(steps))
}

/// A read by the acting thread, of the `same` thing that it acts on or of any, that another
/// thread has made untrue before the act. The latest such read counts.
fn stale(steps: &[TraceStep], act: usize, same: bool) -> Option<Conflict> {
    let acting = steps[act].choice.thread();
    let mut reads = (0..act).rev().filter(|&at| {
        let step = &steps[at];
        let about = !same || step.object == steps[act].object;
        step.choice.thread() == acting && about && reads(step)
    });
    reads.find_map(|read| {
        let change = change(steps, read, act)?;
        Some(Conflict { read, change, act: Some(act) })
    })
}

/// The last read of what another thread changes only later: a reader that came before the data.
fn too_early(steps: &[TraceStep]) -> Option<Conflict> {
    (0..steps.len()).rev().find_map(|read| {
        let change = reads(&steps[read]).then(|| change(steps, read, steps.len()))??;
        Some(Conflict { read, change, act: None })
    })
}

/// The last change by another thread, between the two, of what was read. Writing the
/// value that was seen is no change.
fn change(steps: &[TraceStep], read: usize, until: usize) -> Option<usize> {
    let (reading, object) = (steps[read].choice.thread(), steps[read].object?);
    (read + 1..until).rev().find(|&at| {
        let step = &steps[at];
        let other = step.choice.thread() != reading;
        let seen = seen_value(&steps[read]);
        let differs = |value| seen.is_none_or(|seen| seen != value);
        other && step.object == Some(object) && written(step).is_some_and(differs)
    })
}

fn reads(step: &TraceStep) -> bool {
    matches!(step.op, Op::Load | Op::Await(_))
}

fn seen_value(step: &TraceStep) -> Option<i64> {
    match step.seen {
        OpResult::Value(value) => Some(value),
        _ => None,
    }
}

/// What a step left in its atomic, if it wrote. A failed compare-exchange wrote nothing.
fn written(step: &TraceStep) -> Option<i64> {
    step.op.writes(seen_value(step).unwrap_or_default())
}

/// The conflict as the first half of a sentence, whose second half is what did not hold.
fn describe(trace: &Trace, model: &ModelState, conflict: Conflict) -> String {
    let steps = trace.steps();
    let thread = |at: usize| model.thread_name(steps[at].choice.thread());
    let object = |at: usize| named(model, steps[at].object);
    let (read, change) = (conflict.read, conflict.change);
    let seen = match seen_value(&steps[read]) {
        Some(value) => format!("found {value} in {}", object(read)),
        None => format!("looked at {}", object(read)),
    };
    let changed = match written(&steps[change]) {
        Some(value) => format!("{} made it {value}", thread(change)),
        None => format!("{} changed it", thread(change)),
    };
    let Some(act) = conflict.act else {
        return format!("{} {seen} before {changed}", thread(read));
    };
    let value = written(&steps[act]).unwrap_or_default();
    if steps[act].object == steps[read].object {
        format!(
            "{} {seen}, then {changed}, then {} wrote {value} over it",
            thread(read),
            thread(act)
        )
    } else {
        format!(
            "{} {seen}, then {changed}, and {} went on as if nothing had happened",
            thread(read),
            thread(act)
        )
    }
}

fn named(model: &ModelState, object: Option<ObjectId>) -> String {
    object.map_or_else(String::new, |object| model.object_name(object).to_string())
}

/// Who waits for what, and who holds it; without a cycle only who waits. Written as one clause,
/// each wait after a comma.
fn deadlock(model: &ModelState, cycle: &[usize]) -> String {
    if let [alone] = cycle {
        let wants = wanted(model, *alone);
        let name = model.thread_name(*alone);
        return format!("{name} waits for {wants}, which it holds itself");
    }
    let mut text = String::new();
    for (at, &thread) in cycle.iter().enumerate() {
        let holder = cycle[(at + 1) % cycle.len()];
        let (name, wants) = (model.thread_name(thread), wanted(model, thread));
        let holder = model.thread_name(holder);
        let comma = if at == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}{name} waits for {wants}, which {holder} holds");
    }
    if cycle.is_empty() {
        let waiting = (0..model.threads()).filter(|&thread| model.next(thread).is_some());
        let waits: Vec<_> = waiting
            .map(|thread| {
                format!("{} waits for {}", model.thread_name(thread), wanted(model, thread))
            })
            .collect();
        text = format!("{}, and no thread is left to end it", waits.join(", "));
    }
    text
}

fn wanted(model: &ModelState, thread: usize) -> String {
    named(model, model.next(thread).and_then(|next| next.object))
}
