//! The step controller in its modes.

use super::*;
use crate::kit::event::{LaneEvent, Pause, What};
use crate::kit::recorder::{EventReader, Recorder, recorder, set_sink};
use crate::kit::traced_atomic::TracedAtomic;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

fn lane_events(reader: &mut EventReader<()>) -> Vec<LaneEvent> {
    let mut all = Vec::new();
    while reader.drain(100, |event| {
        if let What::Lane(event) = event.what {
            all.push(event);
        }
    }) > 0
    {}
    all
}

fn on_a_lane(recorder: &Recorder<()>, controller: &StepController, body: impl FnOnce() + Send) {
    thread::scope(|scope| {
        scope.spawn(|| {
            let _sink = set_sink(Rc::new(recorder.lane("one")));
            let _guard = controller.enter();
            body();
        });
    });
}

#[test]
fn a_paced_step_is_announced_taken_and_reported_and_its_atomic_registered_once() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Paced);
    let value = TracedAtomic::new("length", 3);
    on_a_lane(&recorder, &controller, || {
        let seen = value.load(Relaxed);
        value.store(seen + 1, Relaxed);
        assert_eq!(value.fetch_add(5, Relaxed), 4);
        assert_eq!(value.compare_exchange(1, 2, Relaxed, Relaxed), Err(9));
    });
    let reported: Vec<String> = lane_events(&mut reader)
        .iter()
        .filter_map(|event| match event {
            LaneEvent::Defined { name, .. } => Some(format!("define {name}")),
            LaneEvent::Step { verb, value, .. } => Some(format!("{verb} {value:?}")),
            LaneEvent::Read { value, .. } => Some(format!("read {value}")),
            LaneEvent::Wrote { value, .. } => Some(format!("wrote {value}")),
            _ => None,
        })
        .collect();
    assert_eq!(
        reported,
        [
            "define length",
            "load None",
            "read 3",
            "store Some(4)",
            "wrote 4",
            "add Some(5)",
            "read 4",
            "wrote 9",
            "compare-exchange Some(2)",
            "read 9",
        ]
    );
}

#[test]
fn at_full_speed_nothing_is_reported() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    let value = TracedAtomic::new("value", 0);
    on_a_lane(&recorder, &controller, || {
        (0..100).for_each(|_| value.store(1, Relaxed));
    });
    assert!(matches!(lane_events(&mut reader)[..], [LaneEvent::Started { .. }]));
}

#[test]
fn a_running_thread_changes_over_at_its_next_step() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    let value = TracedAtomic::new("value", 0);
    let (at_work, go) = mpsc::channel();
    thread::scope(|scope| {
        let (recorder, controller, value) = (&recorder, &controller, &value);
        scope.spawn(move || {
            let _sink = set_sink(Rc::new(recorder.lane("one")));
            let _guard = controller.enter();
            value.store(1, Relaxed);
            at_work.send(()).unwrap();
            while !controller.stop().requested() {
                value.store(2, Relaxed);
            }
        });
        go.recv().unwrap();
        controller.set_mode(Mode::Paced);
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut reported = Vec::new();
        while !reported.iter().any(|e| matches!(e, LaneEvent::Wrote { .. })) {
            assert!(Instant::now() < deadline, "{reported:?}");
            reported.extend(lane_events(&mut reader));
        }
        controller.set_mode(Mode::Full);
        controller.stop().request();
    });
}

#[test]
fn a_long_delay_ends_with_its_setting_the_mode_and_the_stop() {
    let hour = Duration::from_hours(1);
    let releases: [fn(&StepController); 3] = [
        |controller| controller.delay().set(Duration::ZERO),
        |controller| controller.set_mode(Mode::Full),
        |controller| controller.stop().request(),
    ];
    for release in releases {
        let (recorder, mut reader) = recorder::<()>();
        let controller = StepController::new(Stop::new(), Mode::Paced);
        controller.delay().set(hour);
        let value = TracedAtomic::new("value", 0);
        thread::scope(|scope| {
            scope.spawn(|| on_a_lane(&recorder, &controller, || value.store(7, Relaxed)));
            let deadline = Instant::now() + Duration::from_secs(30);
            let mut reported = Vec::new();
            while !reported.iter().any(|e| matches!(e, LaneEvent::Sleeping { .. })) {
                assert!(Instant::now() < deadline, "{reported:?}");
                reported.extend(lane_events(&mut reader));
            }
            assert_eq!(value.peek(), 0);
            release(&controller);
        });
        assert_eq!(value.peek(), 7);
    }
}

#[test]
fn a_thread_is_known_by_its_lane_and_one_without_by_a_number_of_its_own() {
    let (recorder, _reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    on_a_lane(&recorder, &controller, || {
        assert_eq!(current_thread_id(), LaneId(0));
    });
    let unregistered: Vec<_> = (0..2)
        .map(|_| thread::scope(|scope| scope.spawn(current_thread_id).join().unwrap()))
        .collect();
    assert_ne!(unregistered[0], unregistered[1]);
    assert!(unregistered.iter().all(|lane| lane.0 > u32::MAX / 2));
}

#[test]
fn an_atomic_shows_only_what_it_was_set_to_show() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Paced);
    let value = TracedAtomic::new("length", 3 | 7 << 32).showing(|value| value & 0xffff);
    on_a_lane(&recorder, &controller, || {
        let seen = value.load(Relaxed);
        value.store(seen + 1, Relaxed);
    });
    let shown: Vec<i64> = lane_events(&mut reader)
        .iter()
        .filter_map(|event| match event {
            LaneEvent::Read { value, .. } | LaneEvent::Wrote { value, .. } => Some(*value),
            _ => None,
        })
        .collect();
    assert_eq!(shown, [3, 4]);
    assert_eq!(value.peek(), 4 | 7 << 32);
}

#[test]
fn the_code_panel_gets_lines_only_when_eyes_can_follow() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    on_a_lane(&recorder, &controller, || {
        at_line(1);
        controller.set_mode(Mode::Paced);
        at_line(2);
    });
    let lines: Vec<_> = lane_events(&mut reader)
        .into_iter()
        .filter(|event| matches!(event, LaneEvent::Line { .. }))
        .collect();
    assert_eq!(lines, [LaneEvent::Line { line: 2 }]);
}

#[test]
fn a_pause_by_a_setting_ends_when_that_is_set_to_zero() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    let delay = StepDelay::new(Duration::from_hours(1));
    thread::scope(|scope| {
        let (recorder, controller, delay) = (&recorder, &controller, &delay);
        let sleeper = scope.spawn(move || {
            let _sink = set_sink(Rc::new(recorder.lane("one")));
            let _guard = controller.enter();
            delay.sleep(Pause::Exercise)
        });
        // The sleep is emitted before it begins.
        let mut asleep = false;
        while !asleep {
            reader.wait(Duration::from_secs(30));
            reader.drain(100, |event| {
                asleep |= matches!(event.what, What::Lane(LaneEvent::Sleeping { .. }));
            });
        }
        delay.set(Duration::ZERO);
        assert_eq!(sleeper.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_sleep_is_reported_with_its_kind_and_its_length_in_nanoseconds() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    on_a_lane(&recorder, &controller, || {
        sleep_as(Pause::Window, Duration::from_micros(3)).unwrap();
        StepDelay::new(Duration::from_nanos(2_001)).sleep(Pause::Exercise).unwrap();
        sleep_as(Pause::Work, Duration::ZERO).unwrap();
        controller.delay().set(Duration::from_nanos(1_002));
        controller.set_mode(Mode::Paced);
        TracedAtomic::new("value", 0).store(1, Relaxed);
    });
    let reported: Vec<_> = lane_events(&mut reader)
        .into_iter()
        .filter_map(|event| match event {
            LaneEvent::Sleeping { pause, for_ns } => Some((pause, for_ns)),
            _ => None,
        })
        .collect();
    let expected = [(Pause::Window, 3_000), (Pause::Exercise, 2_001), (Pause::Pace, 1_002)];
    assert_eq!(reported, expected);
}

#[test]
fn a_change_of_the_race_window_acts_on_a_delay_that_is_under_way() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    let window = RaceWindow::new(Widening::Delay(Duration::from_hours(1)));
    let (passed, done) = mpsc::channel();
    thread::scope(|scope| {
        let (recorder, controller, window) = (&recorder, &controller, &window);
        scope.spawn(move || {
            on_a_lane(recorder, controller, || passed.send(window.pass()).unwrap());
        });
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut reported = Vec::new();
        while !reported.iter().any(|e| matches!(e, LaneEvent::Sleeping { .. })) {
            assert!(Instant::now() < deadline, "{reported:?}");
            reported.extend(lane_events(&mut reader));
        }
        window.set(Widening::Yield);
        let outcome = done.recv_timeout(Duration::from_secs(5));
        controller.stop().request();
        assert_eq!(outcome, Ok(Ok(())));
    });
}
