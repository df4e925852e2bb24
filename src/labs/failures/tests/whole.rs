//! Whole scenes, stories, results and actions of a state in which no two figures are equal.

use super::figures::{apply, fresh};
use super::*;
use crate::kit::event::LaneId;
use crate::scene::whole;
use closing::{Closed, How};
use desk::{Doing, Policy, PoolShown, Struck, WorkerShown};
use technique::Shown;

fn technique(name: &'static str, held: bool) -> Fact {
    let shown = Shown {
        held,
        evidence: format!("{name} as seen"),
        without: format!("without {name}"),
    };
    Fact::Technique { name, shown }
}

fn worker(pid: u32, doing: Doing) -> WorkerShown {
    WorkerShown { pid, doing }
}

fn pools() -> Vec<Fact> {
    let dead = |why: &str| Doing::Dead(why.to_owned());
    let pool = |policy, workers, done, waits_ms, broken| {
        Fact::Pool(PoolShown {
            blow: "segv",
            policy,
            workers,
            done,
            of: 31,
            waits_ms,
            broken,
        })
    };
    vec![
        pool(
            Policy::Lose,
            vec![
                worker(11, dead("was killed by SIGSEGV")),
                worker(12, Doing::Task(17)),
                worker(13, Doing::Idle),
                worker(14, Doing::Stopped),
            ],
            30,
            Some(240),
            false,
        ),
        pool(
            Policy::Break,
            vec![
                worker(21, dead("was killed by SIGSEGV")),
                worker(22, dead("exited with code 5")),
                worker(23, Doing::Ending),
            ],
            19,
            None,
            true,
        ),
        pool(
            Policy::Supervise,
            vec![worker(31, Doing::Starting), worker(32, Doing::Ended)],
            8,
            None,
            false,
        ),
    ]
}

fn struck(
    blow: &'static str,
    policy: Policy,
    [completed, failed, retried, lost]: [usize; 4],
    noticed_ms: Option<f64>,
) -> Fact {
    Fact::Struck(Struck {
        blow,
        policy,
        completed,
        failed,
        retried,
        lost,
        noticed_ms,
        cause: format!("the cause under {}", policy.word()),
        last_words: (policy == Policy::Break).then(|| "no more memory".to_owned()),
        waited_ms: (lost > 0).then_some(251.0),
    })
}

fn closed(how: How, [completed, cancelled, failed, left]: [usize; 4], took_ms: f64) -> Fact {
    Fact::Closed(Closed {
        how,
        completed,
        cancelled,
        failed,
        took_ms,
        left,
        note: format!("the note of {}", how.word()),
    })
}

/// All facts of a run in which much went wrong.
fn facts() -> Vec<Fact> {
    let stage = Fact::Stage {
        what: "a segmentation fault".to_owned(),
        done: 3,
        of: 23,
        workers: 5,
    };
    let (id, title) = ("kill", "SIGKILL from outside");
    let mut facts = vec![
        stage,
        technique("logging", false),
        technique("catch", true),
        technique("cancel", false),
        Fact::Failed {
            what: "cleanup that always runs".to_owned(),
            why: "no space".to_owned(),
        },
        Fact::Blow { id, title },
        struck("kill", Policy::Lose, [26, 0, 0, 5], Some(0.0125)),
        struck("kill", Policy::Supervise, [30, 1, 2, 0], Some(3.5)),
    ];
    let (id, title) = ("segv", "a segmentation fault");
    facts.push(Fact::Blow { id, title });
    facts.extend(pools());
    facts.extend([
        struck("segv", Policy::Lose, [30, 0, 0, 1], None),
        struck("segv", Policy::Break, [19, 12, 0, 0], Some(7.25)),
        struck("segv", Policy::Supervise, [31, 0, 1, 0], Some(9.0)),
        closed(How::Drain, [24, 0, 0, 0], 32.5),
        closed(How::Stubborn, [1, 0, 2, 1], 1_300.0),
        closed(How::Cancel, [4, 20, 3, 0], 6.0),
        Fact::Done,
    ]);
    facts
}

/// The state after the last of them for which this holds.
fn until(is: impl Fn(&Fact) -> bool) -> State {
    let (mut state, facts) = (fresh(), facts());
    let last = facts.iter().rposition(is).unwrap();
    for fact in facts.into_iter().take(last + 1) {
        apply(&mut state, fact);
    }
    state
}

fn both(state: &State) -> String {
    let scene = |detail| whole(&Failures::scene(state, detail));
    [scene(Detail::Compact), scene(Detail::Full)].join("\n\n")
}

#[test]
fn techniques_that_do_not_hold_are_shown_as_broken() {
    let state = until(|fact| matches!(fact, Fact::Technique { .. }));
    insta::assert_snapshot!(both(&state));
}

#[test]
fn the_pools_of_a_blow_are_shown_each_with_its_state() {
    let state = until(|fact| matches!(fact, Fact::Struck(_)));
    insta::assert_snapshot!(both(&state));
}

#[test]
fn an_ending_that_leaves_a_process_behind_is_shown_as_broken() {
    let stubborn = |fact: &Fact| matches!(fact, Fact::Closed(of) if of.how == How::Stubborn);
    insta::assert_snapshot!(both(&until(stubborn)));
}

#[test]
fn the_end_keeps_all_and_is_reported_whole() {
    let state = until(|fact| matches!(fact, Fact::Done));
    let result = serde_json::to_string_pretty(&Failures::result(&state)).unwrap();
    let lines = Failures::summary(&state).join("\n");
    insta::assert_snapshot!([both(&state), lines, result].join("\n\n"));
}

#[test]
fn each_fact_is_told_in_its_words_and_tone() {
    let mut state = fresh();
    let mut told = Vec::new();
    for fact in facts() {
        let event = Stamped {
            at: 0,
            lane: LaneId(0),
            what: What::Fact(fact),
        };
        if let Some(sentence) = Failures::describe(&state, &event) {
            told.push(format!("{:?} {}", sentence.tone, sentence.text));
        }
        state.apply(&event);
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_was_asked_for_is_offered_under_its_own_name() {
    let state = until(|fact| matches!(fact, Fact::Struck(_)));
    let actions = Failures::actions(&state);
    let told = |action: &Action| format!("{:?} {}: {:#?}", action.key, action.label, action.kind);
    let told: Vec<_> = actions.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn one_is_told_as_one() {
    let mut state = fresh();
    apply(&mut state, closed(How::Drain, [24, 0, 0, 0], 1.0));
    let text = |state: &State| {
        let findings = findings::findings(state).into_iter();
        findings
            .map(|(_, text)| text)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(text(&state).ends_with("1 ending of a pool left no process behind."));
    apply(&mut state, closed(How::Drain, [24, 0, 0, 1], 1.0));
    assert!(text(&state).ends_with("1 process was left behind."));
    let (id, title) = ("kill", "it");
    apply(&mut state, Fact::Blow { id, title });
    apply(
        &mut state,
        struck("kill", Policy::Break, [23, 1, 0, 0], Some(1.0)),
    );
    assert!(text(&state).contains("like ProcessPoolExecutor: 1 task failed and the pool went on"));
    assert!(!text(&state).contains("kinds of blows"), "it was one");
}

#[test]
fn techniques_that_held_are_counted_and_an_ending_is_told_first_only_while_it_is_shown() {
    let mut state = fresh();
    apply(&mut state, technique("catch", true));
    apply(&mut state, technique("carry", true));
    apply(&mut state, closed(How::Drain, [24, 0, 0, 0], 1.0));
    let texts = |state: &State| {
        let findings = findings::findings(state).into_iter();
        findings.map(|(_, text)| text).collect::<Vec<_>>()
    };
    let kept = "2 of 2 techniques kept what they promise, each checked on what it left behind.";
    assert_eq!(texts(&state)[1], kept);
    assert!(texts(&state)[0].starts_with("After drain: "));
    let (id, title) = ("kill", "it");
    apply(&mut state, Fact::Blow { id, title });
    assert_eq!(texts(&state)[0], kept);
}

#[test]
fn settings_have_these_defaults_ranges_and_keys() {
    let told: Vec<_> = CONTROLS
        .iter()
        .map(|control| format!("{control:#?}"))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}
