//! The tools between threads that each attach the memory for themselves. That they
//! hold between processes too is shown by the suites that start some.

mod counts;
mod deaths;
mod wakes;

use std::sync::Barrier as Start;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use super::identity::ThreadIdentity;
use super::wait::tests::sleep_without_slices;
use super::waiters::{PLACES, Waiters};
use super::*;
use crate::kit::limit::{Limit, Timeout};
use crate::kit::proc_stat;
use crate::kit::stop::Stop;

/// Long enough for the slowest machine; reached only when something hangs.
const LONG: Duration = Duration::from_secs(30);

fn soon() -> Limit {
    Limit::within(LONG)
}

/// Looks again and again until it `holds`.
#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "never: {what}");
        std::thread::yield_now();
    }
}

/// The same memory as another process would see it.
fn attached(region: &Region) -> Layout {
    Region::attach(region.file().try_clone_to_owned().unwrap()).unwrap().layout()
}

fn lock_in(region: &Region) -> Lock {
    Lock::new(&mut attached(region))
}

#[test]
fn a_held_lock_is_refused_at_once_or_after_the_limit_and_stays_sound() {
    let region = Region::create(Lock::CELLS).unwrap();
    let lock = lock_in(&region);
    lock.acquire(&soon()).unwrap();
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let lock = lock_in(&region);
            (lock.acquire(&Limit::now()), lock.acquire(&Limit::within(Duration::from_millis(30))))
        });
        assert_eq!(other.join().unwrap(), (Err(Timeout::Elapsed), Err(Timeout::Elapsed)));
    });
    lock.release().unwrap();
    assert_eq!(lock.acquire(&Limit::now()), Ok(Acquired::Clean));
    assert_eq!(lock.waiters(), 0);
}

#[test]
fn all_threads_that_want_the_lock_get_it() {
    let region = Region::create(Lock::CELLS).unwrap();
    let lock = lock_in(&region);
    lock.acquire(&soon()).unwrap();
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..5)
            .map(|_| {
                scope.spawn(|| {
                    let lock = lock_in(&region);
                    lock.acquire(&soon()).unwrap();
                    lock.release().unwrap();
                })
            })
            .collect();
        until("all wait for the lock", || lock.waiters() == 5);
        lock.release().unwrap();
        for one in all {
            one.join().unwrap();
        }
    });
}

#[test]
fn a_lock_may_be_released_by_another_thread_and_an_rlock_may_not() {
    let region = Region::create(Lock::CELLS + RLock::CELLS).unwrap();
    let mut layout = region.layout();
    let (lock, rlock) = (Lock::new(&mut layout), RLock::new(&mut layout));
    lock.acquire(&soon()).unwrap();
    rlock.acquire(&soon()).unwrap();
    rlock.acquire(&Limit::now()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(rlock.release(), Err(NotOwner));
            assert_eq!(lock.release(), Ok(()));
        });
    });
    assert_eq!(lock.release(), Err(NotOwner));
    assert_eq!((rlock.release(), rlock.depth()), (Ok(()), 1));
    assert_eq!((rlock.release(), rlock.release()), (Ok(()), Err(NotOwner)));
}

#[test]
fn the_lock_is_free_again_after_a_panic_in_the_critical_section() {
    let region = Region::create(Lock::CELLS).unwrap();
    let lock = lock_in(&region);
    let burst = std::panic::AssertUnwindSafe(|| {
        lock.with(&soon(), || std::panic::resume_unwind(Box::new(())))
    });
    assert!(std::panic::catch_unwind(burst).is_err());
    assert_eq!(lock.holder(), None);
}

#[test]
fn a_dead_owner_is_named_and_its_lock_goes_on() {
    let region = Region::create(Lock::CELLS).unwrap();
    let lock = lock_in(&region);
    // A thread that ends while holding: to the kernel the same as a process that does.
    let tid = std::thread::scope(|scope| {
        scope
            .spawn(|| {
                lock.acquire(&soon()).unwrap();
                lock.holder().unwrap()
            })
            .join()
            .unwrap()
    });
    assert_eq!(lock.acquire(&soon()), Ok(Acquired::OwnerDied { tid }));
}

#[test]
fn mutual_exclusion_holds_and_skipping_it_loses_additions() {
    const EACH: i64 = 2_000;
    let region = Region::create(2 * Value::CELLS).unwrap();
    let add_in_four = |unlocked: bool| {
        let start = Start::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut layout = attached(&region);
                    let (right, wrong) = (Value::new(&mut layout), Value::new(&mut layout));
                    start.wait();
                    for _ in 0..EACH {
                        if unlocked {
                            wrong.add_unlocked(1, std::thread::yield_now);
                        } else {
                            right.add(1, &soon()).unwrap();
                        }
                    }
                });
            }
        });
    };
    add_in_four(false);
    add_in_four(true);
    let mut layout = region.layout();
    assert_eq!(Value::new(&mut layout).get(), 4 * EACH);
    assert!(Value::new(&mut layout).get() < 4 * EACH);
}

#[test]
fn a_condition_without_its_lock_is_an_error() {
    let region = Region::create(Lock::CELLS + Condition::CELLS).unwrap();
    let mut layout = region.layout();
    let (lock, condition) = (Lock::new(&mut layout), Condition::new(&mut layout));
    assert_eq!(condition.wait(&lock, &Limit::now()), Err(NotOwner));
    assert_eq!(condition.notify(&lock, 1), Err(NotOwner));
}

#[test]
fn a_predicate_wait_goes_on_until_it_holds_or_the_limit_ends() {
    let region = Region::create(Lock::CELLS + Condition::CELLS + Value::CELLS).unwrap();
    let tools =
        |layout: &mut Layout| (Lock::new(layout), Condition::new(layout), Value::new(layout));
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let (lock, condition, value) = tools(&mut attached(&region));
            lock.acquire(&soon()).unwrap();
            let held = condition.wait_while(&lock, &soon(), || value.get() != 4).unwrap();
            lock.release().unwrap();
            held
        });
        let (lock, condition, value) = tools(&mut region.layout());
        for n in 1..=4 {
            until("a thread waits", || condition.waiters() > 0);
            lock.acquire(&soon()).unwrap();
            value.set(n);
            condition.notify(&lock, 1).unwrap();
            lock.release().unwrap();
        }
        assert!(waiter.join().unwrap());
        lock.acquire(&soon()).unwrap();
        let limit = Limit::within(Duration::from_millis(10));
        assert_eq!(condition.wait_while(&lock, &limit, || true), Ok(false));
        assert!(lock.is_mine());
    });
}

#[test]
fn a_semaphore_admits_one_for_each_permit_and_a_bounded_one_no_more() {
    let region = Region::create(Semaphore::CELLS).unwrap();
    let semaphore = Semaphore::new(&mut region.layout());
    semaphore.init(2, true);
    let other = Semaphore::new(&mut attached(&region));
    assert_eq!((semaphore.acquire(&Limit::now()), other.acquire(&Limit::now())), (Ok(()), Ok(())));
    assert_eq!(other.acquire(&Limit::now()), Err(Timeout::Elapsed));
    std::thread::scope(|scope| {
        let waiters: Vec<_> = (0..2).map(|_| scope.spawn(|| other.acquire(&soon()))).collect();
        until("both wait for a permit", || semaphore.waiters() == 2);
        semaphore.release(2).unwrap();
        for one in waiters {
            one.join().unwrap().unwrap();
        }
    });
    assert_eq!(semaphore.release(3), Err(OverRelease { bound: 2 }));
    assert_eq!(semaphore.permits(), 0);
}

#[test]
fn a_barrier_passes_in_lockstep_with_one_leader_and_one_action() {
    let region = Region::create(Barrier::CELLS + 2 * Value::CELLS).unwrap();
    Barrier::new(&mut region.layout()).init(5);
    let leaders: usize = std::thread::scope(|scope| {
        let all: Vec<_> = (0..5)
            .map(|_| {
                scope.spawn(|| {
                    let mut layout = attached(&region);
                    let barrier = Barrier::new(&mut layout);
                    let actions = Value::new(&mut layout);
                    (1..=100)
                        .filter(|pass| {
                            let passed = barrier
                                .wait(&soon(), || {
                                    actions.add_unlocked(1, || ());
                                })
                                .unwrap();
                            assert_eq!(actions.get(), *pass);
                            // No process looks while the next action runs.
                            barrier.wait(&soon(), || ()).unwrap();
                            passed.leader
                        })
                        .count()
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(leaders, 100);
}

#[test]
fn a_barrier_breaks_for_all_and_a_reset_revives_it() {
    let region = Region::create(Barrier::CELLS).unwrap();
    let barrier = Barrier::new(&mut region.layout());
    barrier.init(2);
    assert_eq!(barrier.wait(&Limit::within(Duration::from_millis(5)), || ()), Err(Broken));
    assert_eq!(barrier.wait(&soon(), || ()), Err(Broken));
    barrier.reset();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| Barrier::new(&mut attached(&region)).wait(&soon(), || ()));
        until("one has arrived", || barrier.waiting() > 0);
        barrier.abort();
        assert_eq!(waiter.join().unwrap(), Err(Broken));
    });
    barrier.reset();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| barrier.wait(&soon(), || ()));
        assert!(barrier.wait(&soon(), || ()).is_ok());
        assert!(waiter.join().unwrap().is_ok());
    });
}

#[test]
fn a_queue_keeps_order_and_bounds_and_reports_when_it_is_closed() {
    let region = Region::create(Queue::cells(3)).unwrap();
    let queue = Queue::new(&mut region.layout(), 3);
    let other = Queue::new(&mut attached(&region), 3);
    assert_eq!(other.get(&Limit::now()), Err(QueueError::Empty));
    (1..=3).for_each(|n| queue.put(n, &Limit::now()).unwrap());
    assert_eq!(queue.put(4, &Limit::within(Duration::from_millis(5))), Err(QueueError::Full));
    assert_eq!((other.len(), other.peek()), (3, vec![1, 2, 3]));
    queue.close();
    assert_eq!(queue.put(4, &Limit::now()), Err(QueueError::Closed));
    let taken: Vec<_> = (0..4).map(|_| other.get(&Limit::now())).collect();
    assert_eq!(taken, [Ok(1), Ok(2), Ok(3), Err(QueueError::Closed)]);
}

#[test]
fn a_join_ends_when_every_item_is_marked_done() {
    let region = Region::create(Queue::cells(4)).unwrap();
    let queue = || Queue::new(&mut attached(&region), 4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let queue = queue();
                while queue.get(&soon()).is_ok() {
                    queue.task_done().unwrap();
                }
            });
        }
        let producer = queue();
        (0..100).for_each(|n| producer.put(n, &soon()).unwrap());
        producer.join(&soon()).unwrap();
        assert_eq!(producer.task_done(), Err(QueueError::NothingToFinish));
        producer.close();
    });
}

#[test]
fn every_wait_can_be_stopped() {
    let region = Region::create(Lock::CELLS + Event::CELLS + Queue::cells(1)).unwrap();
    let mut layout = region.layout();
    let (lock, event, queue) =
        (Lock::new(&mut layout), Event::new(&mut layout), Queue::new(&mut layout, 1));
    lock.acquire(&soon()).unwrap();
    let stop = Stop::new();
    std::thread::scope(|scope| {
        let waits = [
            scope.spawn(|| lock.acquire(&Limit::until(&stop)).map(|_| ())),
            scope.spawn(|| event.wait(&Limit::until(&stop))),
            scope.spawn(|| {
                queue.get(&Limit::until(&stop)).map(|_| ()).map_err(|_| Timeout::Stopped)
            }),
        ];
        stop.request();
        for wait in waits {
            assert_eq!(wait.join().unwrap(), Err(Timeout::Stopped));
        }
    });
}

#[test]
fn an_array_is_zero_at_first_and_the_same_for_all() {
    let region = Region::create(Array::cells(5)).unwrap();
    let array = Array::new(&mut region.layout(), 5);
    array.set(4, -7);
    assert_eq!(Array::new(&mut attached(&region), 5).to_vec(), [0, 0, 0, 0, -7]);
    array.fill(3);
    assert_eq!(Array::new(&mut attached(&region), 5).to_vec(), [3; 5]);
}

#[test]
fn an_addition_waits_for_the_values_lock() {
    let region = Region::create(Value::CELLS).unwrap();
    let value = Value::new(&mut region.layout());
    value.lock().acquire(&soon()).unwrap();
    std::thread::scope(|scope| {
        let adder = scope.spawn(|| {
            let value = Value::new(&mut attached(&region));
            value.add(2, &Limit::now())
        });
        assert_eq!(adder.join().unwrap(), Err(Timeout::Elapsed));
    });
    assert_eq!(value.get(), 0);
    value.lock().release().unwrap();
    assert_eq!((value.add(2, &soon()), value.add(-5, &soon())), (Ok(2), Ok(-3)));
}

#[test]
fn a_panic_in_the_action_breaks_the_barrier_for_those_who_wait() {
    let region = Region::create(Barrier::CELLS).unwrap();
    let barrier = Barrier::new(&mut region.layout());
    barrier.init(2);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| Barrier::new(&mut attached(&region)).wait(&soon(), || ()));
        until("one has arrived", || barrier.waiting() > 0);
        let action = || std::panic::resume_unwind(Box::new("in the action"));
        let last = std::panic::AssertUnwindSafe(|| barrier.wait(&soon(), action));
        assert!(std::panic::catch_unwind(last).is_err());
        let began = std::time::Instant::now();
        assert_eq!(waiter.join().unwrap(), Err(Broken));
        assert!(began.elapsed() < LONG, "it waited for its limit");
    });
    assert!(barrier.is_broken());
}
