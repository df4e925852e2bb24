//! The lock: taking, giving up, poison, and the events of it.

use super::*;
use crate::kit::clock::Clock;
use crate::kit::condition::Condition;
use crate::kit::event::{Pause, What};
use crate::kit::recorder::{recorder, set_sink};
use crate::kit::step::Mode;
use crate::kit::stop::Stop;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

/// A try on a held lock fails at once, a timed one after its time; the lock is sound afterwards.
#[test]
fn try_and_timed_acquire() {
    let lock = Lock::new("lock");
    let held = lock.lock().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(lock.try_lock().is_none());
            let limit = Duration::from_millis(5);
            let began = Instant::now();
            assert!(lock.lock_timeout(limit).unwrap().is_none());
            assert!(began.elapsed() >= limit);
        });
    });
    drop(held);
    assert!(lock.try_lock().is_some());
    assert!(lock.lock_timeout(Duration::ZERO).unwrap().is_some());
}

/// It counts from the wait: a delay before it is the program's, not the caller's.
#[test]
fn the_limit_of_a_lock_leaves_out_the_delay_of_its_step() {
    let (lock, limit, delay) =
        (Lock::new("lock"), Duration::from_millis(20), Duration::from_millis(30));
    let _held = lock.lock().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let controller = StepController::new(Stop::new(), Mode::Paced);
            controller.delay().set(delay);
            let _guard = controller.enter();
            let began = Instant::now();
            assert!(lock.lock_timeout(limit).unwrap().is_none());
            assert!(began.elapsed() >= limit + delay);
        });
    });
}

#[test]
fn a_limit_longer_than_the_clock_is_none() {
    let lock = Arc::new(Lock::new("lock"));
    assert!(lock.lock_timeout(Duration::MAX).unwrap().is_some());
    let condition = Condition::new("changed", &lock);
    let guard = lock.lock().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| lock.lock_timeout(Duration::MAX).map(drop).unwrap());
        let mut waits = true;
        scope.spawn(|| {
            let _guard = lock.lock().unwrap();
            condition.notify_all().unwrap();
        });
        let again = || std::mem::replace(&mut waits, false);
        let (_guard, in_time) = condition.wait_timeout_while(guard, Duration::MAX, again).unwrap();
        assert!(in_time);
    });
}

#[test]
fn five_contending_threads_all_get_the_lock_one_after_the_other() {
    let lock = Lock::new("lock");
    let mut counter = 0;
    let shared = std::sync::atomic::AtomicI64::new(0);
    let held = lock.lock().unwrap();
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    let _guard = lock.lock().unwrap();
                    let seen = shared.load(Ordering::Relaxed);
                    shared.store(seen + 1, Ordering::Relaxed);
                }
            });
        }
        drop(held);
    });
    counter += shared.load(Ordering::Relaxed);
    assert_eq!(counter, 5000);
    assert_eq!(lock.stats().acquisitions, 5001);
}

/// Another thread may release the lock.
#[test]
fn a_guard_may_travel() {
    let lock = Lock::new("lock");
    let held = lock.lock().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || held.unlock());
    });
    assert!(lock.try_lock().is_some());
}

/// After a panic inside, the lock is free and its poison visible.
#[test]
fn a_panic_inside_frees_and_poisons() {
    let lock = Lock::new("lock");
    let outcome = thread::scope(|scope| {
        scope
            .spawn(|| {
                let _guard = lock.lock().unwrap();
                std::panic::resume_unwind(Box::new("inside"));
            })
            .join()
    });
    assert!(outcome.is_err());
    assert!(lock.is_poisoned());
    let guard = lock.lock().unwrap();
    assert!(guard.lock().is_poisoned());
    drop(guard);
    lock.clear_poison();
    assert!(!lock.is_poisoned());
}

#[test]
fn a_waiter_names_its_holder_and_a_stop_ends_the_wait() {
    let (recorder, mut reader) = recorder::<()>();
    let stop = Stop::new();
    let controller = StepController::new(stop.clone(), Mode::Paced);
    let lock = Lock::new("lock");
    let (ready, go) = mpsc::channel();
    let mut events = Vec::new();
    thread::scope(|scope| {
        let (recorder, controller, lock) = (&recorder, &controller, &lock);
        scope.spawn(move || {
            let _sink = set_sink(Rc::new(recorder.lane("holder")));
            let _guard = controller.enter();
            let _guard = lock.lock().unwrap();
            ready.send(()).unwrap();
            let _ = step::sleep_as(Pause::Work, Duration::from_hours(1));
        });
        go.recv().unwrap();
        let waiter = scope.spawn(move || {
            let _sink = set_sink(Rc::new(recorder.lane("waiter")));
            let _guard = controller.enter();
            lock.lock().map(drop)
        });
        // The wait is emitted before it begins, so it can be awaited here.
        let deadline = Instant::now() + Duration::from_secs(30);
        while !events.iter().any(is_wait) {
            assert!(Instant::now() < deadline, "no wait was emitted: {events:?}");
            reader.drain(100, |event| events.push(event.what));
            thread::yield_now();
        }
        stop.request();
        // Either asked to stop, or given the lock that the stopped holder left.
        let _ = waiter.join().unwrap();
    });
    let holder = events.iter().find_map(|what| match what {
        What::Lane(LaneEvent::Waiting { holder, .. }) => *holder,
        _ => None,
    });
    assert_eq!(holder, Some(LaneId(0)));
}

/// The lock passes from one holder to the next, never to the waiter.
#[test]
fn a_waiter_names_each_holder_in_turn() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Paced);
    let lock = Lock::new("lock");
    let held = lock.lock().unwrap();
    let hold_as = |holder: u32| lock.holder.store(holder, Ordering::Relaxed);
    let mut named = Vec::new();
    hold_as(7);
    thread::scope(|scope| {
        let (recorder, controller, lock) = (&recorder, &controller, &lock);
        let waiter = scope.spawn(move || {
            let _sink = set_sink(Rc::new(recorder.lane("waiter")));
            let _guard = controller.enter();
            lock.lock().map(drop)
        });
        let deadline = Instant::now() + Duration::from_secs(30);
        for next in [8, 9, FREE] {
            let before = named.len();
            while named.len() == before && Instant::now() < deadline {
                reader.drain(100, |event| {
                    if let What::Lane(LaneEvent::Waiting { holder, .. }) = event.what {
                        named.push(holder);
                    }
                });
                thread::yield_now();
            }
            hold_as(next);
        }
        drop(held);
        assert_eq!(waiter.join().unwrap(), Ok(()));
    });
    assert_eq!(named, [7, 8, 9].map(|lane| Some(LaneId(lane))));
}

fn is_wait(what: &What<()>) -> bool {
    matches!(what, What::Lane(LaneEvent::Waiting { .. }))
}

#[test]
fn a_stop_ends_a_wait_for_a_lock_that_never_comes_free() {
    let stop = Stop::new();
    let controller = StepController::new(stop.clone(), Mode::Full);
    let lock = Lock::new("lock");
    let _held = lock.lock().unwrap();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let _guard = controller.enter();
            lock.lock().map(drop)
        });
        stop.request();
        assert_eq!(waiter.join().unwrap(), Err(Stopped));
    });
}

#[test]
fn the_stats_count_all_and_time_a_sample() {
    let controller = StepController::new(Stop::new(), Mode::Full);
    let _guard = controller.enter();
    let lock = Lock::new("lock");
    let all = u64::from(step::ALL);
    let rounds = all + u64::from(step::ONE_IN) * 4;
    for _ in 0..rounds {
        lock.lock().unwrap().unlock();
    }
    let stats = lock.stats();
    assert_eq!(stats.acquisitions, rounds);
    // The first acquisition finds the thread on its way in and is emitted beside the count.
    assert!((all + 4..=all + 5).contains(&stats.wait.samples), "{stats:?}");
    assert_eq!(stats.hold.samples, stats.wait.samples);
    assert_eq!(stats.contended, 0);
}

#[test]
fn a_lock_that_is_switched_off_is_not_taken() {
    let lock = Lock::new("lock");
    let on = Switch::new(false);
    assert!(lock.lock_if(&on).unwrap().is_none());
    on.set(true);
    let guard = lock.lock_if(&on).unwrap();
    assert!(guard.is_some());
    assert_eq!(lock.holder(), Some(step::current_thread_id()));
}

#[test]
fn what_is_reported_as_taken_is_reported_as_released_also_outside_of_any_run() {
    let (recorder, mut reader) = recorder::<()>();
    let lock = Lock::new("lock");
    {
        let _sink = set_sink(Rc::new(recorder.lane("passer-by")));
        drop(lock.lock_timeout(Duration::from_secs(30)).unwrap());
    }
    let mut reported = Vec::new();
    reader.drain(100, |event| match event.what {
        What::Lane(LaneEvent::Acquired { .. }) => reported.push("acquired"),
        What::Lane(LaneEvent::Released { .. }) => reported.push("released"),
        _ => {}
    });
    assert_eq!(reported, ["acquired", "released"]);
}

#[test]
fn waits_and_holds_are_as_long_as_the_clock_reports_and_charged_to_their_own_figure() {
    let (recorder, mut reader) = recorder::<()>();
    let (clock, time) = Clock::with_test_time();
    time.advance(1_000);
    let controller = StepController::with_clock(Stop::new(), Mode::Full, clock);
    let _guard = controller.enter();
    let lock = Lock::new("lock");
    let held = lock.lock().unwrap();
    thread::scope(|scope| {
        let (controller, lock, time, recorder) = (&controller, &lock, &time, &recorder);
        let waiter = scope.spawn(move || {
            let _sink = set_sink(Rc::new(recorder.lane("waiter")));
            let _guard = controller.enter();
            let guard = lock.lock().unwrap();
            time.advance(50);
            drop(guard);
        });
        // Its wait is emitted after it began.
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut waits = false;
        while !waits {
            assert!(Instant::now() < deadline, "no wait was emitted");
            reader.drain(100, |event| waits |= is_wait(&event.what));
            thread::yield_now();
        }
        time.advance(120);
        drop(held);
        waiter.join().unwrap();
    });
    let figure = |p50_ns, max_ns| Quantiles { samples: 2, p50_ns, p99_ns: max_ns, max_ns };
    let expected =
        LockStats { acquisitions: 2, contended: 1, wait: figure(0, 120), hold: figure(50, 120) };
    assert_eq!(lock.stats(), expected);
}

/// What a thread in paced mode emits about a lock that another thread has.
#[test]
fn who_gives_up_reports_why() {
    let (recorder, mut reader) = recorder::<()>();
    let lock = Lock::new("lock");
    let held = lock.lock().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let _sink = set_sink(Rc::new(recorder.lane("other")));
            let controller = StepController::new(Stop::new(), Mode::Paced);
            let _guard = controller.enter();
            assert!(lock.try_lock().is_none());
            assert!(lock.lock_timeout(Duration::from_millis(1)).unwrap().is_none());
            assert!(lock.lock_if(&Switch::new(false)).unwrap().is_none());
            controller.stop().request();
            assert_eq!(lock.lock().map(drop), Err(Stopped));
        });
    });
    drop(held);
    let mut whys = Vec::new();
    reader.drain(100, |event| {
        if let What::Lane(LaneEvent::GaveUp { why, .. }) = event.what {
            whys.push(why.to_string());
        }
    });
    assert_eq!(whys, ["it is taken", "the time is over", "the lock is off", "asked to stop"]);
}

/// A lock taken and given back by a thread that unwinds already guards nothing half done.
#[test]
fn cleaning_up_in_a_panic_poisons_nothing() {
    struct Cleaner<'a>(&'a Lock);
    impl Drop for Cleaner<'_> {
        fn drop(&mut self) {
            drop(self.0.lock().unwrap());
        }
    }
    let lock = Lock::new("lock");
    thread::scope(|scope| {
        let panicking = scope.spawn(|| {
            let _cleaner = Cleaner(&lock);
            std::panic::resume_unwind(Box::new("outside"));
        });
        assert!(panicking.join().is_err());
    });
    assert!(!lock.is_poisoned());
}
