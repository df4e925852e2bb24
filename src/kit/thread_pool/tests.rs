//! What Python's and rayon's test suites ask of a pool of threads.

mod nested;
mod observed;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::kit::event::{Ending, TaskOutcome, What};
use crate::kit::future::{Failure, Status, TaskError, When, as_completed, wait};
use crate::kit::limit::{Limit, Timeout};
use crate::kit::panics;
use crate::kit::recorder::recorder;
use crate::kit::stop::Stop;

fn soon() -> Limit {
    Limit::within(Duration::from_secs(30))
}

/// Whether every entry of the queue was worked off. They are counted only until all workers
/// are started.
fn is_worked_off(pool: &ThreadPool) -> bool {
    let unfinished = pool.shared.unfinished.load(Ordering::SeqCst);
    pool.queued() == 0 && (unfinished == 0 || !pool.shared.may_grow())
}

/// Blocks its caller until it is opened; bounded, so that a failing test ends.
#[derive(Clone, Default)]
struct Latch(Stop);

impl Latch {
    fn wait(&self) {
        assert!(self.0.sleep(Duration::from_secs(30)), "the latch was not opened");
    }

    fn open(&self) {
        self.0.request();
    }
}

fn until(mut condition: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(std::time::Instant::now() < deadline, "it never came about");
        std::thread::yield_now();
    }
}

#[test]
fn submit_gives_the_tasks_value() {
    let pool = ThreadPool::new(2).unwrap();
    let future = pool.submit(|| 6 * 7).unwrap();
    assert_eq!(future.result(&soon()), Ok(42));
    assert_eq!(future.status(), Status::Finished);
}

#[test]
fn an_error_is_at_its_own_place() {
    let pool = ThreadPool::new(2).unwrap();
    let results = pool.map(1..=4, |n| if n == 3 { panic!("three") } else { n }).unwrap();
    let results: Vec<_> =
        results.map(|result| result.map_err(|failure| failure.to_string())).collect();
    assert_eq!((&results[0], &results[1], &results[3]), (&Ok(1), &Ok(2), &Ok(4)));
    let error = results[2].as_ref().unwrap_err();
    assert!(error.contains("three") && error.contains("tests.rs:"), "{error}");
}

#[test]
fn a_panic_in_a_chunk_is_the_error_of_its_own_item() {
    let pool = ThreadPool::new(1).unwrap();
    let odd = |n: u32| {
        assert!(n.is_multiple_of(2), "{n} is odd");
        n
    };
    let results: Vec<_> = pool.map_chunked(0..5, 5, odd).unwrap().collect();
    for (n, result) in (0..).zip(results) {
        match result {
            Ok(even) => assert!(even == n && n.is_multiple_of(2)),
            Err(error) => assert!(error.to_string().ends_with(&format!("{n} is odd"))),
        }
    }
    assert_eq!(pool.view()[0].done, 5);
}

#[test]
fn a_cancelling_shutdown_cancels_what_is_left_of_a_chunk() {
    let (pool, latch, begun) = (ThreadPool::new(1).unwrap(), Latch::default(), Latch::default());
    let (pass, first) = (latch.clone(), begun.clone());
    let wait = move |n: u32| {
        first.open();
        pass.wait();
        n
    };
    let results = pool.map_chunked(0..6, 3, wait).unwrap();
    begun.wait();
    std::thread::scope(|scope| {
        scope.spawn(|| pool.shutdown(Shutdown::Cancel));
        until(|| pool.shared.cancelling.load(Ordering::SeqCst));
        latch.open();
    });
    let cancelled = || Err(Failure::Task(TaskError::Cancelled));
    let expected = std::iter::once(Ok(0)).chain(std::iter::repeat_with(cancelled).take(5));
    assert!(results.eq(expected));
}

#[test]
fn chunks_never_change_results() {
    let pool = ThreadPool::new(3).unwrap();
    for chunk in [1, 6, 20, 99] {
        let squares: Vec<_> =
            pool.map_chunked(0..20, chunk, |n| n * n).unwrap().map(Result::unwrap).collect();
        assert_eq!(squares, (0..20).map(|n| n * n).collect::<Vec<_>>(), "chunk {chunk}");
        assert_eq!(pool.map_chunked(0..0, chunk, |n: u32| n).unwrap().count(), 0);
    }
    assert!(matches!(pool.map_chunked(0..3, 0, |n| n), Err(PoolError::EmptyChunk)));
}

#[test]
fn an_input_that_fails_midway_leaves_the_pool_usable() {
    let pool = ThreadPool::new(2).unwrap();
    for bad in [0, 3] {
        let items = (0..5).map(move |n| if n == bad { panic!("no item {n}") } else { n });
        let panic = panics::capture(|| pool.map(items, |n| n).map(|_| ())).unwrap_err();
        assert_eq!(&*panic.message, format!("no item {bad}"));
        assert_eq!(pool.submit(|| 1).unwrap().result(&soon()), Ok(1));
    }
}

#[test]
fn a_map_at_its_limit_gives_what_it_has_and_cancels_the_rest() {
    let (pool, latch) = (ThreadPool::new(1).unwrap(), Latch::default());
    let (ran, inside) = (Arc::new(AtomicU32::new(0)), latch.clone());
    let count = Arc::clone(&ran);
    let results = pool
        .map(0..5, move |n| {
            count.fetch_add(1, Ordering::SeqCst);
            if n == 2 {
                inside.wait();
            }
            n
        })
        .unwrap();
    until(|| ran.load(Ordering::SeqCst) == 3);
    let results: Vec<_> = results.within(Limit::within(Duration::from_millis(20))).collect();
    assert_eq!(results, [Ok(0), Ok(1), Err(Failure::Wait(Timeout::Elapsed))]);
    latch.open();
    pool.shutdown(Shutdown::Drain);
    assert_eq!(ran.load(Ordering::SeqCst), 3);
}

#[test]
fn futures_come_in_the_order_of_their_completion() {
    let (pool, latch) = (ThreadPool::new(2).unwrap(), Latch::default());
    let inside = latch.clone();
    let slow = pool.submit(move || inside.wait()).unwrap();
    let fast = pool.submit(|| ()).unwrap();
    let mut completed = as_completed(&[slow, fast], soon());
    completed.next().unwrap().unwrap().result(&soon()).unwrap();
    latch.open();
    assert!(completed.next().unwrap().is_ok() && completed.next().is_none());
}

#[test]
fn callbacks_may_submit() {
    fn chain(pool: &Arc<ThreadPool>, left: u32, ran: &Arc<AtomicU32>) {
        if left == 0 {
            return;
        }
        let (next, ran) = (Arc::clone(pool), Arc::clone(ran));
        let future = pool.submit(|| ()).unwrap();
        future.on_done(move |_| {
            ran.fetch_add(1, Ordering::SeqCst);
            chain(&next, left - 1, &ran);
        });
    }
    let (pool, ran) = (Arc::new(ThreadPool::new(2).unwrap()), Arc::new(AtomicU32::new(0)));
    for length in [100, 50, 60] {
        chain(&pool, length, &ran);
    }
    until(|| ran.load(Ordering::SeqCst) == 210);
}

#[test]
fn a_pool_without_workers_is_refused() {
    assert_eq!(
        ThreadPool::new(0).unwrap_err().to_string(),
        "a pool needs at least 1 worker, not 0"
    );
}

#[test]
fn a_flood_of_blocking_tasks_has_as_many_workers_as_the_limit() {
    let (pool, latch) = (ThreadPool::new(4).unwrap(), Latch::default());
    let tasks: Vec<_> = (0..60)
        .map(|_| latch.clone())
        .map(|latch| pool.submit(move || latch.wait()).unwrap())
        .collect();
    until(|| pool.queued() == 56);
    assert_eq!(pool.workers(), 4);
    assert!(pool.deepest_queue() >= 56);
    latch.open();
    assert_eq!(wait(&tasks, When::All, &soon()).done.len(), 60);
}

#[test]
fn queue_depths_counts_and_times_are_those_of_the_tasks() {
    let (pool, latch) = (ThreadPool::new(1).unwrap(), Latch::default());
    let pass = latch.clone();
    let first = pool.submit(move || pass.wait()).unwrap();
    until(|| first.status() == Status::Running);
    let tasks: Vec<_> = (0..7).map(|n| pool.submit(move || n).unwrap()).collect();
    let running = WorkerView { name: "worker_0".into(), state: WorkerState::Running(0), done: 0 };
    assert_eq!(pool.view(), std::slice::from_ref(&running));
    assert_eq!((pool.queued(), pool.deepest_queue(), pool.workers()), (7, 7, 1));
    let times = first.times();
    assert_eq!((times.worker.as_deref(), times.ended), (Some("worker_0"), None));
    assert!(tasks[6].times().started.is_none());
    latch.open();
    assert_eq!(wait(&tasks, When::All, &soon()).done.len(), 7);
    // The last one's future is done before its worker leaves; the rest is known.
    pool.shutdown(Shutdown::Drain);
    let ended = WorkerView { state: WorkerState::Ended, done: 8, ..running };
    assert_eq!(pool.view(), [ended]);
    assert_eq!((pool.queued(), pool.deepest_queue()), (0, 7));
    let mut before = times.queued;
    for task in
        std::iter::once(&first.times()).chain(&tasks.iter().map(Future::times).collect::<Vec<_>>())
    {
        let (started, ended) = (task.started.unwrap(), task.ended.unwrap());
        assert!(task.queued <= started && started <= ended, "{task:?}");
        assert!(before <= started, "one worker, one after the other: {task:?}");
        before = ended;
    }
}

#[test]
fn a_map_that_no_thread_reads_still_runs() {
    let ran = Arc::new(AtomicU32::new(0));
    let (pool, count) = (ThreadPool::new(2).unwrap(), Arc::clone(&ran));
    drop(pool.map(0..20, move |_| count.fetch_add(1, Ordering::SeqCst)).unwrap());
    pool.shutdown(Shutdown::Drain);
    assert_eq!(ran.load(Ordering::SeqCst), 20);
}

#[test]
fn a_panic_hurts_its_own_future_only() {
    let pool = ThreadPool::new(2).unwrap();
    let tasks: Vec<_> =
        (0..10).map(|n| pool.submit(move || assert_ne!(n, 4, "not four")).unwrap()).collect();
    let failed: Vec<_> = (0..10).filter(|n| tasks[*n].result(&soon()).is_err()).collect();
    assert_eq!(failed, [4]);
    let workers = pool.workers();
    let sum: u32 = pool.map(0..1000, |n| n % 2).unwrap().map(Result::unwrap).sum();
    assert_eq!((sum, pool.workers() <= 2, workers <= pool.workers()), (500, true, true));
}

#[test]
fn workers_have_names_that_the_system_shows() {
    let pool = ThreadPool::builder(1).prefix("named").build().unwrap();
    let comm = pool.submit(|| std::fs::read_to_string("/proc/thread-self/comm")).unwrap();
    assert_eq!(comm.take(&soon()).unwrap().unwrap().trim(), "named_0");
}

#[test]
fn dropping_a_pool_runs_its_queue_dry() {
    let ran = Arc::new(AtomicU32::new(0));
    let pool = ThreadPool::new(2).unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|_| Arc::clone(&ran))
        .map(|ran| pool.submit(move || ran.fetch_add(1, Ordering::SeqCst)).unwrap())
        .collect();
    drop(pool);
    assert_eq!(ran.load(Ordering::SeqCst), 50);
    assert!(tasks.iter().all(Future::is_done));
}

#[test]
fn a_stack_overflow_is_loud_and_a_larger_stack_holds() {
    /// Takes about a kilobyte of stack for each level.
    fn deep(level: u32) -> u64 {
        let room = std::hint::black_box([u64::from(level); 128]);
        if level == 0 { room[0] } else { deep(level - 1) + room[1] % 2 }
    }
    const STACK: &str = "THREADBARE_TEST_STACK";
    if let Ok(bytes) = std::env::var(STACK) {
        let pool = ThreadPool::builder(1).stack_size(bytes.parse().unwrap());
        let future = pool.build().unwrap().submit(|| deep(1000)).unwrap();
        future.result(&soon()).unwrap();
        return;
    }
    let with_stack = |bytes: &str| {
        let me = std::env::current_exe().unwrap();
        let name = "kit::thread_pool::tests::a_stack_overflow_is_loud_and_a_larger_stack_holds";
        let mut test = std::process::Command::new(me);
        test.args(["--exact", name]).env(STACK, bytes).output().unwrap().status
    };
    let overflown = std::os::unix::process::ExitStatusExt::signal(&with_stack("65536"));
    assert!(matches!(overflown, Some(libc::SIGABRT | libc::SIGSEGV)), "{overflown:?}");
    assert!(with_stack("33554432").success());
}

#[test]
fn an_idle_worker_is_used_again() {
    let pool = ThreadPool::new(8).unwrap();
    for n in 0..20 {
        assert_eq!(pool.submit(move || n).unwrap().result(&soon()), Ok(n));
    }
    assert_eq!(pool.workers(), 1);
}

#[test]
fn the_initializer_runs_before_the_first_task_of_each_worker() {
    thread_local!(static READY: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });
    let pool = ThreadPool::builder(3).initializer(|| READY.set(true)).build().unwrap();
    assert!(pool.map(0..50, |_| READY.get()).unwrap().all(|ready| ready == Ok(true)));
}

#[test]
fn a_pool_that_was_shut_down_refuses_tasks() {
    let pool = ThreadPool::new(1).unwrap();
    pool.shutdown(Shutdown::Drain);
    pool.shutdown(Shutdown::Drain);
    assert!(matches!(pool.submit(|| ()), Err(PoolError::ShutDown)));
}

#[test]
fn a_detached_pool_ends_its_queue_by_itself() {
    let (pool, latch) = (ThreadPool::new(1).unwrap(), Latch::default());
    let inside = latch.clone();
    let first = pool.submit(move || inside.wait()).unwrap();
    let second = pool.submit(|| 2).unwrap();
    pool.shutdown(Shutdown::Detach);
    assert!(!first.is_done());
    latch.open();
    assert_eq!(second.result(&soon()), Ok(2));
}

#[test]
fn a_cancelling_shutdown_leaves_what_waits_undone() {
    let (pool, latch) = (ThreadPool::new(1).unwrap(), Latch::default());
    let inside = latch.clone();
    let running = pool.submit(move || inside.wait()).unwrap();
    until(|| running.status() == Status::Running);
    let waiting: Vec<_> = (0..10_000).map(|_| pool.submit(|| ()).unwrap()).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| pool.shutdown(Shutdown::Cancel));
        until(|| pool.shared.cancelling.load(Ordering::SeqCst));
        latch.open();
    });
    assert_eq!(running.status(), Status::Finished);
    assert!(waiting.iter().all(|future| future.status() == Status::Cancelled));
}

#[test]
fn a_task_may_hold_the_last_handle_to_its_pool() {
    let pool = Arc::new(ThreadPool::new(1).unwrap());
    let (inside, latch) = (Arc::clone(&pool), Latch::default());
    let wait = latch.clone();
    let future = pool
        .submit(move || {
            wait.wait();
            drop(inside);
        })
        .unwrap();
    drop(pool);
    latch.open();
    assert_eq!(future.result(&soon()), Ok(()));
}
