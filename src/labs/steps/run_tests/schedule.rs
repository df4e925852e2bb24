//! The schedule on the screen: what was undone, its keys, the best failure by hand.

use super::super::scene::panels;
use super::*;
use crate::lab::{ActionKind, Key};

#[test]
fn what_was_undone_is_forgotten_once_another_way_is_taken() {
    let mut state = rehearsed();
    let all = state.trace.len();
    let mut snapshot = state.snapshot.clone();
    let undone = snapshot.rows.split_off(2);
    snapshot.undone = undone.iter().map(|row| row.thread).collect();
    snapshot.end = None;
    state.show(snapshot.clone());
    assert_eq!((state.trace.len(), state.length()), (all, all));
    snapshot.undone.clear();
    snapshot.rows.truncate(1);
    state.show(snapshot);
    assert_eq!((state.trace.len(), state.length()), (1, 1));
}

/// The sample run of six steps, of which this number were taken and the others undone.
fn taken(steps: usize) -> State {
    let mut state = rehearsed();
    let mut snapshot = state.snapshot.clone();
    let undone = snapshot.rows.split_off(steps);
    snapshot.undone = undone.iter().map(|row| row.thread).collect();
    snapshot.end = None;
    state.show(snapshot);
    state
}

#[test]
fn the_schedule_is_marked_at_the_step_that_was_taken_last() {
    let marked = [0, 1, 5, 6].map(|steps| panels::trace(&taken(steps)).selected);
    assert_eq!(marked, [None, Some(0), Some(4), Some(5)]);
}

#[test]
fn each_key_of_the_schedule_leads_where_it_says() {
    let keys = |state: &State| -> Vec<_> {
        let actions = Steps::actions(state).into_iter();
        actions
            .filter_map(|action| match action.kind {
                ActionKind::Press(
                    command @ (StepsCommand::Undo | StepsCommand::Redo | StepsCommand::Seek(_)),
                ) => Some((action.key, format!("{command:?}"))),
                _ => None,
            })
            .collect()
    };
    let back = |to: &str| {
        [
            (Key::Char('u'), "Undo".to_owned()),
            (Key::Char(','), to.to_owned()),
            (Key::Home, "Seek(0)".to_owned()),
        ]
    };
    let on = |to: &str| {
        [
            (Key::Char('U'), "Redo".to_owned()),
            (Key::Char('.'), to.to_owned()),
            (Key::End, "Seek(6)".to_owned()),
        ]
    };
    assert_eq!(keys(&taken(0)), on("Seek(1)"));
    assert_eq!(keys(&taken(2)), [back("Seek(1)"), on("Seek(3)")].concat());
    assert_eq!(keys(&taken(6)), back("Seek(5)"));
}

#[test]
fn the_best_failure_by_hand_has_the_fewest_preemptions_and_then_steps() {
    let mut state = rehearsed();
    let failed = state.snapshot.clone();
    assert_eq!(state.best, Some((1, 6)));
    for (switches, assisted, best) in [(2, false, 1), (0, true, 1), (0, false, 0), (1, false, 0)] {
        let mut snapshot = failed.clone();
        (snapshot.switches, snapshot.assisted) = (switches, assisted);
        state.show(snapshot);
        assert_eq!(state.best, Some((best, 6)));
    }
}
