//! The tools as the explorer sees them: every step as the model predicts it.

use super::*;

/// All interleavings of a program hold, and there is more than one.
fn holds_single_stepped(program: impl Fn() -> Plan + Send + Sync + 'static) {
    let program: Arc<dyn Program> = Arc::new(program);
    let scheduler = Search::new(Method::Merged, Limits::default());
    let outcome = explore(scheduler, program, &Config::default());
    assert_eq!(outcome.fault, None);
    let search = outcome.scheduler;
    assert!(search.is_complete());
    assert_eq!(search.simplest().map(|found| &found.end), None);
    assert!(search.totals().total > 1);
}

fn refused(refusal: Refusal) -> Stopped {
    panic!("refused: {refusal}");
}

#[test]
fn single_stepped_a_bounded_buffer_made_of_a_lock_and_conditions_loses_nothing() {
    holds_single_stepped(|| {
        let lock = Arc::new(Lock::new("lock"));
        let filled = Arc::new(Condition::new("filled", &lock));
        let count = Arc::new(AtomicU32::new(0));
        let (lock2, filled2, count2, end) =
            (lock.clone(), filled.clone(), count.clone(), count.clone());
        Plan::new()
            .thread("producer", move || {
                for _ in 0..2 {
                    let _guard = lock.lock()?;
                    count.fetch_add(1, SeqCst);
                    filled.notify_one().map_err(refused)?;
                }
                Ok(())
            })
            .thread("consumer", move || {
                for _ in 0..2 {
                    let guard = lock2.lock()?;
                    let empty = || count2.load(SeqCst) == 0;
                    let _guard = filled2.wait_while(guard, empty).map_err(refused)?;
                    count2.fetch_sub(1, SeqCst);
                }
                Ok(())
            })
            .at_end(move |_| match end.load(SeqCst) {
                0 => Ok(()),
                left => Err(Broken::new("assertion", format!("{left} left"))),
            })
    });
}

#[test]
fn single_stepped_every_primitive_does_as_the_model_predicts() {
    holds_single_stepped(|| {
        let tools = Arc::new((
            RLock::new("rlock"),
            Semaphore::bounded("semaphore", 1),
            Event::new("gate"),
            Queue::bounded("queue", 1),
            Barrier::new("barrier", 2),
        ));
        let other = Arc::clone(&tools);
        Plan::new()
            .thread("one", move || {
                let (rlock, semaphore, gate, queue, barrier) = &*tools;
                {
                    let _outer = rlock.lock()?;
                    let _inner = rlock.lock()?;
                }
                semaphore.acquire()?;
                semaphore.release(1).map_err(refused)?;
                queue.send(1).map_err(refused)?;
                queue.send_timeout(2, SHORT).map_err(refused)?;
                gate.set();
                barrier.wait().map_err(refused)?;
                Ok(())
            })
            .thread("two", move || {
                let (rlock, semaphore, gate, queue, barrier) = &*other;
                let _held = rlock.try_acquire().then(|| rlock.release());
                if semaphore.try_acquire() {
                    semaphore.release(1).map_err(refused)?;
                }
                assert_eq!(queue.receive(), Ok(1));
                gate.wait()?;
                barrier.wait().map_err(refused)?;
                Ok(())
            })
    });
}

#[test]
fn single_stepped_a_barrier_of_three_has_one_leader_in_each_of_two_rounds() {
    holds_single_stepped(|| {
        let barrier = Arc::new(Barrier::new("barrier", 2));
        let led = Arc::new(AtomicU32::new(0));
        let plan = ["one", "two"].into_iter().fold(Plan::new(), |plan, name| {
            let (barrier, led) = (barrier.clone(), led.clone());
            plan.thread(name, move || {
                for _ in 0..2 {
                    let leads = barrier.wait().map_err(refused)?;
                    led.fetch_add(u32::from(leads), SeqCst);
                }
                Ok(())
            })
        });
        plan.at_end(move |_| match led.load(SeqCst) {
            2 => Ok(()),
            other => Err(Broken::new("assertion", format!("{other} leaders"))),
        })
    });
}

#[test]
fn single_stepped_a_notification_before_the_wait_is_lost() {
    let program: Arc<dyn Program> = Arc::new(|| {
        let lock = Arc::new(Lock::new("lock"));
        let condition = Arc::new(Condition::new("condition", &lock));
        let (lock2, condition2) = (lock.clone(), condition.clone());
        Plan::new()
            .thread("waiter", move || {
                let guard = lock.lock()?;
                condition.wait(guard).map(drop).map_err(refused)?;
                Ok(())
            })
            .thread("notifier", move || {
                let _guard = lock2.lock()?;
                condition2.notify_one().map_err(refused)?;
                Ok(())
            })
    });
    let scheduler = Search::new(Method::Plain, Limits::default());
    let outcome = explore(scheduler, program, &Config::default());
    assert_eq!(outcome.fault, None);
    let simplest = outcome.scheduler.simplest().unwrap();
    assert_eq!(simplest.end, End::Deadlock { cycle: vec![] });
}

/// Searches all interleavings of a program whose threads panic.
fn searched(program: impl Fn() -> Plan + Send + Sync + 'static) -> Search {
    let scheduler = Search::new(Method::Plain, Limits::default());
    let outcome = explore(scheduler, Arc::new(program), &Config::default());
    assert_eq!(outcome.fault, None);
    outcome.scheduler
}

/// A thread that unwinds from a panic of its own is at a step of its destructor when the run
/// ends by another thread's panic.
#[test]
fn single_stepped_a_thread_that_already_unwinds_leaves_a_run_that_is_over() {
    let search = searched(|| {
        let rlock = Arc::new(RLock::new("rlock"));
        Plan::new()
            .thread("one", move || {
                let _guard = rlock.lock()?;
                std::panic::resume_unwind(Box::new("one"));
            })
            .thread("two", || {
                local("a step");
                std::panic::resume_unwind(Box::new("two"))
            })
    });
    assert!(search.is_complete());
    assert!(search.totals().failed() > 1);
}

#[test]
fn single_stepped_a_panic_before_the_first_step_is_one_failure() {
    let search = searched(|| {
        Plan::new()
            .thread("one", || {
                local("a step");
                Ok(())
            })
            .thread("two", || std::panic::resume_unwind(Box::new("two")))
    });
    assert!(search.is_complete());
    assert_eq!((search.totals().total, search.totals().failed()), (1, 1));
}
