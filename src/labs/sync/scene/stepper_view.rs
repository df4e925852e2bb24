//! Shows the threads of a run in step mode and offers the keys that step them. Arrangement
//! only.

use super::super::experiment::step_mode::{StepCommand, SteppedThread, StepperSnapshot};
use super::super::experiment::tool::World;
use super::super::settings::SyncCommand;
use super::super::state::State;
use crate::lab::{Action, Key};
use crate::scene::{Body, Panel, Press, Span, Table, Tone};

/// The step-mode actions that are possible now: to begin it, or, once the threads are paused, a key
/// for the next step, one for each thread that can take its own, and one to go on.
pub fn actions(state: &State) -> Vec<Action<SyncCommand>> {
    let action = |key, label: String, command| {
        Action::press(Key::Char(key), label, SyncCommand::Step(command))
    };
    let by_threads = state.current.is_some_and(|tool| tool.world == World::Threads);
    let Some(stepped) = &state.stepped else {
        let offered = state.live && state.running && by_threads && state.stuck.is_none();
        let pause = action('p', "step by step".to_owned(), StepCommand::Next);
        return offered.then_some(pause).into_iter().collect();
    };
    let next = stepped.next.iter();
    let next = next.map(|name| action('s', format!("step {name}"), StepCommand::Next));
    let mut all: Vec<_> = next.collect();
    for (at, thread) in (0..).zip(&stepped.threads) {
        let key = key(at).filter(|_| can_step(stepped, thread));
        let step = |key| action(key, thread.name.clone(), StepCommand::Thread(thread.name.clone()));
        all.extend(key.map(step));
    }
    all.push(action('p', "continue".to_owned(), StepCommand::Resume));
    all
}

/// In a replay, only the thread whose turn it is.
fn can_step(stepped: &StepperSnapshot, thread: &SteppedThread) -> bool {
    thread.ready && (!stepped.replay || stepped.next.as_ref() == Some(&thread.name))
}

/// The key that steps the thread at this place: `1` is the first. `None` beyond the ninth.
fn key(at: u32) -> Option<char> {
    char::from_digit(at + 1, 10)
}

/// Table of the threads, each with its next step and whether it can take it.
pub fn panel(stepped: &StepperSnapshot) -> Panel {
    let row = |(at, thread): (u32, &SteppedThread)| {
        let (state, tone) = status(thread);
        let read = if thread.would_read.is_empty() { "" } else { " -> " };
        vec![
            Span::new(key(at).map_or_else(String::new, String::from), Tone::Accent),
            Span::from(thread.name.as_str()),
            Span::new(format!("{}{read}{}", thread.next, thread.would_read), Tone::Strong),
            Span::new(state, tone),
        ]
    };
    let table = Table {
        head: ["", "thread", "next -> reads", ""].map(Into::into).to_vec(),
        rows: (0..).zip(&stepped.threads).map(row).collect(),
        figures_from: usize::MAX,
    };
    let note = if stepped.replay { "a replay" } else { "paused" };
    let press = |(at, thread): (u32, &SteppedThread)| {
        let key = key(at).filter(|_| can_step(stepped, thread));
        key.map_or(Press::Nothing, |key| Press::Key(key.to_string()))
    };
    Panel::titled("You are the scheduler", Body::Table(table))
        .note(note)
        .presses((0..).zip(&stepped.threads).map(press))
}

fn status(thread: &SteppedThread) -> (String, Tone) {
    match (&thread.blocked_by, thread.ready) {
        (_, true) => ("ready".to_owned(), Tone::Good),
        (Some(by), _) => (format!("blocked by {by}"), Tone::Waiting),
        (None, _) if thread.next.is_empty() => ("running or ended".to_owned(), Tone::Dim),
        (None, _) => ("blocked".to_owned(), Tone::Waiting),
    }
}
