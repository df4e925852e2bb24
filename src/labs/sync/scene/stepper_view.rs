//! Shows the threads of a run in step mode and offers the keys that step them. Arrangement
//! only.

use super::super::experiment::step_mode::{StepCommand, StepperSnapshot};
use super::super::experiment::tool::World;
use super::super::settings::SyncCommand;
use super::super::state::State;
use crate::lab::{
    Action, ActionKind, Key, SteppedThread, resume, step_by_step, stepped_panel, thread_key,
    thread_keys,
};
use crate::scene::{Panel, Span, Tone};

/// The step-mode actions that are possible now: to begin it, or, once the threads are paused, a key
/// for the next step, one for each thread, and one to go on.
pub fn actions(state: &State) -> Vec<Action<SyncCommand>> {
    let action = |key, label: String, command| {
        Action::press(Key::Char(key), label, SyncCommand::Step(command))
    };
    let by_threads = state.current.is_some_and(|tool| tool.world() == World::Threads);
    let Some(stepped) = &state.stepped else {
        let offered = state.live && by_threads && state.stuck.is_none();
        let pause = step_by_step(SyncCommand::Step(StepCommand::Next));
        return offered.then_some(pause).into_iter().collect();
    };
    let next = stepped.next.iter();
    let about = "the next step, of the same thread where it can go on";
    let next = next.map(|name| action('s', format!("step {name}"), StepCommand::Next).about(about));
    let mut all: Vec<_> = next.collect();
    all.extend(thread_keys(&stepped.threads, |thread| {
        if can_step(stepped, thread) {
            ActionKind::Press(SyncCommand::Step(StepCommand::Thread(thread.who.clone())))
        } else if thread.ready {
            ActionKind::Refuse(format!("it is not the turn of {} in this replay", thread.who))
        } else {
            ActionKind::Refuse(thread.why_not())
        }
    }));
    all.push(resume(SyncCommand::Step(StepCommand::Resume)));
    all
}

/// In a replay, only the thread whose turn it is.
fn can_step(stepped: &StepperSnapshot, thread: &SteppedThread<String>) -> bool {
    thread.ready && (!stepped.replay || stepped.next.as_ref() == Some(&thread.who))
}

/// Table of the threads, each with its next step and whether it can take it.
pub fn panel(stepped: &StepperSnapshot) -> Panel {
    let row = |(at, thread): (usize, &SteppedThread<String>)| {
        let read = thread.would_read.iter().map(|read| format!(" -> {read}"));
        let next = thread.next.iter().cloned().chain(read).collect::<String>();
        vec![
            Span::new(thread_key(at).map_or_else(String::new, String::from), Tone::Accent),
            Span::from(thread.who.as_str()),
            Span::new(next, Tone::Strong),
            thread.status("running or ended"),
        ]
    };
    let head = ["", "thread", "next -> reads", ""];
    let rows = stepped.threads.iter().enumerate().map(row).collect();
    let note = if stepped.replay { "a replay" } else { "paused" };
    let can_step = stepped.threads.iter().map(|thread| can_step(stepped, thread));
    stepped_panel(&head, rows, can_step).note(note)
}
