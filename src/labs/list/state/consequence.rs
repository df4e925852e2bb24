//! What the step that the user has just let a thread take has led to, in one sentence: in step
//! mode the most important thing on the screen.

use super::super::experiment::op::WorkerId;
use super::super::facts::{Fact, StepperSnapshot};
use super::State;
use crate::kit::event::{Stamped, What};
use crate::lab::Sentence;
use crate::scene::Tone;

/// The sentence after this event; the state is that before it.
pub fn after(state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
    match &event.what {
        What::Fact(Fact::Stepper { stepped }) => of_step(state, stepped.as_deref()),
        What::Fact(Fact::Done { op, .. }) if state.stepped.is_some() => {
            let who = state.lanes.get(&event.lane).copied();
            let collided =
                who.and_then(|who| Some(of_collision(who, state.rival(who, op)?, op.read.length)));
            collided.or_else(|| state.consequence.clone())
        }
        _ => state.consequence.clone(),
    }
}

/// The sentence after `stepped` has replaced the snapshot of `state`. `None` outside of step
/// mode and before the first step.
fn of_step(state: &State, stepped: Option<&StepperSnapshot>) -> Option<Sentence> {
    let (before, after) = (state.stepped.as_deref()?, stepped?);
    if let Some(refused) = after.refused {
        return Some(must_wait(after, refused));
    }
    // The thread whose announced step is no longer the next one has taken it.
    let now = |who| after.threads.iter().find(|thread| thread.who == who);
    let took = before.threads.iter().find_map(|thread| {
        let step = thread.next.as_deref()?;
        let moved = now(thread.who).is_none_or(|now| now.next != thread.next);
        moved.then_some((thread.who, step))
    });
    let Some((who, step)) = took else {
        // The threads have only come to their next steps; what was said of the last one holds.
        return state.consequence.clone().filter(|_| before.refused.is_none());
    };
    Some(
        stale(state, after, who, step)
            .unwrap_or_else(|| Sentence::new(format!("{who} did: {step}"), Tone::Plain)),
    )
}

/// Two threads have stored on top of the same length.
fn of_collision(late: WorkerId, early: WorkerId, length: u32) -> Sentence {
    let text = format!("{late} has overwritten what {early} did: both had read length {length}");
    Sentence::new(text, Tone::Broken)
}

fn must_wait(after: &StepperSnapshot, refused: WorkerId) -> Sentence {
    let thread = after.threads.iter().find(|thread| thread.who == refused);
    let text = match thread.and_then(|thread| thread.blocked_by) {
        Some(by) => format!("{refused} must wait: {by} holds the lock"),
        None => format!("{refused} cannot take a step now"),
    };
    Sentence::new(text, Tone::Waiting)
}

/// The length has changed, and another thread still works with the one that it read before.
fn stale(state: &State, after: &StepperSnapshot, who: WorkerId, step: &str) -> Option<Sentence> {
    if !step.starts_with("store length") {
        return None;
    }
    let length = after.list.length;
    state.threads.iter().filter(|(other, _)| **other != who).find_map(|(other, thread)| {
        // One that found the list empty stores nothing.
        let stores = |(read, value): &(u32, Option<i64>)| *read != length && value.is_some();
        let (read, _) = thread.loaded.filter(stores)?;
        let text = format!(
            "{who} stored length {length}, but {other} has read {read}: it will overwrite that"
        );
        Some(Sentence::new(text, Tone::Caution))
    })
}
