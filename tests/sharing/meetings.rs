//! Condition and event between processes.

use std::time::Instant;

use threadbare::kit::limit::{Limit, Timeout};
use threadbare::kit::shared::{Condition, Event, Lock, NotOwner, Value, Woken};
use threadbare::kit::stop::Stop;

use crate::common::{SHORT, Stage, end_all, play, short, soon, until};

fn guarded(stage: &Stage) -> (Lock, Condition, Value) {
    let mut layout = stage.layout();
    let layout = &mut layout;
    (Lock::new(layout), Condition::new(layout), Value::new(layout))
}

const GUARDED: usize = Lock::CELLS + Condition::CELLS + Value::CELLS;

#[test]
fn a_condition_without_its_lock_is_an_error() {
    play(
        GUARDED,
        |stage| {
            let (lock, _, _) = guarded(stage);
            lock.acquire(&soon()).unwrap();
            stage.start("holds nothing").end();
        },
        |stage, _| {
            let (lock, condition, _) = guarded(stage);
            assert_eq!(condition.wait(&lock, &soon()), Err(NotOwner));
            assert_eq!(condition.notify(&lock, 1), Err(NotOwner));
        },
    );
}

#[test]
fn a_predicate_wait_goes_on_until_it_holds() {
    play(
        GUARDED + Value::CELLS,
        |stage| {
            let (lock, condition, value) = guarded(stage);
            let waiter = stage.start("waiter");
            for n in 1..=4 {
                until("it waits", || condition.waiters() == 1);
                lock.acquire(&soon()).unwrap();
                value.set(n);
                condition.notify(&lock, 1).unwrap();
                // It must look at the value, and go back to sleep, before the next.
                lock.release().unwrap();
                until("it has looked", || {
                    n == 4 || seen(stage).get() == n && condition.waiters() == 1
                });
            }
            waiter.end();
        },
        |stage, _| {
            let (lock, condition, value) = guarded(stage);
            lock.acquire(&soon()).unwrap();
            let too_few = || {
                seen(stage).set(value.get());
                value.get() != 4
            };
            assert_eq!(condition.wait_while(&lock, &soon(), too_few), Ok(true));
            assert!(lock.is_mine());
            lock.release().unwrap();
        },
    );
}

fn seen(stage: &Stage) -> Value {
    let mut layout = stage.layout();
    let layout = &mut layout;
    let _ = (Lock::new(layout), Condition::new(layout));
    Value::new(layout);
    Value::new(layout)
}

#[test]
fn a_predicate_wait_ends_with_its_limit_and_holds_the_lock() {
    play(
        GUARDED,
        |stage| {
            let (lock, condition, _) = guarded(stage);
            stage.start("waiter").end();
            assert_eq!((lock.holder(), condition.waiters()), (None, 0));
        },
        |stage, _| {
            let (lock, condition, _) = guarded(stage);
            lock.acquire(&soon()).unwrap();
            let began = Instant::now();
            assert_eq!(condition.wait_while(&lock, &short(), || true), Ok(false));
            assert!(began.elapsed() >= SHORT);
            assert_eq!(condition.wait(&lock, &short()), Ok(Woken::TimedOut));
            lock.release().unwrap();
        },
    );
}

#[test]
fn a_notification_reaches_as_many_as_it_is_for() {
    play(
        GUARDED,
        |stage| {
            let (lock, condition, woken) = guarded(stage);
            let sleepers = stage.start_all("sleeper", 4);
            until("they sleep", || condition.waiters() == 4);
            let notify = || condition.notify(&lock, 3);
            lock.with(&soon(), notify).unwrap().unwrap();
            until("three are up", || woken.get() >= 3);
            assert_eq!(condition.waiters(), 1);
            // The last is told to stop; were there a signal left, it would take that.
            stage.give(0);
            end_all(sleepers);
            assert_eq!(woken.get(), 3);
        },
        |stage, _| sleep_until_told(stage),
    );
}

/// Waits until it is notified, which it counts, or until the first cue.
fn sleep_until_told(stage: &Stage) {
    let (lock, condition, woken) = guarded(stage);
    let stop = Stop::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            stage.await_cue(0);
            stop.request();
        });
        lock.acquire(&soon()).unwrap();
        let wait = condition.wait(&lock, &Limit::until(&stop)).unwrap();
        if wait == Woken::Notified {
            woken.add_unlocked(1, || ());
        }
        lock.release().unwrap();
    });
}

#[test]
fn a_waiter_that_is_killed_leaves_the_others_served() {
    play(
        GUARDED,
        |stage| {
            let (lock, condition, woken) = guarded(stage);
            let victim = stage.start("victim");
            until("the victim waits", || condition.waiters() == 1);
            victim.kill();
            assert_eq!(condition.waiters(), 0, "the dead one does not wait");
            let other = stage.start("other");
            until("the other waits", || condition.waiters() == 1);
            lock.with(&soon(), || condition.notify(&lock, 1)).unwrap().unwrap();
            other.end();
            assert_eq!(woken.get(), 1);
        },
        |stage, _| {
            let (lock, condition, woken) = guarded(stage);
            lock.acquire(&soon()).unwrap();
            assert_eq!(condition.wait(&lock, &soon()), Ok(Woken::Notified));
            woken.add_unlocked(1, || ());
            lock.release().unwrap();
        },
    );
}

#[test]
fn a_notification_for_one_wakes_one_also_after_a_waiter_died_with_its_signal() {
    play(
        GUARDED,
        |stage| {
            let (lock, condition, woken) = guarded(stage);
            let notify = || lock.with(&soon(), || condition.notify(&lock, 1)).unwrap();
            // It waits and is stopped, so that it cannot take the signal before it dies.
            let victim = stage.start("victim");
            until("the victim waits", || condition.waiters() == 1 && lock.holder().is_none());
            victim.suspend();
            notify().unwrap();
            victim.kill();
            let sleepers = stage.start_all("sleeper", 3);
            until("they sleep", || condition.waiters() == 3);
            notify().unwrap();
            until("one is up", || woken.get() >= 1);
            assert_eq!(condition.waiters(), 2);
            // The others are told to stop; were there a signal left, one would take it.
            stage.give(0);
            end_all(sleepers);
            assert_eq!(woken.get(), 1);
        },
        |stage, _| sleep_until_told(stage),
    );
}

#[test]
fn a_holder_that_is_killed_before_it_notifies_does_not_leave_the_waiter_asleep() {
    play(
        GUARDED,
        |stage| {
            let (_, condition, _) = guarded(stage);
            let waiter = stage.start("waiter");
            until("it waits", || condition.waiters() == 1);
            let holder = stage.start("holder");
            stage.await_cue(0);
            holder.kill();
            waiter.end();
        },
        |stage, part| {
            let (lock, condition, value) = guarded(stage);
            lock.acquire(&soon()).unwrap();
            if part == "holder" {
                value.set(i64::from(lock.holder().unwrap()));
                stage.give(0);
                stage.await_cue(1);
            }
            let woken = condition.wait(&lock, &soon()).unwrap();
            let tid = u32::try_from(value.get()).unwrap();
            assert_eq!(woken, Woken::OwnerDied { tid });
            lock.release().unwrap();
        },
    );
}

#[test]
fn an_event_lets_all_through_until_it_is_cleared() {
    let events = |stage: &Stage| -> [Event; 2] {
        let mut layout = stage.layout();
        [Event::new(&mut layout), Event::new(&mut layout)]
    };
    play(
        2 * Event::CELLS,
        |stage| {
            let [open, shut] = events(stage);
            shut.set();
            shut.clear();
            let others = stage.start_all("other", 3);
            open.set();
            end_all(others);
            assert!(open.is_set() && !shut.is_set());
        },
        |stage, _| {
            let [open, shut] = events(stage);
            open.wait(&soon()).unwrap();
            assert_eq!(shut.wait(&short()), Err(Timeout::Elapsed));
            assert_eq!(open.wait(&Limit::now()), Ok(()));
        },
    );
}
