//! What pools promise when their workers die.

use rustix::process::Signal;
use threadbare::kit::child::{ForkServer, Start, WorkerFn};
use threadbare::kit::future::{Failure, Status, TaskError};
use threadbare::kit::process_pool::worker_fns::{
    Abort, Exit, ExitAt, ExitWhen, ExitingInput, Forever, Garbage, Grandchild, HalfFrame,
    OutOfMemory, Raise, SleepSquare, Square, Unreadable,
};
use threadbare::kit::process_pool::{Policy, PoolError, ProcessPool, Shutdown, WorkerState};

use crate::common::{
    builder, has_ended, is_gone, kill_worker, pool, program, soon, until, with_each_start,
};

fn pids(pool: &ProcessPool) -> Vec<u32> {
    pool.view().workers.iter().map(|worker| worker.pid).collect()
}

fn cause(result: Result<(), Failure>) -> String {
    match result {
        Err(Failure::Task(TaskError::WorkerDied { cause, .. })) => cause.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_death_breaks_the_pool_and_each_future_has_its_own_error() {
    with_each_start(|start| {
        let pool = pool(2, &start);
        let dying = pool.submit::<Exit>(&42).unwrap();
        let others: Vec<_> =
            (0..3).map(|_| pool.submit::<SleepSquare>(&(60_000_000, 1)).unwrap()).collect();
        assert_eq!(cause(dying.result(&soon())), "exited with code 42");
        let errors: Vec<_> =
            others.iter().map(|future| future.result(&soon()).unwrap_err().to_string()).collect();
        for (at, error) in errors.iter().enumerate() {
            assert!(
                error.contains(&format!("sleep #{}", at + 1))
                    && error.contains("exited with code 42"),
                "{error}"
            );
        }
        let again = pool.submit::<Square>(&1).unwrap_err();
        assert!(
            matches!(&again, PoolError::Broken(reason) if reason.contains("exited with code 42")),
            "{again}"
        );
        until("the survivors are gone", || pool.view().workers.is_empty());
        assert!(pool.view().gone.iter().all(|gone| is_gone(gone.pid)));
        let fresh = crate::common::pool(1, &start);
        assert_eq!(fresh.submit::<Square>(&2).unwrap().result(&soon()), Ok(4));
    });
}

#[test]
fn the_cause_of_a_death_is_named() {
    with_each_start(|start| {
        let pool = || builder(1, &start).policy(Policy::Replace { retries: 0 }).build().unwrap();
        let raise = |signal: u64| cause(pool().submit::<Raise>(&signal).unwrap().result(&soon()));
        assert_eq!(
            cause(pool().submit::<Exit>(&99).unwrap().result(&soon())),
            "exited with code 99"
        );
        assert_eq!(
            cause(pool().submit::<Abort>(&()).unwrap().result(&soon())),
            "was killed by SIGABRT"
        );
        assert_eq!(
            [9, 11, 15].map(raise),
            ["was killed by SIGKILL", "was killed by SIGSEGV", "was killed by SIGTERM"]
        );
        let half = cause(pool().submit::<HalfFrame>(&()).unwrap().result(&soon()));
        assert!(half.starts_with("ended within a frame"), "{half}");
        let garbage = cause(pool().submit::<Garbage>(&()).unwrap().result(&soon()));
        assert!(garbage.starts_with("sent something that is no frame"), "{garbage}");
        let memory = cause(pool().submit::<OutOfMemory>(&512).unwrap().result(&soon()));
        assert_eq!(memory, "was killed by SIGABRT");
    });
}

#[test]
fn a_result_that_cannot_be_read_breaks_the_pool_and_leaves_no_caller_waiting() {
    let pool = pool(1, &Start::Spawn);
    let error = pool.submit::<Unreadable>(&()).unwrap().wait(&soon());
    assert_eq!(error, Ok(()));
    until("it is broken", || pool.view().broken.is_some());
}

#[test]
fn an_idle_worker_that_is_killed_is_noticed_and_no_task_is_lost() {
    let pool = builder(1, &Start::Spawn).policy(Policy::Replace { retries: 1 }).build().unwrap();
    assert_eq!(pool.submit::<Square>(&2).unwrap().result(&soon()), Ok(4));
    until("it is idle", || pool.view().workers[0].state == WorkerState::Idle);
    let pid = pids(&pool)[0];
    assert!(kill_worker(pid, Signal::KILL));
    assert_eq!(pool.submit::<Square>(&3).unwrap().result(&soon()), Ok(9));
    assert_ne!(pids(&pool), [pid]);
}

#[test]
fn a_pool_whose_workers_cannot_start_reports_why() {
    let pool = ProcessPool::builder("/nonexistent/program".as_ref(), 2).build().unwrap();
    let error = pool.submit::<Square>(&1).unwrap().result(&soon()).unwrap_err();
    assert!(
        error.to_string().contains("no worker could be started: /nonexistent/program"),
        "{error}"
    );
    // Starts, and is no worker of ours.
    let pool = ProcessPool::builder("/bin/true".as_ref(), 2)
        .policy(Policy::Replace { retries: 99 })
        .build()
        .unwrap();
    let error = pool.submit::<Square>(&1).unwrap().result(&soon()).unwrap_err();
    assert!(error.to_string().contains("in a row died before they were ready"), "{error}");
    // Ends with a word about it: files that are not there.
    let pool = ProcessPool::builder("/bin/cat".as_ref(), 2).build().unwrap();
    let error = pool.wait_ready(&soon()).unwrap_err().to_string();
    let (worker, cause) = error.split_once(" before it was ready: ").unwrap();
    assert!(worker.ends_with("exited with code 1"), "{error}");
    assert!(cause.contains(": No such file"), "{error}");
}

#[test]
fn a_supervisor_retries_and_then_gives_up() {
    let pool = builder(2, &Start::Spawn).policy(Policy::Replace { retries: 2 }).build().unwrap();
    let dying = pool.submit::<Exit>(&3).unwrap();
    let error = dying.result(&soon()).unwrap_err();
    assert!(error.to_string().ends_with("tried 3 times"), "{error}");
    assert_eq!(pool.submit::<Square>(&6).unwrap().result(&soon()), Ok(36));
    assert_eq!(pool.view().retried, 2);
}

#[test]
fn a_pool_that_forgets_a_task_continues() {
    let pool = builder(1, &Start::Spawn).policy(Policy::Forget).build().unwrap();
    let lost = pool.submit::<Exit>(&3).unwrap();
    assert_eq!(pool.submit::<Square>(&6).unwrap().result(&soon()), Ok(36));
    assert_eq!((lost.status(), pool.view().lost), (Status::Running, 1));
    drop(pool);
    assert_eq!(lost.result(&soon()), Err(TaskError::Abandoned.into()));
}

#[test]
fn a_stopped_worker_is_flagged_and_can_be_ended() {
    with_each_start(|start| {
        let pool = pool(1, &start);
        let stuck = pool.submit::<Forever>(&()).unwrap();
        until("it runs", || pool.view().ready() == 1);
        let pid = pids(&pool)[0];
        assert!(kill_worker(pid, Signal::STOP));
        until("it is flagged", || matches!(pool.view().workers[0].state, WorkerState::Stopped(_)));
        drop(pool);
        assert!(is_gone(pid));
        assert!(stuck.is_done());
    });
}

// One that is stopped while it has nothing to do cannot end by itself either.
#[test]
fn a_worker_that_is_stopped_while_idle_is_ended() {
    let pool = pool(1, &Start::Spawn);
    pool.prestart();
    pool.wait_ready(&soon()).unwrap();
    let pid = pids(&pool)[0];
    assert!(kill_worker(pid, Signal::STOP));
    pool.shutdown(Shutdown::Drain);
    assert!(is_gone(pid));
}

#[test]
fn a_worker_that_dies_at_any_moment_of_a_task_is_an_error_in_time() {
    with_each_start(|start| {
        for breaks in [ExitWhen::Read, ExitWhen::Dropped, ExitWhen::Written] {
            let pool = builder(1, &start).policy(Policy::Replace { retries: 0 }).build().unwrap();
            let result = pool.submit::<ExitAt>(&ExitingInput::new(breaks)).unwrap().wait(&soon());
            assert_eq!(result, Ok(()));
            let error = pool.submit::<ExitAt>(&ExitingInput::new(breaks)).unwrap();
            error.wait(&soon()).unwrap();
            let reported = error.error().unwrap().to_string();
            assert!(
                reported.contains(&format!("exited with code {}", breaks.code())),
                "{reported}"
            );
            assert_eq!(pool.submit::<Square>(&3).unwrap().result(&soon()), Ok(9));
        }
    });
}

#[test]
fn what_a_dead_worker_started_ends_with_it() {
    with_each_start(|start| {
        let pool = builder(1, &start).policy(Policy::Replace { retries: 0 }).build().unwrap();
        for end in [Exit::NAME, Square::NAME] {
            let pid = pool.submit::<Grandchild>(&()).unwrap().result(&soon()).unwrap();
            let pid = u32::try_from(pid).unwrap();
            assert!(!has_ended(pid));
            if end == Exit::NAME {
                let _ = pool.submit::<Exit>(&3).unwrap().wait(&soon());
            } else {
                pool.shutdown(Shutdown::Drain);
            }
            until("the grandchild has ended", || has_ended(pid));
        }
    });
}

#[test]
fn a_fork_server_that_dies_breaks_its_pools_and_leaves_no_process() {
    let server = ForkServer::start(program()).unwrap();
    let pool = pool(2, &Start::ForkServer(server.clone()));
    let running = pool.submit::<Forever>(&()).unwrap();
    until("it runs", || pool.view().ready() > 0);
    let pids = pids(&pool);
    assert!(kill_worker(server.pid(), Signal::KILL));
    let error = running.result(&soon()).unwrap_err();
    assert!(error.to_string().contains("the fork server is gone"), "{error}");
    until("its workers have ended", || pids.iter().all(|pid| has_ended(*pid)));
    drop(pool);
}
