//! What the state keeps and forgets, and how a change of settings is described.

use super::super::experiment::op::OpKind;
use super::super::experiment::tally::Meter;
use super::super::facts::{ListSnapshot, ThreadCounts};
use super::super::settings::{ListSettings, applies};
use super::figures::{after_both, audits};
use super::whole::{apply, describe, sample_to};
use super::*;
use crate::kit::event::{Ending, LaneId, LaneKind, Stamped};
use crate::kit::step::Widening;
use crate::scene::{capitalised, written};

#[test]
fn a_change_of_settings_is_described_with_what_is_new() {
    let of = |set: &[(&str, &str)]| ListSettings::of(&settings(set, false));
    let before = of(&[]);
    for (set, text) in [
        (&[("lock", "off")][..], "lock off from each thread's next operation"),
        (&[("pause", "0ms")], "full speed"),
        (&[("pause", "2s")], "pause 2 s"),
        (&[("window", "none")], "race window: nothing"),
        (&[("window", "spin:2000")], "race window: 2,000 spin hints"),
        (&[("window", "delay:20ms")], "race window: injected delay 20 ms"),
        // The dwell of the window that follows the pace, or the pause if that is shorter.
        (&[("window", "auto")], "race window: injected delay 50 ms"),
        (
            &[("window", "auto"), ("pause", "30ms")],
            "pause 30 ms; race window: injected delay 30 ms",
        ),
        (&[("window", "auto"), ("pause", "0ms")], "full speed"),
        (
            &[("adders", "3"), ("removers", "1"), ("ops", "2000")],
            "3 adders, 1 remover, 2,000 operations each from the next round",
        ),
        (
            &[("adders", "1"), ("removers", "4"), ("ops", "20")],
            "1 adder, 4 removers, 20 operations each from the next round",
        ),
    ] {
        let sentence = before.describe_change(&of(set)).unwrap();
        assert_eq!(sentence.text, capitalised(text));
    }
    assert_eq!(before.describe_change(&of(&[])), None);
    let back = of(&[("lock", "off")]).describe_change(&before).unwrap();
    assert_eq!(&*back.text, "Lock on from each thread's next operation");
}

#[test]
fn a_delay_is_no_full_speed_and_applies_under_the_lock_too() {
    let delay = Widening::Delay(Duration::from_millis(1));
    for (widening, unlocked, locked) in [
        (Widening::None, false, false),
        (Widening::Yield, true, false),
        (Widening::Spin(5), true, false),
        (delay, true, true),
    ] {
        assert_eq!((applies(widening, false), applies(widening, true)), (unlocked, locked));
    }
    for (pause, window, full) in
        [("0ms", "yield", true), ("0ms", "delay:1ms", false), ("1ms", "yield", false)]
    {
        let set = settings(&[("pause", pause), ("window", window)], false);
        let settings = ListSettings::of(&set);
        assert_eq!(settings.full_speed(), full, "{pause} {window}");
        assert_eq!(settings.appends(), 10);
    }
}

#[test]
fn a_new_round_begins_with_nothing_of_the_last() {
    let ended = |what: &What<Fact>| matches!(what, What::Fact(Fact::Audited(_)));
    let mut state = sample_to(1, ended);
    let removed = |what: &What<Fact>| matches!(what, What::Fact(Fact::Done { op, .. }) if op.kind == OpKind::Removed);
    let last =
        super::sample_events::events().into_iter().rfind(|event| removed(&event.what)).unwrap();
    let round = Fact::Round { round: 2, adders: 1, removers: 1, ops: 7 };
    apply(&mut state, 0, What::Fact(round));
    assert_eq!((state.round, state.ops), (2, 7));
    assert_eq!(state.list, ListSnapshot::default());
    assert!(state.threads.values().all(|thread| thread.counts == ThreadCounts::default()));
    // The same read as in the round before is no conflict.
    let What::Fact(fact) = last.what else { unreachable!() };
    let sentence = describe(&mut state, 9, 1, fact.clone());
    assert!(sentence.starts_with("Plain removed 7, length is now"), "{sentence}");
    assert_eq!(state.pair, None);
    // In the same round it is.
    let sentence = describe(&mut state, 9, 2, fact);
    assert!(sentence.starts_with("Broken removed 7, but add-1 had read"), "{sentence}");
    assert!(state.pair.is_some());
    let settings = state.settings;
    state.meter = Some(Meter::default().tally());
    apply(&mut state, 0, What::Fact(Fact::Settings(settings)));
    assert!(state.meter.is_none(), "it begins again");
    let round = Fact::Round { round: 3, adders: 1, removers: 1, ops: 7 };
    apply(&mut state, 0, What::Fact(round));
    assert_eq!(state.pair, None);
}

#[test]
fn at_full_speed_an_audit_brings_the_counts_and_ends_what_was_reported_one_by_one() {
    let loaded = |what: &What<Fact>| matches!(what, What::Fact(Fact::Loaded { .. }));
    let mut state = sample_to(2, loaded);
    assert_eq!(state.behind().count(), 0);
    let fast = ListSettings::of(&settings(&[("pause", "0ms")], false));
    apply(&mut state, 0, What::Fact(Fact::Settings(fast)));
    assert_eq!(state.behind().count(), 2, "both began without the lock");
    let [first, _] = audits(100);
    apply(&mut state, 0, What::Fact(Fact::Audited(first)));
    let adder = &state.threads[&WorkerId::adder(1)];
    assert_eq!((adder.counts.done, adder.loaded), (101, None));
    assert_eq!(state.behind().count(), 0);
    let round = Fact::Round { round: 4, adders: 1, removers: 1, ops: 10 };
    apply(&mut state, 0, What::Fact(round));
    // Since it began, not in this round.
    assert_eq!(state.threads[&WorkerId::adder(1)].counts.done, 101);
}

#[test]
fn a_panic_is_reported_with_its_thread_and_only_the_main_threads_ends_the_run() {
    let panicked = || {
        What::Lane(LaneEvent::Ended(Ending::Panicked {
            message: "no more".into(),
            place: "here.rs:7".into(),
        }))
    };
    let mut state = sample_to(1, |what| matches!(what, What::Fact(Fact::Round { .. })));
    apply(&mut state, 2, What::Lane(LaneEvent::Line { line: 9 }));
    let code =
        |state: &State| written(&crate::lab::trial::scene_of::<SharedListLab>(state, Detail::Full));
    assert!(!code(&state).contains("slots.load(0));  <>"));
    apply(&mut state, 2, panicked());
    assert!(code(&state).contains("slots.load(0));  <>"), "it is nowhere");
    let why = "remove-1 raised an exception (a panic in Rust) at here.rs:7: no more";
    assert_eq!(state.failure.as_deref(), Some(why));
    assert!(!state.finished());
    assert_eq!(
        SharedListLab::not_run(&state)[0].to_string(),
        crate::scene::NotRun::new("the rounds", why).to_string()
    );
    let grid = written(&crate::lab::trial::scene_of::<SharedListLab>(&state, Detail::Compact));
    assert!(!grid.contains("remove-1"), "it is gone: {grid}");
    // What the end says of it is no better reason.
    let end = Fact::End {
        final_list: vec![3].into(),
        failure: Some("a thread of the round ended before its batch".to_owned()),
    };
    apply(&mut state, 0, What::Fact(end));
    assert_eq!(state.failure.as_deref(), Some(why));
    assert!(state.finished());
    let grid = written(&crate::lab::trial::scene_of::<SharedListLab>(&state, Detail::Compact));
    assert!(grid.contains("remove-1<Series(1)> failed<Broken>"), "{grid}");
    let mut state = SharedListLab::state(&settings(&[], true));
    let name = "main".into();
    let kind = LaneKind::Thread { os_tid: 1 };
    state.apply(&Stamped {
        at: 0,
        lane: LaneId(0),
        what: What::Lane(LaneEvent::Started { name, kind }),
    });
    apply(&mut state, 0, panicked());
    assert!(state.finished());
    assert_eq!(
        state.failure.as_deref(),
        Some("main raised an exception (a panic in Rust) at here.rs:7: no more")
    );
}

#[test]
fn a_long_list_is_printed_in_part_and_given_whole() {
    let mut state = after_both(&[], 100);
    let end = Fact::End { final_list: (1..=130).collect::<Vec<_>>().into(), failure: None };
    apply(&mut state, 0, What::Fact(end));
    let lines = SharedListLab::summary(&state);
    assert!(lines[0].ends_with(", 99, 100, ... 30 more]"), "{lines:?}");
    let list = &SharedListLab::result(&state)["final_list"];
    assert_eq!(list.as_array().unwrap().len(), 130);
}
