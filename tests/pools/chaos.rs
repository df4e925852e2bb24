//! Workers are killed at random while they work: no task is lost or done twice,
//! and no process is left.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use threadbare::kit::child::{Death, ForkServer, Start};
use threadbare::kit::future::{Failure, TaskError, When, wait};
use threadbare::kit::limit::Limit;
use threadbare::kit::process_pool::worker_fns::{SpinSquare, Square};
use threadbare::kit::process_pool::{Policy, ProcessPool, Shutdown};

use crate::common::{
    TIMEOUT, builder, is_gone, kill_worker, pause, program, soon, until, with_each_start,
};

const SIGKILL: i32 = 9;
const SEED: u64 = 20_261_123;
/// Waves of tasks that are under way at once.
const WAVES: usize = 4;
const DRAIN: Duration = Duration::from_secs(8);

/// A figure from the environment: `100000` tasks and `1000` kills for the long form.
fn from_env(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn under_random_kills_each_task_ends_exactly_once() {
    let (tasks, kills) =
        (from_env("THREADBARE_CHAOS_TASKS", 2_500), from_env("THREADBARE_CHAOS_KILLS", 50));
    with_each_start(|start| {
        kill_at_random(&start, Policy::Replace { retries: 100 }, tasks, kills);
        kill_at_random(&start, Policy::Replace { retries: 0 }, tasks, kills);
    });
}

/// `THREADBARE_CHAOS_ROUNDS=500` for the long form.
#[test]
#[ignore = "hours in its full form: 500 rounds of 300 kills, in four kinds"]
fn under_hundreds_of_kills_in_each_of_many_rounds_each_task_ends_exactly_once() {
    for _ in 0..from_env("THREADBARE_CHAOS_ROUNDS", 500) {
        with_each_start(|start| {
            kill_at_random(&start, Policy::Replace { retries: 100 }, 3_000, 300);
            kill_at_random(&start, Policy::Replace { retries: 0 }, 3_000, 300);
        });
    }
}

#[test]
fn each_worker_of_a_fork_server_has_its_pid() {
    many_pools(10);
}

#[test]
#[ignore = "minutes: the long form of the one above"]
fn each_worker_of_a_fork_server_has_its_pid_in_thousands_of_pools() {
    for _ in 0..from_env("THREADBARE_CHAOS_ROUNDS", 10) {
        println!("longest drain of 400 pools: {:?}", many_pools(400));
    }
}

/// Fresh pools of 8 with 200 short tasks each: all workers become ready, while tasks run
/// and others wait and help, and all end with the queue. Gives the longest drain.
fn many_pools(count: usize) -> Duration {
    let mut longest = Duration::ZERO;
    let start = Start::ForkServer(ForkServer::start(program()).unwrap());
    for _ in 0..count {
        let pool = builder(8, &start).build().unwrap();
        let tasks: Vec<_> = (0..200).map(|n| pool.submit::<Square>(&n).unwrap()).collect();
        assert_eq!(tasks[0].result(&soon()), Ok(0));
        pool.wait_ready(&soon()).unwrap();
        let workers = pool.view().workers;
        let pids: HashSet<_> = workers.iter().map(|worker| worker.pid).collect();
        assert!(pids.len() == 8 && !pids.contains(&0), "{workers:?}");
        // Far less than the 10 s after which a mute fork server is given up.
        let drained = Instant::now();
        pool.shutdown(Shutdown::Drain);
        longest = longest.max(drained.elapsed());
        assert!(longest < DRAIN, "{longest:?}");
        let view = pool.view();
        assert!(view.broken.is_none(), "{view:?}");
        for (n, task) in (0u64..).zip(tasks) {
            assert_eq!(task.take(&Limit::now()), Ok(n * n));
        }
    }
    longest
}

/// Runs `tasks` tasks on a pool while `kills` of its workers are killed, one after the other.
fn kill_at_random(start: &Start, policy: Policy, tasks: usize, kills: usize) {
    let pool = builder(4, start).policy(policy).build().unwrap();
    let ledger: Arc<[AtomicU32]> = (0..tasks).map(|_| AtomicU32::new(0)).collect();
    let ended = Arc::new(AtomicUsize::new(0));
    let submit = |n: usize| {
        let future = pool.submit::<SpinSquare>(&(100, n as u64)).unwrap();
        let (ledger, ended) = (Arc::clone(&ledger), Arc::clone(&ended));
        future.on_done(move |_| {
            ledger[n].fetch_add(1, Ordering::Relaxed);
            ended.fetch_add(1, Ordering::Release);
        });
        future
    };
    // Spread over the whole run, whatever the speed of the machine: before each kill there
    // is new work, so there is a worker, and most of the work before it has been done.
    let wave = tasks / (kills + 1);
    let mut futures = Vec::with_capacity(tasks);
    let mut random = StdRng::seed_from_u64(SEED);
    let mut killed = HashSet::new();
    for kill in 0..kills {
        futures.extend((kill * wave..(kill + 1) * wave).map(submit));
        until("the work goes on", || {
            ended.load(Ordering::Acquire) >= kill.saturating_sub(WAVES) * wave
        });
        killed.insert(kill_one(&pool, &mut random));
    }
    futures.extend((kills * wave..tasks).map(submit));
    let limit = Limit::within(TIMEOUT * u32::try_from(1 + tasks / 5_000).unwrap());
    assert_eq!(wait(&futures, When::All, &limit).done.len(), tasks, "seed {SEED}");
    pool.shutdown(Shutdown::Drain);
    assert!(ledger.iter().all(|count| count.load(Ordering::Relaxed) == 1), "seed {SEED}");
    for (n, future) in futures.iter().enumerate() {
        match future.result(&limit) {
            Ok(square) => assert_eq!(square, (n * n) as u64),
            Err(error) => {
                assert!(matches!(policy, Policy::Replace { retries: 0 }), "{error}");
                let Failure::Task(TaskError::WorkerDied { pid, cause, .. }) = error else {
                    panic!("{error}")
                };
                assert!(
                    killed.contains(&pid) && cause.ends_with("was killed by SIGKILL"),
                    "{pid} {cause}"
                );
            }
        }
    }
    let view = pool.view();
    let deaths: HashSet<u32> = view
        .gone
        .iter()
        .filter(|gone| gone.death == Death::Signalled(SIGKILL))
        .map(|gone| gone.pid)
        .collect();
    assert_eq!(deaths, killed);
    assert!(view.gone.iter().all(|gone| is_gone(gone.pid)));
}

/// Kills a worker that has a pid; returns which.
fn kill_one(pool: &ProcessPool, random: &mut StdRng) -> u32 {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let view = pool.view();
        let pids = view.workers.iter().map(|worker| worker.pid);
        let pids: Vec<u32> = pids.filter(|pid| *pid != 0).collect();
        if !pids.is_empty() {
            let pid = pids[random.random_range(0..pids.len())];
            if kill_worker(pid, rustix::process::Signal::KILL) {
                return pid;
            }
        }
        assert!(Instant::now() < deadline, "no worker to kill: {view:?}");
        pause();
    }
}
