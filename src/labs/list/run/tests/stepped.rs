//! The main thread while the user steps its threads.

use std::collections::HashMap;

use super::*;
use crate::kit::event::{LaneEvent, LaneId};
use crate::labs::list::experiment::code::SourceLine;
use crate::labs::list::experiment::op::WorkerId;
use crate::labs::list::facts::StepperSnapshot;
use crate::labs::list::tests::stepper::who;

/// What is set while the threads are stepped takes effect once they are resumed.
#[test]
fn the_threads_stay_stepped_until_they_are_resumed_whatever_is_set() {
    let (recorder, mut reader) = recorder();
    let (lane, stop) = (recorder.lane("main"), Stop::new());
    let mut driver = driver(&lane, &stop);
    let time = Duration::from_millis;
    let delay = WindowChoice::Of(Widening::Delay(time(3)));
    let mut modes = vec![driver.controls.controller.mode()];
    let mut then = |driver: &Driver<'_>| modes.push(driver.controls.controller.mode());
    set(&mut driver, PAUSE, time(50));
    then(&driver);
    set(&mut driver, PAUSE, time(0));
    then(&driver);
    press(&mut driver, ListCommand::Pause);
    then(&driver);
    set(&mut driver, PAUSE, time(70));
    then(&driver);
    press(&mut driver, ListCommand::Pause);
    then(&driver);
    press(&mut driver, ListCommand::Pause);
    set(&mut driver, PAUSE, time(0));
    then(&driver);
    press(&mut driver, ListCommand::Pause);
    then(&driver);
    press(&mut driver, ListCommand::Pause);
    set(&mut driver, WINDOW, delay);
    then(&driver);
    press(&mut driver, ListCommand::Pause);
    then(&driver);
    set(&mut driver, WINDOW, WindowChoice::Of(Widening::Spin(5)));
    then(&driver);
    let (full, paced, stepped) = (Mode::Full, Mode::Paced, Mode::Stepped);
    let expected =
        [full, paced, full, stepped, stepped, paced, stepped, full, stepped, paced, full];
    assert_eq!(modes, expected);
    assert_eq!(driver.controls.pause.get(), Duration::ZERO);
    assert_eq!(driver.controls.window.get(), Widening::Spin(5));
    let mut stepped = Vec::new();
    reader.drain(10_000, |event| {
        if let What::Fact(Fact::Stepper { stepped: snapshot }) = event.what {
            stepped.push(snapshot.is_some());
        }
    });
    stepped.dedup();
    assert_eq!(stepped, [true, false].repeat(3), "each begins and ends");
}

/// The main thread's polls while its threads are stepped, and what it reported last.
struct Stepped<'d, 'a> {
    driver: &'d mut Driver<'a>,
    reader: EventReader<Fact>,
    last: StepperSnapshot,
    stop: Stop,
    /// The line that each thread was last seen at.
    names: HashMap<LaneId, String>,
    lines: HashMap<String, u16>,
}

impl Drop for Stepped<'_, '_> {
    /// Also after a failure, so that the threads do not wait for their next step for ever.
    fn drop(&mut self) {
        self.stop.request();
    }
}

impl<'d, 'a> Stepped<'d, 'a> {
    fn new(driver: &'d mut Driver<'a>, reader: EventReader<Fact>, stop: Stop) -> Self {
        let list = snapshot(&driver.list);
        let last = StepperSnapshot { threads: Vec::new(), list, refused: None };
        Self { driver, reader, last, stop, names: HashMap::new(), lines: HashMap::new() }
    }

    fn poll(&mut self) {
        self.driver.emit_stepper();
        let Self { reader, last, names, lines, .. } = self;
        reader.drain(10_000, |event| match event.what {
            What::Fact(Fact::Stepper { stepped: Some(snapshot) }) => *last = *snapshot,
            What::Lane(LaneEvent::Started { name, .. }) => {
                names.insert(event.lane, name.to_string());
            }
            What::Lane(LaneEvent::Line { line }) => {
                let name = names.get(&event.lane).cloned().unwrap_or_default();
                lines.insert(name, line);
            }
            _ => {}
        });
    }

    fn next(&self, name: &str) -> &str {
        let mut threads = self.last.threads.iter();
        let thread = threads.find(|thread| thread.who.to_string() == name);
        thread.and_then(|thread| thread.next.as_deref()).unwrap_or_default()
    }

    fn until(&mut self, what: &str, met: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !met(self) {
            assert!(Instant::now() < deadline, "never: {what}: {:?}", self.last);
            self.poll();
            std::thread::yield_now();
        }
    }

    /// Each stands before its first step of a new round.
    fn begin_round(&mut self) -> crossbeam_channel::Receiver<Batch> {
        self.driver.list.clear();
        press(self.driver, ListCommand::Pause);
        let values = self.driver.draw(2);
        let list = Arc::clone(&self.driver.list);
        let returned = self.driver.workers.assign(&list, 1, &values);
        self.until("all stand before their first step", |stepped| {
            let threads = &stepped.last.threads;
            threads.len() == 3
                && threads.iter().all(|thread| thread.next.as_deref() == Some("load length"))
        });
        returned
    }

    /// Lets a thread take steps until it stands before this one.
    fn step_to(&mut self, name: &str, then: &str) {
        while !self.next(name).starts_with(then) {
            let before = self.next(name).to_owned();
            press(self.driver, ListCommand::Step(who(name)));
            self.until(then, |stepped| ![before.as_str(), ""].contains(&stepped.next(name)));
        }
    }

    fn done(&self, name: &str) -> u64 {
        let counts = self.driver.workers.counts().into_iter();
        let mut counts = counts.filter(|(who, _)| who.to_string() == name);
        counts.next().map_or(0, |(_, counts)| counts.done + counts.empty)
    }
}

#[test]
fn what_is_finished_is_the_operation_of_the_thread_that_was_stepped_last() {
    let (recorder, reader) = recorder();
    let (lane, stop) = (recorder.lane("main"), Stop::new());
    let mut driver = driver(&lane, &stop);
    let mut stepped = Stepped::new(&mut driver, reader, stop);
    let returned = stepped.begin_round();
    // None was stepped yet.
    press(stepped.driver, ListCommand::Finish);
    stepped.step_to("add-2", "store slot");
    assert_eq!(["add-1", "remove-1"].map(|name| stepped.next(name)), ["load length"; 2]);
    // The next step of another one ends the finishing after its first step. That one
    // finds the list empty, which is all that it does.
    press(stepped.driver, ListCommand::Finish);
    let deadline = Instant::now() + Duration::from_secs(30);
    while stepped.done("remove-1") == 0 {
        assert!(Instant::now() < deadline, "never taken: {:?}", stepped.last);
        press(stepped.driver, ListCommand::Step(WorkerId::remover(1)));
        stepped.poll();
        std::thread::yield_now();
    }
    stepped.until("its step", |stepped| stepped.next("add-2").starts_with("store length"));
    stepped.step_to("add-1", "store length");
    assert_eq!((stepped.next("add-2"), stepped.done("add-2")), ("store length = 1", 0));
    // Now it is the operation of the other, up to its end and no further.
    press(stepped.driver, ListCommand::Finish);
    stepped.until("it has appended", |stepped| stepped.done("add-1") == 1);
    assert_eq!(["add-2", "remove-1"].map(|name| stepped.done(name)), [0, 1]);
    press(stepped.driver, ListCommand::Pause);
    let all: Vec<_> = returned.iter().take(3).collect();
    stepped.driver.workers.recycle(all);
    // A new pause begins with no thread that was stepped last.
    let returned = stepped.begin_round();
    press(stepped.driver, ListCommand::Finish);
    stepped.step_to("add-2", "store slot");
    assert_eq!(["add-1", "remove-1"].map(|name| stepped.next(name)), ["load length"; 2]);
    press(stepped.driver, ListCommand::Pause);
    assert_eq!(returned.iter().take(3).count(), 3);
}

#[test]
fn the_marker_stands_at_the_line_of_the_next_step() {
    let (recorder, reader) = recorder();
    let (lane, stop) = (recorder.lane("main"), Stop::new());
    let mut driver = driver(&lane, &stop);
    let mut stepped = Stepped::new(&mut driver, reader, stop);
    let returned = stepped.begin_round();
    let at = |stepped: &Stepped<'_, '_>, name: &str| stepped.lines.get(name).copied();
    let line = |line: SourceLine| Some(line.line());
    stepped.until("their lines", |stepped| stepped.lines.len() >= 3);
    assert_eq!(at(&stepped, "add-1"), line(SourceLine::AppendLoad));
    assert_eq!(at(&stepped, "remove-1"), line(SourceLine::RemoveLoad));
    for (next, expected) in
        [("store slot", SourceLine::AppendSlot), ("store length", SourceLine::AppendStore)]
    {
        stepped.step_to("add-1", next);
        stepped.poll();
        assert_eq!(at(&stepped, "add-1"), line(expected), "{next}");
        assert_eq!(at(&stepped, "remove-1"), line(SourceLine::RemoveLoad), "{next}");
    }
    press(stepped.driver, ListCommand::Pause);
    assert_eq!(returned.iter().take(3).count(), 3);
}
