//! The run in a person's hand, schedules as text, and surveys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::*;
use super::programs::{counter, list, philosophers, store_buffering};
use crate::kit::model::{Seen, State};

/// Waits for a view that `holds`.
fn seen(grip: &Grip, holds: impl Fn(&View) -> bool) -> Arc<View> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(view) = grip.view().filter(|view| holds(view)) {
            return view;
        }
        assert!(Instant::now() < deadline, "never seen: {:?}", grip.view());
        std::thread::yield_now();
    }
}

/// Makes a move and waits for what it comes to.
fn make(grip: &Grip, made: Move) -> Arc<View> {
    let version = grip.view().map_or(0, |view| view.version);
    grip.make(made);
    seen(grip, |view| view.version > version)
}

fn by_hand(program: Arc<dyn Program>, lead: impl FnOnce(&Grip)) {
    let (hand, grip) = Hand::new();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| explore(hand, program, &Config::default()));
        seen(&grip, |_| true);
        lead(&grip);
        drop(grip);
        assert_eq!(run.join().unwrap().fault, None);
    });
}

#[test]
fn a_lost_update_is_made_and_undone_by_hand() {
    let (a, b) = (Turn::Thread(0), Turn::Thread(1));
    by_hand(counter(2), |grip| {
        for turn in [a, b, b, b, a] {
            assert_eq!(make(grip, Move::Step(turn)).end, None);
        }
        let lost = make(grip, Move::Step(a));
        assert!(matches!(&lost.end, Some(End::Broken(broken)) if broken.kind == "lost_update"));
        assert_eq!((lost.switches, lost.film.len()), (1, 6));
        // Back to before the first thread's store: the other's update is there.
        let before = make(grip, Move::Undo);
        let desk = before.film.at(before.film.len());
        let count = desk.find("count").unwrap();
        assert_eq!(desk.state(count), &State::Word(1));
        assert_eq!((before.end.clone(), before.undone.len()), (None, 1));
        let start = make(grip, Move::Seek(0));
        assert_eq!((start.film.len(), start.undone.len()), (0, 6));
        let again = make(grip, Move::Redo);
        assert_eq!((again.film.len(), again.undone.len()), (1, 5));
        let end = make(grip, Move::Seek(6));
        assert!(end.end.is_some());
        // A new way from the middle forgets what was undone.
        make(grip, Move::Seek(1));
        let other = make(grip, Move::Step(a));
        assert!(other.undone.is_empty());
    });
}

#[test]
fn what_cannot_be_done_is_refused_and_nothing_is_lost() {
    by_hand(philosophers(2, false), |grip| {
        make(grip, Move::Step(Turn::Thread(0)));
        make(grip, Move::Step(Turn::Thread(1)));
        let stuck = grip.view().unwrap();
        assert_eq!(stuck.end, Some(End::Deadlock { cycle: vec![0, 1] }));
        let refused = make(grip, Move::Step(Turn::Thread(0)));
        assert_eq!(refused.refused, Some(Move::Step(Turn::Thread(0))));
        let back = make(grip, Move::Undo);
        assert_eq!(back.end, None);
        let refused = make(grip, Move::Step(Turn::Thread(7)));
        assert_eq!(refused.refused, Some(Move::Step(Turn::Thread(7))));
        assert_eq!(refused.film.len(), 1);
    });
}

#[test]
fn an_operation_is_finished_in_one_move_and_a_code_is_played() {
    by_hand(list(2, false), |grip| {
        let one = make(grip, Move::Finish(0));
        assert_eq!(one.film.len(), 3);
        let played = make(grip, Move::Play(code::decode("ab3a").unwrap()));
        assert_eq!(played.film.len(), 5);
        let astray = make(grip, Move::Play(code::decode("a100").unwrap()));
        assert_eq!(astray.refused, Some(Move::Step(Turn::Thread(0))));
        assert_eq!(astray.film.len(), 6);
    });
}

#[test]
fn leaving_in_the_middle_a_thousand_times_leaves_no_thread() {
    let program = list(2, true);
    for _ in 0..1000 {
        let (hand, grip) = Hand::new();
        grip.make(Move::Step(Turn::Thread(0)));
        grip.make(Move::Step(Turn::Thread(0)));
        drop(grip);
        // Returns only after its threads were joined.
        let outcome = explore(hand, Arc::clone(&program), &Config::default());
        assert_eq!(outcome.fault, None);
    }
    assert_eq!(Arc::strong_count(&program), 1);
}

#[test]
fn schedules_are_text_and_back() {
    for text in ["0", "a", "ab3a2", "zZA", "a12b"] {
        assert_eq!(code::encode(&code::decode(text).unwrap()), text);
    }
    assert!(
        code::decode("a2-")
            .unwrap_err()
            .to_string()
            .starts_with("character 3:")
    );
    assert!(code::decode("a99999999999999999999").is_err());
    assert!(code::decode("3a").is_err());
}

#[test]
fn the_essential_part_of_a_schedule_leads_to_the_same_end() {
    let programs = [
        (counter(2), Memory::Sc),
        (list(3, false), Memory::Sc),
        (philosophers(3, false), Memory::Sc),
        (store_buffering(false), Memory::Tso),
    ];
    for (program, memory) in programs {
        let config = Config {
            memory,
            ..Config::default()
        };
        let found = simplest_failure(&program, &Limits::default(), &config).unwrap();
        let short = code::essential(&found.film);
        assert!(short.len() <= found.film.len());
        let text = code::encode(&short);
        let replay = Replay::new(code::decode(&text).unwrap());
        let again = explore(replay, program, &config).pilot.found.unwrap();
        assert_eq!(
            (again.end, again.film.len()),
            (found.end, found.film.len()),
            "{text}"
        );
    }
}

#[test]
fn a_survey_counts_all_and_shows_the_simplest_failure() {
    let order = |strategy| Order {
        strategy,
        seed: 1,
        limits: Limits::default(),
    };
    let config = Config::default();
    let progress = Progress::default();
    let all = survey(&list(3, false), order(Strategy::All), &config, &progress);
    assert_eq!(
        (all.schedules, all.failures, all.is_complete()),
        (48_620, 48_600, true)
    );
    assert_eq!(all.kinds, [("lost_update", 48_600)]);
    assert_eq!(all.simplest.map(|found| found.switches), Some(1));
    assert_eq!(progress.get().covered, 48_620);
    let proved = survey(&list(3, true), order(Strategy::All), &config, &progress);
    assert_eq!(
        (proved.schedules, proved.failures, proved.is_complete()),
        (20, 0, true)
    );
    assert!(proved.simplest.is_none());
    let random = survey(
        &list(3, false),
        order(Strategy::Random { runs: 50 }),
        &config,
        &progress,
    );
    assert_eq!((random.schedules, random.is_complete()), (50, false));
}

#[test]
fn a_pilot_is_asked_what_the_next_step_would_find() {
    by_hand(counter(2), |grip| {
        let view = make(grip, Move::Step(Turn::Thread(1)));
        let desk = view.film.at(1);
        assert_eq!(desk.would_find(0), Some(Seen::Value(0)));
        assert_eq!(desk.next(1).map(|next| next.op.verb()), Some("add 1"));
    });
}
