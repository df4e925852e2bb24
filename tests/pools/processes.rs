//! What Python's and loky's test suites ask of a pool of processes whose workers live.

use std::collections::HashSet;

use threadbare::kit::child::Start;
use threadbare::kit::future::{Failure, Status, TaskError, When, wait};
use threadbare::kit::process_pool::worker_fns::{
    BadArgument, BadResult, Echo, Exit, Fail, Forever, Grandchild, Noise, Panic, ReadStdin,
    SleepSquare, SpinSquare, Square,
};
use threadbare::kit::process_pool::{NotReady, Policy, PoolError, ProcessPool, Shutdown};

use crate::common::{builder, has_ended, pool, program, soon, until, with_each_start};

#[test]
fn a_map_gives_squares_in_order_whatever_the_chunk() {
    with_each_start(|start| {
        let pool = pool(2, &start);
        let inputs: Vec<u64> = (1..=10).collect();
        for chunk in [None, Some(1), Some(6), Some(10), Some(99)] {
            let squares: Result<Vec<_>, _> =
                pool.map::<Square>(&inputs, chunk).unwrap().within(soon()).collect();
            assert_eq!(squares.unwrap(), [1, 4, 9, 16, 25, 36, 49, 64, 81, 100], "chunk {chunk:?}");
        }
        assert_eq!(pool.map::<Square>(&[], None).unwrap().count(), 0);
        assert_eq!(pool.map::<Square>(&inputs, Some(0)).unwrap_err(), PoolError::EmptyChunk);
    });
}

#[test]
fn an_error_sits_at_its_own_place_with_its_origin() {
    let pool = pool(2, &Start::Spawn);
    let inputs = [1, u64::MAX, 3];
    for chunk in [1, 3] {
        let results: Vec<_> =
            pool.map::<Square>(&inputs, Some(chunk)).unwrap().within(soon()).collect();
        assert_eq!((&results[0], &results[2]), (&Ok(1), &Ok(9)));
        let Err(Failure::Task(TaskError::Failed { kind, place, .. })) = &results[1] else {
            panic!("{results:?}")
        };
        assert_eq!(&**kind, "OverflowError");
        assert!(place.contains("worker_fns.rs:"), "{place}");
    }
    let panicked = pool.submit::<Panic>(&"on purpose".to_owned()).unwrap().result(&soon());
    let Err(Failure::Task(TaskError::Panicked { message, place, .. })) = panicked else {
        panic!("{panicked:?}")
    };
    assert_eq!(&*message, "on purpose");
    assert!(place.contains("worker_fns.rs:"), "{place}");
    let failed = pool.submit::<Fail>(&"no".to_owned()).unwrap().result(&soon()).unwrap_err();
    assert!(failed.to_string().starts_with("ValueError in worker"), "{failed}");
    assert_eq!(pool.submit::<Square>(&7).unwrap().result(&soon()), Ok(49));
}

#[test]
fn nonsense_is_refused_with_a_clear_message() {
    let none = ProcessPool::builder(program(), 0).build().unwrap_err();
    assert_eq!(none.to_string(), "a pool needs at least 1 worker, not 0");
    let never = ProcessPool::builder(program(), 1).tasks_per_worker(0).build().unwrap_err();
    assert_eq!(never.to_string(), "a worker must do at least 1 task, not 0");
}

#[test]
fn workers_are_processes_of_ours() {
    let pool = pool(3, &Start::Spawn);
    pool.prestart();
    pool.wait_ready(&soon()).unwrap();
    let pids: HashSet<_> = pool.view().workers.iter().map(|worker| worker.pid).collect();
    assert_eq!(pids.len(), 3);
    for pid in pids {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        assert!(status.contains(&format!("PPid:\t{}", std::process::id())), "{status}");
    }
}

#[test]
fn an_idle_worker_is_used_again() {
    with_each_start(|start| {
        let pool = pool(8, &start);
        for n in 0..5 {
            assert_eq!(pool.submit::<Square>(&n).unwrap().result(&soon()), Ok(n * n));
            until("the worker is idle", || pool.view().workers[0].done == n + 1);
        }
        assert_eq!(pool.view().workers.len(), 1);
    });
}

#[test]
fn a_worker_is_recycled_after_its_tasks() {
    let pool = builder(1, &Start::Spawn).tasks_per_worker(3).build().unwrap();
    let mut pids = Vec::new();
    for _ in 0..4 {
        let future = pool.submit::<SleepSquare>(&(1000, 1)).unwrap();
        until("it runs", || future.status() != Status::Pending);
        pids.extend(pool.view().workers.iter().map(|worker| worker.pid).max());
        future.wait(&soon()).unwrap();
    }
    pool.shutdown(Shutdown::Drain);
    let gone: Vec<_> = pool.view().gone.iter().map(|gone| (gone.pid, gone.expected)).collect();
    assert_eq!(gone.len(), 2, "{gone:?}");
    assert!(gone.iter().all(|(_, expected)| *expected));
}

#[test]
fn recycling_keeps_all_results() {
    let pool = builder(3, &Start::Spawn).tasks_per_worker(10).build().unwrap();
    let inputs: Vec<u64> = (0..100).collect();
    let results: Result<Vec<_>, _> =
        pool.map::<Square>(&inputs, Some(1)).unwrap().within(soon()).collect();
    assert_eq!(results.unwrap(), inputs.iter().map(|n| n * n).collect::<Vec<_>>());
    pool.shutdown(Shutdown::Drain);
    let pids: HashSet<_> = pool.view().gone.iter().map(|gone| gone.pid).collect();
    assert!(pids.len() >= 10, "{}", pids.len());
}

#[test]
fn the_initializer_runs_first_and_its_failure_breaks_the_pool() {
    let pool = builder(2, &Start::Spawn).initializer::<Square>(&3).unwrap().build().unwrap();
    assert_eq!(pool.submit::<Square>(&4).unwrap().result(&soon()), Ok(16));
    let pool = builder(2, &Start::Spawn)
        .initializer::<Fail>(&"not today".to_owned())
        .unwrap()
        .build()
        .unwrap();
    let error = pool.submit::<Square>(&4).unwrap().result(&soon()).unwrap_err();
    assert!(error.to_string().contains("not today"), "{error}");
}

#[test]
fn an_initializer_that_ends_its_process_is_named_as_the_cause() {
    with_each_start(|start| {
        let policies = [Policy::FailAll, Policy::Forget, Policy::Replace { retries: 0 }];
        for policy in policies {
            let builder = builder(2, &start).policy(policy);
            let pool = builder.initializer::<Exit>(&3).unwrap().build().unwrap();
            let error = pool.submit::<Square>(&4).unwrap().result(&soon());
            let error = error.unwrap_err().to_string();
            assert!(
                error.starts_with("square #0 did not run: the pool is broken: ")
                    && error.ends_with("exited with code 3 in its initializer"),
                "{policy:?}: {error}"
            );
            let error = pool.wait_ready(&soon()).unwrap_err();
            assert!(matches!(error, NotReady::Pool(PoolError::Broken(_))), "{error}");
        }
    });
}

#[test]
fn what_cannot_be_sent_fails_its_own_future_only() {
    let pool = pool(1, &Start::Spawn);
    let error = pool.submit::<BadResult>(&()).unwrap().wait(&soon());
    assert_eq!(error, Ok(()));
    let huge = vec![0; threadbare::kit::wire::LONGEST];
    let error = pool.submit::<Echo>(&huge).unwrap().error().unwrap();
    assert!(matches!(error, TaskError::Unsendable { .. }), "{error}");
    let argument = pool
        .submit::<BadArgument>(&threadbare::kit::process_pool::worker_fns::Undecodable)
        .unwrap();
    let error = argument.result(&soon()).unwrap_err();
    assert!(error.to_string().contains("could not be read"), "{error}");
    assert_eq!(pool.submit::<Square>(&5).unwrap().result(&soon()), Ok(25));
}

#[test]
fn a_worker_that_reads_its_input_finds_the_end_of_it() {
    with_each_start(|start| {
        assert_eq!(pool(1, &start).submit::<ReadStdin>(&()).unwrap().result(&soon()), Ok(0));
    });
}

#[test]
fn many_threads_that_wait_lead_the_pool_in_turn_and_none_is_forgotten() {
    with_each_start(|start| {
        let pool = pool(3, &start);
        std::thread::scope(|scope| {
            for caller in 0..8u64 {
                let pool = &pool;
                scope.spawn(move || {
                    for n in (0..200).map(|n| 1000 * caller + n) {
                        let future = pool.submit::<Square>(&n).unwrap();
                        assert_eq!(future.take(&soon()), Ok(n * n));
                    }
                });
            }
        });
    });
}

#[test]
fn a_thread_that_waits_and_leads_is_woken_by_a_cancellation_and_by_the_end() {
    with_each_start(|start| {
        let pool = pool(1, &start);
        let busy = pool.submit::<Forever>(&()).unwrap();
        let pending = pool.submit::<Square>(&3).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| pending.take(&soon()));
            until("the task runs", || busy.status() == Status::Running);
            assert!(pending.cancel());
            let cancelled = waiting.join().unwrap();
            assert_eq!(cancelled, Err(Failure::Task(TaskError::Cancelled)));
            let waiting = scope.spawn(|| busy.take(&soon()));
            pool.begin_shutdown(Shutdown::Terminate);
            assert!(matches!(waiting.join().unwrap(), Err(Failure::Task(_))));
        });
    });
}

#[test]
fn a_noisy_worker_does_not_disturb() {
    with_each_start(|start| {
        let pool = pool(1, &start);
        // More than a pipe holds, so that a worker whose output is not read would block.
        assert_eq!(pool.submit::<Noise>(&10_000).unwrap().result(&soon()), Ok(()));
        assert_eq!(pool.submit::<Square>(&3).unwrap().result(&soon()), Ok(9));
    });
}

#[test]
fn a_pool_may_be_resized_with_work_in_flight() {
    let pool = pool(2, &Start::Spawn);
    let mut futures = Vec::new();
    for size in [12, 2, 1, 12, 6, 1, 8, 5] {
        pool.resize(size);
        futures.extend((0..20).map(|n| pool.submit::<SpinSquare>(&(200, n)).unwrap()));
    }
    assert_eq!(wait(&futures, When::All, &soon()).done.len(), 160);
    until("the surplus has ended", || pool.view().workers.len() <= 5);
}

#[test]
fn payloads_of_any_size_come_back() {
    with_each_start(|start| {
        let pool = pool(2, &start);
        let sizes = [0, 1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 1 << 20, 16 << 20];
        let futures: Vec<_> = sizes
            .iter()
            .map(|size| {
                let bytes: Vec<u8> =
                    (0..*size).map(|n: usize| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
                (pool.submit::<Echo>(&bytes).unwrap(), bytes)
            })
            .collect();
        for (future, bytes) in futures {
            assert!(future.take(&soon()).unwrap() == bytes, "{} bytes", bytes.len());
        }
    });
}

#[test]
fn a_grandchild_ends_with_its_worker() {
    with_each_start(|start| {
        let pool = pool(1, &start);
        let grandchild = pool.submit::<Grandchild>(&()).unwrap().result(&soon()).unwrap();
        let pid = u32::try_from(grandchild).unwrap();
        assert!(!has_ended(pid));
        pool.shutdown(Shutdown::Terminate);
        // Somebody else reaps it: a zombie has ended too.
        until("the grandchild has ended", || has_ended(pid));
    });
}
