//! How pools of processes end, and that nothing is left of them.

use std::collections::HashSet;
use std::fs;

use threadbare::kit::child::{ForkServer, Start};
use threadbare::kit::future::{Status, When, wait};
use threadbare::kit::process_pool::worker_fns::{Exit, Fail, SleepSquare, Square};
use threadbare::kit::process_pool::{PoolError, Shutdown};

use crate::common::{builder, is_gone, pool, program, soon, until, with_each_start};

#[test]
fn a_draining_shutdown_works_off_the_queue_and_then_refuses() {
    with_each_start(|start| {
        let pool = pool(2, &start);
        let futures: Vec<_> = (0..50).map(|n| pool.submit::<Square>(&n).unwrap()).collect();
        pool.shutdown(Shutdown::Drain);
        pool.shutdown(Shutdown::Drain);
        assert!(futures.iter().all(|future| future.status() == Status::Finished));
        assert_eq!(pool.submit::<Square>(&1).unwrap_err(), PoolError::ShutDown);
        let view = pool.view();
        assert!(
            view.workers.is_empty()
                && view.gone.iter().all(|gone| gone.expected && is_gone(gone.pid))
        );
    });
}

#[test]
fn a_shutdown_that_does_not_wait_still_ends_everything() {
    for workers in [2, 4] {
        let pool = builder(workers, &Start::Spawn).tasks_per_worker(1).build().unwrap();
        let futures: Vec<_> = (0..6).map(|n| pool.submit::<Square>(&n).unwrap()).collect();
        let failing = pool.submit::<Fail>(&"as planned".to_owned()).unwrap();
        pool.begin_shutdown(Shutdown::Drain);
        assert_eq!(wait(&futures, When::All, &soon()).done.len(), 6);
        assert!(failing.result(&soon()).is_err());
        until("the pool has ended", || pool.view().ended);
    }
}

#[test]
fn a_forced_stop_is_quick_whatever_waits() {
    with_each_start(|start| {
        let pool = pool(2, &start);
        let futures: Vec<_> =
            (0..10_000).map(|_| pool.submit::<SleepSquare>(&(60_000_000, 1)).unwrap()).collect();
        until("they run", || futures[0].status() == Status::Running);
        pool.shutdown(Shutdown::Terminate);
        assert!(futures.iter().all(threadbare::kit::future::Future::is_done));
        assert!(pool.view().gone.iter().all(|gone| is_gone(gone.pid)));
    });
}

#[test]
fn a_forced_stop_of_a_dead_or_never_started_pool_is_nothing() {
    let never = pool(2, &Start::Spawn);
    never.shutdown(Shutdown::Terminate);
    let dead = pool(1, &Start::Spawn);
    let _ = dead.submit::<Exit>(&1).unwrap().wait(&soon());
    until("it is broken", || dead.view().broken.is_some() && dead.view().workers.is_empty());
    dead.shutdown(Shutdown::Terminate);
}

#[test]
fn a_crash_after_the_shutdown_began_leaves_no_caller_waiting() {
    let pool = pool(1, &Start::Spawn);
    let first = pool.submit::<SleepSquare>(&(20_000, 1)).unwrap();
    let crash = pool.submit::<Exit>(&1).unwrap();
    pool.begin_shutdown(Shutdown::Drain);
    assert_eq!(first.result(&soon()), Ok(1));
    assert!(crash.result(&soon()).is_err());
    pool.shutdown(Shutdown::Drain);
}

/// Descriptors and threads of this process. Other tests of this binary have their own, so
/// the count is taken in a process of its own: see [`many_pools_leave_nothing`].
fn belongings() -> (usize, usize) {
    let count = |folder| fs::read_dir(folder).unwrap().count();
    (count("/proc/self/fd"), count("/proc/self/task"))
}

#[test]
fn many_pools_leave_nothing() {
    const ALONE: &str = "THREADBARE_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let me = std::env::current_exe().unwrap();
        let status = std::process::Command::new(me)
            .args(["--exact", "shutdown::many_pools_leave_nothing", "--nocapture"])
            .env(ALONE, "1")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let server = ForkServer::start(program()).unwrap();
    let use_one = |start: &Start| {
        let pool = pool(2, start);
        assert_eq!(pool.submit::<Square>(&3).unwrap().result(&soon()), Ok(9));
        pool.view().workers.iter().map(|worker| worker.pid).collect::<Vec<_>>()
    };
    use_one(&Start::Spawn);
    let before = belongings();
    let mut pids = HashSet::new();
    for _ in 0..100 {
        pids.extend(use_one(&Start::Spawn));
        pids.extend(use_one(&Start::ForkServer(server.clone())));
    }
    assert_eq!(belongings(), before);
    until("all workers are gone", || pids.iter().all(|pid| *pid == 0 || is_gone(*pid)));
    let children: String = fs::read_dir("/proc/self/task")
        .unwrap()
        .map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default())
        .collect();
    assert_eq!(children.trim(), server.pid().to_string());
}
