//! Everything that is shown of made-up runs, each figure another: scenes, results, findings,
//! sentences, and all settings and tools as they are offered.

use super::super::experiment::step_mode::StepperSnapshot;
use super::super::experiment::tool::{Cost, Figure, Misuse, Outcome, Snapshot};
use super::super::settings::{Misuses, SyncCommand};
use super::*;
use crate::lab::{ActionKind, SteppedThread, Words};
use crate::scene::written;

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|&text| text.to_owned()).collect()
}

pub fn run(tool: &'static str, misuse: Option<&'static str>, outcome: Outcome) -> [Fact; 2] {
    let started = Fact::Started { tool, misuse };
    [started, Fact::Outcome { tool, misuse, outcome }]
}

fn cost(label: &str, contended: bool, samples: &[f64]) -> Cost {
    Cost { label: label.to_owned(), contended, samples: samples.to_vec() }
}

fn snapshot() -> Snapshot {
    Snapshot {
        figures: vec![
            ("lock".to_owned(), Figure::Holder(Some("consumer-2".to_owned()))),
            ("items".to_owned(), Figure::Value("1".to_owned())),
        ],
        waiting: strings(&["producer-3", "producer-1"]),
        slots: [("17", "out"), ("-", "in"), ("16", "")]
            .map(|(text, label)| (text.to_owned(), label.to_owned()))
            .into(),
        lines: Vec::new(),
    }
}

/// Runs of several tools, the last of them a lock misused, and costs.
fn facts() -> Vec<Fact> {
    let locked = Outcome {
        operations: 7,
        order: strings(&["adder-2", "adder-2", "adder-1"]),
        waits_ns: vec![9_000, 1_500, 2_500],
        holds_ns: vec![250, 750, 4_000, 80],
        ..outcome("21", "21")
    };
    let waits: Vec<_> = (1..=120).rev().map(|us| us * 1_000).collect();
    let skipped = Outcome {
        operations: 5,
        finding: Some("2 of 21 additions were lost".to_owned()),
        order: strings(&["adder-3", "adder-1", "adder-1", "adder-1"]),
        waits_ns: waits,
        ..outcome("21", "19")
    };
    let circle = "A holds L1 and waits for L2; B holds L2 and waits for L1";
    let circled = Outcome {
        operations: 2,
        finding: Some(format!("deadlock: {circle}")),
        cycle: Some(circle.to_owned()),
        ..outcome("2", "0")
    };
    let items = Outcome { operations: 6, ..outcome("6 of 6 items done", "6 of 6 items done") };
    let mut facts = vec![Fact::Progress { done: 3, of: 11 }];
    facts.extend(run("rlock", None, outcome("9", "8")));
    facts.extend(run("semaphore", Some("over-release"), outcome("3", "3")));
    facts.extend(run("process-queue", None, items));
    facts.extend(run("lock", None, locked));
    facts.extend(run("lock", Some("order"), circled));
    let costs = |tool, costs| Fact::Costs { tool, costs };
    facts.push(costs(
        "lock",
        vec![
            cost("Lock", false, &[24.0, 20.0, 28.0, 22.0, 50.0]),
            cost("Lock", true, &[61.0, 60.0, 69.0]),
            cost("std Mutex", false, &[9.0, 8.0]),
            cost("std Mutex", true, &[33.0]),
        ],
    ));
    // What only several do has no cost alone; what gave no sample has none.
    facts.push(costs(
        "process-queue",
        vec![cost("Process queue", true, &[7_100.0]), cost("no sample", false, &[])],
    ));
    facts.push(Fact::Failed {
        what: "process-pipe, wrong-way".to_owned(),
        why: "no descriptor is left".to_owned(),
    });
    facts.extend(run("lock", Some("skip"), skipped));
    facts
}

fn state_of(live: bool, facts: impl IntoIterator<Item = Fact>) -> State {
    let mut settings = settings(&[]);
    settings.live = live;
    let mut state = Sync::state(&settings);
    facts.into_iter().for_each(|fact| describe(&mut state, fact));
    state
}

fn full(state: &State) -> String {
    written(&crate::lab::trial::scene_of::<Sync>(state, Detail::Full))
}

#[test]
fn a_misuse_that_was_caught_is_shown_whole() {
    let state = state_of(false, facts());
    insta::assert_snapshot!("caught_full", full(&state));
    insta::assert_snapshot!(
        "caught_compact",
        written(&crate::lab::trial::scene_of::<Sync>(&state, Detail::Compact))
    );
    insta::assert_snapshot!("caught_outcome", Sync::summary(&state).join("\n"));
    let result = serde_json::to_string_pretty(&Sync::result(&state)).unwrap();
    insta::assert_snapshot!("caught_result", result);
    assert_eq!(
        Sync::not_run(&state).iter().map(NotRun::to_string).collect::<Vec<_>>(),
        Sync::summary(&state)[Sync::summary(&state).len() - 1..]
    );
}

#[test]
fn a_standstill_on_the_live_screen_is_shown_until_the_next_run() {
    let standing = |circle| {
        let text = "no thread made progress for 300ms: A waits for L1; B waits for L2".to_owned();
        facts()
            .into_iter()
            .chain([Fact::Snapshot(snapshot()), Fact::Stuck(Standstill { text, circle })])
    };
    let mut state = state_of(true, standing(false));
    insta::assert_snapshot!("standstill_live", full(&state));
    // The last run's circle gives way to the new one, which is reported elsewhere.
    let circle = full(&state_of(true, standing(true)));
    assert!(!circle.contains("Standstill:"), "{circle}");
    let (tool, misuse) = ("process-array", None);
    describe(&mut state, Fact::Started { tool, misuse });
    insta::assert_snapshot!("next_run_live", full(&state));
}

#[test]
fn a_snapshot_and_a_standstill_are_gone_with_their_run() {
    let mut state = state_of(false, facts());
    describe(&mut state, Fact::Snapshot(snapshot()));
    let text = "A waits".to_owned();
    let circle = false;
    describe(&mut state, Fact::Stuck(Standstill { text, circle }));
    let again = outcome("5", "5");
    let [started, outcome_fact] = run("lock", None, again);
    describe(&mut state, outcome_fact);
    assert_eq!(state.stuck, None, "over");
    assert_eq!(state.snapshot, snapshot(), "still to be seen");
    describe(&mut state, started);
    assert_eq!(state.snapshot, Snapshot::default());
    assert_eq!(state.latest().unwrap().got, "5", "the latest of two");
}

#[test]
fn the_cycle_of_a_run_is_shown_link_by_link() {
    let mut state = state_of(true, facts());
    let (tool, misuse) = ("lock", Some("order"));
    describe(&mut state, Fact::Started { tool, misuse });
    insta::assert_snapshot!(
        "circle",
        written(&crate::lab::trial::scene_of::<Sync>(&state, Detail::Compact))
    );
}

#[test]
fn before_the_first_run_there_is_little_to_see() {
    let state = state_of(false, []);
    insta::assert_snapshot!("nothing_yet", full(&state));
    let mut settings = settings(&[("tool", "barrier")]);
    settings.live = true;
    insta::assert_snapshot!("nothing_yet_live", full(&Sync::state(&settings)));
}

#[test]
fn each_fact_is_one_sentence_or_none() {
    let state = state_of(false, []);
    let text = "A waits".to_owned();
    let stuck = |circle| Fact::Stuck(Standstill { text: text.clone(), circle });
    let unexplained = Fact::Outcome { tool: "queue", misuse: None, outcome: outcome("4", "3") };
    let more = [stuck(true), stuck(false), unexplained, Fact::Snapshot(snapshot()), Fact::Done];
    let sentences = facts().into_iter().chain(more).map(|fact| {
        let event = Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) };
        let sentence = Sync::describe(&state, &event);
        sentence.map_or_else(
            || "-".to_owned(),
            |sentence| format!("{:?}: {}", sentence.tone, sentence.text),
        )
    });
    insta::assert_snapshot!("story", sentences.collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_key_offers_the_next_misuse_of_the_tool_that_runs() {
    let action = |state: &State| {
        let all = Sync::actions(state).into_iter();
        all.filter(|action| action.key == Key::Char('x'))
            .map(|action| (action.key, action.label.to_string(), format!("{:?}", action.kind)))
            .collect::<Vec<_>>()
    };
    let press = |next: &'static str| {
        let next_use = SyncCommand::Use(Misuses::named(next).unwrap());
        let then = format!("{:?}", ActionKind::Press(next_use));
        let label = match next {
            "off" => "correct use".to_owned(),
            name => {
                format!("misuse: {}", experiment::tools::named("lock").unwrap().about_misuse(name))
            }
        };
        vec![(Key::Char('x'), label, then)]
    };
    let mut state = state_of(true, []);
    assert_eq!(action(&state), [], "nothing is played");
    let tool = "lock";
    let uses = [
        (None, "skip"),
        (Some("skip"), "two-locks"),
        (Some("two-locks"), "order"),
        (Some("order"), "off"),
    ];
    for (misuse, next) in uses {
        describe(&mut state, Fact::Started { tool, misuse });
        assert_eq!(action(&state), press(next));
    }
    assert!(!Sync::finished(&state));
    describe(&mut state, Fact::Done);
    assert!(Sync::finished(&state));
}

#[test]
fn a_misuse_of_another_tool_is_refused_under_both_names() {
    let refused = |tool, misuse| Sync::check(&settings(&[("tool", tool), ("misuse", misuse)]));
    let conflict = refused("lock", "pulse").unwrap_err();
    assert_eq!(
        (conflict.keys, &*conflict.why),
        (["tool", "misuse"], "tool=lock has no misuse=pulse")
    );
    for (tool, misuse) in [("all", "pulse"), ("event", "pulse"), ("lock", "all"), ("lock", "off")] {
        assert!(refused(tool, misuse).is_ok(), "{tool} {misuse}");
    }
}

/// Columns for a sentence on the smallest usual screen.
const LINE: usize = 76;

#[test]
fn every_tool_is_offered_with_its_misuses() {
    let all = experiment::tools::ALL.iter().map(|tool| {
        let misuse = tool.misuses.iter();
        let misuse = misuse.map(|misuse| {
            let Misuse { name, about, explanation, .. } = misuse;
            assert!(explanation.len() <= LINE && explanation.ends_with('.'), "{explanation}");
            format!("\n    {name}: {about}\n      {explanation}")
        });
        assert!(tool.sees.len() <= LINE, "{}", tool.sees);
        format!(
            "{} `{}` {:?}\n  {}{}",
            tool.id,
            tool.title,
            tool.world(),
            tool.sees,
            misuse.collect::<String>()
        )
    });
    insta::assert_snapshot!("tools", all.collect::<Vec<_>>().join("\n"));
}

#[test]
fn stepped_threads_are_shown_with_the_keys_that_step_them() {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let thread =
        |name: &str, next: &str, would_read: &str, blocked_by: Option<&str>| SteppedThread {
            who: name.to_owned(),
            next: some(next),
            would_read: some(would_read),
            ready: blocked_by.is_none() && !next.is_empty(),
            blocked_by: blocked_by.map(str::to_owned),
        };
    let mut stepped = StepperSnapshot {
        threads: vec![
            thread("one", "load count", "7", None),
            thread("two", "acquire lock", "", Some("one")),
            thread("three", "store count = 9", "", None),
            thread("four", "", "", None),
        ],
        next: Some("three".to_owned()),
        replay: false,
    };
    let keys = |state: &State| {
        // The other digits say why there is no step.
        let actions = Sync::actions(state).into_iter();
        let actions = actions.filter(|action| !matches!(action.kind, ActionKind::Refuse(_)));
        let keys = actions.map(|action| format!("{:?} {}", action.key, action.label));
        keys.filter(|text| !text.contains("misuse")).collect::<Vec<_>>().join(", ")
    };
    let (tool, misuse) = ("lock", None);
    let mut state = state_of(true, [Fact::Started { tool, misuse }]);
    assert_eq!(keys(&state), "Char('p') step by step");
    describe(&mut state, Fact::Stepper { stepped: Some(stepped.clone()) });
    assert_eq!(
        keys(&state),
        "Char('s') step three, Char('1') one, Char('3') three, Char('p') continue"
    );
    insta::assert_snapshot!("stepped", full(&state));
    // In a replay, only the thread whose turn it is.
    stepped.replay = true;
    describe(&mut state, Fact::Stepper { stepped: Some(stepped) });
    assert_eq!(keys(&state), "Char('s') step three, Char('3') three, Char('p') continue");
    describe(&mut state, Fact::Stepper { stepped: None });
    assert_eq!(keys(&state), "Char('p') step by step");
    describe(&mut state, Fact::Outcome { tool, misuse, outcome: outcome("1", "1") });
    assert_eq!(keys(&state), "Char('p') step by step", "of the next run");
    let (tool, misuse) = ("process-lock", None);
    describe(&mut state, Fact::Started { tool, misuse });
    assert_eq!(keys(&state), "", "processes are not stepped");
}

#[test]
fn a_misuse_that_is_stepped_begins_without_the_end_of_the_last_time() {
    let (tool, misuse) = ("lock", Some("order"));
    let mut state = state_of(true, facts());
    let how_it_ended = "holds L1";
    assert!(full(&state).contains(how_it_ended));
    describe(&mut state, Fact::Started { tool, misuse });
    let stepped = StepperSnapshot { threads: Vec::new(), next: None, replay: true };
    describe(&mut state, Fact::Stepper { stepped: Some(stepped) });
    let shown = full(&state);
    assert!(!shown.contains(how_it_ended) && shown.contains("under way"), "{shown}");
}
