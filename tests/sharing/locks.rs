//! Lock, `RLock` and Semaphore between processes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use threadbare::kit::limit::{Limit, Timeout};
use threadbare::kit::shared::{Acquired, Lock, NotOwner, OverRelease, RLock, Semaphore, Value};

use crate::common::{SHORT, SharedTest, TestProcess, end_all, in_processes, short, soon, until};

fn lock(test: &SharedTest) -> Lock {
    Lock::new(&mut test.layout())
}

#[test]
fn a_held_lock_is_refused_at_once_or_after_the_limit_and_stays_sound() {
    in_processes(
        Lock::CELLS,
        |test| {
            let lock = lock(test);
            lock.acquire(&soon()).unwrap();
            let other = test.start("other");
            test.wait_for(0);
            lock.release().unwrap();
            other.end();
            assert_eq!((lock.holder(), lock.waiters()), (None, 0));
            lock.acquire(&Limit::now()).unwrap();
        },
        |test, _| {
            let lock = lock(test);
            assert_eq!(lock.acquire(&Limit::now()), Err(Timeout::Elapsed));
            let began = Instant::now();
            assert_eq!(lock.acquire(&short()), Err(Timeout::Elapsed));
            assert!(began.elapsed() >= SHORT);
            test.signal(0);
            assert_eq!(lock.acquire(&soon()), Ok(Acquired::Clean));
            lock.release().unwrap();
        },
    );
}

#[test]
fn all_contenders_get_through() {
    in_processes(
        Lock::CELLS + Value::CELLS,
        |test| {
            let mut layout = test.layout();
            let (lock, passed) = (Lock::new(&mut layout), Value::new(&mut layout));
            lock.acquire(&soon()).unwrap();
            let others = test.start_all("contender", 5);
            until("all wait", || lock.waiters() == 5);
            lock.release().unwrap();
            end_all(others);
            assert_eq!(passed.get(), 5);
        },
        |test, _| {
            let mut layout = test.layout();
            let (lock, passed) = (Lock::new(&mut layout), Value::new(&mut layout));
            lock.acquire(&soon()).unwrap();
            passed.add_unlocked(1, std::thread::yield_now);
            lock.release().unwrap();
        },
    );
}

#[test]
fn another_process_may_release_a_lock_but_not_an_rlock() {
    in_processes(
        Lock::CELLS + RLock::CELLS,
        |test| {
            let mut layout = test.layout();
            let (lock, rlock) = (Lock::new(&mut layout), RLock::new(&mut layout));
            lock.acquire(&soon()).unwrap();
            rlock.acquire(&soon()).unwrap();
            test.start("other").end();
            assert_eq!(lock.release(), Err(NotOwner), "released by the other");
            rlock.release().unwrap();
        },
        |test, _| {
            let mut layout = test.layout();
            let (lock, rlock) = (Lock::new(&mut layout), RLock::new(&mut layout));
            assert_eq!(rlock.release(), Err(NotOwner));
            lock.release().unwrap();
        },
    );
}

#[test]
fn an_rlock_needs_as_many_releases_as_acquires() {
    let rlock = |test: &SharedTest| RLock::new(&mut test.layout());
    in_processes(
        RLock::CELLS,
        |test| {
            let rlock = rlock(test);
            for depth in 1..=3 {
                rlock.acquire(&soon()).unwrap();
                assert_eq!(rlock.depth(), depth);
            }
            let other = test.start("other");
            for _ in 0..2 {
                rlock.release().unwrap();
            }
            test.wait_for(0);
            rlock.release().unwrap();
            assert_eq!(rlock.release(), Err(NotOwner));
            other.end();
        },
        |test, _| {
            let rlock = rlock(test);
            assert_eq!(rlock.acquire(&short()), Err(Timeout::Elapsed));
            test.signal(0);
            rlock.acquire(&soon()).unwrap();
            rlock.release().unwrap();
        },
    );
}

#[test]
fn a_panic_in_the_critical_section_leaves_the_lock_free() {
    in_processes(
        Lock::CELLS,
        |test| {
            let lock = lock(test);
            test.start("panics").end();
            assert_eq!(lock.acquire(&Limit::now()), Ok(Acquired::Clean));
        },
        |test, _| {
            let lock = lock(test);
            let inside = || lock.with(&soon(), || panic!("on purpose"));
            assert!(catch_unwind(AssertUnwindSafe(inside)).is_err());
        },
    );
}

#[test]
fn a_holder_that_is_killed_is_named_to_the_next() {
    in_processes(
        Lock::CELLS,
        |test| {
            let lock = lock(test);
            let holder = test.start("holder");
            test.wait_for(0);
            let tid = lock.holder().unwrap();
            assert_eq!(lock.acquire(&Limit::now()), Err(Timeout::Elapsed));
            let waiter = test.start("waiter");
            until("it waits", || lock.waiters() == 1);
            holder.kill();
            waiter.end();
            assert_eq!(lock.holder(), None);
            // The one before the last died; the last did not.
            assert_eq!(lock.acquire(&Limit::now()), Ok(Acquired::Clean));
            assert_ne!(lock.holder(), Some(tid));
        },
        |test, role| {
            let lock = lock(test);
            if role == "holder" {
                lock.acquire(&soon()).unwrap();
                test.signal(0);
                test.wait_for(1);
            }
            let tid = lock.holder().unwrap();
            assert_eq!(lock.acquire(&soon()), Ok(Acquired::OwnerDied { tid }));
            lock.release().unwrap();
        },
    );
}

#[test]
fn a_free_try_at_a_dead_holders_lock_takes_it_over() {
    in_processes(
        RLock::CELLS,
        |test| {
            let rlock = RLock::new(&mut test.layout());
            let holder = test.start("holder");
            test.wait_for(0);
            let tid = rlock.holder().unwrap();
            holder.kill();
            assert_eq!(rlock.acquire(&Limit::now()), Ok(Acquired::OwnerDied { tid }));
            assert_eq!(rlock.depth(), 1, "the dead one's depth is forgotten");
            rlock.release().unwrap();
            assert_eq!(rlock.release(), Err(NotOwner));
        },
        |test, _| {
            let rlock = RLock::new(&mut test.layout());
            rlock.acquire(&soon()).unwrap();
            rlock.acquire(&soon()).unwrap();
            test.signal(0);
            test.wait_for(1);
        },
    );
}

#[test]
fn a_semaphore_admits_as_many_as_it_has_permits_and_a_release_admits_more() {
    in_processes(
        Semaphore::CELLS + Value::CELLS,
        |test| {
            let mut layout = test.layout();
            let seats = Semaphore::new(&mut layout);
            seats.init(3, false);
            let inside = Value::new(&mut layout);
            let guests = test.start_all("guest", 6);
            until("three are in, three wait", || inside.get() == 3 && seats.waiters() == 3);
            assert_eq!(seats.acquire(&Limit::now()), Err(Timeout::Elapsed));
            seats.release(2).unwrap();
            until("two more are in", || inside.get() == 5 && seats.waiters() == 1);
            assert_eq!(seats.permits(), 0);
            seats.release(1).unwrap();
            end_all(guests);
            assert_eq!(inside.get(), 6);
        },
        |test, _| {
            let mut layout = test.layout();
            Semaphore::new(&mut layout).acquire(&soon()).unwrap();
            Value::new(&mut layout).add(1, &soon()).unwrap();
        },
    );
}

#[test]
fn a_bounded_semaphore_refuses_more_than_it_was_made_with() {
    in_processes(
        Semaphore::CELLS,
        |test| {
            let bounded = Semaphore::new(&mut test.layout());
            bounded.init(2, true);
            bounded.acquire(&soon()).unwrap();
            test.start("gives too much").end();
            assert_eq!(bounded.permits(), 2);
        },
        |test, _| {
            let bounded = Semaphore::new(&mut test.layout());
            assert_eq!(bounded.release(2), Err(OverRelease { bound: 2 }));
            bounded.release(1).unwrap();
            assert_eq!(bounded.release(1), Err(OverRelease { bound: 2 }));
        },
    );
}

#[test]
fn waiters_that_are_killed_are_not_counted() {
    let tools = |test: &SharedTest| {
        let mut layout = test.layout();
        (Lock::new(&mut layout), Semaphore::new(&mut layout))
    };
    in_processes(
        Lock::CELLS + Semaphore::CELLS,
        |test| {
            let (lock, empty) = tools(test);
            lock.acquire(&soon()).unwrap();
            let targets = [test.start("lock"), test.start("semaphore")];
            until("both wait", || (lock.waiters(), empty.waiters()) == (1, 1));
            targets.into_iter().for_each(TestProcess::kill);
            assert_eq!((lock.waiters(), empty.waiters()), (0, 0));
        },
        |test, role| {
            let (lock, empty) = tools(test);
            if role == "lock" {
                lock.acquire(&soon()).unwrap();
            } else {
                empty.acquire(&soon()).unwrap();
            }
            panic!("{role} was got");
        },
    );
}
