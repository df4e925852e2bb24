//! The figures of this lab, each with a known answer: what is noted, merged, and written
//! as JSON and sentences.

use std::time::{Duration, Instant};

use super::super::experiment::control_block::{ControlBlock, ProcessEvent};
use super::super::experiment::forwarder::Forwarder;
use super::super::experiment::process_context::{ProcessArgs, ProcessContext, ProcessReport};
use super::super::experiment::process_results::ProcessResults;
use super::super::experiment::process_run::samples;
use super::super::experiment::tool::Cost;
use super::super::experiment::tools::process_lock::LockData;
use super::super::findings::findings;
use super::*;
use crate::kit::event::{LaneEvent, ResourceKind};
use crate::kit::recorder::recorder;
use crate::kit::shared::Region;

/// A moment that a test must not outlast.
const DEADLINE: Duration = Duration::from_secs(30);

/// Works without a wait until the clock has moved by `time`; says by how much it has.
pub fn work(time: Duration) -> u64 {
    let began = Instant::now();
    while began.elapsed() < time {
        std::hint::spin_loop();
    }
    nanos(began)
}

pub fn nanos(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_nanos()).unwrap()
}

/// `noted` lies between what the inside of a wait measured and what its outside did.
#[track_caller]
pub fn assert_charged(noted: &[u64], inside: u64, outside: u64) {
    let [noted] = noted else { panic!("one figure: {noted:?}") };
    assert!((inside..=outside).contains(noted), "{inside} <= {noted} <= {outside}");
}

/// The arguments of the process of that number in a run of two, each with one operation.
pub fn args(index: usize) -> ProcessArgs {
    ProcessArgs {
        name: format!("process-{index}"),
        misuse: None,
        index,
        workers: 2,
        ops: 1,
        timeout_ms: 1,
        address: String::new(),
        timed: None,
    }
}

/// Runs `act` as the processes of a run would, each with the control block mapped on its own;
/// gives their notes, and the control block as the lab sees it.
pub fn run_processes(
    act: impl Fn(&ProcessContext, &Region) + std::marker::Sync,
) -> (Vec<ProcessReport>, ControlBlock) {
    run_with(args, act)
}

/// The same with other arguments.
pub fn run_with(
    args: impl Fn(usize) -> ProcessArgs,
    act: impl Fn(&ProcessContext, &Region) + std::marker::Sync,
) -> (Vec<ProcessReport>, ControlBlock) {
    let region = Region::create(ControlBlock::CELLS).unwrap();
    let control = ControlBlock::new(&mut region.layout());
    control.init(2);
    let reports = std::thread::scope(|scope| {
        let (act, region) = (&act, &region);
        let both = [0, 1].map(|index| {
            let args = args(index);
            scope.spawn(move || {
                let process = ProcessContext::enter_on(args, region).unwrap();
                act(&process, region);
                process.into_report()
            })
        });
        let began = Instant::now();
        while both.iter().any(|one| !one.is_finished()) {
            control.open_start_gate(2);
            assert!(began.elapsed() < DEADLINE, "the processes do not end");
            std::thread::yield_now();
        }
        both.map(|one| one.join().unwrap()).into()
    });
    (reports, control)
}

#[test]
fn processes_are_charged_for_the_waits_that_got_them_the_tool() {
    let (sender, measured) = std::sync::mpsc::channel();
    let (reports, control) = run_processes(|process, _| {
        let index = process.args.index;
        let mut inside = 0;
        let began = Instant::now();
        let got = process.take(|| {
            inside = work(Duration::from_millis(2));
            if index == 0 { Ok(()) } else { Err("refused") }
        });
        assert_eq!(got.is_ok(), index == 0);
        if index == 0 {
            let _ = sender.send((inside, nanos(began)));
        }
    });
    let (inside, outside) = measured.recv().unwrap();
    assert_charged(&reports[0].waits_ns, inside, outside);
    assert_eq!(reports[0].got_at.len(), 1);
    assert_eq!((reports[1].waits_ns.len(), reports[1].got_at.len()), (0, 0));
    let moves = |index| control.events(index).map(|(_, what)| what).collect::<Vec<_>>();
    assert_eq!(moves(0), [ProcessEvent::Waits, ProcessEvent::Acquired]);
    assert_eq!(moves(1), [ProcessEvent::Waits, ProcessEvent::GaveUp]);
    assert_eq!((control.event_count(), control.lost()), (4, 0));
    assert_eq!(control.waiting(), [0_usize; 0], "no process waits any more");
}

#[test]
fn a_process_has_the_tool_when_it_gets_it_not_when_it_asks() {
    let (asked, had) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
    let (reports, _) = run_processes(|process, _| {
        if process.args.index == 0 {
            let last = || {
                asked.wait();
                had.wait();
                Ok::<_, &str>(())
            };
            process.take(last).unwrap();
        } else {
            asked.wait();
            process.take(|| Ok::<_, &str>(())).unwrap();
            had.wait();
        }
    });
    assert!(reports[1].got_at < reports[0].got_at, "{reports:?}");
}

#[test]
fn a_round_of_all_is_one_operation_and_a_round_of_each_is_one_each() {
    let done = |together: bool| {
        let (reports, _) = run_processes(|process, _| {
            let op = || Ok::<_, &str>(());
            if together {
                process.time_together(30, op).unwrap();
            } else {
                process.time_rounds(30, op).unwrap();
            }
        });
        let all =
            reports.iter().map(|reports| reports.timed.iter().map(|(done, _)| done).sum::<u64>());
        all.collect::<Vec<_>>()
    };
    // Five samples.
    assert_eq!(done(false), [150, 150]);
    assert_eq!(done(true), [150, 0]);
}

#[test]
fn each_sample_is_of_all_processes_at_the_same_time() {
    let report = |timed: &[(u64, u64)]| ProcessReport { timed: timed.to_vec(), ..<_>::default() };
    let (one, other) = (report(&[(10, 300), (5, 60), (9, 9)]), report(&[(20, 600), (15, 40)]));
    let samples: Vec<_> = samples(&[one, other]).iter().map(|ns| format!("{ns:.3}")).collect();
    // The longer time for the operations of both; only one took a third sample.
    assert_eq!(samples, ["20.000", "3.000"]);
}

#[test]
fn a_misuse_waits_for_seconds_where_it_is_watched() {
    let (recorder, _intake) = recorder();
    let lane = recorder.lane("main");
    for (live, waits) in [(false, 300), (true, 3_000)] {
        let context = context(&recorder, &lane, live);
        let (run, _): (_, LockData) = context.process_run(None).unwrap();
        assert_eq!(run.timeout(), Duration::from_millis(waits));
    }
}

#[test]
fn the_line_is_in_the_order_of_arrival() {
    let first = std::sync::Barrier::new(2);
    let second = std::sync::Barrier::new(2);
    let seen = std::sync::Mutex::new(Vec::new());
    run_processes(|process, region| {
        let look = |line| seen.lock().unwrap().push(line);
        let control = ControlBlock::new(&mut region.layout());
        if process.args.index == 1 {
            process
                .take(|| {
                    look(control.waiting());
                    first.wait();
                    second.wait();
                    Ok::<_, &str>(())
                })
                .unwrap();
        } else {
            first.wait();
            process
                .take(|| {
                    look(control.waiting());
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
    let (_, control) = run_processes(|process, _| {
        // Two moves each, and room for 2,048.
        (0..1_100).for_each(|_| process.take(|| Ok::<_, &str>(())).unwrap());
    });
    let (recorder, mut reader) = recorder();
    let lane = recorder.lane("main");
    let context = context(&recorder, &lane, false);
    let mut forwarder = Forwarder::new(&context, "Process lock", ResourceKind::Lock);
    let open = |name| forwarder.lane(name)("worker 0", 1);
    let _lanes = ["one", "other"].map(open);
    for _ in 0..3 {
        forwarder.forward(&control);
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
    let reports =
        |got_at: &[u64]| ProcessReport { got_at: got_at.to_vec(), ..ProcessReport::default() };
    let run_processes = |reports: Vec<(&str, Option<ProcessReport>)>| {
        let named = reports.into_iter();
        ProcessResults::of(named.map(|(name, reports)| (name.to_owned(), reports)))
    };
    let all = run_processes(vec![
        ("a", Some(reports(&[100, 400]))),
        ("dead", None),
        ("b", Some(reports(&[200, 300, 500]))),
    ]);
    assert_eq!(all.outcome(5, 5, 5).order, ["a", "b", "b", "a", "b"]);
    // As many as are kept, the first of all.
    let late: Vec<_> = (1_000..1_030).collect();
    let all = run_processes(vec![("late", Some(reports(&late))), ("early", Some(reports(&[7])))]);
    let order = all.outcome(31, 31, 31).order;
    assert_eq!((order.len(), &*order[0], &*order[1]), (24, "early", "late"));
}

fn results(outcome: experiment::tool::Outcome, misuse: Option<&'static str>) -> Fact {
    Fact::Outcome { tool: "semaphore", misuse, outcome }
}

fn with_times(operations: u64, waits_ns: &[u64], holds_ns: &[u64]) -> experiment::tool::Outcome {
    experiment::tool::Outcome {
        operations,
        waits_ns: waits_ns.to_vec(),
        holds_ns: holds_ns.to_vec(),
        ..outcome("8", "8")
    }
}

#[test]
fn each_figure_of_the_result_is_of_its_own_use_and_in_its_own_unit() {
    let mut state = Sync::state(&settings(&[]));
    let misuse = experiment::tool::Outcome { got: "9".to_owned(), ..with_times(5, &[7_000], &[]) };
    describe(&mut state, results(with_times(8, &[2_500, 1_500, 9_000], &[250]), None));
    describe(&mut state, results(misuse, Some("over-release")));
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
    let [correct, misuse] = &result["tools"].as_array().unwrap()[..] else { panic!("{result:#}") };
    assert_eq!((&correct["operations"], &misuse["operations"]), (&json!(8), &json!(5)));
    let median = |time: &serde_json::Value| time["p50"].as_f64();
    assert_eq!(median(&correct["wait_us"]), Some(2.5));
    assert_eq!(correct["wait_us"]["max"], json!(9.0));
    assert_eq!(median(&correct["hold_us"]), Some(0.25));
    assert_eq!(median(&misuse["wait_us"]), Some(7.0));
    assert_eq!(misuse["hold_us"], json!(null));
    assert_eq!((&misuse["expected"], &misuse["got"]), (&json!(8), &json!(8)));
    assert_eq!(misuse["misuse"]["got"], json!(9));
    for entry in [correct, misuse] {
        assert_eq!(entry["cost_ns"]["median"], json!(20.0));
        assert_eq!(entry["cost_contended_ns"]["median"], json!(80.0));
        assert_eq!(entry["cost_contended_ns"]["samples"], json!(3));
    }
    let peers = result["baselines"].as_array().unwrap();
    assert_eq!(peers.len(), 1);
    assert_eq!((&peers[0]["name"], &peers[0]["contended"]), (&json!("a peer"), &json!(true)));
    assert_eq!(peers[0]["cost_ns"]["median"], json!(5.0));
    let lines = Sync::summary(&state);
    assert!(lines.contains(&"Semaphore, one operation alone: 20 ns".to_owned()), "{lines:?}");
    assert!(lines.contains(&"Semaphore, one operation contended: 80 ns".to_owned()), "{lines:?}");
}

#[test]
fn the_operations_of_all_correct_uses_are_added_up() {
    let mut state = Sync::state(&settings(&[]));
    describe(&mut state, results(with_times(8, &[], &[]), None));
    let lock = Fact::Outcome { tool: "lock", misuse: None, outcome: with_times(400, &[], &[]) };
    describe(&mut state, lock);
    // What went wrong is not among them.
    let broken = Fact::Outcome {
        tool: "queue",
        misuse: None,
        outcome: experiment::tool::Outcome { operations: 7, ..outcome("7", "6") },
    };
    describe(&mut state, broken);
    let all = findings(&state);
    assert_eq!(
        *all.last().unwrap().text,
        *"Used correctly, 2 tools completed all 408 operations without a fault."
    );
    assert_eq!(*all[0].text, *"Queue, correct use: expected 7, got 6.");
}
