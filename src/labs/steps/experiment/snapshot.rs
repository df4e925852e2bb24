//! Snapshot of a run as plain data: the next step of each thread and what it would read,
//! the values of the shared objects, the steps so far, and how the run ended.
//!
//! Computed from a trace alone, so that a recorded run gives the same snapshots.
//!
//! ```text
//! Trace ── state after n steps ─┬─▶ threads: next step, what it would return, who blocks it
//!                               ├─▶ things: name, value, touched by the last step
//!                               └─▶ rows: the steps so far, as texts
//! RunView ──────────────────────┴─▶ undone steps, switches, end
//! ```

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::kit::explore::{
    End, Found, MOST_THREADS, ModelState, RunView, ScheduleStep, StepSet, ThreadPhase, Trace,
    TraceStep, why,
};
use crate::kit::model::{OpResult, State};
use crate::programs::describe::{effect, ending, operation, value};

/// The state of a run after some of its steps: everything that one frame shows. Emitted whole
/// after each command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub threads: Vec<ThreadView>,
    pub things: Vec<ObjectView>,
    pub rows: Vec<TraceRow>,
    /// Threads of the steps that were undone; the first is redone next. Any other step than
    /// that one forgets them.
    pub undone: Vec<usize>,
    pub switches: u32,
    pub end: Option<RunEnding>,
    /// The schedule so far as a code for `explore --replay`.
    pub code: String,
    /// The last step that the user asked for was not possible, and nothing has changed.
    pub refused: bool,
    /// The run began with a schedule from a search or a code, so it earns no star.
    pub assisted: bool,
}

/// One thread of the program, as its row of the table shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadView {
    pub name: String,
    pub status: ThreadStatus,
    /// Its next step, such as `load count`; empty if the thread has ended.
    pub next: String,
    /// What that step would return now; empty if it returns nothing or is blocked. Another
    /// thread's step may change it.
    pub would_return: String,
    /// The line of its next step in the source file of the program, which the listing is cut
    /// out of; `None` if it has ended.
    pub line: Option<u32>,
    /// What that step would touch, by its position among the things; `None` if it touches nothing
    /// shared, or the thread has ended. Recordings from before there was an arrow have none.
    #[serde(default)]
    pub touches: Option<usize>,
    /// Stores that only it sees so far, oldest first, as `x = 1`. Only under a memory model with
    /// store buffers.
    pub buffered: Vec<String>,
}

/// Whether a thread can take its next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThreadStatus {
    Ready,
    /// By this thread, if exactly one thread blocks it: an edge of the wait-for graph.
    Blocked(Option<usize>),
    Returned,
    Panicked,
}

/// One shared thing of the program: a word, a lock, a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectView {
    pub name: String,
    pub value: String,
    /// The last step touched it, whether that changed it or not.
    pub touched: bool,
    pub is_atomic: bool,
}

/// One step that was taken: a row of the trace, in the column of its thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceRow {
    /// The number of its thread. Read back only as a number that a thread can have, since that
    /// many columns are drawn.
    #[serde(deserialize_with = "read_thread")]
    pub thread: usize,
    /// The memory took a store out of the thread's buffer: a step that the scheduler chooses
    /// and the thread does not notice.
    pub drain: bool,
    pub what: String,
    /// What was found, such as the value of a load; empty where nothing is.
    pub result: String,
}

fn read_thread<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let thread = usize::deserialize(from)?;
    if thread < MOST_THREADS {
        Ok(thread)
    } else {
        Err(D::Error::custom(format!(
            "a step of thread {thread}; there are at most {MOST_THREADS}"
        )))
    }
}

/// How a run ended, judged by the explorer and put into words here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunEnding {
    /// The kind of failure in `snake_case`, as the JSON has it; `None` if it did not fail.
    pub kind: Option<String>,
    /// The run ended and the invariant held.
    pub held: bool,
    pub text: String,
    /// One sentence that says why it failed, where that is known.
    pub why: Option<String>,
    /// The places of the steps that got in each other's way, from 0: a thread looks, another
    /// changes what it saw, the first acts on it.
    pub conflict: Vec<usize>,
    /// A deadlock: each thread with the thing that it waits for, which the next thread holds.
    pub cycle: Vec<(usize, String)>,
}

impl Snapshot {
    /// The snapshot of the run that the user steps through, at its present step.
    pub fn of(view: &RunView, code: String) -> Self {
        let mut snapshot = Self::after(&view.trace, view.trace.len(), view.ready, code);
        snapshot.undone = view.undone.iter().rev().map(|choice| choice.thread()).collect();
        snapshot.switches = view.switches;
        snapshot.refused = view.refused.is_some();
        snapshot.end = view.end.as_ref().map(|end| ended(end, view.switches, &view.trace));
        snapshot
    }

    /// The snapshot after the first `steps` steps of `trace`, for which `ready` are the steps
    /// that can follow. It knows no end and nothing that was undone.
    pub fn after(trace: &Trace, steps: usize, ready: StepSet, code: String) -> Self {
        let model = trace.at(steps);
        let frames = &trace.steps()[..steps];
        let touched = frames.last().and_then(|frame| frame.object);
        // By their keys: names would make the boxes too wide.
        let key = |lane| {
            let thread = (0..model.threads()).find(|&thread| model.lane(thread) == lane);
            thread.map_or_else(String::new, |thread| (thread + 1).to_string())
        };
        Self {
            threads: (0..model.threads())
                .map(|thread| thread_view(&model, thread, ready))
                .collect(),
            things: model
                .objects()
                .map(|(id, name, state)| ObjectView {
                    name: name.to_string(),
                    value: value(state, key),
                    touched: Some(id) == touched,
                    is_atomic: matches!(state, State::Atomic(_)),
                })
                .collect(),
            rows: frames.iter().map(|frame| row(trace, frame)).collect(),
            code,
            ..Self::default()
        }
    }
}

fn thread_view(model: &ModelState, thread: usize, ready: StepSet) -> ThreadView {
    let number = u8::try_from(thread).unwrap_or(u8::MAX);
    let next = model.next(thread);
    let status = match (model.phase(thread), next) {
        (ThreadPhase::Panicked, _) => ThreadStatus::Panicked,
        (ThreadPhase::Returned, _) | (_, None) => ThreadStatus::Returned,
        _ if ready.contains(ScheduleStep::Thread(number)) => ThreadStatus::Ready,
        _ => ThreadStatus::Blocked(model.blocked_by(thread)),
    };
    let would_return = match (&status, model.would_find(thread)) {
        (ThreadStatus::Ready, Some(result)) if result != OpResult::Done => result.to_string(),
        _ => String::new(),
    };
    ThreadView {
        name: model.thread_name(thread).to_owned(),
        next: model.describe(thread).unwrap_or_default(),
        line: next.map(|next| next.line),
        touches: next
            .and_then(|next| next.object)
            .and_then(|object| model.objects().position(|(id, ..)| id == object)),
        status,
        would_return,
        buffered: model
            .buffer(thread)
            .map(|(object, value)| format!("{} = {value}", model.object_name(object)))
            .collect(),
    }
}

fn row(trace: &Trace, frame: &TraceStep) -> TraceRow {
    TraceRow {
        thread: frame.choice.thread(),
        drain: !frame.choice.is_step(),
        what: operation(trace, frame),
        result: effect(frame),
    }
}

fn ended(end: &End, switches: u32, trace: &Trace) -> RunEnding {
    let found = Found { end: end.clone(), switches, trace: trace.clone() };
    let why = why(&found);
    let conflict = why.as_ref().and_then(|why| why.conflict);
    let model = trace.at(trace.len());
    let wanted = |&thread: &usize| {
        let object = model.next(thread)?.object?;
        Some((thread, model.object_name(object).to_string()))
    };
    RunEnding {
        kind: end.kind().map(str::to_owned),
        held: *end == End::Held,
        text: ending(end, trace),
        why: why.map(|why| why.text),
        conflict: conflict
            .map_or_else(Vec::new, |it| [it.read, it.change].into_iter().chain(it.act).collect()),
        cycle: match end {
            End::Deadlock { cycle } => cycle.iter().filter_map(wanted).collect(),
            _ => Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_read_back_only_if_its_thread_can_be() {
        let read = |thread: u64| {
            let row =
                serde_json::json!({ "thread": thread, "drain": false, "what": "", "result": "" });
            serde_json::from_value::<TraceRow>(row).map(|row| row.thread)
        };
        assert_eq!(read(25).unwrap(), 25);
        let refused = read(4_294_967_295).unwrap_err().to_string();
        assert_eq!(refused, "a step of thread 4294967295; there are at most 26");
    }
}
