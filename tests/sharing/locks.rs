//! Lock, `RLock` and Semaphore between processes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use threadbare::kit::limit::{Limit, Timeout};
use threadbare::kit::shared::{Acquired, Lock, NotOwner, OverRelease, RLock, Semaphore, Value};

use crate::common::{Player, SHORT, Stage, end_all, play, short, soon, until};

fn lock(stage: &Stage) -> Lock {
    Lock::new(&mut stage.layout())
}

#[test]
fn a_held_lock_is_refused_at_once_or_after_the_limit_and_stays_sound() {
    play(
        Lock::CELLS,
        |stage| {
            let lock = lock(stage);
            lock.acquire(&soon()).unwrap();
            let other = stage.start("other");
            stage.await_cue(0);
            lock.release().unwrap();
            other.end();
            assert_eq!((lock.holder(), lock.waiters()), (None, 0));
            lock.acquire(&Limit::now()).unwrap();
        },
        |stage, _| {
            let lock = lock(stage);
            assert_eq!(lock.acquire(&Limit::now()), Err(Timeout::Elapsed));
            let began = Instant::now();
            assert_eq!(lock.acquire(&short()), Err(Timeout::Elapsed));
            assert!(began.elapsed() >= SHORT);
            stage.give(0);
            assert_eq!(lock.acquire(&soon()), Ok(Acquired::Clean));
            lock.release().unwrap();
        },
    );
}

#[test]
fn all_contenders_get_through() {
    play(
        Lock::CELLS + Value::CELLS,
        |stage| {
            let mut layout = stage.layout();
            let (lock, passed) = (Lock::new(&mut layout), Value::new(&mut layout));
            lock.acquire(&soon()).unwrap();
            let others = stage.start_all("contender", 5);
            until("all wait", || lock.waiters() == 5);
            lock.release().unwrap();
            end_all(others);
            assert_eq!(passed.get(), 5);
        },
        |stage, _| {
            let mut layout = stage.layout();
            let (lock, passed) = (Lock::new(&mut layout), Value::new(&mut layout));
            lock.acquire(&soon()).unwrap();
            passed.add_unlocked(1, std::thread::yield_now);
            lock.release().unwrap();
        },
    );
}

#[test]
fn another_process_may_release_a_lock_but_not_an_rlock() {
    play(
        Lock::CELLS + RLock::CELLS,
        |stage| {
            let mut layout = stage.layout();
            let (lock, rlock) = (Lock::new(&mut layout), RLock::new(&mut layout));
            lock.acquire(&soon()).unwrap();
            rlock.acquire(&soon()).unwrap();
            stage.start("other").end();
            assert_eq!(lock.release(), Err(NotOwner), "released by the other");
            rlock.release().unwrap();
        },
        |stage, _| {
            let mut layout = stage.layout();
            let (lock, rlock) = (Lock::new(&mut layout), RLock::new(&mut layout));
            assert_eq!(rlock.release(), Err(NotOwner));
            lock.release().unwrap();
        },
    );
}

#[test]
fn an_rlock_needs_as_many_releases_as_acquires() {
    let rlock = |stage: &Stage| RLock::new(&mut stage.layout());
    play(
        RLock::CELLS,
        |stage| {
            let rlock = rlock(stage);
            for depth in 1..=3 {
                rlock.acquire(&soon()).unwrap();
                assert_eq!(rlock.depth(), depth);
            }
            let other = stage.start("other");
            for _ in 0..2 {
                rlock.release().unwrap();
            }
            stage.await_cue(0);
            rlock.release().unwrap();
            assert_eq!(rlock.release(), Err(NotOwner));
            other.end();
        },
        |stage, _| {
            let rlock = rlock(stage);
            assert_eq!(rlock.acquire(&short()), Err(Timeout::Elapsed));
            stage.give(0);
            rlock.acquire(&soon()).unwrap();
            rlock.release().unwrap();
        },
    );
}

#[test]
fn a_panic_in_the_critical_section_leaves_the_lock_free() {
    play(
        Lock::CELLS,
        |stage| {
            let lock = lock(stage);
            stage.start("panics").end();
            assert_eq!(lock.acquire(&Limit::now()), Ok(Acquired::Clean));
        },
        |stage, _| {
            let lock = lock(stage);
            let inside = || lock.with(&soon(), || panic!("on purpose"));
            assert!(catch_unwind(AssertUnwindSafe(inside)).is_err());
        },
    );
}

#[test]
fn a_holder_that_is_killed_is_named_to_the_next() {
    play(
        Lock::CELLS,
        |stage| {
            let lock = lock(stage);
            let holder = stage.start("holder");
            stage.await_cue(0);
            let tid = lock.holder().unwrap();
            assert_eq!(lock.acquire(&Limit::now()), Err(Timeout::Elapsed));
            let waiter = stage.start("waiter");
            until("it waits", || lock.waiters() == 1);
            holder.kill();
            waiter.end();
            assert_eq!(lock.holder(), None);
            // The one before the last died; the last did not.
            assert_eq!(lock.acquire(&Limit::now()), Ok(Acquired::Clean));
            assert_ne!(lock.holder(), Some(tid));
        },
        |stage, part| {
            let lock = lock(stage);
            if part == "holder" {
                lock.acquire(&soon()).unwrap();
                stage.give(0);
                stage.await_cue(1);
            }
            let tid = lock.holder().unwrap();
            assert_eq!(lock.acquire(&soon()), Ok(Acquired::OwnerDied { tid }));
            lock.release().unwrap();
        },
    );
}

#[test]
fn a_free_try_at_a_dead_holders_lock_takes_it_over() {
    play(
        RLock::CELLS,
        |stage| {
            let rlock = RLock::new(&mut stage.layout());
            let holder = stage.start("holder");
            stage.await_cue(0);
            let tid = rlock.holder().unwrap();
            holder.kill();
            assert_eq!(rlock.acquire(&Limit::now()), Ok(Acquired::OwnerDied { tid }));
            assert_eq!(rlock.depth(), 1, "the dead one's depth is forgotten");
            rlock.release().unwrap();
            assert_eq!(rlock.release(), Err(NotOwner));
        },
        |stage, _| {
            let rlock = RLock::new(&mut stage.layout());
            rlock.acquire(&soon()).unwrap();
            rlock.acquire(&soon()).unwrap();
            stage.give(0);
            stage.await_cue(1);
        },
    );
}

#[test]
fn a_semaphore_admits_so_many_and_a_release_as_many_more() {
    play(
        Semaphore::CELLS + Value::CELLS,
        |stage| {
            let mut layout = stage.layout();
            let seats = Semaphore::new(&mut layout);
            seats.init(3, false);
            let inside = Value::new(&mut layout);
            let guests = stage.start_all("guest", 6);
            until("three are in, three wait", || inside.get() == 3 && seats.waiters() == 3);
            assert_eq!(seats.acquire(&Limit::now()), Err(Timeout::Elapsed));
            seats.release(2).unwrap();
            until("two more are in", || inside.get() == 5 && seats.waiters() == 1);
            assert_eq!(seats.permits(), 0);
            seats.release(1).unwrap();
            end_all(guests);
            assert_eq!(inside.get(), 6);
        },
        |stage, _| {
            let mut layout = stage.layout();
            Semaphore::new(&mut layout).acquire(&soon()).unwrap();
            Value::new(&mut layout).add(1, &soon()).unwrap();
        },
    );
}

#[test]
fn a_bounded_semaphore_refuses_more_than_it_was_made_with() {
    play(
        Semaphore::CELLS,
        |stage| {
            let bounded = Semaphore::new(&mut stage.layout());
            bounded.init(2, true);
            bounded.acquire(&soon()).unwrap();
            stage.start("gives too much").end();
            assert_eq!(bounded.permits(), 2);
        },
        |stage, _| {
            let bounded = Semaphore::new(&mut stage.layout());
            assert_eq!(bounded.release(2), Err(OverRelease { bound: 2 }));
            bounded.release(1).unwrap();
            assert_eq!(bounded.release(1), Err(OverRelease { bound: 2 }));
        },
    );
}

#[test]
fn waiters_that_are_killed_are_not_counted() {
    let tools = |stage: &Stage| {
        let mut layout = stage.layout();
        (Lock::new(&mut layout), Semaphore::new(&mut layout))
    };
    play(
        Lock::CELLS + Semaphore::CELLS,
        |stage| {
            let (lock, empty) = tools(stage);
            lock.acquire(&soon()).unwrap();
            let victims = [stage.start("lock"), stage.start("semaphore")];
            until("both wait", || (lock.waiters(), empty.waiters()) == (1, 1));
            victims.into_iter().for_each(Player::kill);
            assert_eq!((lock.waiters(), empty.waiters()), (0, 0));
        },
        |stage, part| {
            let (lock, empty) = tools(stage);
            if part == "lock" {
                lock.acquire(&soon()).unwrap();
            } else {
                empty.acquire(&soon()).unwrap();
            }
            panic!("{part} was got");
        },
    );
}
