//! What the tools emit of holds and waits: an emitted acquisition has its release, whatever the
//! mode was at either of them, and a wait that lasts is emitted at full speed, too.

use std::rc::Rc;
use std::sync::mpsc;

use super::*;
use crate::kit::event::{LaneEvent, ResourceId, What};
use crate::kit::explore::LiveStepper;
use crate::kit::recorder::{EventReader, Recorder, recorder, set_sink};
use crate::kit::step::ALL;
use crate::kit::traced_atomic::TracedAtomic;
use crate::kit::until::await_until;

/// Runs `body` on a lane of its own.
fn on_lane(recorder: &Recorder<()>, controller: &StepController, body: impl FnOnce()) {
    let _sink = set_sink(Rc::new(recorder.lane("one")));
    let _guard = controller.enter();
    body();
}

/// The acquisitions and releases that were emitted, with their depths.
fn holds(reader: &mut EventReader<()>) -> Vec<(&'static str, ResourceId, u32)> {
    let mut all = Vec::new();
    while reader.drain(1000, |event| match event.what {
        What::Lane(LaneEvent::Acquired { resource, depth }) => all.push(("got", resource, depth)),
        What::Lane(LaneEvent::Released { resource, depth }) => all.push(("rel", resource, depth)),
        _ => {}
    }) > 0
    {}
    all
}

fn words(reader: &mut EventReader<()>) -> Vec<&'static str> {
    holds(reader).into_iter().map(|(word, ..)| word).collect()
}

/// Uses the calling thread's samples up: what it does from here on is not emitted by itself.
fn use_up_samples() {
    let unused = Lock::new("unused");
    (0..=ALL).for_each(|_| unused.lock().unwrap().unlock());
}

#[test]
fn a_wait_on_a_condition_ends_the_hold_in_the_events_and_in_the_figures() {
    for mode in [Mode::Full, Mode::Paced] {
        let (recorder, mut reader) = recorder::<()>();
        let controller = StepController::new(Stop::new(), mode);
        let lock = Arc::new(Lock::new("lock"));
        let condition = Condition::new("condition", &lock);
        on_lane(&recorder, &controller, || {
            let guard = lock.lock().unwrap();
            drop(condition.wait_timeout(guard, SHORT).unwrap());
        });
        assert_eq!(words(&mut reader), ["got", "rel", "got", "rel"], "{mode:?}");
        assert_eq!(lock.stats().hold.samples, 2, "{mode:?}");
    }
}

/// Steps the only thread of a run until it has ended.
fn step_to_the_end(live: &LiveStepper, ended: &mpsc::Receiver<()>) {
    eventually("it ends", || {
        live.step(0);
        ended.try_recv() != Err(mpsc::TryRecvError::Empty)
    });
}

#[test]
fn what_was_acquired_as_a_step_is_reported_as_released_at_full_speed() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    let live = LiveStepper::new(&controller);
    live.pause();
    let lock = Lock::new("lock");
    let ((acquired, held), (resumed, go)) = (mpsc::channel(), mpsc::channel());
    thread::scope(|scope| {
        let (recorder, controller, lock) = (&recorder, &controller, &lock);
        scope.spawn(move || {
            on_lane(recorder, controller, || {
                let _guard = lock.lock().unwrap();
                acquired.send(()).unwrap();
                go.recv().unwrap();
            });
        });
        step_to_the_end(&live, &held);
        live.resume(Mode::Full);
        resumed.send(()).unwrap();
    });
    assert_eq!(words(&mut reader), ["got", "rel"]);
}

#[test]
fn a_single_stepped_wait_reports_the_lock_as_released_and_as_acquired_again() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    let live = LiveStepper::new(&controller);
    live.pause();
    let lock = Arc::new(Lock::new("lock"));
    let condition = Condition::new("condition", &lock);
    let (ending, ended) = mpsc::channel();
    thread::scope(|scope| {
        let (recorder, controller, lock, condition) = (&recorder, &controller, &lock, &condition);
        scope.spawn(move || {
            on_lane(recorder, controller, || {
                let guard = lock.lock().unwrap();
                drop(condition.wait_timeout(guard, LONG).unwrap());
            });
            ending.send(()).unwrap();
        });
        step_to_the_end(&live, &ended);
    });
    assert_eq!(words(&mut reader), ["got", "rel", "got", "rel"]);
}

#[test]
fn samples_of_tools_that_are_acquired_are_taken_in_pairs() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    let (rlock, semaphore) = (RLock::new("rlock"), Semaphore::new("semaphore", 2));
    let queue = Queue::unbounded("queue");
    on_lane(&recorder, &controller, || {
        for _ in 0..1000 {
            rlock.acquire().unwrap();
            rlock.acquire().unwrap();
            rlock.release().unwrap();
            rlock.release().unwrap();
            semaphore.acquire().unwrap();
            semaphore.acquire().unwrap();
            semaphore.release(1).unwrap();
            semaphore.release(1).unwrap();
            // An odd number of operations, so that samples fall on each of them.
            assert_eq!(queue.try_receive(), Ok(None));
        }
    });
    let all = holds(&mut reader);
    let ((_, rlock, _), mut depth, mut permits) = (all[0], 0, 0);
    for &(word, resource, now) in &all {
        let held = if resource == rlock { &mut depth } else { &mut permits };
        assert!(word == "got" || *held > 0, "a release has its acquisition");
        *held = match word {
            // Of a re-entrant lock each event says how often it is held then.
            _ if resource == rlock => now,
            "got" => *held + 1,
            _ => *held - 1,
        };
    }
    assert_eq!((depth, permits), (0, 0));
    assert!(all.len() > ALL as usize, "{}", all.len());
}

#[test]
fn a_permit_that_another_thread_returns_is_reported_while_all_is_sampled() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Full);
    let semaphore = Semaphore::new("semaphore", 0);
    on_lane(&recorder, &controller, || semaphore.release(1).unwrap());
    assert_eq!(words(&mut reader), ["rel"]);
}

type Act<'a> = &'a (dyn Fn() + Sync);

#[test]
fn a_wait_that_lasts_is_reported_at_full_speed_and_so_is_its_end() {
    let (lock, atomic) = (Arc::new(Lock::new("lock")), TracedAtomic::new("atomic", 0));
    let (semaphore, gate) = (Semaphore::new("semaphore", 0), Event::new("gate"));
    let condition = Condition::new("condition", &lock);
    let waits: [(Act<'_>, Act<'_>); 4] = [
        (&|| semaphore.acquire().unwrap(), &|| semaphore.release(1).unwrap()),
        (&|| gate.wait().unwrap(), &|| gate.set()),
        (&|| drop(condition.wait(lock.lock().unwrap()).unwrap()), &|| {
            let _guard = lock.lock().unwrap();
            condition.notify_all().unwrap();
        }),
        (&|| await_until(&[&atomic], "it is 1", |now| now == [1]).unwrap(), &|| {
            atomic.store(1, SeqCst);
        }),
    ];
    for (number, (wait, end)) in waits.into_iter().enumerate() {
        let (recorder, mut reader) = recorder::<()>();
        let controller = StepController::new(Stop::new(), Mode::Full);
        let mut lasts = false;
        let mut see = |deadline| {
            while Instant::now() < deadline && !lasts {
                reader.drain(1000, |event| {
                    lasts |= matches!(event.what, What::Lane(LaneEvent::Waiting { .. }));
                });
                thread::yield_now();
            }
            std::mem::take(&mut lasts)
        };
        thread::scope(|scope| {
            scope.spawn(|| {
                on_lane(&recorder, &controller, || {
                    use_up_samples();
                    wait();
                });
            });
            let seen = see(Instant::now() + LONG / 10);
            end();
            assert!(seen, "wait {number}");
        });
        let mut ends = false;
        reader.drain(1000, |event| {
            ends |=
                matches!(event.what, What::Lane(LaneEvent::Acquired { .. } | LaneEvent::Running));
        });
        assert!(ends, "wait {number}");
    }
}

/// Of a paced wait for a condition, one event says that it began.
#[test]
fn a_paced_wait_is_reported_once() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Paced);
    let lock = Arc::new(Lock::new("lock"));
    let condition = Condition::new("condition", &lock);
    on_lane(&recorder, &controller, || {
        drop(condition.wait_timeout(lock.lock().unwrap(), SHORT).unwrap());
    });
    let mut waits = 0;
    reader.drain(1000, |event| {
        waits += usize::from(matches!(event.what, What::Lane(LaneEvent::Waiting { .. })));
    });
    assert_eq!(waits, 1);
}
