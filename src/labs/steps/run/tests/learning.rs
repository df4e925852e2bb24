//! The learner on the stage: what counts, and that it is kept.

use super::*;
use crate::lab::{ActionKind, Key};

/// Predicted, broken with the fewest switches, proved: three stars, and they are there the next
/// time.
#[test]
fn a_level_is_learnt_and_stays_learnt() {
    let home = tempfile::tempdir().unwrap();
    let data = || Some(home.path().to_owned());
    let mut lab = TestRun::keeping("counter", data());
    // The line of the mission; what the last stars were for.
    let goal = |state: &State| {
        let scene = crate::lab::trial::scene_of::<Steps>(state, Detail::Full);
        let Body::Lines(lines) = &scene.rows[0].panels[0].body else { panic!("no line") };
        lines[0].to_string()
    };
    let stars = |state: &State| {
        let scene = crate::lab::trial::scene_of::<Steps>(state, Detail::Full);
        let texts = scene.findings.into_iter().map(|finding| String::from(finding.text));
        texts.filter(|text| text.contains(" of 3: ")).collect::<String>()
    };
    let opens = |state: &State| {
        let actions = Steps::actions(state);
        let search = actions.into_iter().find(|action| action.label == "search").unwrap();
        matches!(search.kind, ActionKind::Press(StepsCommand::Search))
    };
    assert_eq!(goal(&lab.state), "● 1 predict   ○ 2 break it by hand   ○ 3 prove the repair   ☆☆☆");
    assert!(!opens(&lab.state), "the search would say the answer");
    lab.press(StepsCommand::Guess(1));
    let done = |state: &State| state.done("counter");
    lab.until("it is predicted", |state| done(state).predicted == Some(true));
    assert!(goal(&lab.state).starts_with("✓ 1 predict   ● 2 break it by hand   ○ 3 "));
    assert_eq!(stars(&lab.state), "★☆☆ star 1 of 3: the right prediction.");
    assert!(opens(&lab.state));
    lab.steps(&[0, 1, 0, 1, 0, 1]);
    lab.until("it is broken", |state| done(state).broken);
    assert_eq!(done(&lab.state).extra_switches, Some(3), "4 preemptions where 1 is enough");
    for _ in 0..6 {
        lab.press(StepsCommand::Undo);
    }
    lab.until("all is undone", |state| state.snapshot.rows.is_empty());
    lab.steps(&[0, 1, 1, 1, 0, 0]);
    lab.until("it has the fewest switches", |state| done(state).extra_switches == Some(0));
    assert!(goal(&lab.state).contains("✓ 2 break it by hand   ● 3 prove the repair   ★★☆"));
    assert_eq!(stars(&lab.state), "★★☆ star 2 of 3: the fewest preemptions.");
    lab.press(StepsCommand::Search);
    lab.until("it is proved", |state| done(state).proved);
    assert!(goal(&lab.state).ends_with("★★★"));
    assert_eq!(stars(&lab.state), "★★★ star 3 of 3: the repair that holds.");
    let next = Steps::actions(&lab.state).swap_remove(0);
    assert_eq!((next.key, &*next.label), (Key::Char('n'), "next level"));
    let ActionKind::Press(StepsCommand::Program(program)) = next.kind else { panic!("no level") };
    assert_eq!(program.id, "list");
    drop(lab);
    let mut again = TestRun::keeping("list", data());
    again.until("it is known", |state| state.done("counter").stars() == 3);
    assert!(goal(&again.state).starts_with("● 1 predict ") && stars(&again.state).is_empty());
}

#[test]
fn what_was_replayed_for_the_user_earns_no_star() {
    let mut lab = TestRun::of("counter");
    lab.press(StepsCommand::Search);
    lab.until("the search is over", |state| state.searched.is_some());
    lab.press(StepsCommand::ReplayBest);
    lab.until("it has been replayed", |state| state.snapshot.end.is_some());
    let (first, length) = (lab.state.snapshot.rows[0].thread, lab.state.snapshot.rows.len());
    lab.press(StepsCommand::Undo);
    lab.until("a step is undone", |state| state.snapshot.end.is_none());
    lab.steps(&[0]);
    lab.until("it has ended again", |state| state.snapshot.end.is_some());
    assert!(!lab.state.done("counter").broken);
    lab.press(StepsCommand::Seek(0));
    lab.until("it is at the start", |state| state.snapshot.rows.is_empty());
    // One step by hand, and then along what was shown.
    lab.steps(&[first]);
    lab.press(StepsCommand::Seek(length));
    lab.until("it has ended so", |state| state.snapshot.end.is_some());
    assert!(!lab.state.done("counter").broken);
    lab.press(StepsCommand::Seek(0));
    lab.until("it is at the start again", |state| state.snapshot.rows.is_empty());
    lab.steps(&[0, 1, 1, 1, 0, 0]);
    lab.until("this one counts", |state| state.done("counter").broken);
}

#[test]
fn progress_that_cannot_be_saved_is_reported() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("progress.json"), "torn").unwrap();
    let mut lab = TestRun::keeping("counter", Some(home.path().to_owned()));
    lab.until("why not", |state| state.not_saved.is_some());
    let scene = crate::lab::trial::scene_of::<Steps>(&lab.state, Detail::Full);
    let is_named = |text: &str| text.starts_with("Progress is not kept in ");
    assert!(scene.findings.iter().any(|finding| is_named(&finding.text)));
}
