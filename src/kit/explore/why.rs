//! Why a run failed: the accesses that conflict, and one sentence.
//!
//! It is judged from the trace alone: what was read, what was written in between by another
//! thread, and what was done as if nothing had happened. The pattern is that of a broken
//! check-then-act: a read, a change by another thread, and an act on what was read. It is a
//! heuristic for the reader, not a proof: of several conflicts the one that explains most
//! is named.

use std::fmt::Write as _;

use super::finding::{End, Found};
use super::model_state::ModelState;
use super::query::REACHED;
use super::trace::{Trace, TraceStep};
use crate::kit::model::{Op, OpResult};
use crate::kit::step::ObjectId;

/// The steps of a trace that conflict, by their places from 0: one thread looks, another
/// one changes what was seen, and the first one acts on what it saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub read: usize,
    pub change: usize,
    /// The step that acts on what was seen; `None` if the first one looked too early and did
    /// nothing more.
    pub act: Option<usize>,
}

/// Why a run failed: for a person who looks at its trace. A reading of it, never part of the
/// verdict.
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
            format!("{} panicked: {message}", model.thread_name(*thread))
        }
        End::Broken(broken) => match conflict {
            Some(conflict) => format!("{}: {broken}", story(trace, &model, conflict)),
            None => broken.to_string(),
        },
    };
    Some(Why { conflict, text })
}

/// The first stale write; else the first act on a stale look; else the last look that came
/// too early.
fn conflict(trace: &Trace) -> Option<Conflict> {
    let frames = trace.frames();
    let acts = || (0..frames.len()).filter(|&at| written(&frames[at]).is_some());
    let stale = acts().find_map(|act| stale(frames, act, true));
    stale
        .or_else(|| acts().find_map(|act| self::stale(frames, act, false)))
        .or_else(|| too_early(frames))
}

/// A look of the acting thread, at the `same` thing that it acts on or at any, that another
/// thread has made untrue before the act. The latest such look counts.
fn stale(frames: &[TraceStep], act: usize, same: bool) -> Option<Conflict> {
    let acting = frames[act].choice.thread();
    let looks = (0..act).rev().filter(|&at| {
        let frame = &frames[at];
        let about = !same || frame.object == frames[act].object;
        frame.choice.thread() == acting && about && looks(frame)
    });
    looks.into_iter().find_map(|read| {
        let change = change(frames, read, act)?;
        Some(Conflict { read, change, act: Some(act) })
    })
}

/// The last look at what another thread changes only later.
fn too_early(frames: &[TraceStep]) -> Option<Conflict> {
    (0..frames.len()).rev().find_map(|read| {
        let looked = looks(&frames[read]);
        let change = looked.then(|| change(frames, read, frames.len()))??;
        Some(Conflict { read, change, act: None })
    })
}

/// The last change by another thread, between the two, of what was looked at. Writing the
/// value that was seen is no change.
fn change(frames: &[TraceStep], read: usize, until: usize) -> Option<usize> {
    let (looking, object) = (frames[read].choice.thread(), frames[read].object?);
    (read + 1..until).rev().find(|&at| {
        let frame = &frames[at];
        let other = frame.choice.thread() != looking;
        let seen = seen_value(&frames[read]);
        let differs = |value| seen.is_none_or(|seen| seen != value);
        other && frame.object == Some(object) && written(frame).is_some_and(differs)
    })
}

fn looks(frame: &TraceStep) -> bool {
    matches!(frame.op, Op::Load | Op::Await(_))
}

fn seen_value(frame: &TraceStep) -> Option<i64> {
    match frame.seen {
        OpResult::Value(value) => Some(value),
        _ => None,
    }
}

/// What a step left in its word, if it wrote.
fn written(frame: &TraceStep) -> Option<i64> {
    frame.op.writes(seen_value(frame).unwrap_or_default())
}

/// The conflict as the first half of a sentence.
fn story(trace: &Trace, model: &ModelState, conflict: Conflict) -> String {
    let frames = trace.frames();
    let thread = |at: usize| model.thread_name(frames[at].choice.thread());
    let object = |at: usize| named(model, frames[at].object);
    let (read, change) = (conflict.read, conflict.change);
    let seen = match seen_value(&frames[read]) {
        Some(value) => format!("found {value} in {}", object(read)),
        None => format!("looked at {}", object(read)),
    };
    let changed = match written(&frames[change]) {
        Some(value) => format!("{} made it {value}", thread(change)),
        None => format!("{} changed it", thread(change)),
    };
    let Some(act) = conflict.act else {
        return format!("{} {seen} before {changed}", thread(read));
    };
    let value = written(&frames[act]).unwrap_or_default();
    if frames[act].object == frames[read].object {
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

/// Who waits for what, and who holds it; without a cycle only who waits.
fn deadlock(model: &ModelState, cycle: &[usize]) -> String {
    if let [alone] = cycle {
        let wants = wanted(model, *alone);
        let name = model.thread_name(*alone);
        return format!("{name} waits for {wants}, which it holds itself");
    }
    let mut text = String::new();
    for (place, &thread) in cycle.iter().enumerate() {
        let holder = cycle[(place + 1) % cycle.len()];
        let (name, wants) = (model.thread_name(thread), wanted(model, thread));
        let holder = model.thread_name(holder);
        let comma = if place == 0 { "" } else { ", " };
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
