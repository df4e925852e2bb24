//! What can be done to the script right now: its locks, a pause, its processes.

use super::scene;
use super::settings::PythonCommand;
use super::state::State;
use super::step;
use crate::lab::{Action, Key};

/// Processes that a menu has room for.
const OFFERED: usize = 16;

pub fn actions(state: &State) -> Vec<Action<PythonCommand>> {
    if state.finished() {
        return Vec::new();
    }
    if let Some(stepping) = &state.stepping {
        return step::scene::actions(stepping);
    }
    let label = if state.paused.is_some() { "resume" } else { "pause" };
    let pause = PythonCommand::Pause(state.paused.is_none());
    let mut all = scene::actions(state);
    all.push(Action::press(Key::Char('p'), label, pause));
    all.extend(kill(state));
    all
}

/// Offers to kill a process that the script has started, while there is one.
fn kill(state: &State) -> Option<Action<PythonCommand>> {
    let processes = state.figures.processes.iter();
    let alive = processes.filter(|one| one.exit.is_none() && one.start_method.as_ref() != "helper");
    let not_yet = alive.filter(|one| state.killed.iter().all(|(pid, _)| *pid != one.pid));
    let items = not_yet.take(OFFERED).map(|one| {
        (PythonCommand::Kill(one.pid), format!("SIGKILL to process {} ({})", one.pid, one.name))
    });
    let items: Vec<_> = items.collect();
    let title = "Kill a process of the script";
    (!items.is_empty()).then(|| Action::choose(Key::Char('k'), "kill a process", title, items))
}
