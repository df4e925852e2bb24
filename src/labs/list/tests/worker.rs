//! One thread driven by hand: its marker stands on the line whose step it takes, and of its
//! operations those are timed that are to be.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::experiment::code::RUST;
use super::super::experiment::worker::{Batch, Controls, Counters, Worker};
use super::*;
use crate::kit::lock::Lock;
use crate::kit::recorder::set_sink;
use crate::kit::step::{Mode, RaceWindow, StepController, StepDelay, Switch, Widening};
use crate::kit::stop::Stop;

/// What a thread notes that does these operations in this mode, and what it reports.
fn work(
    who: WorkerId,
    (mode, locked): (Mode, bool),
    list: &SharedList,
    (ops, clock_cost): (usize, f64),
) -> (Batch, EventReader<Fact>) {
    let (recorder, reader) = recorder::<Fact>();
    let lane = Rc::new(recorder.lane(&who.to_string()));
    let _sink_guard = set_sink(Rc::clone(&lane) as _);
    let controls = Controls {
        controller: StepController::new(Stop::new(), mode),
        lock: Lock::new("lock"),
        lock_on: Switch::new(locked),
        pause: StepDelay::default(),
        window: RaceWindow::new(Widening::Delay(Duration::from_nanos(1))),
    };
    let _guard = controls.controller.enter();
    let counters = Counters::default();
    let mut batch = Batch::default();
    batch.begin(0, ops);
    batch.values.extend((64..).take(ops));
    Worker::new(who, &controls, &counters, &lane, clock_cost).run_batch(&mut batch, list).unwrap();
    lane.flush();
    (batch, reader)
}

/// Each step that a thread takes in one operation, with the line that it is shown at.
fn steps(who: WorkerId, locked: bool, list: &SharedList) -> Vec<(String, &'static str)> {
    let (_, mut reader) = work(who, (Mode::Paced, locked), list, (1, 0.0));
    let (mut names, mut line, mut steps) = (BTreeMap::new(), "", Vec::new());
    reader.drain(1000, |event| {
        let What::Lane(what) = event.what else {
            if let What::Fact(Fact::Loaded { .. }) = event.what {
                steps.push(("window".to_owned(), line));
            }
            return;
        };
        match what {
            LaneEvent::Defined { resource, name, .. } => {
                names.insert(resource, name.to_string());
            }
            LaneEvent::Line { line: number } => line = RUST[usize::from(number) - 1],
            LaneEvent::Step { resource, verb, .. } => {
                steps.push((format!("{verb} {}", names[&resource]), line));
            }
            LaneEvent::Acquired { .. } => steps.push(("got it".to_owned(), line)),
            LaneEvent::Released { .. } => steps.push(("gave it back".to_owned(), line)),
            _ => {}
        }
    });
    steps
}

fn with<'a>(locked: bool, steps: &[(&'a str, &'a str)]) -> Vec<(String, &'a str)> {
    let is_lock =
        |step: &str| ["acquire lock", "got it", "release lock", "gave it back"].contains(&step);
    let steps = steps.iter().filter(|(step, _)| locked || !is_lock(step));
    steps.map(|(step, line)| ((*step).to_owned(), *line)).collect()
}

#[test]
fn each_step_of_an_append_is_shown_at_its_line() {
    for locked in [true, false] {
        let list = SharedList::new(2);
        assert_eq!(
            steps(WorkerId::adder(1), locked, &list),
            with(
                locked,
                &[
                    ("acquire lock", "let guard = on.then(|| lock.lock()); // add"),
                    ("got it", "let guard = on.then(|| lock.lock()); // add"),
                    ("load length", "let n = length.load();"),
                    ("window", "window.pass();"),
                    ("store slot[0]", "slots.store(n, value);"),
                    ("store length", "length.store(n + 1);"),
                    ("release lock", "drop(guard); sleep(pause);"),
                    ("gave it back", "drop(guard); sleep(pause);"),
                ]
            )
        );
    }
}

#[test]
fn each_step_of_a_removal_is_shown_at_its_line() {
    for locked in [true, false] {
        let list = SharedList::new(2);
        for (number, value) in [64, 7].into_iter().enumerate() {
            list.append(value, Version::of(0, number), nothing).unwrap();
        }
        assert_eq!(
            steps(WorkerId::remover(1), locked, &list),
            with(
                locked,
                &[
                    ("acquire lock", "let guard = on.then(|| lock.lock()); // remove"),
                    ("got it", "let guard = on.then(|| lock.lock()); // remove"),
                    ("load length", "let n = length.load();"),
                    ("load slot[0]", "let first = (n > 0).then(|| slots.load(0));"),
                    ("window", "window.pass();"),
                    ("load slot[1]", "slots.shift_left(n);"),
                    ("store slot[0]", "slots.shift_left(n);"),
                    ("store length", "length.store(n - 1);"),
                    ("release lock", "drop(guard); sleep(pause);"),
                    ("gave it back", "drop(guard); sleep(pause);"),
                ]
            )
        );
    }
}

#[test]
fn a_removal_from_an_empty_list_is_shown_to_end_early() {
    for locked in [true, false] {
        let list = SharedList::new(2);
        assert_eq!(
            steps(WorkerId::remover(1), locked, &list),
            with(
                locked,
                &[
                    ("acquire lock", "let guard = on.then(|| lock.lock()); // remove"),
                    ("got it", "let guard = on.then(|| lock.lock()); // remove"),
                    ("load length", "let n = length.load();"),
                    ("window", "window.pass();"),
                    ("release lock", "drop(guard); sleep(pause);"),
                    ("gave it back", "drop(guard); sleep(pause);"),
                ]
            )
        );
    }
}

#[test]
fn a_marker_is_drawn_at_the_threads_own_line_in_both_languages() {
    let mut state = SharedListLab::state(&settings(&[], true));
    let events = super::sample_events::events();
    events.iter().take(8).for_each(|event| state.apply(event));
    for (lane, line) in [(1, 5), (2, 9)] {
        let mut event = events[0].clone();
        event.lane = crate::kit::event::LaneId(lane);
        event.what = What::Lane(LaneEvent::Line { line });
        state.apply(&event);
    }
    let scene = crate::lab::trial::scene_of::<SharedListLab>(&state, Detail::Full);
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    let codes = panels.filter_map(|panel| match &panel.body {
        crate::scene::Body::Code(code) => Some(code),
        _ => None,
    });
    let marked: Vec<_> = codes
        .flat_map(|code| &code.listings)
        .map(|listing| {
            let lines = listing.lines.iter().filter(|line| !line.at.is_empty());
            let lines = lines.map(|line| (line.text.trim(), line.at[0].text.as_str()));
            lines.collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        marked,
        [
            [("shared_list.append(number)", "add-1"), ("number = shared_list.pop(0)", "remove-1")],
            [
                ("length.store(n + 1);", "add-1"),
                ("let first = (n > 0).then(|| slots.load(0));", "remove-1")
            ],
        ]
    );
}

#[test]
fn one_operation_in_64_on_a_short_list_is_timed_less_what_the_clock_costs() {
    // As if a reading took 1,000 s: what is measured of real time does not matter.
    const COST: f64 = 1e12;
    let list = SharedList::new(130);
    let timed = |who, list| {
        let (batch, _) = work(who, (Mode::Full, false), list, (130, COST));
        let timed = batch.timed.into_iter();
        timed.map(|timed| (timed.natural_ns / COST, timed.whole_ns / COST)).collect::<Vec<_>>()
    };
    let (paced, _) = work(WorkerId::adder(1), (Mode::Paced, false), &SharedList::new(2), (1, COST));
    assert!(paced.timed.is_empty(), "a step that is reported takes longer");
    // Its operations 64 and 128 found a list that was too long.
    let adder = timed(WorkerId::adder(1), &list);
    assert_eq!(adder.len(), 1);
    let few = SharedList::new(5);
    for number in 0..5 {
        few.append(7, Version::of(1, number), nothing).unwrap();
    }
    // Its operations 64 and 128 found nothing.
    let remover = timed(WorkerId::remover(1), &few);
    assert_eq!(remover.len(), 1);
    for (natural, whole) in [adder[0], remover[0]] {
        assert!((natural + 2.0).abs() < 0.01, "two stretches: {natural}");
        assert!((whole + 3.0).abs() < 0.01, "and what was added: {whole}");
    }
}
