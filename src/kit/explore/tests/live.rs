//! A live run in single-stepped mode.

use std::panic::Location;
use std::rc::Rc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::super::*;
use crate::kit::event::{LaneEvent, Pause, What};
use crate::kit::lock::Lock;
use crate::kit::model::{Op, OpResult};
use crate::kit::recorder::{recorder, set_sink};
use crate::kit::semaphore::Semaphore;
use crate::kit::step::{
    Grant, Mode, StepController, StepMode, StepRequest, current_mode, sleep_as,
};
use crate::kit::stop::Stop;
use crate::kit::traced_atomic::TracedAtomic;

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::yield_now();
    }
}

/// Ends the threads of a test that fails.
struct Ending<'a>(&'a StepController);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.stop().request();
    }
}

/// A thread whose name the model state shows.
fn named<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    name: &str,
    body: impl FnOnce() + Send + 'scope,
) {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn_scoped(scope, body).unwrap();
}

/// Lets a thread take one step, and waits until it has announced the next.
fn step(live: &LiveStepper, thread: u8) {
    eventually("the thread is ready", || live.ready().contains(ScheduleStep::Thread(thread)));
    let before = live.changes();
    assert!(live.step(thread));
    eventually("it announces again", || live.changes() >= before + 2);
}

#[test]
fn paused_threads_take_one_step_at_a_time_and_continue_when_resumed() {
    let controller = StepController::new(Stop::new(), Mode::Full);
    let live = LiveStepper::new(&controller);
    let atomics = [TracedAtomic::new("left", 0), TracedAtomic::new("right", 0)];
    thread::scope(|scope| {
        let _ending = Ending(&controller);
        for atomic in &atomics {
            let controller = &controller;
            scope.spawn(move || {
                let _guard = controller.enter();
                while !controller.stop().requested() {
                    atomic.fetch_add(1, SeqCst);
                }
            });
        }
        eventually("both are at work", || atomics.iter().all(|atomic| atomic.peek() > 0));
        live.pause();
        eventually("both are stopped", || live.ready().len() == 2);
        let model = live.model();
        let mine = model.next(0).and_then(|next| next.object).unwrap();
        let mine = usize::from(model.object_name(mine).to_string() == "right");
        let values = || [atomics[0].peek(), atomics[1].peek()];
        let before = values();
        step(&live, 0);
        step(&live, 0);
        let after = values();
        assert_eq!(after[mine], before[mine] + 2);
        assert_eq!(after[1 - mine], before[1 - mine]);
        live.resume(Mode::Full);
        eventually("both continue", || (0..2).all(|n| atomics[n].peek() > after[n]));
        controller.stop().request();
    });
}

#[test]
fn a_thread_that_waits_for_real_is_paused_too_and_shows_for_whom_it_waits() {
    let controller = StepController::new(Stop::new(), Mode::Full);
    let live = LiveStepper::new(&controller);
    let (lock, semaphore, atomic) =
        (Lock::new("lock"), Semaphore::new("semaphore", 0), TracedAtomic::new("atomic", 0));
    let (recorder, mut reader) = recorder::<()>();
    thread::scope(|scope| {
        let (controller, lock, semaphore, atomic, recorder) =
            (&controller, &lock, &semaphore, &atomic, &recorder);
        let _ending = Ending(controller);
        named(scope, "holder", move || {
            let _sink = set_sink(Rc::new(recorder.lane("holder")));
            let _guard = controller.enter();
            let _guard = lock.lock().unwrap();
            // Long enough to be paused in the middle of it.
            let _ = sleep_as(Pause::Exercise, Duration::from_hours(1));
            atomic.store(1, SeqCst);
        });
        eventually("the lock is taken", || lock.holder().is_some());
        named(scope, "waiter", move || {
            let _sink = set_sink(Rc::new(recorder.lane("waiter")));
            let _guard = controller.enter();
            let _guard = lock.lock();
        });
        named(scope, "third", move || {
            let _sink = set_sink(Rc::new(recorder.lane("third")));
            let _guard = controller.enter();
            let _ = semaphore.acquire_timeout(Duration::from_hours(1));
        });
        eventually("one waits", || semaphore.peek().waiters.len() == 1);
        live.pause();
        eventually("all have announced", || {
            let model = live.model();
            model.threads() == 3 && (0..3).all(|thread| model.next(thread).is_some())
        });
        let model = live.model();
        let find = |name| (0u8..3).find(|&n| model.thread_name(n.into()) == name);
        let (holder, waiter) = (find("holder").unwrap(), find("waiter").unwrap());
        assert_eq!(model.blocked_by(waiter.into()), Some(usize::from(holder)));
        assert!(!live.step(waiter));
        step(&live, holder);
        assert_eq!(atomic.peek(), 1);
        assert!(live.step(holder), "it can unlock");
        eventually("the lock is free", || lock.holder().is_none());
        eventually("the waiter is ready", || live.ready().contains(ScheduleStep::Thread(waiter)));
        live.resume(Mode::Full);
        controller.stop().request();
    });
    let mut blocked = false;
    reader.drain(1000, |event| {
        blocked |= matches!(
            event.what,
            What::Lane(LaneEvent::Waiting { holder: Some(lane), .. }) if lane.0 == 0
        );
    });
    assert!(blocked);
}

#[test]
fn a_stop_frees_paused_threads() {
    let controller = StepController::new(Stop::new(), Mode::Full);
    let live = LiveStepper::new(&controller);
    live.pause();
    let atomic = TracedAtomic::new("atomic", 0);
    thread::scope(|scope| {
        let _ending = Ending(&controller);
        scope.spawn(|| {
            let _guard = controller.enter();
            (0..10).for_each(|_| atomic.store(1, SeqCst));
        });
        eventually("it is stopped", || live.ready().len() == 1);
        controller.stop().request();
    });
    assert_eq!(atomic.peek(), 1);
}

/// Takes one step whose effect is `effect`; returns without it when the run is to stop.
fn take_step(controller: &StepController, effect: impl FnOnce()) {
    let place = Location::caller();
    let request = StepRequest { op: Op::Local("step"), on: &[], until: None, place };
    while !controller.stop().requested() {
        if let StepMode::Stepped(gate) = current_mode()
            && gate.announce(&request) == Grant::Execute
        {
            effect();
            return gate.completed(OpResult::Done);
        }
        thread::yield_now();
    }
}

#[test]
fn a_step_that_ends_late_leaves_the_grant_of_another_thread_alone() {
    let controller = StepController::new(Stop::new(), Mode::Full);
    let live = LiveStepper::new(&controller);
    live.pause();
    let threads: [_; 2] = std::array::from_fn(|_| (mpsc::channel::<()>(), mpsc::channel::<()>()));
    thread::scope(|scope| {
        let _ending = Ending(&controller);
        let mut ends = Vec::new();
        for (number, ((begun, begins), (end, ended))) in threads.into_iter().enumerate() {
            let controller = &controller;
            scope.spawn(move || {
                let _guard = controller.enter();
                take_step(controller, || {
                    begun.send(()).unwrap();
                    let _ = ended.recv();
                });
                take_step(controller, || ());
            });
            eventually("it has announced its step", || live.ready().len() == number + 1);
            ends.push((begins, end));
        }
        let step = |thread| {
            eventually("the thread can take its step", || live.step(thread));
            ends[usize::from(thread)].0.recv().unwrap();
        };
        step(0);
        live.resume(Mode::Full);
        live.pause();
        step(1);
        let before = live.changes();
        ends[0].1.send(()).unwrap();
        eventually("the first announces again", || live.changes() >= before + 2);
        assert!(live.ready().is_empty(), "the second still takes its step");
        ends[1].1.send(()).unwrap();
        eventually("both are ready", || live.ready().len() == 2);
        controller.stop().request();
    });
}
