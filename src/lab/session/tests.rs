//! What a body sees of commands, changed settings and the end, in schedules that the tests
//! force: both sides of a session on one thread, and a second thread only where one waits.

use std::time::Duration;

use super::*;
use crate::kit::event::{Ending, Stamped, What};
use crate::kit::recorder::{EventReader, recorder};
use crate::lab::{Info, Lab, Setting, SettingConflict};

const HOUR: Duration = Duration::from_hours(1);

/// A lab whose keys name their effects; its body takes commands until it is interrupted.
struct Effects;

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event")]
enum Fact {
    Began { restart: u64 },
    Took,
    Emitted,
}

const QUEUE: Setting<u64> = Setting::number("queue", "only queued", 0..=9, 0);
const RESTART: Setting<u64> = Setting::number("restart", "another beginning", 0..=9, 0);
const EMIT: Setting<u64> = Setting::number("emit", "a fact at once", 0..=9, 0);
const FAIL: Setting<bool> = Setting::switch("fail", "the body fails", false);

impl Lab for Effects {
    const INFO: Info = Info {
        id: "effects",
        title: "Effects",
        tab: &["Effects"],
        question: "",
        lesson: "",
        controls: &[&QUEUE, &RESTART, &EMIT, &FAIL],
    };
    type Fact = Fact;
    type Command = &'static str;
    type State = ();

    fn check(settings: &Settings) -> Result<(), SettingConflict> {
        let (keys, why) = ([QUEUE.key, FAIL.key], "not both".to_owned());
        let both = settings.get(QUEUE) > 0 && settings.get(FAIL);
        if both { Err(SettingConflict { keys, why }) } else { Ok(()) }
    }

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        let restart = session.settings().get(RESTART);
        session.lane().reliable_fact(Fact::Began { restart });
        if session.settings().get(FAIL) {
            Err(io::Error::other("no room"))?;
        }
        loop {
            session.command()?;
            session.lane().reliable_fact(Fact::Took);
        }
    }

    fn effect(
        command: &Command<&'static str>,
        before: &Settings,
        after: &Settings,
    ) -> Effect<Fact> {
        match command {
            Command::Set { key, .. } if *key == RESTART.key => {
                assert_ne!(before.get(RESTART), after.get(RESTART));
                Effect::Restart
            }
            Command::Set { key, .. } if *key == EMIT.key => Effect::Emit(Fact::Emitted),
            _ => Effect::Queued,
        }
    }

    fn state(_: &Settings) {}

    fn apply((): &mut (), _: &Stamped<Fact>) {}

    fn result((): &()) -> serde_json::Value {
        serde_json::Value::Null
    }
}

fn settings() -> Settings {
    Settings::defaults(&Effects::INFO, 1, "unused".into(), true)
}

fn press(what: &'static str) -> Command<&'static str> {
    Command::Do(what)
}

/// Both sides of a session, with the body played by the test.
fn sides(test: impl FnOnce(SessionHandle<Effects>, Session<'_, Effects>, EventReader<Fact>)) {
    let (recorder, reader) = recorder();
    let lane = recorder.lane("main");
    let (handle, session) = SessionHandle::with_session(settings(), &lane);
    test(handle, session, reader);
}

/// All events so far, the start of the lane left out.
fn events(reader: &mut EventReader<Fact>) -> Vec<What<Fact>> {
    let mut events = Vec::new();
    reader.drain(1000, |event| events.push(event.what));
    events.retain(|what| !matches!(what, What::Lane(LaneEvent::Started { .. })));
    events
}

#[test]
fn a_setting_is_in_force_when_its_command_is_taken() {
    sides(|mut handle, mut session, _| {
        handle.command(Command::set(QUEUE, 7));
        assert_eq!(handle.settings().get(QUEUE), 7);
        assert_eq!(session.settings().get(QUEUE), 0);
        assert_eq!(session.check(), Ok(()));
        assert_eq!(session.try_command(), Ok(Some(Command::set(QUEUE, 7))));
        assert_eq!(session.settings().get(QUEUE), 7);
        assert_eq!(session.try_command(), Ok(None));
    });
}

#[test]
fn a_restart_interrupts_before_the_command_or_any_other_is_taken() {
    sides(|mut handle, mut session, _| {
        let part = session.stop().child();
        handle.command(press("first"));
        handle.command(Command::set(RESTART, 1));
        assert!(part.requested(), "what waits by the stop has ended");
        assert_eq!(session.check(), Err(Interrupt::Changed));
        assert_eq!(session.try_command(), Err(Interrupt::Changed));
        assert_eq!(session.command(), Err(Interrupt::Changed));
        assert_eq!(session.command_until(Instant::now() + HOUR), Err(Interrupt::Changed));
        assert_eq!(session.settings().get(RESTART), 0);
    });
}

#[test]
fn an_attempt_begins_with_all_changes_and_what_was_pressed_in_its_order() {
    sides(|mut handle, mut session, _| {
        let mut attempts = 0;
        let ended = session.restarting(|session| {
            attempts += 1;
            if attempts == 1 {
                handle.command(press("first"));
                handle.command(Command::set(RESTART, 1));
                handle.command(press("second"));
                // Comes while the body is on its way out: no third attempt for it.
                let changed = session.check();
                handle.command(Command::set(RESTART, 2));
                handle.command(Command::set(QUEUE, 3));
                return changed;
            }
            assert_eq!(session.check(), Ok(()), "the attempt has a stop of its own");
            let numbers = [RESTART, QUEUE].map(|setting| session.settings().get(setting));
            assert_eq!(numbers, [2, 3]);
            assert!(session.ready().try_recv().is_ok(), "there is something to look for");
            assert_eq!(session.try_command(), Ok(Some(press("first"))));
            assert_eq!(session.try_command(), Ok(Some(press("second"))));
            assert_eq!(session.try_command(), Ok(None));
            Ok(())
        });
        assert_eq!((ended, attempts), (Ok(()), 2));
    });
}

#[test]
fn the_end_is_no_restart_even_if_a_setting_changed_as_well() {
    sides(|mut handle, mut session, _| {
        let mut attempts = 0;
        let ended = session.restarting(|session| {
            attempts += 1;
            handle.command(Command::set(RESTART, attempts));
            if attempts == 2 {
                handle.end();
            }
            session.check()
        });
        assert_eq!((ended, attempts), (Err(Interrupt::Stopped), 2));
        // One that begins after the end is stopped from its beginning.
        session.begin();
        assert!(session.stop().requested());
        assert_eq!(session.command(), Err(Interrupt::Stopped));
    });
}

#[test]
fn a_failure_is_passed_on_and_not_tried_again() {
    sides(|_, mut session, _| {
        let failed = || Err(Interrupt::from(io::Error::other("no room")));
        let ended = session.restarting(|_| failed());
        assert_eq!(ended, Err(Interrupt::Failed("no room".to_owned())));
    });
}

#[test]
fn a_wait_for_commands_ends_at_its_deadline_but_not_before_what_is_there() {
    sides(|mut handle, mut session, _| {
        let past = Instant::now();
        assert_eq!(session.command_until(past), Ok(None));
        handle.command(press("first"));
        handle.command(press("second"));
        assert_eq!(session.command_until(past), Ok(Some(press("first"))));
        assert_eq!(session.command_until(past), Ok(Some(press("second"))));
        assert_eq!(session.command_until(past), Ok(None));
    });
}

#[test]
fn a_pause_is_recorded_and_ends_early_for_a_change() {
    sides(|mut handle, mut session, mut reader| {
        let end = session.pause(Pause::Exercise, HOUR);
        let for_ns = 3_600_000_000_000;
        let sleeping = LaneEvent::Sleeping { pause: Pause::Exercise, for_ns };
        assert_eq!(events(&mut reader), [What::Lane(sleeping)]);
        handle.command(press("first"));
        assert_eq!(session.command_until(end), Ok(Some(press("first"))));
        handle.command(Command::set(RESTART, 1));
        assert_eq!(session.command_until(end), Err(Interrupt::Changed));
    });
}

#[test]
fn a_fact_that_cannot_wait_is_emitted_while_the_body_is_busy() {
    sides(|mut handle, mut session, mut reader| {
        handle.command(Command::set(EMIT, 1));
        assert_eq!(events(&mut reader), [What::Fact(Fact::Emitted)]);
        assert_eq!(session.try_command(), Ok(Some(Command::set(EMIT, 1))));
    });
}

/// A started lab, and its events as far as they were waited for.
struct Started {
    handle: Option<SessionHandle<Effects>>,
    reader: EventReader<Fact>,
    seen: Vec<What<Fact>>,
}

impl Started {
    fn new(settings: Settings) -> Self {
        let (recorder, reader) = recorder();
        let handle = Some(SessionHandle::start(settings, recorder).unwrap());
        Self { handle, reader, seen: Vec::new() }
    }

    fn command(&mut self, command: Command<&'static str>) {
        self.handle.as_mut().unwrap().command(command);
    }

    fn until(&mut self, wanted: impl Fn(&What<Fact>) -> bool) {
        let began = Instant::now();
        while !self.seen.iter().any(&wanted) {
            assert!(began.elapsed() < Duration::from_secs(30), "only {:?}", self.seen);
            self.reader.wait(Duration::from_millis(100));
            self.seen.extend(events(&mut self.reader));
        }
    }

    fn until_fact(&mut self, wanted: Fact) {
        let wanted = What::Fact(wanted);
        self.until(|what| *what == wanted);
    }
}

#[test]
fn a_body_that_waits_for_commands_is_woken_by_each_of_them_and_by_the_end() {
    let mut started = Started::new(settings());
    started.until_fact(Fact::Began { restart: 0 });
    started.command(press("first"));
    started.until_fact(Fact::Took);
    started.command(Command::set(RESTART, 4));
    started.until_fact(Fact::Began { restart: 4 });
    started.handle = None;
    started.seen.extend(events(&mut started.reader));
    let ended = What::Lane(LaneEvent::Ended(Ending::Stopped));
    assert_eq!(started.seen.last(), Some(&ended));
}

#[test]
fn an_end_at_any_moment_leaves_no_thread() {
    for moment in 0..200 {
        let mut started = Started::new(settings());
        for value in 1..=moment % 4 {
            started.command(Command::set(RESTART, value));
        }
        started.handle = None;
        let events = events(&mut started.reader);
        let ended = What::Lane(LaneEvent::Ended(Ending::Stopped));
        assert_eq!(events.last(), Some(&ended), "moment {moment}");
    }
}

#[test]
fn a_failure_that_the_body_does_not_report_ends_its_lane_with_its_text() {
    let mut settings = settings();
    settings.put(FAIL, true);
    let mut started = Started::new(settings);
    started.until(|what| matches!(what, What::Lane(LaneEvent::Ended(_))));
    let Some(What::Lane(LaneEvent::Ended(Ending::Panicked { message, .. }))) = started.seen.last()
    else {
        panic!("{:?}", started.seen);
    };
    assert_eq!(message.as_str(), "no room");
}

#[test]
fn a_setting_that_contradicts_another_changes_nothing() {
    sides(|mut handle, mut session, _| {
        handle.command(Command::set(FAIL, true));
        handle.command(Command::set(QUEUE, 1));
        assert_eq!(handle.settings().get(QUEUE), 0);
        assert_eq!(session.try_command(), Ok(Some(Command::set(FAIL, true))));
        assert_eq!(session.try_command(), Ok(None));
    });
}

#[test]
fn settings_that_contradict_each_other_start_nothing() {
    let mut settings = settings();
    settings.put(QUEUE, 1);
    settings.put(FAIL, true);
    let started = SessionHandle::<Effects>::start(settings, recorder().0);
    assert_eq!(started.err().unwrap().to_string(), "not both");
}
