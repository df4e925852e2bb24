//! Held threads as they are shown, and the keys that move them. Arrangement only.

use super::held::{Ask, Held, HeldThread, key};
use super::state::State;
use crate::lab::{Action, ActionKind, Key, Sentence};
use crate::scene::{Body, Finding, Panel, Span, Table, Tone, Weight};

/// What can be done with the threads right now.
pub(super) fn actions(state: &State) -> Vec<Action> {
    if state.finished() {
        return Vec::new();
    }
    let action = |key, label: &str, ask: &Ask| Action {
        key: Key::Char(key),
        label: label.to_owned(),
        kind: ActionKind::Press(ask.id()),
    };
    let Some(held) = &state.held else {
        return vec![action('.', "hold", &Ask::Pause)];
    };
    let mut actions = vec![action('.', "let go", &Ask::Pause)];
    for (place, thread) in held.threads.iter().enumerate() {
        if let Some(key) = key(place).filter(|_| thread.ready) {
            let name = thread.who.to_string();
            actions.push(action(key, &name, &Ask::Step(name.clone())));
        }
    }
    actions.push(action('f', "finish operation", &Ask::Finish));
    actions
}

/// Each thread with its next step.
pub(super) fn panel(held: &Held) -> Panel {
    let row = |(place, thread): (usize, &HeldThread)| {
        let key = key(place).map_or_else(String::new, String::from);
        let (state, tone) = standing(thread);
        vec![
            Span::new(key, Tone::Accent),
            Span::from(thread.who.to_string().as_str()),
            Span::new(thread.next.clone().unwrap_or_default(), Tone::Strong),
            Span::from(sees(thread).as_str()),
            Span::new(state, tone),
        ]
    };
    let head = ["key", "thread", "next step", "would find", ""];
    let table = Table {
        head: head.map(str::to_owned).to_vec(),
        rows: held.threads.iter().enumerate().map(row).collect(),
        figures_from: usize::MAX,
    };
    Panel::titled("You are the scheduler", Body::Table(table)).note("held at the next step")
}

/// What a thread's cell says while it is held.
pub(super) fn cell(thread: &HeldThread) -> String {
    match (&thread.next, thread.blocked_by) {
        (Some(next), Some(by)) => format!("{next}, held by {by}"),
        (Some(next), None) => format!("next: {next}"),
        (None, _) => "on its way".to_owned(),
    }
}

fn sees(thread: &HeldThread) -> String {
    match thread.sees.as_deref() {
        Some("done") | None => String::new(),
        Some(value) => value.to_owned(),
    }
}

fn standing(thread: &HeldThread) -> (String, Tone) {
    match (thread.ready, thread.blocked_by, &thread.next) {
        (true, ..) => ("can go on".to_owned(), Tone::Good),
        (false, Some(by), _) => (format!("waits for {by}"), Tone::Waiting),
        (false, None, Some(_)) => ("waits".to_owned(), Tone::Waiting),
        (false, None, None) => ("on its way to its next step".to_owned(), Tone::Dim),
    }
}

/// What holding means for everything else on the screen.
pub(super) fn finding() -> Finding {
    Finding {
        weight: Weight::Caution,
        text: "The threads are held at their next step: a digit lets one of them take it, \
               . lets all go. Pause and window do nothing meanwhile, and times mean nothing."
            .into(),
    }
}

/// Asked before the fact is applied.
pub(super) fn tell(state: &State, held: Option<&Held>) -> Option<Sentence> {
    match (&state.held, held) {
        (None, Some(_)) => Some(Sentence::new(
            "all threads are held at their next step",
            Tone::Accent,
        )),
        (Some(_), None) => Some(Sentence::new(
            "all threads go on by themselves",
            Tone::Accent,
        )),
        _ => None,
    }
}
