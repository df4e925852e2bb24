//! The view of threads that the user lets take one step at a time, as all labs have it that step
//! threads: their keys, their table, and the words for what they can do.

use super::action::{Action, ActionKind};
use super::key::Key;
use crate::scene::{Body, Panel, Press, Span, Table, Tone};

/// The key by which a lab pauses its threads before their next steps, and lets them continue.
const PAUSE: Key = Key::Char('p');

/// Offers step mode, with the command that begins it.
pub fn step_by_step<C>(command: C) -> Action<C> {
    Action::new(PAUSE, "step by step", ActionKind::StepByStep(command))
        .about("pause the threads before their next steps; each then takes one by its digit")
}

/// Offers the end of step mode.
pub fn resume<C>(command: C) -> Action<C> {
    Action::press(PAUSE, "continue", command).about("let all threads continue")
}

/// Whether these actions of a lab offer step mode; while it is on, they offer its end.
pub fn offer_step_mode<C>(actions: &[Action<C>]) -> bool {
    actions.iter().any(|action| matches!(action.kind, ActionKind::StepByStep(_)))
}

/// The key that steps the thread at this place: `1` is the first. `None` beyond the ninth.
pub fn thread_key(at: usize) -> Option<char> {
    "123456789".chars().nth(at)
}

/// The threads as a table, one in each row, in the order of their keys. A click on a row is the
/// key of its thread where that one can be stepped.
pub fn stepped_panel(
    head: &[&'static str],
    rows: Vec<Vec<Span>>,
    can_step: impl Iterator<Item = bool>,
) -> Panel {
    let press = |(at, can_step)| {
        let key = thread_key(at).filter(|_| can_step);
        key.map_or(Press::Nothing, |key| Press::Key(key.to_string()))
    };
    let head = head.iter().map(|title| (*title).into()).collect();
    // No column contains figures to be aligned at the right.
    let table = Body::Table(Table { head, rows, figures_from: usize::MAX });
    Panel::titled("You are the scheduler", table).presses(can_step.enumerate().map(press))
}

/// Whether a thread can take its next step, or what keeps it from that: the owner of what it waits
/// for, if that is known. `no_step` is for a thread that stands before no step.
pub fn step_status(
    ready: bool,
    blocked_by: Option<&str>,
    has_step: bool,
    no_step: &str,
) -> (String, Tone) {
    match (ready, blocked_by) {
        (true, _) => ("ready".to_owned(), Tone::Good),
        (false, Some(by)) => (format!("blocked by {by}"), Tone::Waiting),
        (false, None) if has_step => ("blocked".to_owned(), Tone::Waiting),
        (false, None) => (no_step.to_owned(), Tone::Dim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_nine_threads_have_keys() {
        assert_eq!(thread_key(0), Some('1'));
        assert_eq!(thread_key(9), None);
    }
}
