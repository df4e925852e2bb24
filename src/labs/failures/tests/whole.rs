//! Whole scenes, stories, results and actions of a state in which no two figures are equal.

use super::figures::{apply, fresh};
use super::*;
use crate::kit::event::LaneId;
use crate::lab::{ActionKind, Words};
use crate::scene::written;
use experiment::injection::{
    FaultOutcome, Policy, PoolSnapshot, TaskFate, WorkerActivity, WorkerSnapshot,
};
use experiment::shutdown::{ShutdownMode, ShutdownOutcome};
use experiment::technique::TechniqueOutcome;

fn technique(name: &'static str, worked: bool) -> Fact {
    let shown = TechniqueOutcome {
        worked,
        evidence: format!("{name} as seen"),
        without: format!("without {name}"),
    };
    Fact::Technique { name, shown }
}

fn worker(pid: u32, activity: WorkerActivity) -> WorkerSnapshot {
    WorkerSnapshot { pid, activity }
}

fn pools() -> Vec<Fact> {
    let dead = |why: &str| WorkerActivity::Dead(why.to_owned());
    let fate = |is_done| if is_done { TaskFate::Done } else { TaskFate::Running };
    let pool = |policy, workers, done, waits_ms, broken| {
        Fact::Pool(PoolSnapshot {
            fault: "segv",
            policy,
            workers,
            done,
            of: 31,
            tasks: (0..31).map(|at| fate(at < done)).collect(),
            target: 7,
            target_pid: None,
            waits_ms,
            broken,
        })
    };
    vec![
        pool(
            Policy::Forget,
            vec![
                worker(11, dead("was killed by SIGSEGV")),
                worker(12, WorkerActivity::Task(17)),
                worker(13, WorkerActivity::Idle),
                worker(14, WorkerActivity::Stopped),
            ],
            30,
            Some(240),
            false,
        ),
        pool(
            Policy::FailAll,
            vec![
                worker(21, dead("was killed by SIGSEGV")),
                worker(22, dead("exited with code 5")),
                worker(23, WorkerActivity::Ending),
            ],
            19,
            None,
            true,
        ),
        pool(
            Policy::Retry,
            vec![worker(31, WorkerActivity::Starting), worker(32, WorkerActivity::Ended)],
            8,
            None,
            false,
        ),
    ]
}

fn outcome(
    fault: &'static str,
    policy: Policy,
    [completed, failed, retried, lost]: [usize; 4],
    noticed_ms: Option<f64>,
) -> Fact {
    Fact::Outcome(FaultOutcome {
        fault,
        policy,
        completed,
        failed,
        retried,
        broken: false,
        lost,
        noticed_ms,
        cause: format!("the cause under {}", policy.word()),
        last_line: (policy == Policy::FailAll).then(|| "no more memory".to_owned()),
        waited_ms: (lost > 0).then_some(251.0),
    })
}

fn shutdown(
    mode: ShutdownMode,
    [completed, cancelled, failed, left]: [usize; 4],
    took_ms: f64,
) -> Fact {
    Fact::Shutdown(ShutdownOutcome {
        mode,
        completed,
        cancelled,
        failed,
        took_ms,
        left,
        note: format!("the note of {}", mode.word()),
    })
}

/// All facts of a run in which much went wrong.
fn facts() -> Vec<Fact> {
    let stage = Fact::Progress {
        what: "a segmentation fault".to_owned(),
        done: 3,
        of: 23,
        workers: 5,
        asked: false,
        policy: None,
    };
    let (id, title) = ("kill", "SIGKILL from outside");
    let mut facts = vec![
        stage,
        technique("logging", false),
        technique("catch", true),
        technique("cancel", false),
        Fact::Failed { what: "cleanup that always runs".to_owned(), why: "no space".to_owned() },
        Fact::Fault { id, title },
        outcome("kill", Policy::Forget, [26, 0, 0, 5], Some(0.0125)),
        outcome("kill", Policy::Retry, [30, 1, 2, 0], Some(3.5)),
    ];
    let (id, title) = ("segv", "a segmentation fault");
    facts.push(Fact::Fault { id, title });
    facts.extend(pools());
    facts.extend([
        outcome("segv", Policy::Forget, [30, 0, 0, 1], None),
        outcome("segv", Policy::FailAll, [19, 12, 0, 0], Some(7.25)),
        outcome("segv", Policy::Retry, [31, 0, 1, 0], Some(9.0)),
        shutdown(ShutdownMode::Drain, [24, 0, 0, 0], 32.5),
        shutdown(ShutdownMode::IgnoredSignals, [1, 0, 2, 1], 1_300.0),
        shutdown(ShutdownMode::Cancel, [4, 20, 3, 0], 6.0),
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
    let scene = |detail| written(&crate::lab::trial::scene_of::<Failures>(state, detail));
    [scene(Detail::Compact), scene(Detail::Full)].join("\n\n")
}

#[test]
fn techniques_that_do_not_work_are_shown_as_broken() {
    let state = until(|fact| matches!(fact, Fact::Technique { .. }));
    insta::assert_snapshot!(both(&state));
}

#[test]
fn the_pools_of_a_fault_are_shown_each_with_its_state() {
    let state = until(|fact| matches!(fact, Fact::Outcome(_)));
    insta::assert_snapshot!(both(&state));
}

#[test]
fn a_shutdown_that_leaves_a_process_behind_is_shown_as_broken() {
    let stubborn =
        |fact: &Fact| matches!(fact, Fact::Shutdown(of) if of.mode == ShutdownMode::IgnoredSignals);
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
fn each_fact_has_its_sentence_and_tone() {
    let mut state = fresh();
    let mut texts = Vec::new();
    for fact in facts() {
        let event = Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) };
        if let Some(sentence) = Failures::describe(&state, &event) {
            texts.push(format!("{:?} {}", sentence.tone, sentence.text));
        }
        state.apply(&event);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn what_was_asked_for_is_offered_under_its_own_name() {
    let state = until(|fact| matches!(fact, Fact::Outcome(_)));
    let actions = Failures::actions(&state);
    let text = |action: &Action<Experiment>| {
        let kind = match &action.kind {
            ActionKind::Press(experiment) => experiment.title(),
            ActionKind::Choose { title, items } => {
                let items = items.iter();
                let items = items.map(|(one, text)| format!("\n  {text}: {}", one.title()));
                format!("{title}{}", items.collect::<String>())
            }
            other => panic!("{other:?}"),
        };
        format!("{:?} {}: {kind}", action.key, action.label)
    };
    let texts: Vec<_> = actions.iter().map(text).collect();
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn one_is_described_in_the_singular() {
    let mut state = fresh();
    apply(&mut state, shutdown(ShutdownMode::Drain, [24, 0, 0, 0], 1.0));
    let text = |state: &State| {
        let findings = findings::findings(state).into_iter();
        findings.map(|(_, text)| text).collect::<Vec<_>>().join("\n")
    };
    assert!(text(&state).ends_with("1 ending of a pool left no process behind."));
    apply(&mut state, shutdown(ShutdownMode::Drain, [24, 0, 0, 1], 1.0));
    assert!(text(&state).ends_with("1 process was left behind."));
    let (id, title) = ("kill", "it");
    apply(&mut state, Fact::Fault { id, title });
    apply(&mut state, outcome("kill", Policy::FailAll, [23, 1, 0, 0], Some(1.0)));
    assert!(
        text(&state).contains("like ProcessPoolExecutor: 1 task failed and the pool continued")
    );
    assert!(!text(&state).contains("kinds of faults"), "it was one");
    // The last task of a pool that broke.
    let Fact::Outcome(last) = outcome("kill", Policy::FailAll, [1, 1, 0, 0], Some(1.0)) else {
        unreachable!()
    };
    apply(&mut state, Fact::Outcome(FaultOutcome { broken: true, ..last }));
    let broken = "like ProcessPoolExecutor: 1 task failed, the whole pool with one worker";
    assert!(text(&state).contains(broken), "{}", text(&state));
}

#[test]
fn techniques_that_worked_are_counted_and_a_shutdown_comes_first_only_while_it_is_shown() {
    let mut state = fresh();
    apply(&mut state, technique("catch", true));
    apply(&mut state, technique("carry", true));
    apply(&mut state, shutdown(ShutdownMode::Drain, [24, 0, 0, 0], 1.0));
    let texts = |state: &State| {
        let findings = findings::findings(state).into_iter();
        findings.map(|(_, text)| text).collect::<Vec<_>>()
    };
    let kept = "2 of 2 techniques kept what they promise, each checked on what it left behind. \
                || 2 of 2 techniques kept what they promise";
    assert_eq!(texts(&state)[1], kept);
    assert!(texts(&state)[0].starts_with("After drain: "));
    let (id, title) = ("kill", "it");
    apply(&mut state, Fact::Fault { id, title });
    assert_eq!(texts(&state)[0], kept);
}
