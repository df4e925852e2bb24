//! Whole scenes, stories and results of states in which no two figures are equal.

use super::super::experiment::history::{Conflict, ConflictingOp, Conflicts};
use super::super::experiment::op::OpKind;
use super::super::experiment::tally::Meter;
use super::super::facts::Audited;
use super::super::facts::StepperSnapshot;
use super::figures::{after_both, audits, stamped};
use super::*;
use crate::kit::event::Stamped;
use crate::lab::SteppedThread;
use crate::scene::written;

pub fn apply(state: &mut State, lane: u32, what: What<Fact>) {
    state.apply(&stamped(5, lane, what));
}

fn both(state: &State) -> String {
    let scene = |detail| written(&crate::lab::trial::scene_of::<SharedListLab>(state, detail));
    [scene(Detail::Compact), scene(Detail::Full)].join("\n\n")
}

/// The sample events up to the `nth` event of this kind.
pub fn sample_to(nth: usize, is: impl Fn(&What<Fact>) -> bool) -> State {
    let mut state = SharedListLab::state(&settings(&[], true));
    let mut left = nth;
    for event in super::sample_events::events() {
        state.apply(&event);
        left -= usize::from(is(&event.what));
        if left == 0 {
            return state;
        }
    }
    panic!("no such event");
}

#[test]
fn a_thread_that_waits_for_the_lock_says_for_whom() {
    let waits = |what: &What<Fact>| matches!(what, What::Lane(LaneEvent::Waiting { .. }));
    insta::assert_snapshot!(both(&sample_to(1, waits)));
}

#[test]
fn two_threads_in_the_window_show_what_each_has_read() {
    let loaded = |what: &What<Fact>| matches!(what, What::Fact(Fact::Loaded { .. }));
    let mut state = sample_to(2, loaded);
    for (lane, line) in [(1, 4), (2, 10)] {
        apply(&mut state, lane, What::Lane(LaneEvent::Line { line }));
    }
    apply(&mut state, 1, What::Lane(LaneEvent::Running));
    insta::assert_snapshot!(both(&state));
}

#[test]
fn two_that_read_the_same_length_are_named_as_soon_as_both_are_done() {
    // Six operations under the lock, then the two that collide.
    let done = |what: &What<Fact>| matches!(what, What::Fact(Fact::Done { .. }));
    insta::assert_snapshot!(both(&sample_to(7, done)));
}

#[test]
fn after_the_audit_the_round_is_explained() {
    let ended = |what: &What<Fact>| matches!(what, What::Fact(Fact::End { .. }));
    let state = sample_to(1, ended);
    let result = serde_json::to_string_pretty(&SharedListLab::result(&state)).unwrap();
    insta::assert_snapshot!([both(&state), result].join("\n\n"));
}

/// Two rounds with anomalies of different threads, then one in order: the last anomaly is
/// not of the last round.
fn three_rounds(set: &[(&str, &str)]) -> State {
    let mut state = after_both(set, 100);
    let [_, second] = audits(100);
    let mut second = Audited::clone(&second);
    let act = |who, kind, value| ConflictingOp { who, kind, value };
    let conflict = |length, overwritten, lasting, lost, followed| Conflict {
        length,
        overwritten,
        lasting,
        lost,
        followed,
    };
    let (add, remove) = (WorkerId::adder, WorkerId::remover);
    second.conflicts = Conflicts {
        count: 17,
        some: vec![
            conflict(
                11,
                act(remove(1), OpKind::Removed, 5),
                act(remove(2), OpKind::Removed, 5),
                false,
                0,
            ),
            conflict(
                12,
                act(remove(1), OpKind::Removed, 6),
                act(remove(2), OpKind::Removed, 7),
                false,
                1,
            ),
            conflict(
                13,
                act(add(3), OpKind::Appended, 21),
                act(remove(2), OpKind::Removed, 8),
                true,
                4,
            ),
            conflict(
                14,
                act(add(2), OpKind::Appended, 22),
                act(add(1), OpKind::Appended, 23),
                false,
                0,
            ),
            conflict(
                15,
                act(add(1), OpKind::Appended, 24),
                act(add(2), OpKind::Appended, 25),
                true,
                0,
            ),
        ],
    };
    second.audit.duplicated_values = vec![31, 32];
    let mut third = second.clone();
    apply(&mut state, 0, What::Fact(Fact::Audited(second.into())));
    let mut meter = Meter::default();
    let clean = Counts { added: 30, removed: 26, left: 4, empty_pops: 3, ..Counts::default() };
    meter.add(&clean, 500_000);
    third.round = 3;
    third.audit = super::super::experiment::audit::Audit { counts: clean, ..Default::default() };
    third.conflicts = Conflicts::default();
    third.meter = Some(meter.tally());
    third.run.counts += clean;
    third.run.rounds += 1;
    apply(&mut state, 0, What::Fact(Fact::Audited(third.into())));
    state
}

#[test]
fn an_example_of_several_rounds_names_the_first_like_any_other() {
    let example = |rounds| {
        let mut state = three_rounds(&[("lock", "off")]);
        let mut again = Audited::clone(state.last_anomaly.as_ref().unwrap());
        again.round = 1;
        again.run.rounds = rounds;
        apply(&mut state, 0, What::Fact(Fact::Audited(again.into())));
        let findings =
            crate::lab::trial::scene_of::<SharedListLab>(&state, Detail::Compact).findings;
        let mut texts = findings.into_iter().map(|finding| finding.text.to_string());
        texts.find(|text| text.contains("both read length")).unwrap()
    };
    let text = "remove-1 and remove-2 both read length 11; both took 5.";
    assert_eq!(example(2), format!("In round 1: {text}"));
    assert_eq!(example(1), text);
}

#[test]
fn at_full_speed_the_last_anomaly_stays_beside_newer_rounds() {
    let off = three_rounds(&[("lock", "off")]);
    insta::assert_snapshot!("unlocked_the_last_round_in_order", both(&off));
    assert_eq!(SharedListLab::result(&off)["conflicts"]["round"], 2);
    let guess = Fact::Guess { of_thousand: Some(20) };
    let mut on = three_rounds(&[("lock", "on")]);
    insta::assert_snapshot!("locked", both(&on));
    apply(&mut on, 0, What::Fact(guess.clone()));
    assert!(both(&on).contains("20 of 1,000; now lock off (l) and pause 0 (s)"));
    // At human pace what was measured at full speed is no answer.
    let slow = both(&three_rounds(&[("lock", "off"), ("pause", "200ms")]));
    assert!(slow.contains("append 14 ns, removal 21 ns"), "{slow}");
    let mut wrong = three_rounds(&[("lock", "off")]);
    let [_, second] = audits(100);
    let mut again = Audited::clone(&second);
    again.conflicts = wrong.last_anomaly.as_ref().unwrap().conflicts.clone();
    apply(&mut wrong, 0, What::Fact(Fact::Audited(again.into())));
    apply(&mut wrong, 0, What::Fact(guess));
    let result = serde_json::to_string_pretty(&SharedListLab::result(&wrong)).unwrap();
    insta::assert_snapshot!("unlocked_the_last_round_wrong", [both(&wrong), result].join("\n\n"));
}

#[test]
fn what_went_well_without_the_lock_comes_with_advice_for_the_pace() {
    let sets: [&[(&str, &str)]; 5] = [
        &[("pause", "0ms"), ("window", "yield")],
        &[("pause", "0ms"), ("window", "none")],
        &[("pause", "200ms"), ("window", "yield")],
        &[("pause", "200ms"), ("window", "spin:20")],
        &[("pause", "200ms"), ("window", "delay:50ms")],
    ];
    let described = sets.map(|set| {
        let state = three_rounds(&[&[("lock", "off")], set].concat());
        let finding =
            &crate::lab::trial::scene_of::<SharedListLab>(&state, Detail::Full).findings[0];
        format!("{set:?}\n{:?}: {}", finding.weight, finding.text)
    });
    insta::assert_snapshot!(described.join("\n"));
}

fn stepper_thread(
    who: WorkerId,
    next: Option<&str>,
    would_read: Option<&str>,
) -> SteppedThread<WorkerId> {
    SteppedThread {
        who,
        next: next.map(str::to_owned),
        would_read: would_read.map(str::to_owned),
        ready: false,
        blocked_by: None,
    }
}

/// Four threads in the user's hand, each standing in another way.
fn stepped() -> State {
    let loaded = |what: &What<Fact>| matches!(what, What::Fact(Fact::Loaded { .. }));
    let mut state = sample_to(2, loaded);
    let who = WorkerId::adder(2);
    apply(&mut state, 3, What::Fact(Fact::Thread { who }));
    let who = WorkerId::remover(2);
    apply(&mut state, 4, What::Fact(Fact::Thread { who }));
    apply(&mut state, 1, What::Lane(LaneEvent::Line { line: 5 }));
    let stepped = StepperSnapshot {
        threads: vec![
            SteppedThread {
                ready: true,
                ..stepper_thread(WorkerId::adder(1), Some("load length"), Some("6"))
            },
            SteppedThread {
                blocked_by: Some(WorkerId::remover(1)),
                ..stepper_thread(WorkerId::adder(2), Some("acquire lock"), None)
            },
            SteppedThread {
                ready: true,
                ..stepper_thread(WorkerId::remover(1), Some("release lock"), None)
            },
            stepper_thread(WorkerId::remover(2), None, None),
        ],
        list: super::super::facts::ListSnapshot { length: 6, values: vec![51, 52, 53, 54] },
        refused: None,
    };
    apply(&mut state, 0, What::Fact(Fact::Stepper { stepped: Some(Box::new(stepped)) }));
    state
}

fn keys(state: &State) -> Vec<String> {
    let actions = SharedListLab::actions(state);
    let described = |action: &Action<ListCommand>| {
        format!("{:?} {}: {:?}", action.key, action.label, action.kind)
    };
    actions.iter().map(described).collect()
}

#[test]
fn stepped_threads_are_shown_with_their_next_steps_and_keys() {
    let mut state = stepped();
    let shown = [both(&state), keys(&state).join("\n")].join("\n\n");
    insta::assert_snapshot!(shown);
    let waits = SteppedThread {
        next: Some("store length = 3".to_owned()),
        ..stepper_thread(WorkerId::adder(1), None, None)
    };
    let list = state.list.clone();
    let threads = vec![waits];
    let stepped =
        Fact::Stepper { stepped: Some(Box::new(StepperSnapshot { threads, list, refused: None })) };
    apply(&mut state, 0, What::Fact(stepped));
    let scene = written(&crate::lab::trial::scene_of::<SharedListLab>(&state, Detail::Full));
    let row = "1<Accent> | add-1<Series(0)> | store length = 3<Strong> |  | blocked<Waiting>";
    assert!(scene.contains(row), "{scene}");
    apply(&mut state, 0, What::Fact(Fact::Stepper { stepped: None }));
    assert_eq!(keys(&state)[0], "Char('p') step by step: StepByStep(Pause)");
    assert_eq!(keys(&state).len(), 2);
    let end = Fact::End { final_list: vec![7, 8].into(), failure: None };
    apply(&mut state, 0, What::Fact(end));
    // Nothing is left to hold.
    assert_eq!(keys(&state).len(), 1);
    assert!(keys(&state)[0].starts_with("Char('u') guess: Ask"));
}

pub fn describe(state: &mut State, at: u64, lane: u32, fact: Fact) -> String {
    let event = stamped(at, lane, What::Fact(fact));
    let sentence = SharedListLab::describe(state, &event);
    state.apply(&event);
    sentence
        .map_or_else(|| "-".to_owned(), |sentence| format!("{:?} {}", sentence.tone, sentence.text))
}

#[test]
fn each_fact_is_described_in_its_words_and_tone() {
    let mut state = SharedListLab::state(&settings(&[], true));
    let described: Vec<_> = super::sample_events::events()
        .into_iter()
        .filter_map(|event: Stamped<Fact>| {
            let sentence = SharedListLab::describe(&state, &event);
            state.apply(&event);
            let Sentence { text, tone } = sentence?;
            Some(format!("{} {tone:?} {text}", event.lane.0))
        })
        .collect();
    insta::assert_snapshot!(described.join("\n"));
}

#[test]
fn audits_at_full_speed_are_described_once_in_a_second_and_anomalies_weigh() {
    let mut state = SharedListLab::state(&settings(&[("pause", "0ms")], true));
    let [first, second] = audits(100);
    let audit = |audited: &std::sync::Arc<Audited>| Fact::Audited(audited.clone());
    let sentence =
        "Broken Round 1: 29 removed + 8 left = 40 added - 7 lost + 3 duplicated + 1 phantom";
    assert_eq!(describe(&mut state, 0, 0, audit(&first)), sentence);
    assert_eq!(describe(&mut state, 999_999_999, 0, audit(&second)), "-");
    let second = describe(&mut state, 1_000_000_000, 0, audit(&second));
    assert!(second.starts_with("Broken Round 2: "), "{second}");
    let mut clean = Audited::clone(&first);
    clean.audit = super::super::experiment::audit::Audit::default();
    let clean = describe(&mut state, 5_000_000_000, 0, Fact::Audited(clean.into()));
    assert!(clean.starts_with("Good Round 1: "), "{clean}");
    let guess = |of_thousand| Fact::Guess { of_thousand };
    assert_eq!(
        describe(&mut state, 1, 0, guess(None)),
        "Caution A guess is a whole number from 0 to 1,000"
    );
    assert_eq!(
        describe(&mut state, 1, 0, guess(Some(30))),
        "Accent Guess: 30 of 1,000 lost. To see it: lock off (l), pause down to 0 (s)"
    );
    // What is no number leaves the guess as it was.
    describe(&mut state, 1, 0, guess(None));
    assert_eq!(state.guess, Some(30));
    let stepped = || StepperSnapshot {
        threads: Vec::new(),
        list: super::super::facts::ListSnapshot::default(),
        refused: None,
    };
    let hold = |stepped: Option<StepperSnapshot>| Fact::Stepper { stepped: stepped.map(Box::new) };
    let described: Vec<_> = [Some(stepped()), Some(stepped()), None, None]
        .into_iter()
        .map(|stepped| describe(&mut state, 1, 0, hold(stepped)))
        .collect();
    assert_eq!(
        described,
        [
            "Accent All threads are paused before their next step",
            "-",
            "Accent All threads are resumed",
            "-"
        ]
    );
}
