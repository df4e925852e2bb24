//! The learner on the stage: what counts, and that it is kept.

use super::*;

/// Predicted, broken at par, proved: three stars, and they are there the next time.
#[test]
fn a_level_is_learnt_and_stays_learnt() {
    let home = tempfile::tempdir().unwrap();
    let data = || Some(home.path().to_owned());
    let mut played = Played::keeping("counter", data());
    let goal = |state: &State| {
        let scene = Steps::scene(state, Detail::Full);
        let texts = scene
            .findings
            .into_iter()
            .map(|finding| String::from(finding.text));
        texts
            .filter(|text| text.starts_with("Level "))
            .collect::<String>()
    };
    assert_eq!(goal(&played.state), "Level 1 of 20: predict first (w).");
    played.press("guess:1");
    let done = |state: &State| state.done("counter");
    played.until("it is predicted", |state| {
        done(state).predicted == Some(true)
    });
    assert!(goal(&played.state).contains("make it fail by hand"));
    played.steps(&[0, 1, 0, 1, 0, 1]);
    played.until("it is broken", |state| done(state).broken);
    assert_eq!(
        done(&played.state).over_par,
        Some(3),
        "4 preemptions where 1 is enough"
    );
    for _ in 0..6 {
        played.press("undo");
    }
    played.until("all is undone", |state| state.moment.rows.is_empty());
    played.steps(&[0, 1, 1, 1, 0, 0]);
    played.until("it is at par", |state| done(state).over_par == Some(0));
    assert!(goal(&played.state).contains("see whether the repair holds"));
    played.press("search");
    played.until("it is proved", |state| done(state).proved);
    assert!(goal(&played.state).contains("done; next is list"));
    drop(played);
    let mut again = Played::keeping("list", data());
    again.until("it is known", |state| state.done("counter").stars() == 3);
    assert_eq!(goal(&again.state), "Level 2 of 20: predict first (w).");
}

#[test]
fn what_was_played_for_the_user_is_no_feat() {
    let mut played = Played::of("counter");
    played.press("search");
    played.until("the search is over", |state| state.searched.is_some());
    played.press("best");
    played.until("it has been played", |state| state.moment.end.is_some());
    played.press("undo");
    played.until("a step is undone", |state| state.moment.end.is_none());
    played.steps(&[0]);
    played.until("it has ended again", |state| state.moment.end.is_some());
    assert!(!played.state.done("counter").broken);
    played.press("seek:0");
    played.until("it is at the start", |state| state.moment.rows.is_empty());
    played.steps(&[0, 1, 1, 1, 0, 0]);
    played.until("this one counts", |state| state.done("counter").broken);
}

#[test]
fn progress_that_cannot_be_kept_is_told() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("progress.json"), "torn").unwrap();
    let mut played = Played::keeping("counter", Some(home.path().to_owned()));
    played.until("why not", |state| state.unkept.is_some());
    let scene = Steps::scene(&played.state, Detail::Full);
    let told = |text: &str| text.starts_with("Progress is not kept in ");
    assert!(scene.findings.iter().any(|finding| told(&finding.text)));
}
