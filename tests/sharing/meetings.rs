//! Condition and event between processes.

use std::time::Instant;

use threadbare::kit::limit::{Limit, Timeout};
use threadbare::kit::shared::{Condition, Event, Lock, NotOwner, Value, Woken};
use threadbare::kit::stop::Stop;

use crate::common::{SHORT, SharedTest, end_all, in_processes, short, soon, until};

fn guarded(test: &SharedTest) -> (Lock, Condition, Value) {
    let mut layout = test.layout();
    let layout = &mut layout;
    (Lock::new(layout), Condition::new(layout), Value::new(layout))
}

const GUARDED: usize = Lock::CELLS + Condition::CELLS + Value::CELLS;

#[test]
fn a_condition_without_its_lock_is_an_error() {
    in_processes(
        GUARDED,
        |test| {
            let (lock, _, _) = guarded(test);
            lock.acquire(&soon()).unwrap();
            test.start("holds nothing").end();
        },
        |test, _| {
            let (lock, condition, _) = guarded(test);
            assert_eq!(condition.wait(&lock, &soon()), Err(NotOwner));
            assert_eq!(condition.notify(&lock, 1), Err(NotOwner));
        },
    );
}

#[test]
fn a_predicate_wait_goes_on_until_it_holds() {
    in_processes(
        GUARDED + Value::CELLS,
        |test| {
            let (lock, condition, value) = guarded(test);
            let waiter = test.start("waiter");
            for n in 1..=4 {
                until("it waits", || condition.waiters() == 1);
                lock.acquire(&soon()).unwrap();
                value.set(n);
                condition.notify(&lock, 1).unwrap();
                // It must look at the value, and go back to sleep, before the next.
                lock.release().unwrap();
                until("it has looked", || {
                    n == 4 || seen(test).get() == n && condition.waiters() == 1
                });
            }
            waiter.end();
        },
        |test, _| {
            let (lock, condition, value) = guarded(test);
            lock.acquire(&soon()).unwrap();
            let too_few = || {
                seen(test).set(value.get());
                value.get() != 4
            };
            assert_eq!(condition.wait_while(&lock, &soon(), too_few), Ok(true));
            assert!(lock.is_mine());
            lock.release().unwrap();
        },
    );
}

fn seen(test: &SharedTest) -> Value {
    let mut layout = test.layout();
    let layout = &mut layout;
    let _ = (Lock::new(layout), Condition::new(layout));
    Value::new(layout);
    Value::new(layout)
}

#[test]
fn a_predicate_wait_ends_with_its_limit_and_holds_the_lock() {
    in_processes(
        GUARDED,
        |test| {
            let (lock, condition, _) = guarded(test);
            test.start("waiter").end();
            assert_eq!((lock.holder(), condition.waiters()), (None, 0));
        },
        |test, _| {
            let (lock, condition, _) = guarded(test);
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
    in_processes(
        GUARDED,
        |test| {
            let (lock, condition, woken) = guarded(test);
            let sleepers = test.start_all("sleeper", 4);
            until("they sleep", || condition.waiters() == 4);
            let notify = || condition.notify(&lock, 3);
            lock.with(&soon(), notify).unwrap().unwrap();
            until("three are up", || woken.get() >= 3);
            assert_eq!(condition.waiters(), 1);
            // The last is asked to stop; were there a signal left, it would take that.
            test.signal(0);
            end_all(sleepers);
            assert_eq!(woken.get(), 3);
        },
        |test, _| sleep_until_notified(test),
    );
}

/// Waits until it is notified, which it counts, or until the first point is reached.
fn sleep_until_notified(test: &SharedTest) {
    let (lock, condition, woken) = guarded(test);
    let stop = Stop::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            test.wait_for(0);
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
    in_processes(
        GUARDED,
        |test| {
            let (lock, condition, woken) = guarded(test);
            let target = test.start("target");
            until("the target waits", || condition.waiters() == 1);
            target.kill();
            assert_eq!(condition.waiters(), 0, "the dead one does not wait");
            let other = test.start("other");
            until("the other waits", || condition.waiters() == 1);
            lock.with(&soon(), || condition.notify(&lock, 1)).unwrap().unwrap();
            other.end();
            assert_eq!(woken.get(), 1);
        },
        |test, _| {
            let (lock, condition, woken) = guarded(test);
            lock.acquire(&soon()).unwrap();
            assert_eq!(condition.wait(&lock, &soon()), Ok(Woken::Notified));
            woken.add_unlocked(1, || ());
            lock.release().unwrap();
        },
    );
}

#[test]
fn a_notification_for_one_wakes_one_also_after_a_waiter_died_with_its_signal() {
    in_processes(
        GUARDED,
        |test| {
            let (lock, condition, woken) = guarded(test);
            let notify = || lock.with(&soon(), || condition.notify(&lock, 1)).unwrap();
            // It waits and is stopped, so that it cannot take the signal before it dies.
            let target = test.start("target");
            until("the target waits", || condition.waiters() == 1 && lock.holder().is_none());
            target.suspend();
            notify().unwrap();
            target.kill();
            let sleepers = test.start_all("sleeper", 3);
            until("they sleep", || condition.waiters() == 3);
            notify().unwrap();
            until("one is up", || woken.get() >= 1);
            assert_eq!(condition.waiters(), 2);
            // The others are asked to stop; were there a signal left, one would take it.
            test.signal(0);
            end_all(sleepers);
            assert_eq!(woken.get(), 1);
        },
        |test, _| sleep_until_notified(test),
    );
}

#[test]
fn a_holder_that_is_killed_before_it_notifies_does_not_leave_the_waiter_asleep() {
    in_processes(
        GUARDED,
        |test| {
            let (_, condition, _) = guarded(test);
            let waiter = test.start("waiter");
            until("it waits", || condition.waiters() == 1);
            let holder = test.start("holder");
            test.wait_for(0);
            holder.kill();
            waiter.end();
        },
        |test, role| {
            let (lock, condition, value) = guarded(test);
            lock.acquire(&soon()).unwrap();
            if role == "holder" {
                value.set(i64::from(lock.holder().unwrap()));
                test.signal(0);
                test.wait_for(1);
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
    let events = |test: &SharedTest| -> [Event; 2] {
        let mut layout = test.layout();
        [Event::new(&mut layout), Event::new(&mut layout)]
    };
    in_processes(
        2 * Event::CELLS,
        |test| {
            let [open, shut] = events(test);
            shut.set();
            shut.clear();
            let others = test.start_all("other", 3);
            open.set();
            end_all(others);
            assert!(open.is_set() && !shut.is_set());
        },
        |test, _| {
            let [open, shut] = events(test);
            open.wait(&soon()).unwrap();
            assert_eq!(shut.wait(&short()), Err(Timeout::Elapsed));
            assert_eq!(open.wait(&Limit::now()), Ok(()));
        },
    );
}
