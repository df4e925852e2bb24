//! A run at a moment, as plain data: what each thread would do next and find, what the
//! shared things hold, what was done so far, and how it ended.
//!
//! Made from a film; must not know threads, nor how it is shown.

use serde::Serialize;

use super::explore::{effect, ending, operation};
use crate::kit::explore::{
    End, Found, ModelState, RunView, ScheduleStep, StepSet, ThreadPhase, Trace, TraceStep, why,
};
use crate::kit::model::{OpResult, State};

/// Everything that one picture of a run shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Moment {
    pub(super) threads: Vec<Actor>,
    pub(super) things: Vec<Thing>,
    pub(super) rows: Vec<Row>,
    /// Whose turns were undone; the next to do again first.
    pub(super) undone: Vec<usize>,
    pub(super) switches: u32,
    pub(super) end: Option<Ending>,
    /// The schedule as a code that can be played again.
    pub(super) code: String,
    /// The last move could not be made.
    pub(super) refused: bool,
    /// Not all of it was done by hand: it began with a search's finding, or a code.
    pub(super) assisted: bool,
}

/// One thread.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Actor {
    pub(super) name: String,
    pub(super) standing: Standing,
    /// What it would do next; empty if it is over.
    pub(super) next: String,
    /// What it would find there; empty if that is nothing, or not known yet.
    pub(super) sees: String,
    /// Its next step's line in the source.
    pub(super) line: Option<u32>,
    /// Stores that only it sees so far.
    pub(super) buffered: Vec<String>,
}

/// Whether a thread can go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Standing {
    Ready,
    /// By that thread, where one alone does it.
    Blocked(Option<usize>),
    Returned,
    Panicked,
}

/// One shared thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Thing {
    pub(super) name: String,
    pub(super) value: String,
    /// The last step touched it.
    pub(super) touched: bool,
    pub(super) is_word: bool,
}

/// One step that was taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(super) thread: usize,
    /// The memory took a store out of the thread's buffer.
    pub(super) drain: bool,
    pub(super) what: String,
    /// What was found; may be empty.
    pub(super) seen: String,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Ending {
    /// The kind of failure, if it failed.
    pub(super) kind: Option<String>,
    /// It came to its end, and everything held.
    pub(super) held: bool,
    pub(super) text: String,
    /// One sentence that says why it failed.
    pub(super) why: Option<String>,
    /// The places of the steps that got in each other's way: look, change, act.
    pub(super) conflict: Vec<usize>,
    /// Who waits for which thing, which the next one holds.
    pub(super) cycle: Vec<(usize, String)>,
}

impl Moment {
    /// The run that a person has before them.
    pub(super) fn of(view: &RunView, code: String) -> Self {
        let mut moment = Self::after(&view.trace, view.trace.len(), view.ready, code);
        moment.undone = view
            .undone
            .iter()
            .rev()
            .map(|choice| choice.thread())
            .collect();
        moment.switches = view.switches;
        moment.refused = view.refused.is_some();
        moment.end = view
            .end
            .as_ref()
            .map(|end| ended(end, view.switches, &view.trace));
        moment
    }

    /// A film after so many steps.
    pub(super) fn after(trace: &Trace, steps: usize, ready: StepSet, code: String) -> Self {
        let model = trace.at(steps);
        let frames = &trace.frames()[..steps];
        let touched = frames.last().and_then(|frame| frame.object);
        Self {
            threads: (0..model.threads())
                .map(|thread| actor(&model, thread, ready))
                .collect(),
            things: model
                .objects()
                .map(|(id, name, state)| Thing {
                    name: name.to_string(),
                    value: value(&model, state),
                    touched: Some(id) == touched,
                    is_word: matches!(state, State::Atomic(_)),
                })
                .collect(),
            rows: frames.iter().map(|frame| row(trace, frame)).collect(),
            code,
            ..Self::default()
        }
    }
}

fn actor(model: &ModelState, thread: usize, ready: StepSet) -> Actor {
    let number = u8::try_from(thread).unwrap_or(u8::MAX);
    let next = model.next(thread);
    let standing = match (model.phase(thread), next) {
        (ThreadPhase::Panicked, _) => Standing::Panicked,
        (ThreadPhase::Returned, _) | (_, None) => Standing::Returned,
        _ if ready.contains(ScheduleStep::Thread(number)) => Standing::Ready,
        _ => Standing::Blocked(model.blocked_by(thread)),
    };
    let sees = match (&standing, model.would_find(thread)) {
        (Standing::Ready, Some(seen)) if seen != OpResult::Done => seen.to_string(),
        _ => String::new(),
    };
    Actor {
        name: model.thread_name(thread).to_owned(),
        next: model.describe(thread).unwrap_or_default(),
        line: next.map(|next| next.line),
        standing,
        sees,
        buffered: model
            .buffer(thread)
            .map(|(object, value)| format!("{} = {value}", model.object_name(object)))
            .collect(),
    }
}

fn row(trace: &Trace, frame: &TraceStep) -> Row {
    Row {
        thread: frame.choice.thread(),
        drain: !frame.choice.is_step(),
        what: operation(trace, frame),
        seen: effect(frame),
    }
}

fn value(model: &ModelState, state: &State) -> String {
    // By their keys: names would make the boxes too wide.
    let number = |lane| {
        (0..model.threads())
            .find(|&thread| model.lane(thread) == lane)
            .map_or_else(String::new, |thread| (thread + 1).to_string())
    };
    let by = |holder| format!("by {}", number(holder));
    match state {
        State::Atomic(value) => value.to_string(),
        State::Lock { holder } => holder.map_or_else(|| "free".to_owned(), by),
        State::RLock { holder, depth } => holder.map_or_else(
            || "free".to_owned(),
            |holder| format!("{} x{depth}", by(holder)),
        ),
        State::Semaphore { permits, .. } => format!("{permits} left"),
        State::Queue(queue) => {
            let items: Vec<_> = queue.items.iter().map(i64::to_string).collect();
            format!("[{}]", items.join(" "))
        }
        State::Event { set } => if *set { "set" } else { "not set" }.to_owned(),
        State::Condition(line) => {
            let waiting: Vec<_> = line.waiting.iter().copied().map(number).collect();
            if waiting.is_empty() {
                "nobody".to_owned()
            } else {
                format!("{} in it", waiting.join(" "))
            }
        }
        State::Barrier(barrier) => format!("{} of {}", barrier.inside, barrier.parties),
    }
}

fn ended(end: &End, switches: u32, trace: &Trace) -> Ending {
    let found = Found {
        end: end.clone(),
        switches,
        trace: trace.clone(),
    };
    let why = why(&found);
    let conflict = why.as_ref().and_then(|why| why.conflict);
    let model = trace.at(trace.len());
    let wanted = |&thread: &usize| {
        let object = model.next(thread)?.object?;
        Some((thread, model.object_name(object).to_string()))
    };
    Ending {
        kind: end.kind().map(str::to_owned),
        held: *end == End::Held,
        text: ending(end, trace),
        why: why.map(|why| why.text),
        conflict: conflict.map_or_else(Vec::new, |it| {
            [it.read, it.change].into_iter().chain(it.act).collect()
        }),
        cycle: match end {
            End::Deadlock { cycle } => cycle.iter().filter_map(wanted).collect(),
            _ => Vec::new(),
        },
    }
}
