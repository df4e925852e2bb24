//! What a round results in, from batches whose times and records are known.

mod stepped;

use super::super::SharedListLab;
use super::super::experiment::op::{Op, Stamp, Version};
use super::super::experiment::stopwatch::Timed;
use super::super::experiment::tally::Tally;
use super::super::settings::{
    ADDERS, LOCK, ListCommand, OPS, PAUSE, REMOVERS, WINDOW, WindowChoice,
};
use super::*;
use crate::kit::event::What;
use crate::kit::recorder::{EventReader, Recorder, recorder};
use crate::kit::step::{Mode, Widening};
use crate::lab::{Command, Lab, SessionHandle, Setting, SettingType};

fn settings() -> Settings {
    let mut settings = Settings::defaults(&SharedListLab::INFO, 1, "unused".into(), false);
    settings.put(LOCK, false);
    settings.put(ADDERS, 2);
    settings.put(OPS, 1);
    settings.put(PAUSE, Duration::ZERO);
    settings.put(ROUNDS, 3);
    settings
}

/// The main thread of three rounds, with its threads there.
fn driver<'a>(lane: &'a Lane<Fact>, stop: &Stop) -> Driver<'a> {
    let mut driver = Driver::new(&settings(), stop, lane);
    driver.prepare().unwrap();
    // Nothing is due for an hour.
    driver.last_report = Instant::now().checked_add(Duration::from_hours(1));
    driver
}

/// The batches of the three threads, with the time that each took.
fn batches(times: [(u64, u64); 3], appended: &[i64], timed: usize) -> Vec<Batch> {
    let batch = |(index, (began_ns, ended_ns))| {
        let op = |value: &i64| Op { kind: OpKind::Appended, value: *value, read: Stamp::START };
        let natural_ns = [10.0, 20.0, 30.0][index];
        Batch {
            index,
            began_ns,
            ended_ns,
            record: appended.iter().filter(|_| index == 0).map(op).collect(),
            timed: vec![Timed { natural_ns, whole_ns: natural_ns + 500.0 }; timed],
            ..Batch::default()
        }
    };
    times.into_iter().enumerate().map(batch).collect()
}

fn reports(
    recorder: &Recorder<Fact>,
    reader: &mut EventReader<Fact>,
) -> (Vec<Arc<Audited>>, Vec<Measured>) {
    let (mut audits, mut measured) = (Vec::new(), Vec::new());
    assert_eq!(recorder.dropped(), 0);
    reader.drain(10_000, |event| match event.what {
        What::Fact(Fact::Audited(audited)) => audits.push(audited),
        What::Fact(Fact::Measured(of)) => measured.push(*of),
        _ => {}
    });
    (audits, measured)
}

#[test]
fn the_first_anomaly_since_the_last_report_is_emitted_with_the_sums_of_all_rounds() {
    let (recorder, mut reader) = recorder();
    let (lane, stop) = (recorder.lane("main"), Stop::new());
    let mut driver = driver(&lane, &stop);
    // Five values were appended, and none of them is in the list.
    driver.finish_round(&mut batches([(300, 900), (100, 1500), (200, 1100)], &[1, 2, 3, 4, 5], 8));
    assert!(reports(&recorder, &mut reader).0.is_empty(), "not due");
    driver.round = 2;
    driver.finish_round(&mut batches([(40, 50), (45, 60), (50, 62)], &[7, 8], 0));
    driver.round = 3;
    driver.finish_round(&mut batches([(70, 80), (70, 80), (70, 83)], &[], 0));
    let (audits, measured) = reports(&recorder, &mut reader);
    let [audited] = &audits[..] else { panic!("{audits:?}") };
    assert_eq!((audited.round, audited.audit.counts.lost), (1, 5));
    assert_eq!(audited.audit.lost_values, [1, 2, 3, 4, 5]);
    let run = &audited.run;
    assert_eq!((run.rounds, run.rounds_with_anomaly), (3, 2));
    assert_eq!((run.counts.added, run.counts.lost), (7, 7));
    // From the first that began to the last that ended: 100 to 1500, 40 to 62, 70 to 83.
    assert_eq!(run.busy_ns, 1_400 + 22 + 13);
    let meter = audited.meter.as_ref().unwrap();
    assert_eq!((meter.rounds, meter.busy_ns), (3, 1_435));
    // 16 appends were timed, but only 8 removals.
    assert!(measured[0].running.is_none());
    assert!(measured[0].slept.append.natural_ns.is_some());
}

/// The versions number the threads, whichever of them ends first.
#[test]
fn a_conflict_is_between_its_own_threads_in_whatever_order_they_end() {
    let (recorder, mut reader) = recorder();
    let (lane, stop) = (recorder.lane("main"), Stop::new());
    let mut driver = driver(&lane, &stop);
    driver.last_report = None;
    let (list, mut inner) = (Arc::clone(&driver.list), None);
    let outer = list.append(1, Version::of(0, 0), |_, _| {
        inner = list.append(2, Version::of(1, 0), |_, _| Ok(())).ok();
        Ok(())
    });
    let records = [vec![outer.unwrap()], vec![inner.unwrap()], Vec::new()];
    let batch = |(index, record)| Batch { index, record, ..Batch::default() };
    let mut batches: Vec<_> = records.into_iter().enumerate().map(batch).collect();
    batches.reverse();
    driver.finish_round(&mut batches);
    let (audits, _) = reports(&recorder, &mut reader);
    let some: Vec<_> = audits[0].conflicts.some.iter().map(ToString::to_string).collect();
    assert_eq!(some, ["add-2 and add-1 both read length 0; add-2's 2 was overwritten"]);
}

#[test]
fn times_are_emitted_once_there_are_enough_of_each_kind() {
    let (recorder, mut reader) = recorder();
    let (lane, stop) = (recorder.lane("main"), Stop::new());
    let mut driver = driver(&lane, &stop);
    driver.round = 3;
    driver.finish_round(&mut batches([(1, 2); 3], &[], 16));
    let running = reports(&recorder, &mut reader).1[0].running.unwrap();
    let of = |window: Window| window.natural_ns.map(|of| (of.min, of.max, of.samples));
    assert_eq!(of(running.append), Some((10.0, 20.0, 32)));
    assert_eq!(of(running.remove), Some((30.0, 30.0, 16)));
}

fn set<T: SettingType>(driver: &mut Driver<'_>, setting: Setting<T>, to: T::Const) {
    let now = driver.settings;
    let mut all = settings();
    all.put(LOCK, now.lock);
    all.put(ADDERS, now.adders);
    all.put(REMOVERS, now.removers);
    all.put(PAUSE, now.pause);
    all.put(WINDOW, WindowChoice::Of(now.window));
    all.put(setting, to);
    driver.handle(&Command::set(setting, to), &all);
}

fn press(driver: &mut Driver<'_>, command: ListCommand) {
    driver.execute(command);
}

/// A round that was stepped, or had two settings, says nothing about either.
#[test]
fn each_change_begins_another_meter_with_the_next_round() {
    let (recorder, mut reader) = recorder();
    let (lane, stop) = (recorder.lane("main"), Stop::new());
    let mut driver = driver(&lane, &stop);
    driver.last_round = 9;
    let mut meters = Vec::new();
    let mut round = |driver: &mut Driver<'_>, took: u64| {
        driver.last_report = None;
        driver.finish_round(&mut batches([(10, 10 + took), (10, 11), (10, 12)], &[1, 2, 3], 0));
        driver.prepare().unwrap();
        let audits = reports(&recorder, &mut reader).0;
        let [audited] = &audits[..] else { panic!("{audits:?}") };
        let figures = |of: &Tally| (of.rounds, of.counts.added, of.busy_ns);
        meters.push((figures(&audited.run), audited.meter.as_ref().map(figures)));
    };
    round(&mut driver, 100);
    round(&mut driver, 200);
    set(&mut driver, LOCK, true);
    round(&mut driver, 300);
    round(&mut driver, 400);
    // The value it has already changes nothing.
    set(&mut driver, LOCK, true);
    round(&mut driver, 500);
    press(&mut driver, ListCommand::Pause);
    press(&mut driver, ListCommand::Pause);
    round(&mut driver, 600);
    round(&mut driver, 700);
    let expected = [
        ((1, 3, 100), Some((1, 3, 100))),
        ((2, 6, 300), Some((2, 6, 300))),
        ((3, 9, 600), None),
        ((4, 12, 1_000), Some((1, 3, 400))),
        ((5, 15, 1_500), Some((2, 6, 900))),
        ((6, 18, 2_100), None),
        ((7, 21, 2_800), Some((1, 3, 700))),
    ];
    assert_eq!(meters, expected);
}

#[test]
fn the_break_between_two_rounds_grows_with_the_pause_up_to_two_seconds() {
    let ms = Duration::from_millis;
    let breaks = [0, 1, 50, 200, 500, 501, 60_000].map(|pause| break_after(ms(pause)));
    assert_eq!(breaks, [0, 4, 200, 800, 2_000, 2_000, 2_000].map(ms));
}

/// Only a live run at human pace pauses; what is set meanwhile takes effect at once.
#[test]
fn a_live_run_pauses_between_rounds_and_takes_commands() {
    let pause = |live: bool, pause_ms: u64| {
        let (recorder, _reader) = recorder();
        let (lane, stop) = (recorder.lane("main"), Stop::new());
        let mut driver = driver(&lane, &stop);
        let (mut handle, mut session) =
            SessionHandle::<SharedListLab>::with_session(settings(), &lane);
        driver.live = live;
        driver.settings.pause = Duration::from_millis(pause_ms);
        handle.command(Command::set(LOCK, true));
        let began = Instant::now();
        driver.wait_between_rounds(&mut session).unwrap();
        let paused = began.elapsed() >= Duration::from_millis(4 * pause_ms);
        (driver.settings.lock, paused || pause_ms == 0)
    };
    assert_eq!(pause(true, 100), (true, true));
    assert!(!pause(false, 100).0, "a run without a screen does not pause");
    assert!(!pause(true, 0).0, "nor one at full speed");
}

#[test]
fn the_threads_of_a_round_are_those_that_were_asked_for() {
    let (recorder, _reader) = recorder();
    let (lane, stop) = (recorder.lane("main"), Stop::new());
    let mut driver = driver(&lane, &stop);
    let mut asked = |adders: u8, removers: u8| {
        set(&mut driver, ADDERS, adders);
        set(&mut driver, REMOVERS, removers);
        driver.prepare().unwrap();
        driver.workers.who().map(|who| who.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(asked(1, 3), "add-1 remove-1 remove-2 remove-3");
    assert_eq!(asked(3, 1), "add-1 add-2 add-3 remove-1");
    assert_eq!(asked(1, 1), "add-1 remove-1");
}
