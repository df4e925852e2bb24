//! The list as slots with its threads, what a step has led to, and what is announced.

use super::super::experiment::op::OpKind;
use super::super::facts::{ListSnapshot, StepperSnapshot, ThreadCounts};
use super::super::scene::slots::boxes;
use super::figures::stamped;
use super::*;
use crate::kit::event::{LaneId, LaneKind, ResourceId};
use crate::kit::step::Widening;
use crate::lab::SteppedThread;
use crate::scene::{SlotMark, Tone};

const S: u64 = 1_000_000_000;

/// A round of one adder and one remover without the lock: lanes 1 and 2.
fn round() -> State {
    let mut state = SharedListLab::state(&settings(&[("lock", "off")], true));
    let kind = LaneKind::Thread { os_tid: 1 };
    for (lane, who) in [(1, WorkerId::adder(1)), (2, WorkerId::remover(1))] {
        let name = who.to_string().as_str().into();
        SharedListLab::apply(
            &mut state,
            &stamped(0, lane, What::Lane(LaneEvent::Started { name, kind })),
        );
        SharedListLab::apply(&mut state, &stamped(0, lane, What::Fact(Fact::Thread { who })));
    }
    let round = Fact::Round { round: 1, adders: 1, removers: 1, ops: 10 };
    SharedListLab::apply(&mut state, &stamped(0, 0, What::Fact(round)));
    state
}

fn list(values: &[i64]) -> ListSnapshot {
    ListSnapshot { length: u32::try_from(values.len()).unwrap(), values: values.to_vec() }
}

fn begins(state: &mut State, lane: u32, length: u32, value: i64) {
    SharedListLab::apply(state, &stamped(1, lane, What::Fact(Fact::Began { locked: false })));
    let loaded = Fact::Loaded { length, value: Some(value) };
    SharedListLab::apply(state, &stamped(1, lane, What::Fact(loaded)));
}

fn does(
    state: &mut State,
    at: u64,
    lane: u32,
    (kind, value, length): (OpKind, i64, u32),
    left: &[i64],
) {
    let read = Stamp { length, by: Version::START };
    let counts = ThreadCounts { done: 1, empty: 0 };
    let (op, list) = (Op { kind, value, read }, list(left));
    let done = Fact::Done { op, locked: false, counts, list };
    SharedListLab::apply(state, &stamped(at, lane, What::Fact(done)));
}

fn arrows(state: &State) -> Vec<(Option<usize>, String)> {
    let text = |spans: &[crate::scene::Span]| spans.iter().map(|span| span.text.as_str()).collect();
    boxes(state).arrows.iter().map(|arrow| (arrow.slot, text(&arrow.text))).collect()
}

fn marks(state: &State) -> Vec<(String, SlotMark)> {
    let slots = boxes(state).slots.into_iter().take(3);
    slots.map(|slot| (slot.text, slot.mark)).collect()
}

#[test]
fn threads_stand_at_the_slot_that_they_are_about_to_write() {
    let mut state = round();
    does(&mut state, 1, 1, (OpKind::Appended, 64, 0), &[64]);
    begins(&mut state, 1, 1, 31);
    let waits = LaneEvent::Waiting { resource: ResourceId(0), holder: Some(LaneId(1)) };
    SharedListLab::apply(&mut state, &stamped(1, 2, What::Lane(waits)));
    let at = |slot, text: &str| (Some(slot), text.to_owned());
    assert_eq!(arrows(&state), [at(1, "add-1 writes 31"), at(0, "remove-1 waits for add-1")]);
    let slots = boxes(&state).slots;
    assert_eq!((slots.len(), slots[1].tone), (10, Tone::of_thread(0)));
    SharedListLab::apply(&mut state, &stamped(2, 2, What::Lane(LaneEvent::Running)));
    begins(&mut state, 2, 1, 64);
    assert_eq!(arrows(&state)[1], at(0, "remove-1 takes 64"));
    // At full speed single operations are not reported: what was is no longer true.
    state.settings.pause = Duration::ZERO;
    state.settings.window = Widening::Yield;
    assert_eq!(arrows(&state), [(None, String::new()), (None, String::new())]);
}

#[test]
fn a_lost_value_is_crossed_out_where_it_was_and_drops_out_after_two_seconds() {
    let mut state = round();
    does(&mut state, 1, 1, (OpKind::Appended, 64, 0), &[64]);
    begins(&mut state, 1, 1, 31);
    begins(&mut state, 2, 1, 64);
    does(&mut state, S, 1, (OpKind::Appended, 31, 1), &[64, 31]);
    assert_eq!(marks(&state)[1], ("31".to_owned(), SlotMark::None));
    does(&mut state, 2 * S, 2, (OpKind::Removed, 64, 1), &[]);
    assert_eq!(marks(&state)[1], ("31".to_owned(), SlotMark::Lost));
    assert_eq!(arrows(&state)[0], (Some(1), "add-1 wrote 31: lost".to_owned()));
    let scene = |state: &State| {
        let scene = crate::lab::trial::scene_of::<SharedListLab>(state, Detail::Compact);
        crate::scene::written(&scene)
    };
    let shown = scene(&state);
    assert!(shown.contains("✗ lost 1<Broken>"), "{shown}");
    assert!(shown.contains("+ added 2<Plain>"), "{shown}");
    let progress = Fact::Guess { of_thousand: None };
    SharedListLab::apply(&mut state, &stamped(4 * S - 1, 0, What::Fact(progress.clone())));
    assert_eq!(marks(&state)[1].1, SlotMark::Lost);
    SharedListLab::apply(&mut state, &stamped(4 * S, 0, What::Fact(progress)));
    assert_eq!(marks(&state)[1], (String::new(), SlotMark::None));
    // It stays counted.
    assert!(scene(&state).contains("✗ lost 1<Broken>"));
}

#[test]
fn a_value_that_a_remover_has_in_hand_is_not_lost() {
    let mut state = round();
    does(&mut state, 1, 1, (OpKind::Appended, 64, 0), &[64]);
    begins(&mut state, 2, 1, 64);
    // The remover has stored the shorter list and not yet reported that it is done.
    does(&mut state, 2, 1, (OpKind::Appended, 7, 0), &[7]);
    assert_eq!(state.live.lost().count(), 0);
    does(&mut state, 3, 2, (OpKind::Removed, 64, 1), &[7]);
    assert_eq!(state.live.lost().count(), 0);
}

#[test]
fn a_duplicated_value_is_marked_in_both_places() {
    let mut state = round();
    does(&mut state, 1, 1, (OpKind::Appended, 64, 0), &[64]);
    does(&mut state, 2, 1, (OpKind::Appended, 7, 1), &[64, 7]);
    does(&mut state, 3, 2, (OpKind::Removed, 64, 2), &[7, 7, 31]);
    let twice = marks(&state);
    assert_eq!(
        (twice[0].1, twice[1].1, twice[2].1),
        (SlotMark::Twice, SlotMark::Twice, SlotMark::None)
    );
    // At full speed only while it is stepped: then single operations are reported.
    let mut fast = state.clone();
    (fast.settings.pause, fast.settings.window) = (Duration::ZERO, Widening::Yield);
    assert_eq!(marks(&fast)[0].1, SlotMark::None);
    let next = [("store length", true), ("", true)];
    SharedListLab::apply(&mut fast, &stamped(3, 0, What::Fact(stepper(next, &[7, 7, 31], None))));
    assert_eq!(marks(&fast)[0].1, SlotMark::Twice);
    // Removed, and there again.
    does(&mut state, 4, 1, (OpKind::Appended, 9, 1), &[64, 9]);
    assert_eq!(
        arrows(&state)[1],
        (Some(0), "remove-1 removed 64, which is still there".to_owned())
    );
}

fn stepper(next: [(&str, bool); 2], values: &[i64], refused: Option<WorkerId>) -> Fact {
    let who = [WorkerId::adder(1), WorkerId::remover(1)];
    let thread = |(who, (next, ready)): (WorkerId, (&str, bool))| SteppedThread {
        who,
        next: (!next.is_empty()).then(|| next.to_owned()),
        would_read: None,
        ready,
        blocked_by: (!ready && !next.is_empty()).then(|| WorkerId::adder(1)),
    };
    let threads = who.into_iter().zip(next).map(thread).collect();
    let snapshot = StepperSnapshot { threads, list: list(values), refused };
    Fact::Stepper { stepped: Some(Box::new(snapshot)) }
}

#[test]
fn what_a_step_led_to_is_shown_until_the_next_one() {
    let mut state = round();
    let mut step = |next, values: &[i64], refused| {
        SharedListLab::apply(
            &mut state,
            &stamped(1, 0, What::Fact(stepper(next, values, refused))),
        );
        state.consequence.as_ref().map(|sentence| format!("{:?} {}", sentence.tone, sentence.text))
    };
    let ready = |next| (next, true);
    let some = |text: &str| Some(text.to_owned());
    let lock = "acquire lock";
    assert_eq!(step([ready(lock), ready(lock)], &[], None), None);
    // The step is taken, and the thread is on its way to the next one.
    let did = some("Plain add-1 did: acquire lock");
    assert_eq!(step([("", false), (lock, false)], &[], None), did);
    assert_eq!(step([ready("load length"), (lock, false)], &[], None), did);
    let refused = some("Waiting remove-1 must wait: add-1 holds the lock");
    let next = [ready("load length"), (lock, false)];
    assert_eq!(step(next, &[], Some(WorkerId::remover(1))), refused);
    let did = some("Plain add-1 did: load length");
    assert_eq!(step([ready("store slot[0] = 7"), (lock, false)], &[], None), did);
    let at = |state: &State| arrows(state)[0].clone();
    assert_eq!(at(&state), (Some(0), "add-1 next: store slot[0] = 7".to_owned()));
}

#[test]
fn a_length_that_another_thread_still_works_with_is_reported_as_soon_as_it_is_old() {
    let mut state = round();
    let step = |state: &mut State, next, values: &[i64]| {
        SharedListLab::apply(state, &stamped(1, 0, What::Fact(stepper(next, values, None))));
        state.consequence.clone().unwrap_or(Sentence::new("-", Tone::Plain))
    };
    step(&mut state, [("store length = 2", true), ("store length = 0", true)], &[64]);
    begins(&mut state, 1, 1, 31);
    begins(&mut state, 2, 1, 64);
    let shown = step(&mut state, [("release lock", true), ("store length = 0", true)], &[64, 31]);
    let text = "add-1 stored length 2, but remove-1 has read 1: it will overwrite that";
    assert_eq!((&*shown.text, shown.tone), (text, Tone::Caution));
    does(&mut state, 1, 1, (OpKind::Appended, 31, 1), &[64, 31]);
    does(&mut state, 1, 2, (OpKind::Removed, 64, 1), &[]);
    let shown = state.consequence.clone().unwrap();
    let text = "remove-1 has overwritten what add-1 did: both had read length 1";
    assert_eq!((&*shown.text, shown.tone), (text, Tone::Broken));
}

#[test]
fn another_number_of_threads_is_announced_with_its_time() {
    let mut state = round();
    assert_eq!(state.announcement(), None);
    state.settings.adders = 3;
    // Ten operations of 250 ms, and a break of 800 ms.
    let text = "3 adders from the next round, in about 4 s";
    assert_eq!(state.announcement().as_deref(), Some(text));
    state.settings.ops = 100;
    let text = "3 adders, 100 operations from the next round, in about 4 s";
    assert_eq!(state.announcement().as_deref(), Some(text));
    let round = Fact::Round { round: 2, adders: 3, removers: 1, ops: 100 };
    SharedListLab::apply(&mut state, &stamped(1, 0, What::Fact(round)));
    assert_eq!(state.announcement(), None);
}
