//! Shows threads in step mode and offers the keys that step them. Arrangement only: which
//! thread can take its step is in the snapshot.

use super::super::experiment::op::WorkerId;
use super::super::facts::StepperSnapshot;
use super::super::settings::ListCommand;
use super::super::state::State;
use crate::lab::{
    Action, ActionKind, Key, Sentence, SteppedThread, resume, step_by_step, stepped_panel,
    thread_key, thread_keys,
};
use crate::scene::{Finding, Line, Panel, Span, Tone, Weight, line};

/// The step-mode actions that are possible now. The footer offers no step that cannot be taken,
/// but the key of a blocked thread works too: the answer is what it waits for.
pub fn actions(state: &State) -> Vec<Action<ListCommand>> {
    if state.finished() {
        return Vec::new();
    }
    let Some(stepped) = &state.stepped else {
        return vec![step_by_step(ListCommand::Pause)];
    };
    let mut actions = vec![resume(ListCommand::Pause)];
    actions.extend(thread_keys(&stepped.threads, |thread| match thread.next {
        Some(_) => ActionKind::Press(ListCommand::Step(thread.who)),
        None => ActionKind::Refuse(thread.why_not()),
    }));
    let finish = Action::press(Key::Char('f'), "finish operation", ListCommand::Finish);
    actions.push(finish.about("all steps that the thread's operation still has"));
    actions
}

/// Table of the threads, each with its next step, what that step would read, and whether
/// it can be taken.
pub fn panel(stepped: &StepperSnapshot) -> Panel {
    let row = |(index, thread): (usize, &SteppedThread<WorkerId>)| {
        let key = thread_key(index).map_or_else(String::new, String::from);
        vec![
            Span::new(key, Tone::Accent),
            Span::new(thread.who.to_string(), thread.who.tone()),
            Span::new(thread.next.clone().unwrap_or_default(), Tone::Strong),
            Span::from(thread.would_read.as_deref().unwrap_or_default()),
            thread.status("running to its next step"),
        ]
    };
    let head = ["key", "thread", "next step", "reads", ""];
    let rows = stepped.threads.iter().enumerate().map(row).collect();
    stepped_panel(&head, rows, stepped.threads.iter().map(|thread| thread.ready))
        .note("paused before the next step")
}

/// What the last step led to. One line, also before there was any.
pub fn consequence(state: &State) -> Line {
    match &state.consequence {
        Some(sentence) => line([(sentence.text.clone(), sentence.tone)]),
        None => {
            line([("no step taken yet: a digit lets that thread take its next one", Tone::Dim)])
        }
    }
}

/// The note that settings and times have no meaning while threads are stepped: pauses
/// take no time then, and the user decides what happens in a window.
pub fn finding() -> Finding {
    let text = "A digit lets that thread take its next step, p lets all continue. Until then pause and \
                window have no effect, and times mean nothing.";
    (Weight::ToDo, text).into()
}

/// Sentence for entering or leaving step mode; `None` for a snapshot within it. Call it
/// before the fact is applied to `state`.
pub fn describe(state: &State, stepped: Option<&StepperSnapshot>) -> Option<Sentence> {
    match (&state.stepped, stepped) {
        (None, Some(_)) => {
            Some(Sentence::new("All threads are paused before their next step", Tone::Accent))
        }
        (Some(_), None) => Some(Sentence::new("All threads are resumed", Tone::Accent)),
        _ => None,
    }
}
