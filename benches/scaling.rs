//! What one more worker, task or thread costs, from few to many: a cost for each that stays the
//! same is a straight line, and one that jumps from one size to the next is a cliff.
//!
//! `cargo bench --bench scaling`. Each figure is for one worker, task or operation. The ratio of a
//! row is that to the row of the smallest size; the goal is for the worst step between two sizes.

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

mod common;

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::{Goals, Rival, table, timed};
use threadbare::kit::child::{ForkServer, Start};
use threadbare::kit::limit::Limit;
use threadbare::kit::process_pool::worker_fns::Square;
use threadbare::kit::process_pool::{ProcessPool, Shutdown};
use threadbare::kit::thread_pool::ThreadPool;

const ROUNDS: usize = 5;
const WORKERS: [u64; 5] = [1, 4, 16, 64, 256];
const TASKS: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// Adders, and as many removers.
const THREADS: [u64; 4] = [1, 2, 4, 8];
/// Appends or removals of each thread.
const OPERATIONS: u64 = 20_000;
/// The most by which the cost of one may grow from one size to the next.
const CLIFF: f64 = 2.0;
/// How many of each the rows are brought to, so that a nanosecond has decimals.
const SCALE: u64 = 1000;
/// The list in CPython.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/common/list.py");

fn main() {
    let mut goals = Goals::new("scaling");
    let server = Start::ForkServer(ForkServer::start(program()).unwrap());
    sizes("a process of a fork server", &WORKERS, &mut goals, |n| processes(n, &server));
    sizes("a spawned process", &WORKERS[..4], &mut goals, |n| processes(n, &Start::Spawn));
    sizes("a thread of a pool", &WORKERS, &mut goals, threads);
    let pool = ThreadPool::new(2).unwrap();
    sizes("a task of a pool of 2 threads", &TASKS, &mut goals, |n| tasks(&pool, n));
    sizes("an item mapped by 256", &TASKS, &mut goals, |n| {
        let items = pool.map_chunked(0..n, 256, black_box).unwrap();
        assert_eq!(items.count() as u64, n);
    });
    list(&mut goals);
    goals.print();
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_threadbare"))
}

/// Does `job` at each size. The goal is for the worst step from one size to the next.
fn sizes(what: &str, sizes: &[u64], goals: &mut Goals, job: impl Fn(u64)) {
    let names: Vec<_> = sizes.iter().map(ToString::to_string).collect();
    let job = &job;
    // Brought to the same number here, as each row has another one of its own.
    let scaled = |size: u64| move || timed(|| job(size)).mul_f64(SCALE as f64 / size as f64);
    let rivals = names.iter().zip(sizes).map(|(name, size)| Rival::new(name, scaled(*size)));
    let title = format!("{what}, one of");
    let times = table(&title, ROUNDS, SCALE, &mut rivals.collect::<Vec<_>>());
    let steps = times.windows(2).map(|pair| pair[1].to(&pair[0])).zip(sizes.windows(2));
    if let Some((step, sizes)) = steps.max_by(|(a, _), (b, _)| a.median.total_cmp(&b.median)) {
        goals.add(&format!("{what}: one of {} against one of {}", sizes[1], sizes[0]), step, CLIFF);
    }
}

/// Starts all workers, gives each a task, and ends them.
fn processes(workers: u64, start: &Start) {
    let size = usize::try_from(workers).unwrap();
    let pool = ProcessPool::builder(program(), size).start(start.clone()).build().unwrap();
    pool.wait_ready(&Limit::FOREVER).unwrap();
    let inputs: Vec<u64> = (0..workers).collect();
    let squares = pool.map::<Square>(&inputs, Some(1)).unwrap().map(Result::unwrap);
    assert_eq!(squares.sum::<u64>(), inputs.iter().map(|n| n * n).sum::<u64>());
    pool.shutdown(Shutdown::Drain);
}

/// The same with threads: a task for each keeps all of them until the last has begun.
fn threads(workers: u64) {
    let size = usize::try_from(workers).unwrap();
    let pool = ThreadPool::new(size).unwrap();
    let all = Arc::new(std::sync::Barrier::new(size));
    let met = pool.map(0..workers, move |_| all.wait().is_leader()).unwrap();
    assert_eq!(met.filter(|leads| matches!(leads, Ok(true))).count(), 1);
}

fn tasks(pool: &ThreadPool, count: u64) {
    let done = Arc::new(AtomicU64::new(0));
    for _ in 0..count {
        let done = Arc::clone(&done);
        pool.spawn(move || {
            done.fetch_add(1, Ordering::Release);
        })
        .unwrap();
    }
    while done.load(Ordering::Acquire) < count {
        std::thread::yield_now();
    }
}

/// Adders and removers of one list under one lock, beside the same in CPython.
fn list(goals: &mut Goals) {
    let python = common::python();
    for pairs in THREADS {
        let run = |command: &mut Command| {
            timed(|| assert!(command.stdout(Stdio::null()).status().unwrap().success()))
        };
        let mut rivals = vec![Rival::new("threadbare run list", || {
            let mut command = Command::new(program());
            command.args(["run", "list", "--set", "pause=0ms"]);
            let set = [("adders", pairs), ("removers", pairs), ("ops", OPERATIONS)];
            command
                .args(set.iter().flat_map(|(key, n)| ["--set".to_owned(), format!("{key}={n}")]));
            run(&mut command)
        })];
        if let Some(python) = &python {
            rivals.push(Rival::new("CPython, list and Lock", move || {
                let numbers = [pairs, pairs, OPERATIONS].map(|n| n.to_string());
                run(Command::new(python).arg(LIST).args(numbers))
            }));
        }
        let title = format!("{pairs} adders and {pairs} removers of a list, one operation");
        let times = table(&title, ROUNDS, 2 * pairs * OPERATIONS, &mut rivals);
        if let Some(cpython) = times.get(1) {
            let row = format!("list, {pairs} + {pairs} threads, against CPython");
            goals.add(&row, times[0].to(cpython), 1.0);
        }
    }
}
