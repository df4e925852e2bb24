//! Threads of a plan: their ends, panics, steps and figures.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Instant;

use super::super::experiment::correct_use::{self, CorrectUse};
use super::super::experiment::participants::{MeasuringSink, Participants};
use super::super::experiment::replay;
use super::super::experiment::thread_run::ThreadRun;
use super::super::experiment::tool::RunContext;
use super::*;
use crate::kit::event::{LaneEvent, ResourceId, ResourceKind};
use crate::kit::event_flag::Event;
use crate::kit::explore::{Config, Plan, Replay, explore};
use crate::kit::recorder::{EventSink, recorder};
use crate::kit::step::Mode;
use crate::kit::stop::Stop;
use crate::kit::traced_atomic::TracedAtomic;
use crate::programs::describe::ending;
use crate::programs::{self, code};

fn with_context<T>(mode: Mode, act: impl FnOnce(&RunContext<'_>) -> T) -> T {
    let (recorder, _reader) = recorder();
    let lane = recorder.lane("main");
    let context = context(&recorder, &lane, false);
    context.controller.set_mode(mode);
    act(&context)
}

#[test]
fn a_panic_ends_the_run_and_is_its_error() {
    let gate = Arc::new(Event::new("gate"));
    let plan =
        Plan::new().thread("waits", move || gate.wait()).thread("panics", || panic!("on purpose"));
    let error = with_context(Mode::Full, |context| {
        let mut run = ThreadRun::start(context, plan, ToString::to_string).unwrap();
        run.join().unwrap_err()
    });
    assert_eq!(error.to_string(), "on purpose");
}

#[test]
fn stepped_threads_take_one_step_each_time_and_only_if_they_can() {
    let (gate, word) = (Arc::new(Event::new("gate")), Arc::new(TracedAtomic::new("word", 0)));
    let (waits, adds) = (Arc::clone(&gate), Arc::clone(&word));
    let plan = Plan::new().thread("waits", move || waits.wait()).thread("adds", move || {
        adds.fetch_add(1, SeqCst);
        adds.fetch_add(1, SeqCst);
        gate.set();
        Ok(())
    });
    with_context(Mode::Stepped, |context| {
        let mut run = ThreadRun::start(context, plan, ToString::to_string).unwrap();
        for value in [1, 2] {
            run.settle().unwrap();
            assert!(!run.step("waits").unwrap(), "the gate is shut");
            assert!(run.step("adds").unwrap());
            run.settle().unwrap();
            assert_eq!(word.peek(), value);
        }
        assert!(run.step("adds").unwrap());
        run.settle().unwrap();
        assert!(!run.step("adds").unwrap(), "it has ended");
        assert!(run.step("waits").unwrap());
        run.join().unwrap();
    });
}

/// Each worker adds 1 to a count, in two steps unless `at_once`.
fn adders(workers: u32, ops: u64, at_once: bool) -> CorrectUse {
    let count = Arc::new(TracedAtomic::new("count", 0));
    let plan = correct_use::workers(Plan::new(), "adder", workers, &count, move |count, _| {
        if at_once {
            count.fetch_add(1, SeqCst);
        } else {
            count.store(count.load(SeqCst) + 1, SeqCst);
        }
        Ok(())
    });
    let got = |count: &TracedAtomic| count.peek().to_string();
    CorrectUse::new(plan, ops, &workers, count, got, |_, _| experiment::tool::Snapshot::default())
}

#[test]
fn a_use_is_proved_by_all_interleavings_of_its_smallest_run_or_not_at_all() {
    let stop = Stop::new();
    let proof = |make| correct_use::proof(make, &stop);
    let right = proof(|workers, ops| adders(workers, ops, true));
    assert_eq!(right.unwrap(), "holds in all 2 interleavings of 2 workers x 1 operation");
    let wrong = proof(|workers, ops| adders(workers, ops, false));
    assert_eq!(wrong.unwrap(), "fails in 4 of 6 interleavings of 2 workers x 1 operation");
    stop.request();
    assert_eq!(correct_use::proof(|workers, ops| adders(workers, ops, true), &stop), None);
}

/// The live screen repeats a use again and again.
#[test]
fn each_use_is_searched_once() {
    fn use_rightly(workers: u32, ops: u64) -> CorrectUse {
        adders(workers, ops, true)
    }
    with_context(Mode::Full, |context| {
        let proof = || correct_use::run(context, use_rightly).unwrap().proof;
        assert_eq!(proof().as_ref(), context.searched.proof.get());
    });
    with_context(Mode::Full, |context| {
        context.searched.proof.set("known".to_owned()).unwrap();
        let proof = correct_use::run(context, use_rightly).unwrap().proof;
        assert_eq!(proof.unwrap(), "known");
    });
    let program = |id| programs::ALL.iter().find(|program| program.id == id).unwrap();
    let (one, other) = (program("counter"), program("pop"));
    let found = with_context(Mode::Full, |context| {
        replay::run(context, one).unwrap();
        context.searched.failure.get().unwrap().clone()
    });
    with_context(Mode::Full, |context| {
        context.searched.failure.set(found.clone()).unwrap();
        // Threads of another program do not take these steps.
        assert!(replay::run(context, other).is_err());
    });
}

/// What is shown is what `explore --replay` shows: the same end by the same code.
#[test]
fn a_replay_takes_any_program_to_the_end_that_its_code_stands_for() {
    for program in programs::ALL.iter().filter(|it| !it.has_memory_choice()) {
        let outcome = with_context(Mode::Full, |context| replay::run(context, program).unwrap());
        let replayed = code::decode(outcome.code.as_ref().unwrap()).unwrap();
        assert_eq!(replayed.program.id, program.id);
        let scheduler = Replay::new(replayed.schedule);
        let again = explore(scheduler, program.prepare(replayed.case), &Config::default());
        let again = again.scheduler.found.unwrap();
        assert_eq!(ending(&again.end, &again.trace), outcome.got, "{}", program.id);
        assert_eq!(again.trace.len() as u64, outcome.operations, "{}", program.id);
        assert!(!outcome.as_expected());
    }
}

/// A lane that no reader reads.
struct NoLane(LaneId);

impl EventSink for NoLane {
    fn id(&self) -> LaneId {
        self.0
    }
    fn emit(&self, _: LaneEvent) {}
    fn emit_reliable(&self, _: LaneEvent) {}
    fn flush(&self) {}
    fn resource(&self, _: &str, _: ResourceKind) -> ResourceId {
        ResourceId(7)
    }
}

fn two_threads() -> (Participants, [MeasuringSink; 2]) {
    let participants = Participants::of(["one", "two"].map(str::to_owned).into_iter());
    let sink = |at: usize| {
        let lane = NoLane(LaneId(u32::try_from(at).unwrap()));
        MeasuringSink::new(&participants.threads[at], Rc::new(lane))
    };
    let sinks = [sink(0), sink(1)];
    (participants, sinks)
}

#[test]
fn threads_are_charged_for_waits_and_holds_apart_and_in_full() {
    let (participants, [sink, _]) = two_threads();
    let resource = sink.resource("lock", ResourceKind::Lock);
    let waiting = LaneEvent::Waiting { resource, holder: None };
    let began = Instant::now();
    sink.emit(waiting.clone());
    assert_eq!(participants.waiting_for("lock"), ["one"]);
    let before = figures::work(Duration::from_millis(2));
    // The holder has changed: it is the same wait.
    sink.emit(waiting.clone());
    let waited = before + figures::work(Duration::from_millis(2));
    let held_from = Instant::now();
    sink.emit(LaneEvent::Acquired { resource, depth: 1 });
    let wait = figures::nanos(began);
    assert_eq!(participants.waiting_for("lock"), [""; 0]);
    let held = figures::work(Duration::from_millis(1));
    sink.emit(LaneEvent::Released { resource, depth: 0 });
    let hold = figures::nanos(held_from);
    // In vain: neither an acquisition nor a wait for one.
    sink.emit(waiting);
    sink.emit(LaneEvent::GaveUp { resource, why: "stopped".into() });
    // At once, and a wait for what is not acquired.
    sink.emit(LaneEvent::Acquired { resource, depth: 1 });
    sink.emit(LaneEvent::Waiting { resource: ResourceId(9), holder: None });
    sink.emit(LaneEvent::Running);
    let figures = participants.figures();
    let [first, at_once, _] = figures.waits_ns[..] else { panic!("{figures:?}") };
    figures::assert_charged(&[first], waited, wait);
    figures::assert_charged(&figures.holds_ns, held, hold);
    assert_eq!(at_once, 0);
    assert_eq!(figures.order, ["one", "one"]);
}

#[test]
fn acquisitions_are_listed_in_their_order_whichever_thread_made_them() {
    let (participants, sinks) = two_threads();
    for at in [1, 0, 0, 1, 0] {
        let resource = ResourceId(7);
        sinks[at].emit(LaneEvent::Acquired { resource, depth: 1 });
        sinks[at].emit(LaneEvent::Released { resource, depth: 0 });
    }
    let figures = participants.figures();
    assert_eq!(figures.order, ["two", "one", "one", "two", "one"]);
    assert_eq!((figures.waits_ns.len(), figures.holds_ns.len()), (5, 5));
}
