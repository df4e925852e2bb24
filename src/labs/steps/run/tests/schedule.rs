//! The schedule on the screen: what was undone, its keys, the best failure by hand.

use super::super::super::scene::panels;
use super::*;
use crate::lab::{ActionKind, Key};

#[test]
fn what_was_undone_is_forgotten_once_another_way_is_taken() {
    let mut state = sample_state();
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
    let mut state = sample_state();
    let mut snapshot = state.snapshot.clone();
    let undone = snapshot.rows.split_off(steps);
    snapshot.undone = undone.iter().map(|row| row.thread).collect();
    snapshot.end = None;
    state.show(snapshot);
    state
}

#[test]
fn the_schedule_is_marked_at_the_step_that_was_taken_last() {
    let shown = [0, 1, 5, 6].map(|steps| {
        let schedule = panels::schedule(&taken(steps));
        (schedule.taken, schedule.steps.len())
    });
    assert_eq!(shown, [(0, 6), (1, 6), (5, 6), (6, 6)]);
}

#[test]
fn each_key_of_the_schedule_leads_where_it_says() {
    let keys = |state: &State| -> Vec<_> {
        let actions = Steps::actions(state).into_iter();
        let others = [Key::Space, Key::Char('r')];
        let actions = actions.filter(|action| !others.contains(&action.key));
        actions
            .filter_map(|action| match action.kind {
                ActionKind::Press(
                    command @ (StepsCommand::Undo | StepsCommand::Redo | StepsCommand::Seek(_)),
                ) => Some((action.key, format!("{command:?}"))),
                _ => None,
            })
            .collect()
    };
    let all = |undo: &[(Key, &str)], to: [usize; 2]| -> Vec<_> {
        let seeks =
            [(Key::Char(','), to[0]), (Key::Char('.'), to[1]), (Key::Home, 0), (Key::End, 6)];
        let undo = undo.iter().map(|(key, name)| (*key, (*name).to_owned()));
        undo.chain(seeks.map(|(key, to)| (key, format!("Seek({to})")))).collect()
    };
    let (undo, redo) = ((Key::Char('u'), "Undo"), (Key::Char('U'), "Redo"));
    assert_eq!(keys(&taken(0)), all(&[redo], [0, 1]));
    assert_eq!(keys(&taken(2)), all(&[undo, redo], [1, 3]));
    assert_eq!(keys(&taken(6)), all(&[undo], [5, 6]));
}

#[test]
fn the_best_failure_by_hand_has_the_fewest_preemptions_and_then_steps() {
    let mut state = sample_state();
    let failed = state.snapshot.clone();
    assert_eq!(state.best, Some((1, 6)));
    for (switches, assisted, best) in [(2, false, 1), (0, true, 1), (0, false, 0), (1, false, 0)] {
        let mut snapshot = failed.clone();
        (snapshot.switches, snapshot.assisted) = (switches, assisted);
        state.show(snapshot);
        assert_eq!(state.best, Some((best, 6)));
    }
}
