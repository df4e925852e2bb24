//! What threads and the main thread report, fact by fact, and what the audit of a round
//! says of turns with known times.

use std::sync::Arc;
use std::thread;

use super::super::experiment::op::OpKind;
use super::super::experiment::worker::{
    Assignment, Batch, Controls, Counters, StartBarrier, Worker,
};
use super::super::facts::ThreadCounts;
use super::*;
use crate::kit::event::{Ending, LaneId};
use crate::kit::lock::Lock;
use crate::kit::step::{Mode, RaceWindow, StepController, StepDelay, Switch, Widening};
use crate::kit::stop::Stop;

fn controls(widening: Widening, locked: bool, mode: Mode) -> Controls {
    Controls {
        controller: StepController::new(Stop::new(), mode),
        lock: Lock::new("lock"),
        lock_on: Switch::new(locked),
        pause: StepDelay::new(Duration::from_nanos(1)),
        window: RaceWindow::new(widening),
    }
}

/// The facts, marks and sleeps of a thread that does `ops` operations, in JSON without
/// times.
fn reported(
    who: WorkerId,
    controls: &Controls,
    list: &SharedList,
    ops: usize,
) -> (Vec<String>, ThreadCounts) {
    let (recorder, mut reader) = recorder::<Fact>();
    let lane = std::rc::Rc::new(recorder.lane(&who.to_string()));
    let _sink_guard = crate::kit::recorder::set_sink(std::rc::Rc::clone(&lane) as _);
    let _guard = controls.controller.enter();
    let counters = Counters::default();
    let mut batch = Batch::default();
    batch.begin(0, ops);
    batch.values.extend((64..).take(ops));
    Worker::new(who, controls, &counters, &lane, 0.0).run_batch(&mut batch, list).unwrap();
    lane.flush();
    let mut lines = Vec::new();
    reader.drain(1000, |event| match event.what {
        What::Fact(Fact::Thread { .. }) => {}
        What::Fact(fact) => lines.push(serde_json::to_string(&fact).unwrap()),
        What::Lane(LaneEvent::Mark { label }) => lines.push(format!("mark {label}")),
        What::Lane(LaneEvent::Sleeping { pause, .. }) => lines.push(format!("sleeps {pause:?}")),
        What::Lane(_) => {}
    });
    (lines, counters.read())
}

#[test]
fn a_thread_reports_each_operation_with_what_it_read_and_did() {
    let widening = Widening::Delay(Duration::from_nanos(1));
    let controls = controls(widening, false, Mode::Paced);
    // More values than are shown.
    let list = SharedList::new(50);
    for (number, value) in (101..=140).enumerate() {
        list.append(value, Version::of(1, number), nothing).unwrap();
    }
    let (adder, counts) = reported(WorkerId::adder(1), &controls, &list, 2);
    assert_eq!((counts.done, counts.empty), (2, 0));
    let few = SharedList::new(3);
    few.append(7, Version::of(2, 0), nothing).unwrap();
    controls.lock_on.set(true);
    let (remover, counts) = reported(WorkerId::remover(1), &controls, &few, 3);
    assert_eq!((counts.done, counts.empty), (1, 2));
    insta::assert_snapshot!([adder.join("\n"), remover.join("\n")].join("\n\n"));
}

#[test]
fn what_widens_the_window_is_no_step_under_the_lock_unless_it_is_a_delay() {
    let delay = Widening::Delay(Duration::from_nanos(1));
    for (widening, locked, stands) in [
        (Widening::Yield, false, true),
        (Widening::Yield, true, false),
        (delay, true, true),
        (Widening::None, false, false),
    ] {
        let list = SharedList::new(2);
        let controls = controls(widening, locked, Mode::Paced);
        let (lines, _) = reported(WorkerId::adder(1), &controls, &list, 1);
        let loaded = lines.iter().any(|line| line.contains("list.read"));
        assert_eq!(loaded, stands, "{widening:?} {locked}");
    }
}

/// A thread's whole life.
fn work(
    who: WorkerId,
    controls: &Arc<Controls>,
    recorder: &Recorder<Fact>,
    assignments: crossbeam_channel::Receiver<Assignment>,
) -> impl FnOnce() + Send + 'static {
    let (controls, recorder) = (Arc::clone(controls), recorder.clone());
    move || {
        let (lane, counters) = (recorder.lane(&who.to_string()), Counters::default());
        Worker::new(who, &controls, &counters, &lane, 0.0).work(&assignments);
    }
}

/// Until a thread has been woken for a batch.
fn until_running(reader: &mut EventReader<Fact>) {
    let (mut running, deadline) = (false, Instant::now() + DEADLINE);
    while !running {
        assert!(Instant::now() < deadline, "nobody runs");
        reader.wait(Duration::from_millis(100));
        reader.drain(1000, |event| {
            running |= matches!(event.what, What::Lane(LaneEvent::Running));
        });
    }
}

#[test]
fn a_turn_is_timed_from_the_start_that_all_have_reached_to_its_last_operation() {
    let controls = Arc::new(controls(Widening::None, false, Mode::Full));
    controls.pause.set(Duration::from_millis(20));
    let (recorder, mut reader) = recorder::<Fact>();
    let (send, assignments) = crossbeam_channel::unbounded();
    let (back, returned) = crossbeam_channel::unbounded();
    let barrier = Arc::new(StartBarrier::new(2));
    let mut batch = Batch::default();
    batch.begin(0, 3);
    batch.values.extend([1, 2, 3]);
    let list = Arc::new(SharedList::new(3));
    let assignment = |batch, barrier: &Arc<StartBarrier>| Assignment {
        batch,
        list: Arc::clone(&list),
        barrier: Arc::clone(barrier),
        back: back.clone(),
    };
    send.send(assignment(batch, &barrier)).unwrap();
    drop(send);
    let clock = recorder.clock().clone();
    let (batch, late) = thread::scope(|scope| {
        scope.spawn(work(WorkerId::adder(1), &controls, &recorder, assignments));
        until_running(&mut reader);
        let late = clock.now();
        let (send, assignments) = crossbeam_channel::unbounded();
        send.send(assignment(Batch::default(), &barrier)).unwrap();
        drop(send);
        scope.spawn(work(WorkerId::remover(1), &controls, &recorder, assignments));
        let both = [(); 2].map(|()| returned.recv_timeout(DEADLINE).unwrap());
        (both.into_iter().find(|batch| batch.ops == 3).unwrap(), late)
    });
    assert!(batch.began_ns >= late, "{} {late}", batch.began_ns);
    let busy = batch.ended_ns - batch.began_ns;
    assert!(busy >= 60_000_000, "three pauses: {busy}");
    assert!(batch.ended_ns <= clock.now());
}

/// Whether a lane runs or is idle, by each report of it.
fn activities(reader: &mut EventReader<Fact>, lane: LaneId) -> Vec<&'static str> {
    let mut activities = Vec::new();
    while reader.drain(1000, |event| match event.what {
        What::Lane(LaneEvent::Running) if event.lane == lane => activities.push("running"),
        What::Lane(LaneEvent::Idle) if event.lane == lane => activities.push("idle"),
        _ => {}
    }) > 0
    {}
    activities
}

#[test]
fn a_thread_is_idle_between_its_turns_at_a_pace_that_can_be_followed() {
    for (mode, shown) in
        [(Mode::Paced, &["idle", "running", "idle"][..]), (Mode::Full, &["idle", "running"])]
    {
        let controls = Arc::new(controls(Widening::None, false, mode));
        let (recorder, mut reader) = recorder::<Fact>();
        let (send, assignments) = crossbeam_channel::unbounded();
        let (back, returned) = crossbeam_channel::unbounded();
        let (list, barrier) = (Arc::new(SharedList::new(1)), Arc::new(StartBarrier::new(1)));
        send.send(Assignment { batch: Batch::default(), list, barrier, back }).unwrap();
        let lines = thread::scope(|scope| {
            scope.spawn(work(WorkerId::adder(1), &controls, &recorder, assignments));
            returned.recv_timeout(DEADLINE).unwrap();
            // Before the next turn, and before its end.
            let lines = activities(&mut reader, LaneId(0));
            drop(send);
            lines
        });
        assert_eq!(lines, shown, "{mode:?}");
    }
}

#[test]
fn the_main_thread_is_idle_while_the_threads_of_a_round_are_at_work() {
    let set = [("pause", "1ms"), ("rounds", "2"), ("ops", "2")];
    let (recorder, mut reader) = recorder();
    let lab = SessionHandle::<SharedListLab>::start(settings(&set, false), recorder).unwrap();
    let (mut lines, deadline) = (Vec::new(), Instant::now() + DEADLINE);
    while lines.last() != Some(&"end") {
        assert!(Instant::now() < deadline, "no end: {lines:?}");
        reader.wait(Duration::from_millis(100));
        reader.drain(1000, |event| match event.what {
            What::Fact(Fact::Round { .. }) => lines.push("round"),
            What::Fact(Fact::Audited(_)) => lines.push("audit"),
            What::Fact(Fact::End { .. }) => lines.push("end"),
            What::Lane(LaneEvent::Idle) if event.lane == LaneId(0) => lines.push("idle"),
            What::Lane(LaneEvent::Running) if event.lane == LaneId(0) => lines.push("running"),
            _ => {}
        });
    }
    drop(lab);
    let round = ["round", "idle", "running", "audit"];
    assert_eq!(lines, [&round[..], &round, &["end"]].concat());
}

#[test]
fn threads_that_are_stopped_end_as_stopped() {
    let set = [("pause", "60s"), ("window", "none"), ("removers", "2")];
    let (recorder, mut reader) = recorder();
    let lab = SessionHandle::<SharedListLab>::start(settings(&set, false), recorder).unwrap();
    let (mut said, mut rounds) = (0, Vec::new());
    let deadline = Instant::now() + DEADLINE;
    while said < 3 {
        assert!(Instant::now() < deadline, "not all at work");
        reader.wait(Duration::from_millis(100));
        reader.drain(1000, |event| {
            said += usize::from(matches!(event.what, What::Fact(Fact::Began { .. })));
            if let What::Fact(fact @ Fact::Round { .. }) = &event.what {
                rounds.push(serde_json::to_value(fact).unwrap());
            }
        });
    }
    drop(lab);
    assert_eq!(
        rounds,
        [serde_json::json!({
            "event": "list.round", "round": 1, "adders": 1, "removers": 2, "ops": 10
        })]
    );
    let mut endings = Vec::new();
    while reader.drain(1000, |event| {
        if let What::Lane(LaneEvent::Ended(ending)) = event.what {
            endings.push((event.lane, ending));
        }
    }) > 0
    {}
    for lane in [1, 2, 3] {
        let ending = endings.iter().find(|(of, _)| *of == LaneId(lane)).unwrap();
        assert_eq!(ending.1, Ending::Stopped);
    }
}

#[test]
fn each_removers_counts_are_its_own_at_either_pace() {
    for pause in ["0ms", "1ms"] {
        let state = Run::to_the_end(&[
            ("pause", pause),
            ("removers", "3"),
            ("ops", "20"),
            ("window", "none"),
        ]);
        let all = counts(&state);
        let of = |who: WorkerId| state.threads[&who].counts;
        let removers = [1, 2, 3].map(|number| of(WorkerId::remover(number)));
        assert!(removers.iter().all(|of| of.done + of.empty == 20), "{removers:?}");
        let sum = |what: fn(&ThreadCounts) -> u64| removers.iter().map(what).sum::<u64>();
        assert_eq!(sum(|of| of.done), all.removed);
        assert_eq!(sum(|of| of.empty), all.empty_pops);
        assert!(all.empty_pops > 0, "60 removals of 20 values");
        assert_eq!((of(WorkerId::adder(1)).done, of(WorkerId::adder(1)).empty), (20, 0));
    }
}

#[test]
fn adders_append_their_own_share_of_the_numbers() {
    let state =
        Run::to_the_end(&[("pause", "1ms"), ("adders", "3"), ("ops", "7"), ("window", "none")]);
    let mut values: Vec<_> = state
        .recent
        .iter()
        .filter(|(_, op)| op.kind == OpKind::Appended)
        .map(|(_, op)| op.value)
        .collect();
    assert_eq!(values.len(), 21);
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), 21, "none twice");
    assert!(!counts(&state).anomaly());
}

#[test]
fn a_guess_is_from_0_to_1000() {
    let mut run = Run::start(&[("pause", "1ms")], true);
    for (text, guess) in [("0", 0), ("1001", 0), ("1000", 1000), ("-1", 1000), ("7", 7)] {
        let lab = run.lab.as_mut().unwrap();
        lab.command(Command::Do(ListCommand::guess(text)));
        run.until("the guess", |state| state.guess == Some(guess));
    }
    run.stop();
}

/// The pause, the window and the pace reach the threads that are at work.
#[test]
fn changed_settings_reach_the_threads() {
    let mut run = Run::start(&[("pause", "60s"), ("window", "none")], true);
    run.until("a first operation", |state| {
        state.threads.values().any(|thread| thread.counts.done > 0)
    });
    run.set("pause", "1ms");
    run.until("a second round", |state| state.round > 1);
    run.set("window", "delay:50ms");
    run.until("somebody dwells", |state| {
        state.threads.values().any(|thread| thread.loaded.is_some())
    });
    run.set("window", "none");
    run.set("pause", "0ms");
    run.until("full speed", |state| {
        state.settings.full_speed() && state.run().is_some_and(|run| run.rounds > 20)
    });
    run.set("pause", "1ms");
    run.until("operations one by one", |state| {
        !state.settings.full_speed() && state.recent.len() > 30
    });
    run.stop();
}

#[test]
fn windows_are_measured_while_the_threads_of_the_first_round_pause() {
    let set = [("ops", "2"), ("pause", "60s"), ("lock", "off")];
    let mut run = Run::start(&set, true);
    let measured = |state: &State| state.windows.slept.append.natural_ns.is_some();
    run.until("they are measured", measured);
    assert!(run.state.last_audit.is_none());
    run.stop();
}
