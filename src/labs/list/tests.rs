//! Scripted events give the expected text; real runs keep their invariants.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::experiment::audit::Counts;
use super::experiment::history::{ThreadRecord, conflicts};
use super::experiment::op::{Op, OpKind, Stamp, Version, WorkerId};
use super::experiment::shared::SharedList;
use super::*;
use crate::kit::event::{LaneEvent, What};
use crate::kit::recorder::{EventReader, Recorder, recorder};
use crate::kit::stop::Stopped;
use crate::lab::trial::{played, settings_of};
use crate::lab::{Command, SessionHandle};
use crate::scene::Weight;

mod audit;
mod figures;
mod folded;
mod heroes;
mod reports;
mod sample_events;
pub mod stepper;
mod whole;
mod worker;

const DEADLINE: Duration = Duration::from_secs(30);

fn settings(set: &[(&str, &str)], live: bool) -> Settings {
    settings_of::<SharedListLab>(set, live)
}

/// A run whose events are folded as they come.
struct Run {
    lab: Option<SessionHandle<SharedListLab>>,
    reader: EventReader<Fact>,
    state: State,
    started: usize,
    ended: usize,
}

impl Run {
    fn start(set: &[(&str, &str)], live: bool) -> Self {
        let settings = settings(set, live);
        let (recorder, reader) = recorder();
        let state = SharedListLab::state(&settings);
        Self {
            lab: Some(SessionHandle::start(settings, recorder).unwrap()),
            reader,
            state,
            started: 0,
            ended: 0,
        }
    }

    /// Folds events in until `enough`.
    fn until(&mut self, what: &str, enough: impl Fn(&State) -> bool) -> &State {
        let deadline = Instant::now() + DEADLINE;
        while !enough(&self.state) {
            assert!(Instant::now() < deadline, "{what}: did not happen");
            self.reader.wait(Duration::from_millis(100));
            self.drain();
        }
        &self.state
    }

    /// The limit holds for each round, so that a long run on a loaded machine is no failure.
    fn to_the_end(set: &[(&str, &str)]) -> State {
        let mut run = Self::start(set, false);
        let rounds = |state: &State| state.run().map_or(0, |run| run.rounds);
        while !run.state.finished() {
            let before = rounds(&run.state);
            run.until("another round or the end", |state| {
                state.finished() || rounds(state) > before
            });
        }
        run.state
    }

    fn drain(&mut self) {
        let Self { reader, state, started, ended, .. } = self;
        while reader.drain(1000, |event| {
            match &event.what {
                What::Lane(LaneEvent::Started { .. }) => *started += 1,
                What::Lane(LaneEvent::Ended(_)) => *ended += 1,
                _ => {}
            }
            SharedListLab::apply(state, &event);
        }) > 0
        {}
    }

    fn set(&mut self, key: &'static str, value: &str) {
        let control = SharedListLab::INFO.control(key).unwrap();
        let value = control.read(value).unwrap();
        let lab = self.lab.as_mut().unwrap();
        lab.command(Command::Set { key, value });
    }

    /// Drops the lab; every lane that began has ended then.
    fn stop(mut self) -> usize {
        let began = Instant::now();
        self.lab = None;
        assert!(began.elapsed() < DEADLINE, "the threads did not end");
        self.drain();
        assert_eq!(self.started, self.ended);
        self.started
    }
}

fn counts(state: &State) -> Counts {
    state.run().map(|run| run.counts).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_identity_holds_in_every_run(
        lock in any::<bool>(),
        adders in 1u64..5,
        removers in 1u64..5,
        ops in 1u64..300,
        rounds in 1u64..4,
        window in prop::sample::select(vec!["yield", "none", "spin:0", "spin:50", "auto", "delay:1us"]),
    ) {
        let number = |n: u64| n.to_string();
        let state = Run::to_the_end(&[
            ("pause", "0ms"),
            ("lock", if lock { "on" } else { "off" }),
            ("adders", &number(adders)),
            ("removers", &number(removers)),
            ("ops", &number(ops)),
            ("rounds", &number(rounds)),
            ("window", window),
        ]);
        let counts = counts(&state);
        prop_assert!(counts.identity(), "{counts:?}");
        prop_assert_eq!(counts.added, adders * ops * rounds);
        prop_assert_eq!(counts.removed + counts.empty_pops, removers * ops * rounds);
        prop_assert!(counts.phantom == 0 || !cfg!(target_arch = "x86_64"));
        prop_assert_eq!(state.run().unwrap().rounds, rounds);
        if lock {
            prop_assert!(!counts.anomaly(), "{counts:?}");
        }
        if rounds == 1 {
            let left = SharedListLab::result(&state)["final_list"].as_array().unwrap().len();
            prop_assert_eq!(left as u64, counts.left);
        }
    }
}

/// As the contract of the command line says.
#[test]
fn a_thousand_rounds_under_the_lock_lose_nothing() {
    let state = Run::to_the_end(&[("pause", "0ms"), ("rounds", "1000"), ("ops", "20")]);
    assert!(!counts(&state).anomaly(), "{:?}", counts(&state));
    assert_eq!(state.run().unwrap().rounds, 1000);
    assert!(state.last_anomaly.is_none());
    let result = SharedListLab::result(&state);
    assert!(result["lock_wait_us"]["p99"].is_number(), "{result}");
}

/// Where other programs take a core away for a whole round, nothing collides in it; so
/// the share of rounds is asked for on one core alone, where that cannot happen.
#[test]
fn without_the_lock_rounds_go_wrong_and_are_explained() {
    let state =
        Run::to_the_end(&[("pause", "0ms"), ("lock", "off"), ("rounds", "20"), ("ops", "200")]);
    let run = state.run().unwrap();
    assert!(run.rounds_with_anomaly > 0, "{run:?}");
    assert!(run.counts.identity());
    let anomaly = state.last_anomaly.as_ref().unwrap();
    assert!(!anomaly.conflicts.some.is_empty(), "{anomaly:?}");
    let findings = crate::lab::trial::scene_of::<SharedListLab>(&state, Detail::Full).findings;
    assert_eq!(findings[0].weight, Weight::Broken);
    assert!(SharedListLab::result(&state)["lock_wait_us"].is_null());
}

/// The default window shows the race in at least 99 % of 200 rounds.
#[test]
fn on_one_core_nearly_all_rounds_go_wrong() {
    let state = std::thread::scope(|scope| {
        let one_core = scope.spawn(|| {
            let mut first = rustix::thread::CpuSet::new();
            let mine = rustix::thread::sched_getaffinity(None).unwrap();
            first.set((0..1024).find(|cpu| mine.is_set(*cpu)).unwrap());
            // The run's threads inherit it.
            rustix::thread::sched_setaffinity(None, &first).unwrap();
            Run::to_the_end(&[("pause", "0ms"), ("lock", "off"), ("rounds", "200"), ("ops", "100")])
        });
        one_core.join().unwrap()
    });
    let run = state.run().unwrap();
    assert!(run.rounds_with_anomaly >= 198, "{run:?}");
}

#[test]
fn turning_the_lock_while_it_runs_keeps_the_identity() {
    let mut run = Run::start(&[("pause", "0ms"), ("ops", "500"), ("window", "none")], true);
    for turn in 1..40u64 {
        run.set("lock", if turn % 2 == 0 { "on" } else { "off" });
        run.until("another round", |state| {
            state.settings.lock == (turn % 2 == 0)
                && state.run().is_some_and(|run| run.rounds > turn)
        });
    }
    assert!(counts(&run.state).identity());
    run.stop();
}

#[test]
fn the_meter_starts_again_when_a_setting_is_changed() {
    let mut run = Run::start(&[("pause", "0ms"), ("lock", "off"), ("ops", "200")], true);
    run.until("an anomaly", |state| state.last_anomaly.is_some());
    run.set("lock", "on");
    run.until("rounds under the lock", |state| {
        let meter = state.meter.as_ref();
        state.settings.lock && meter.is_some_and(|m| m.rounds > 10 && m.rounds_with_anomaly == 0)
    });
    assert!(run.state.run().unwrap().rounds_with_anomaly > 0);
    run.stop();
}

/// The first round cannot end before the lock is turned: its threads sleep.
#[test]
fn a_round_under_two_settings_is_in_no_meter() {
    let mut run = Run::start(&[("pause", "60s"), ("lock", "off"), ("ops", "2")], true);
    run.until("a first operation", |state| {
        state.threads.values().any(|thread| thread.counts.done > 0)
    });
    run.set("lock", "on");
    run.set("pause", "1ms");
    let mut rounds = Vec::new();
    let deadline = Instant::now() + DEADLINE;
    while rounds.len() < 3 {
        assert!(Instant::now() < deadline, "no three rounds: {rounds:?}");
        run.reader.wait(Duration::from_millis(100));
        run.reader.drain(1000, |event| {
            if let What::Fact(Fact::Audited(audited)) = &event.what {
                let meter = audited.meter.as_ref().map(|meter| meter.rounds);
                rounds.push((audited.run.rounds, meter));
            }
        });
    }
    assert_eq!(rounds[..3], [(1, None), (2, Some(1)), (3, Some(2))]);
}

#[test]
fn threads_start_and_end_with_the_settings() {
    let mut run = Run::start(&[("pause", "0ms"), ("window", "auto")], true);
    run.set("adders", "4");
    run.set("removers", "3");
    let there = |state: &State| state.threads.values().filter(|it| it.gone.is_none()).count();
    run.until("seven threads", |state| there(state) == 7);
    run.set("adders", "1");
    run.until("four threads", |state| there(state) == 4);
    assert!(run.stop() >= 8);
}

#[test]
fn a_run_that_pauses_for_a_minute_stops_at_once() {
    let mut run = Run::start(&[("pause", "60s"), ("window", "delay:60s")], false);
    // Either thread has the lock then, and dwells in its window; the other waits for it.
    run.until("somebody in the window", |state| {
        state.threads.values().any(|thread| thread.loaded.is_some())
    });
    assert_eq!(run.stop(), 3);
}

#[test]
fn a_run_at_full_speed_stops_in_the_middle_of_a_round() {
    let mut run = Run::start(&[("pause", "0ms"), ("ops", "100000"), ("rounds", "1000000")], false);
    run.until("threads at work", |state| {
        state.threads.values().any(|thread| thread.counts.done > 0)
    });
    assert_eq!(run.stop(), 3);
}

#[test]
fn runs_that_are_dropped_at_once_leave_nothing_behind() {
    for _ in 0..50 {
        let run = Run::start(&[("pause", "0ms"), ("adders", "3")], true);
        run.stop();
    }
}

#[test]
fn the_exercise_as_it_is_reports_each_operation() {
    let state = Run::to_the_end(&[("pause", "1ms"), ("window", "none")]);
    let counts = counts(&state);
    assert_eq!((counts.added, counts.removed + counts.empty_pops), (10, 10));
    assert_eq!(state.recent.len(), 20);
    let shifted = state.recent.iter().filter(|(_, op)| op.kind == OpKind::Removed);
    let shifted: u64 = shifted.map(|(_, op)| u64::from(op.read.length) - 1).sum();
    assert_eq!(counts.moved, shifted);
    assert!(state.threads.values().all(|thread| thread.line.is_some()));
    let lines = SharedListLab::summary(&state);
    assert!(lines[0].starts_with("Final list: ["), "{lines:?}");
    assert!(lines[1].starts_with("Audit: "), "{lines:?}");
}

#[test]
fn the_same_seed_draws_the_same_values() {
    let drawn = || {
        let state = Run::to_the_end(&[("pause", "1ms"), ("window", "none")]);
        let appended = state.recent.iter().filter(|(who, _)| *who == WorkerId::adder(1));
        appended.map(|(_, op)| op.value).collect::<Vec<_>>()
    };
    assert_eq!(drawn(), drawn());
}

/// The story of the sample events.
/// What stands in a window of the list where nothing does.
#[expect(clippy::unnecessary_wraps, reason = "the list may be given more than this")]
fn nothing(_: Stamp, _: Option<i64>) -> Result<(), Stopped> {
    Ok(())
}

fn sample_run() -> Box<dyn crate::lab::Run> {
    played::<SharedListLab>(sample_events::events(), settings(&[], true))
}

#[test]
fn the_story_of_the_sample_events() {
    let run = sample_run();
    let described: Vec<_> =
        run.story().iter().map(|line| format!("{} {}", line.lane, line.text)).collect();
    let expected = [
        "main Round 1 begins with an empty list",
        "add-1 appended 64, length is now 1",
        "remove-1 removed 64, list is now empty",
        "remove-1 List is empty, cannot remove",
        "add-1 appended 7, length is now 1",
        "add-1 appended 16, length is now 2",
        "main Lock off from each thread's next operation",
        "remove-1 removed 7, but add-1 had read the same length 2",
        "main Round 1: 2 removed + 2 left = 5 added - 1 lost + 0 duplicated + 0 phantom. \
         add-1 and remove-1 both read length 2; add-1's 42 was overwritten",
    ];
    for sentence in expected {
        assert!(
            described.iter().any(|line| line == sentence),
            "{sentence}\nis not in\n{described:#?}"
        );
    }
    assert_eq!(
        run.summary(),
        [
            "Final list: [16, 8]",
            "Audit: 2 removed + 2 left = 5 added - 1 lost + 0 duplicated + 0 phantom"
        ]
    );
}

#[test]
fn a_lock_that_is_being_turned_says_whom_it_waits_for() {
    let mut state = SharedListLab::state(&settings(&[], true));
    let settings_changed = sample_events::events();
    let off = settings_changed
        .iter()
        .position(
            |event| matches!(&event.what, What::Fact(Fact::Settings(settings)) if !settings.lock),
        )
        .unwrap();
    settings_changed[..off].iter().for_each(|event| state.apply(event));
    let badge = |state: &State| {
        let scene = crate::lab::trial::scene_of::<SharedListLab>(state, Detail::Compact);
        let badge = scene.badges.last().unwrap();
        format!("{:?} {}", badge.tone, badge.text)
    };
    assert_eq!(badge(&state), "Good lock ON");
    // One more operation under the lock is under way when the lock is turned off.
    let mut began = settings_changed[off].clone();
    began.lane = crate::kit::event::LaneId(1);
    began.what = What::Fact(Fact::Began { locked: true });
    state.apply(&began);
    state.apply(&settings_changed[off]);
    assert_eq!(badge(&state), "Good lock ON, off from add-1's next operation");
    settings_changed[off..].iter().for_each(|event| state.apply(event));
    assert_eq!(badge(&state), "Broken lock OFF");
}

#[test]
fn a_guess_stands_beside_the_answer() {
    let mut run = Run::start(&[("pause", "0ms"), ("lock", "off"), ("ops", "500")], true);
    let guess = |text: &str| Command::Do(ListCommand::guess(text));
    let lab = run.lab.as_mut().unwrap();
    lab.command(guess("many"));
    lab.command(guess("20"));
    run.until("a guess and an answer", |state| {
        state.guess == Some(20) && state.run().is_some_and(|run| run.counts.lost > 0)
    });
    let scene =
        format!("{:?}", crate::lab::trial::scene_of::<SharedListLab>(&run.state, Detail::Full));
    assert!(scene.contains("20 of 1,000; measured: "), "{scene}");
    run.stop();
}
