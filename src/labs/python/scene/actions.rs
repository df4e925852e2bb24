//! What can be done to the script right now: its locks, a pause, its processes, and the other way
//! to run it.

use super as scene;
use super::super::facts::StartMethod;
use super::super::settings::{DELAY, MODE, Mode, PythonCommand, SCHEDULE};
use super::super::state::State;
use super::step;
use crate::lab::{Action, ActionKind, Control, Key};
use crate::scene::Label;

/// Processes that a menu has room for.
const OFFERED: usize = 16;

pub fn actions(state: &State) -> Vec<Action<PythonCommand>> {
    let mut all = match &state.stepping {
        _ if state.finished() => Vec::new(),
        Some(stepping) => step::actions(stepping),
        None => watched(state),
    };
    all.push(other_mode(state));
    all
}

/// The settings whose keys act. Nothing delays the threads of a script that is stepped.
pub fn controls(state: &State) -> &'static [&'static dyn Control] {
    if state.stepping.is_some() { &[] } else { &[&DELAY] }
}

/// Leads from watching to stepping, and back: the script is run again. A schedule that was given
/// would be stepped in any mode.
fn other_mode(state: &State) -> Action<PythonCommand> {
    let (label, about, values) = if state.stepping.is_some() {
        let label = Label::new("watch it run").or("watch it");
        let about = "run the script again, watched, with the schedule of the system";
        (label, about, vec![MODE.with(Mode::Watch), SCHEDULE.with("")])
    } else {
        let label = Label::new("step its threads").or("step it");
        let about = "run the script again, its threads step by step, by hand or by a search";
        (label, about, vec![MODE.with(Mode::Step)])
    };
    Action::new(Key::Char('m'), label, ActionKind::Restart(values)).about(about)
}

/// What can be done to a script that runs and is watched.
fn watched(state: &State) -> Vec<Action<PythonCommand>> {
    let (label, pause) = match state.paused {
        Some(_) => ("resume", PythonCommand::Resume),
        None => ("pause", PythonCommand::Pause),
    };
    let mut all = scene::actions(state);
    let about = "stop all processes of the script by a signal; again: let them go on";
    all.push(Action::press(Key::Char('p'), label, pause).about(about));
    all.extend(kill(state));
    all
}

/// Offers to kill a process that the script has started, while there is one.
fn kill(state: &State) -> Option<Action<PythonCommand>> {
    let processes = state.figures.processes.iter();
    let alive =
        processes.filter(|one| one.exit.is_none() && one.start_method != StartMethod::Helper);
    let not_yet = alive.filter(|one| state.killed.iter().all(|(pid, _)| *pid != one.pid));
    let items = not_yet.take(OFFERED).map(|one| {
        (PythonCommand::Kill(one.pid), format!("SIGKILL to process {} ({})", one.pid, one.name))
    });
    let items: Vec<_> = items.collect();
    let title = "Kill a process of the script";
    let about = "kill one of the processes that the script has started";
    if items.is_empty() {
        return None;
    }
    Some(Action::choose(Key::Char('k'), "kill a process", title, items).about(about))
}
