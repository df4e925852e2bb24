//! The rules of the tools that threads share, each at full speed and paced; and in
//! single-stepped mode, in every interleaving.

mod events;
mod figures;
mod single_stepped;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use super::barrier::Barrier;
use super::condition::Condition;
use super::event_flag::Event;
use super::explore::{Broken, Config, End, Limits, Method, Plan, Program, Search, explore};
use super::lock::Lock;
use super::model::Phase;
use super::monitor::Refusal;
use super::queue::Queue;
use super::rlock::RLock;
use super::semaphore::Semaphore;
use super::step::{Mode, StepController, current_thread_id, local};
use super::stop::{Stop, Stopped};

const SHORT: Duration = Duration::from_millis(3);
const LONG: Duration = Duration::from_secs(30);

/// Runs a test's body at full speed and paced.
fn in_both(body: impl Fn(&StepController)) {
    for mode in [Mode::Full, Mode::Paced] {
        let controller = StepController::new(Stop::new(), mode);
        let _guard = controller.enter();
        body(&controller);
    }
}

/// Waits until `holds`, and fails if it never does.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::yield_now();
    }
}

fn on_thread<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(body).join().unwrap())
}

#[test]
fn try_and_timed_acquire_of_every_tool() {
    in_both(|_| {
        let rlock = RLock::new("rlock");
        rlock.acquire().unwrap();
        on_thread(|| {
            assert!(!rlock.try_acquire());
            let began = Instant::now();
            assert!(!rlock.acquire_timeout(SHORT).unwrap());
            assert!(began.elapsed() >= SHORT);
        });
        rlock.release().unwrap();
        assert!(on_thread(|| rlock.try_acquire()));

        let semaphore = Semaphore::new("semaphore", 0);
        assert!(!semaphore.try_acquire());
        assert!(!semaphore.acquire_timeout(SHORT).unwrap());
        semaphore.release(1).unwrap();
        assert!(semaphore.try_acquire());

        let gate = Event::new("gate");
        assert!(!gate.wait_timeout(SHORT).unwrap());
        gate.set();
        assert!(gate.wait_timeout(SHORT).unwrap());
        gate.clear();
        assert!(!gate.peek().set);
    });
}

#[test]
fn an_rlock_belongs_to_its_thread_and_counts() {
    in_both(|_| {
        let rlock = RLock::new("rlock");
        for _ in 0..3 {
            rlock.acquire().unwrap();
        }
        assert_eq!(rlock.peek().depth, 3);
        assert_eq!(rlock.peek().holder, Some(current_thread_id()));
        let unregistered = on_thread(|| rlock.release());
        assert!(matches!(unregistered, Err(Refusal::Misuse(_))));
        for _ in 0..3 {
            assert!(!on_thread(|| rlock.try_acquire()));
            rlock.release().unwrap();
        }
        assert!(matches!(rlock.release(), Err(Refusal::Misuse(_))));
        {
            let _outer = rlock.lock().unwrap();
            let _inner = rlock.lock().unwrap();
        }
        assert_eq!(rlock.peek().holder, None);
    });
}

#[test]
fn a_condition_without_its_lock_is_an_error() {
    in_both(|_| {
        let (lock, other) = (Arc::new(Lock::new("lock")), Lock::new("other"));
        let condition = Condition::new("condition", &lock);
        assert!(matches!(condition.notify_one(), Err(Refusal::Misuse(_))));
        let wrong = condition.wait(other.lock().unwrap());
        assert!(matches!(wrong, Err(Refusal::Misuse(_))));
        let _held = lock.lock().unwrap();
        let elsewhere = on_thread(|| condition.notify_all());
        assert!(matches!(elsewhere, Err(Refusal::Misuse(_))));
        assert_eq!(condition.notify_all(), Ok(0));
    });
}

#[test]
fn a_predicate_wait_goes_on_until_it_holds_or_the_time_is_over() {
    in_both(|controller| {
        let lock = Arc::new(Lock::new("lock"));
        let condition = Condition::new("condition", &lock);
        let (state, looks) = (AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let _guard = controller.enter();
                let guard = lock.lock().unwrap();
                let pending = || {
                    looks.fetch_add(1, SeqCst);
                    state.load(SeqCst) != 4
                };
                drop(condition.wait_while(guard, pending).unwrap());
                state.load(SeqCst) == 4
            });
            for round in 1..=4 {
                eventually("the waiter looks and sleeps", || {
                    looks.load(SeqCst) >= round && condition.peek().waiters.len() == 1
                });
                let _guard = lock.lock().unwrap();
                state.store(round, SeqCst);
                assert_eq!(condition.notify_one(), Ok(1));
            }
            assert!(waiter.join().unwrap());
            assert_eq!(looks.load(SeqCst), 5);
        });
        let began = Instant::now();
        let guard = lock.lock().unwrap();
        let (guard, held) = condition.wait_timeout_while(guard, SHORT, || true).unwrap();
        assert!(!held && began.elapsed() >= SHORT);
        drop(guard);
        assert!(condition.peek().waiters.is_empty());
    });
}

#[test]
fn an_event_that_is_set_and_cleared_at_once_lets_go_who_waited() {
    in_both(|controller| {
        let gate = Event::new("gate");
        thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let _guard = controller.enter();
                gate.wait_timeout(LONG)
            });
            eventually("it waits", || gate.peek().waiters.len() == 1);
            gate.set();
            gate.clear();
            assert_eq!(waiter.join().unwrap(), Ok(true));
        });
        assert!(!gate.wait_timeout(SHORT).unwrap(), "a thread that comes later waits");
    });
}

#[test]
fn a_semaphore_admits_one_for_each_permit() {
    in_both(|controller| {
        let semaphore = Semaphore::new("semaphore", 2);
        semaphore.acquire().unwrap();
        semaphore.acquire().unwrap();
        assert!(!semaphore.try_acquire());
        let inside = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..5 {
                scope.spawn(|| {
                    let _guard = controller.enter();
                    semaphore.acquire().unwrap();
                    inside.fetch_add(1, SeqCst);
                });
            }
            eventually("five wait", || semaphore.peek().waiters.len() == 5);
            semaphore.release(3).unwrap();
            eventually("three are in", || inside.load(SeqCst) == 3);
            eventually("two wait", || semaphore.peek().waiters.len() == 2);
            semaphore.release(2).unwrap();
        });
        let bounded = Semaphore::bounded("bounded", 1);
        assert!(matches!(bounded.release(1), Err(Refusal::Misuse(_))));
        bounded.acquire().unwrap();
        assert_eq!(bounded.release(1), Ok(()));
    });
}

#[test]
fn a_barrier_passes_in_lockstep_with_one_leader() {
    const PARTIES: usize = 5;
    in_both(|controller| {
        let passes = if controller.mode() == Mode::Full { 200 } else { 10 };
        let barrier = Barrier::new("barrier", 5);
        let (leaders, actions) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let arrived: Vec<_> = (0..passes).map(|_| AtomicUsize::new(0)).collect();
        thread::scope(|scope| {
            for _ in 0..PARTIES {
                scope.spawn(|| {
                    let _guard = controller.enter();
                    for round in &arrived {
                        round.fetch_add(1, SeqCst);
                        let action = || {
                            assert_eq!(round.load(SeqCst), PARTIES);
                            actions.fetch_add(1, SeqCst);
                        };
                        if barrier.wait_then(action).unwrap() {
                            leaders.fetch_add(1, SeqCst);
                        }
                        assert_eq!(round.load(SeqCst), PARTIES);
                    }
                });
            }
        });
        assert_eq!(leaders.load(SeqCst), passes);
        assert_eq!(actions.load(SeqCst), passes);
    });
}

#[test]
fn abort_and_time_over_break_a_barrier_for_all_and_reset_revives_it() {
    in_both(|controller| {
        let barrier = Barrier::new("barrier", 3);
        thread::scope(|scope| {
            let waiters: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let _guard = controller.enter();
                        barrier.wait()
                    })
                })
                .collect();
            eventually("two wait", || barrier.peek().waiters.len() == 2);
            barrier.abort();
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Err(Refusal::Broken));
            }
        });
        assert_eq!(barrier.wait(), Err(Refusal::Broken));
        barrier.reset();
        assert_eq!(barrier.peek().phase, Phase::Filling);
        assert_eq!(barrier.wait_timeout(SHORT), Err(Refusal::Broken));
        assert_eq!(barrier.peek().phase, Phase::Broken);
        barrier.reset();
        thread::scope(|scope| {
            let passes: Vec<_> = (0..3).map(|_| scope.spawn(|| barrier.wait())).collect();
            let leads = |pass: thread::ScopedJoinHandle<'_, _>| pass.join().unwrap() == Ok(true);
            assert_eq!(passes.into_iter().filter_map(|pass| leads(pass).then_some(())).count(), 1);
        });
    });
}

#[test]
fn a_panic_in_the_action_breaks_the_barrier() {
    let barrier = Barrier::new("barrier", 1);
    let panicked = super::panics::capture(|| barrier.wait_then(|| panic!("in the action")));
    assert!(panicked.is_err());
    assert_eq!(barrier.wait(), Err(Refusal::Broken));
    barrier.reset();
    assert_eq!(barrier.wait(), Ok(true));
}

#[test]
fn a_queue_keeps_its_bounds_and_order() {
    in_both(|controller| {
        let queue = Queue::bounded("queue", 2);
        assert_eq!(queue.try_receive(), Ok(None));
        assert_eq!(queue.receive_timeout(SHORT), Ok(None));
        queue.send(1).unwrap();
        assert_eq!(queue.try_send(2), Ok(true));
        assert_eq!(queue.try_send(3), Ok(false));
        assert_eq!(queue.send_timeout(3, SHORT), Ok(false));
        assert_eq!(queue.peek().items, [1, 2]);
        thread::scope(|scope| {
            let sender = scope.spawn(|| {
                let _guard = controller.enter();
                queue.send(3)
            });
            eventually("the sender waits", || queue.peek().waiters.len() == 1);
            assert_eq!(queue.receive(), Ok(1));
            assert_eq!(sender.join().unwrap(), Ok(()));
            assert_eq!(queue.receive(), Ok(2));
            assert_eq!(queue.receive(), Ok(3));
            let receiver = scope.spawn(|| {
                let _guard = controller.enter();
                queue.receive()
            });
            eventually("the receiver waits", || queue.peek().waiters.len() == 1);
            queue.send(4).unwrap();
            assert_eq!(receiver.join().unwrap(), Ok(4));
        });
    });
}

#[test]
fn join_returns_only_after_every_item_is_done() {
    in_both(|controller| {
        let queue = Queue::unbounded("queue");
        let done = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let _guard = controller.enter();
                    while queue.receive().is_ok() {
                        done.fetch_add(1, SeqCst);
                        queue.task_done().unwrap();
                    }
                });
            }
            (0..40).for_each(|item| queue.send(item).unwrap());
            queue.join().unwrap();
            assert_eq!(done.load(SeqCst), 40);
            queue.close();
        });
        assert!(matches!(queue.task_done(), Err(Refusal::Misuse(_))));
    });
}

#[test]
fn a_closed_queue_gives_what_it_has_and_takes_nothing() {
    in_both(|_| {
        let queue = Queue::bounded("queue", 4);
        queue.send(1).unwrap();
        queue.close();
        assert_eq!(queue.send(2), Err(Refusal::Closed));
        assert_eq!(queue.try_send(2), Err(Refusal::Closed));
        assert_eq!(queue.receive(), Ok(1));
        assert_eq!(queue.receive(), Err(Refusal::Closed));
        assert_eq!(queue.try_receive(), Err(Refusal::Closed));
    });
}

#[test]
fn a_stop_ends_every_wait() {
    in_both(|controller| {
        let lock = Arc::new(Lock::new("lock"));
        let condition = Condition::new("condition", &lock);
        let (rlock, gate) = (RLock::new("rlock"), Event::new("gate"));
        let (semaphore, barrier) = (Semaphore::new("semaphore", 0), Barrier::new("barrier", 2));
        let (queue, full) = (Queue::unbounded("queue"), Queue::bounded("full", 1));
        full.send(1).unwrap();
        rlock.acquire().unwrap();
        let waits: [&(dyn Fn() -> Result<(), Refusal> + Sync); 8] = [
            &|| Ok(rlock.acquire()?),
            &|| Ok(gate.wait()?),
            &|| Ok(semaphore.acquire()?),
            &|| barrier.wait().map(drop),
            &|| queue.receive().map(drop),
            &|| full.send(2),
            &|| Ok(full.join()?),
            &|| condition.wait(lock.lock()?).map(drop),
        ];
        thread::scope(|scope| {
            let waiters: Vec<_> = waits
                .into_iter()
                .map(|wait| {
                    scope.spawn(move || {
                        let _guard = controller.enter();
                        wait()
                    })
                })
                .collect();
            eventually("all wait", || {
                let lines = [
                    rlock.peek().waiters.len(),
                    gate.peek().waiters.len(),
                    semaphore.peek().waiters.len(),
                    barrier.peek().waiters.len(),
                    queue.peek().waiters.len(),
                    full.peek().waiters.len() / 2,
                    condition.peek().waiters.len(),
                ];
                lines == [1; 7]
            });
            controller.stop().request();
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Err(Refusal::Stopped));
            }
        });
        assert!(condition.peek().waiters.is_empty());
    });
}
