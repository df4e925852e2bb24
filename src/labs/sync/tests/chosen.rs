//! On the live screen the findings are about the tool that is chosen, then about the others.

use super::shown::run;
use super::*;

/// A live screen on which the lock was misused, a correct use of the barrier has failed, and the
/// re-entrant lock was chosen then.
fn walked(live: bool) -> State {
    let mut settings = settings(&[]);
    settings.live = live;
    let mut state = Sync::state(&settings);
    let lost = Some("1 of 8 additions was lost".to_owned());
    let skipped = experiment::tool::Outcome { finding: lost, ..outcome("8", "7") };
    let facts = run("lock", Some("skip"), skipped).into_iter();
    let facts = facts.chain(run("barrier", None, outcome("8", "6")));
    facts.for_each(|fact| describe(&mut state, fact));
    describe(&mut state, Fact::Started { tool: "rlock", misuse: None });
    state
}

fn own(state: &State) -> Vec<String> {
    let own = findings::findings(state).into_iter().filter(|finding| !finding.elsewhere);
    own.map(|finding| finding.text.to_string()).collect()
}

#[test]
fn what_is_known_of_other_tools_follows_on_the_screen() {
    let mut state = walked(true);
    assert_eq!(own(&state), ["RLock, correct use: a run is under way."]);
    assert_eq!(findings::findings(&state).len(), 3, "the others are still there");
    let (tool, misuse) = ("rlock", None);
    describe(&mut state, Fact::Outcome { tool, misuse, outcome: outcome("24", "24") });
    assert_eq!(own(&state), ["RLock, correct use: 24, as expected."]);
    let kept = Some("the lock was kept".to_owned());
    let kept = experiment::tool::Outcome { finding: kept, ..outcome("4", "2") };
    run(tool, Some("few-releases"), kept).into_iter().for_each(|fact| describe(&mut state, fact));
    let kept = "RLock, released once less than taken: the lock was kept.";
    assert_eq!(own(&state), [kept]);
    // The misuse that runs for the first time comes before the one that ran.
    describe(&mut state, Fact::Started { tool, misuse: Some("plain-lock") });
    let under_way = "RLock, a plain lock, taken again by its holder: a run is under way.";
    assert_eq!(own(&state), [under_way, kept]);
}

#[test]
fn without_a_screen_all_tools_are_equal() {
    let all = [
        "Barrier, correct use: expected 8, got 6.",
        "Lock, one thread skips the lock: 1 of 8 additions was lost.",
    ];
    assert_eq!(own(&walked(false)), all);
}
