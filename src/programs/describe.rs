//! Steps, things and ends of a run in words.

use crate::kit::event::{LaneId, RAISED};
use crate::kit::explore::{End, Trace, TraceStep};
use crate::kit::model::{OpResult, State};

/// A step in words: `load count`, `store count = 1`. A store that the memory takes out of a
/// buffer is named as such.
pub fn operation(trace: &Trace, step: &TraceStep) -> String {
    if !step.choice.is_step() {
        return "its oldest store reaches the memory".to_owned();
    }
    let model = trace.at(0);
    let object =
        step.object.map(|object| model.object_name(object).to_string()).unwrap_or_default();
    let value = step.op.value().map_or_else(String::new, |value| format!(" = {value}"));
    format!("{} {object}{value}", step.op.verb()).trim().to_owned()
}

/// What a step found, such as the value of a load; empty if there is nothing to say. Shown behind
/// an arrow: `load count -> 0`.
pub fn effect(step: &TraceStep) -> String {
    match step.seen {
        OpResult::Done => String::new(),
        result => result.to_string(),
    }
}

/// How a run ended, in one clause without a full stop, for screen, text and JSON alike. A cycle is
/// written from thread to thread; each waits for the next one, and the last for the first.
pub fn ending(end: &End, trace: &Trace) -> String {
    let model = trace.at(trace.len());
    match end {
        End::Held => "everything held".to_owned(),
        End::Broken(broken) => broken.to_string(),
        End::Deadlock { cycle } if cycle.is_empty() => {
            "deadlock: the threads wait for something that no thread will do".to_owned()
        }
        End::Deadlock { cycle } if cycle.len() == 1 => {
            format!("deadlock: {} waits for what it holds itself", model.thread_name(cycle[0]))
        }
        End::Deadlock { cycle } => {
            let name = |at: usize| model.thread_name(cycle[at % cycle.len()]);
            let waits = (0..cycle.len()).map(|at| format!("{} for {}", name(at), name(at + 1)));
            let waits: Vec<_> = waits.collect();
            format!("deadlock: the threads wait in a cycle, {}", waits.join(", "))
        }
        End::Panicked { thread, message } => {
            format!("{} {RAISED}: {message}", model.thread_name(*thread))
        }
        End::StepBound => "it took more steps than it may".to_owned(),
        End::Stopped => "it was stopped".to_owned(),
    }
}

/// What a thing holds, in a word or two, as a box on the screen has room for; `name` is what a
/// thread is called there.
pub fn value(state: &State, name: impl Fn(LaneId) -> String) -> String {
    let by = |holder| format!("by {}", name(holder));
    match state {
        State::Atomic(value) => value.to_string(),
        State::Lock { holder } => holder.map_or_else(|| "free".to_owned(), by),
        State::RLock { holder, depth } => {
            holder.map_or_else(|| "free".to_owned(), |holder| format!("{} x{depth}", by(holder)))
        }
        State::Semaphore { permits, .. } => format!("{permits} left"),
        State::Queue(queue) => {
            let items: Vec<_> = queue.items.iter().map(i64::to_string).collect();
            format!("[{}]", items.join(" "))
        }
        State::Event { set } => if *set { "set" } else { "not set" }.to_owned(),
        State::Condition(line) => {
            let waiting: Vec<_> = line.waiting.iter().map(|lane| name(*lane)).collect();
            if waiting.is_empty() {
                "no thread".to_owned()
            } else {
                format!("{} waiting", waiting.join(" "))
            }
        }
        State::Barrier(barrier) => format!("{} of {}", barrier.inside, barrier.parties),
    }
}
