//! The figures of this lab, each with a known answer: what is noted, merged, and written
//! as JSON and sentences.

use std::time::{Duration, Instant};

use super::*;
use crate::kit::event::{LaneEvent, ResourceKind};
use crate::kit::monitor::Refusal;
use crate::kit::recorder::recorder;
use crate::kit::shared::Region;
use crate::kit::step::{Mode, StepController};
use crate::kit::stop::Stop;
use crate::labs::sync::actor::{Actor, Board, Move, Notes, Script};
use crate::labs::sync::cast::{Cast, Role};
use crate::labs::sync::findings::findings;
use crate::labs::sync::relay::Relay;
use crate::labs::sync::tool::{Cost, Stage};
use crate::labs::sync::troupe::Acted;

/// A moment that a test must not outlast.
const DEADLINE: Duration = Duration::from_secs(30);

/// Works without a wait until the clock has moved by `time`; says by how much it has.
pub(super) fn work(time: Duration) -> u64 {
    let began = Instant::now();
    while began.elapsed() < time {
        std::hint::spin_loop();
    }
    nanos(began)
}

fn nanos(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_nanos()).unwrap()
}

/// `noted` lies between what the inside of a wait measured and what its outside did.
#[track_caller]
fn assert_charged(noted: &[u64], inside: u64, outside: u64) {
    let [noted] = noted else {
        panic!("one figure: {noted:?}")
    };
    assert!(
        (inside..=outside).contains(noted),
        "{inside} <= {noted} <= {outside}"
    );
}

#[test]
fn threads_are_charged_for_waits_and_holds_apart_and_in_full() {
    let roles = [Role::new("one", |_| Ok::<(), Refusal>(()))];
    let cast = Cast::of(&roles, &Stop::new());
    let part = &cast.parts[0];
    let began = Instant::now();
    let waited = part
        .take("it", || Ok::<_, Refusal>(work(Duration::from_millis(4))))
        .unwrap();
    let wait = nanos(began);
    let began = Instant::now();
    let held = part.hold(|| work(Duration::from_millis(1)));
    let hold = nanos(began);
    // In vain: neither an acquisition nor a wait for one.
    let refused = part.take("it", || Err::<(), _>(Refusal::Stopped));
    assert!(refused.is_err());
    let played = cast.played(None);
    assert_charged(&played.waits_ns, waited, wait);
    assert_charged(&played.holds_ns, held, hold);
    assert_eq!(played.order, ["one"]);
}

fn script(part: usize) -> Script {
    Script {
        tool: "process-lock".to_owned(),
        name: format!("process-{part}"),
        wrong: None,
        part,
        workers: 2,
        ops: 1,
        patience_ms: 1,
        told: String::new(),
        timed: None,
    }
}

/// Runs `act` as the processes of a play would, each with the board mapped on its own;
/// gives their notes, and the board as the lab sees it.
pub(super) fn acted(act: impl Fn(&Actor, &Region) + std::marker::Sync) -> (Vec<Notes>, Board) {
    let region = Region::create(Board::CELLS).unwrap();
    let board = Board::create(&mut region.layout(), 2);
    let notes = std::thread::scope(|scope| {
        let (act, region) = (&act, &region);
        let both = [0, 1].map(|part| {
            scope.spawn(move || {
                let actor = Actor::enter_on(script(part), region).unwrap();
                act(&actor, region);
                actor.into_notes()
            })
        });
        let began = Instant::now();
        while both.iter().any(|one| !one.is_finished()) {
            board.raise_curtain(2);
            assert!(began.elapsed() < DEADLINE, "the processes do not end");
            std::thread::yield_now();
        }
        both.map(|one| one.join().unwrap()).into()
    });
    (notes, board)
}

#[test]
fn processes_are_charged_for_the_waits_that_got_them_the_tool() {
    let (sender, measured) = std::sync::mpsc::channel();
    let (notes, board) = acted(|actor, _| {
        let part = actor.script.part;
        let mut inside = 0;
        let began = Instant::now();
        let got = actor.take(|| {
            inside = work(Duration::from_millis(2));
            if part == 0 { Ok(()) } else { Err("refused") }
        });
        assert_eq!(got.is_ok(), part == 0);
        if part == 0 {
            let _ = sender.send((inside, nanos(began)));
        }
    });
    let (inside, outside) = measured.recv().unwrap();
    assert_charged(&notes[0].waits_ns, inside, outside);
    assert_eq!(notes[0].got_at.len(), 1);
    assert_eq!((notes[1].waits_ns.len(), notes[1].got_at.len()), (0, 0));
    let moves = |part| board.moves(part).map(|(_, what)| what).collect::<Vec<_>>();
    assert_eq!(moves(0), [Move::Waits, Move::Got]);
    assert_eq!(moves(1), [Move::Waits, Move::GaveUp]);
    assert_eq!((board.told(), board.lost()), (4, 0));
    assert_eq!(board.line(), [0_usize; 0], "no process waits any more");
}

#[test]
fn a_round_of_all_is_one_operation_and_a_round_of_each_is_one_each() {
    let done = |together: bool| {
        let (notes, _) = acted(|actor, _| {
            let op = || Ok::<_, &str>(());
            if together {
                actor.time_together(30, op).unwrap();
            } else {
                actor.time_rounds(30, op).unwrap();
            }
        });
        let all = notes
            .iter()
            .map(|notes| notes.timed.iter().map(|(done, _)| done).sum::<u64>());
        all.collect::<Vec<_>>()
    };
    // Five samples.
    assert_eq!(done(false), [150, 150]);
    assert_eq!(done(true), [150, 0]);
}

#[test]
fn the_line_is_in_the_order_of_arrival() {
    let first = std::sync::Barrier::new(2);
    let second = std::sync::Barrier::new(2);
    let seen = std::sync::Mutex::new(Vec::new());
    acted(|actor, region| {
        let look = |line| seen.lock().unwrap().push(line);
        let board = Board::attach(&mut region.layout());
        if actor.script.part == 1 {
            actor
                .take(|| {
                    look(board.line());
                    first.wait();
                    second.wait();
                    Ok::<_, &str>(())
                })
                .unwrap();
        } else {
            first.wait();
            actor
                .take(|| {
                    look(board.line());
                    second.wait();
                    Ok::<_, &str>(())
                })
                .unwrap();
        }
    });
    assert_eq!(*seen.lock().unwrap(), [vec![1], vec![1, 0]]);
}

#[test]
fn what_found_no_room_in_a_log_is_counted_once() {
    let (_, board) = acted(|actor, _| {
        // Two moves each, and room for 2,048.
        (0..1_100).for_each(|_| actor.take(|| Ok::<_, &str>(())).unwrap());
    });
    let (recorder, mut reader) = recorder();
    let lane = recorder.lane("director");
    let stage = Stage {
        workers: 2,
        ops: 1,
        controller: StepController::new(Stop::new(), Mode::Full),
        recorder: &recorder,
        lane: &lane,
        program: "threadbare".as_ref(),
        live: false,
    };
    let mut relay = Relay::new(&stage, "Process lock", ResourceKind::Lock);
    let open = |name| relay.lane(name)("worker 0", 1);
    let _lanes = ["one", "other"].map(open);
    for _ in 0..3 {
        relay.pass_on(&board);
        assert_eq!(recorder.dropped(), 2 * (2_200 - 2_048));
    }
    let mut moves = 0;
    let count = |event: Stamped<Fact>| {
        let moved = |what: &LaneEvent| {
            use LaneEvent::{Acquired, Waiting};
            matches!(what, Waiting { .. } | Acquired { .. })
        };
        moves += usize::from(matches!(&event.what, What::Lane(what) if moved(what)));
    };
    reader.drain(10_000, count);
    assert_eq!(moves, 2 * 2_048);
}

#[test]
fn hand_overs_stand_in_the_order_of_the_clock_that_all_share() {
    let notes = |got_at: &[u64]| Notes {
        got_at: got_at.to_vec(),
        ..Notes::default()
    };
    let acted = |notes: Vec<(&str, Result<Notes, String>)>| {
        let named = notes.into_iter();
        Acted::of(named.map(|(name, notes)| (name.to_owned(), notes)))
    };
    let all = acted(vec![
        ("a", Ok(notes(&[100, 400]))),
        ("dead", Err("it died".to_owned())),
        ("b", Ok(notes(&[200, 300, 500]))),
    ]);
    let refused = all.all().unwrap_err().to_string();
    assert_eq!(refused, "it died");
    assert_eq!(all.outcome(5, 5, 5).order, ["a", "b", "b", "a", "b"]);
    // As many as are kept, the first of all.
    let late: Vec<_> = (1_000..1_030).collect();
    let all = acted(vec![("late", Ok(notes(&late))), ("early", Ok(notes(&[7])))]);
    let order = all.outcome(31, 31, 31).order;
    assert_eq!((order.len(), &*order[0], &*order[1]), (24, "early", "late"));
}

fn played(outcome: tool::Outcome, wrong: Option<&'static str>) -> Fact {
    Fact::Played {
        tool: "semaphore",
        wrong,
        outcome,
    }
}

fn with_times(operations: u64, waits_ns: &[u64], holds_ns: &[u64]) -> tool::Outcome {
    tool::Outcome {
        operations,
        waits_ns: waits_ns.to_vec(),
        holds_ns: holds_ns.to_vec(),
        ..outcome("8", "8")
    }
}

#[test]
fn each_figure_of_the_result_is_of_its_own_use_and_in_its_own_unit() {
    let mut state = Sync::state(&settings(&[]));
    let wrong = tool::Outcome {
        got: "9".to_owned(),
        ..with_times(5, &[7_000], &[])
    };
    describe(
        &mut state,
        played(with_times(8, &[2_500, 1_500, 9_000], &[250]), None),
    );
    describe(&mut state, played(wrong, Some("over-release")));
    let cost = |label: &str, contended, samples: [f64; 3]| Cost {
        label: label.to_owned(),
        contended,
        samples: samples.into(),
    };
    describe(
        &mut state,
        Fact::Costs {
            tool: "semaphore",
            costs: vec![
                cost("Semaphore", true, [90.0, 70.0, 80.0]),
                cost("Semaphore", false, [30.0, 10.0, 20.0]),
                cost("a peer", true, [5.0, 4.0, 6.0]),
            ],
        },
    );
    let result = Sync::result(&state);
    let [right, wrong] = &result["tools"].as_array().unwrap()[..] else {
        panic!("{result:#}")
    };
    assert_eq!(
        (&right["operations"], &wrong["operations"]),
        (&json!(8), &json!(5))
    );
    let median = |time: &serde_json::Value| time["p50"].as_f64();
    assert_eq!(median(&right["wait_us"]), Some(2.5));
    assert_eq!(right["wait_us"]["max"], json!(9.0));
    assert_eq!(median(&right["hold_us"]), Some(0.25));
    assert_eq!(median(&wrong["wait_us"]), Some(7.0));
    assert_eq!(wrong["hold_us"], json!(null));
    assert_eq!((&wrong["expected"], &wrong["got"]), (&json!(8), &json!(8)));
    assert_eq!(wrong["wrong_use"]["got"], json!(9));
    for entry in [right, wrong] {
        assert_eq!(entry["cost_ns"]["median"], json!(20.0));
        assert_eq!(entry["cost_contended_ns"]["median"], json!(80.0));
        assert_eq!(entry["cost_contended_ns"]["samples"], json!(3));
    }
    let peers = result["peers"].as_array().unwrap();
    assert_eq!(peers.len(), 1);
    assert_eq!(
        (&peers[0]["name"], &peers[0]["contended"]),
        (&json!("a peer"), &json!(true))
    );
    assert_eq!(peers[0]["cost_ns"]["median"], json!(5.0));
    let lines = Sync::summary(&state);
    assert!(
        lines.contains(&"Semaphore, one operation alone: 20 ns".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"Semaphore, one operation contended: 80 ns".to_owned()),
        "{lines:?}"
    );
    let bars = chart::bars(&state);
    let bar = bars.bars.iter().find(|bar| bar.label == "a peer").unwrap();
    assert_eq!((&*bar.figure, &*bar.note.text), ("5 ns", "by several"));
}

#[test]
fn the_operations_of_all_right_uses_are_added_up() {
    let mut state = Sync::state(&settings(&[]));
    describe(&mut state, played(with_times(8, &[], &[]), None));
    let lock = Fact::Played {
        tool: "lock",
        wrong: None,
        outcome: with_times(400, &[], &[]),
    };
    describe(&mut state, lock);
    // What went wrong is not among them.
    let broken = Fact::Played {
        tool: "queue",
        wrong: None,
        outcome: tool::Outcome {
            operations: 7,
            ..outcome("7", "6")
        },
    };
    describe(&mut state, broken);
    let all = findings(&state);
    assert_eq!(
        all[0].1,
        "Used rightly, 2 tools kept every one of 408 operations whole."
    );
    assert_eq!(all[1].1, "Queue, used rightly: expected 7, got 6.");
}
