//! The pool of threads beside its peers, as ratios within one run.
//!
//! The peers: rayon 1.12, threadpool 1.8, and scoped threads without any pool. Ours is measured
//! as a library without an observer, and with one whose events are read meanwhile, as in the
//! labs. Rayon's pool does not wait for its threads when it is dropped; here its end is waited
//! for, because ours is.

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

mod common;

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use common::{Goals, Rival, on_one_core, table, timed};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use threadbare::kit::recorder::{EventReader, recorder};
use threadbare::kit::thread_pool::{Builder, Observer, ThreadPool};

/// Tasks of a flood.
const FLOOD: u64 = 1_000_000;

fn main() {
    let mut goals = Goals::new("thread_pool");
    let times = table("create 4, ten factorials, join", 200, 1, &mut whole_life());
    goals.add(
        "pool of 4, observed: created, ten tasks, joined, against rayon",
        times[4].to(&times[0]),
        1.0,
    );
    table("ten tiny tasks on a pool of 4 that lives", 400, 1, &mut living());
    let times = on_one_core(|| {
        table("ten tiny tasks on a pool of 4 that lives, one core", 400, 1, &mut living())
    });
    goals.add("ten tasks, observed, one core, against threadpool", times[3].to(&times[1]), 1.0);
    goals.add("ten tasks, observed, one core, against rayon", times[3].to(&times[0]), 2.0);
    let times = table("1,000,000 tiny tasks on 2 threads", 7, FLOOD, &mut flood());
    goals.add("1,000,000 tasks, observed, against rayon spawn", times[3].to(&times[0]), 0.5);
    let times = table("1,000,000 items mapped on 2 threads, by 256", 11, FLOOD, &mut mapped());
    goals.add("1,000,000 items mapped by 256, against rayon par_iter", times[1].to(&times[0]), 5.0);
    goals.print();
}

fn factorial(n: u64) -> u64 {
    (1..=n).product()
}

/// A builder whose workers emit what they do, and the reader of that.
fn observed(workers: usize) -> (Builder, EventReader<()>) {
    let (recorder, reader) = recorder::<()>();
    let observer: Observer = Arc::new(move |name: &str| Rc::new(recorder.lane(name)));
    (ThreadPool::builder(workers).observer(observer), reader)
}

fn ten(pool: &ThreadPool) {
    black_box(pool.map(1..=10, factorial).unwrap().count());
}

fn ten_by_threadpool(pool: &threadpool::ThreadPool) {
    let (sender, receiver) = channel();
    for n in 1..=10 {
        let sender = sender.clone();
        pool.execute(move || {
            let _ = sender.send(factorial(n));
        });
    }
    drop(sender);
    black_box(receiver.iter().count());
}

fn ten_by_rayon(pool: &rayon::ThreadPool) {
    pool.scope(|scope| {
        for n in 1..=10 {
            scope.spawn(move |_| {
                black_box(factorial(n));
            });
        }
    });
}

fn rayon(workers: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(workers).build().unwrap()
}

/// Ten factorials by a rayon pool of four, and the ends of its threads.
fn rayon_to_its_end() {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ended);
    let exit = move |_| {
        count.fetch_add(1, Ordering::Release);
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).exit_handler(exit).build().unwrap();
    ten_by_rayon(&pool);
    drop(pool);
    while ended.load(Ordering::Acquire) < 4 {
        std::thread::yield_now();
    }
}

/// Create four workers, ten factorials, join.
fn whole_life() -> Vec<Rival<'static>> {
    vec![
        Rival::new("rayon, its threads' ends waited for", || timed(rayon_to_its_end)),
        Rival::new("threadpool", || {
            timed(|| {
                let pool = threadpool::ThreadPool::new(4);
                ten_by_threadpool(&pool);
                pool.join();
            })
        }),
        Rival::new("floor: four scoped threads", || {
            timed(|| {
                std::thread::scope(|scope| {
                    for n in 0..4 {
                        scope.spawn(move || black_box(factorial(n)));
                    }
                });
            })
        }),
        Rival::new("ours", || timed(|| ten(&ThreadPool::new(4).unwrap()))),
        Rival::new("ours, observed", || {
            let (builder, _reader) = observed(4);
            timed(|| ten(&builder.build().unwrap()))
        }),
    ]
}

/// Ten tiny tasks on a pool that lives.
fn living() -> Vec<Rival<'static>> {
    let by_rayon = rayon(4);
    let by_threadpool = threadpool::ThreadPool::new(4);
    let ours = ThreadPool::new(4).unwrap();
    let (builder, mut reader) = observed(4);
    let watched = builder.build().unwrap();
    vec![
        Rival::new("rayon", move || timed(|| ten_by_rayon(&by_rayon))),
        Rival::new("threadpool", move || timed(|| ten_by_threadpool(&by_threadpool))),
        Rival::new("ours", move || timed(|| ten(&ours))),
        Rival::new("ours, observed", move || {
            reader.drain(10_000, drop);
            timed(|| ten(&watched))
        }),
    ]
}

/// Gives `task` its counter a million times and waits until all have counted.
fn counted(mut task: impl FnMut(Arc<AtomicU64>)) -> Duration {
    let count = Arc::new(AtomicU64::new(0));
    timed(|| {
        for _ in 0..FLOOD {
            task(Arc::clone(&count));
        }
        while count.load(Ordering::Acquire) < FLOOD {
            std::thread::yield_now();
        }
    })
}

fn flood_of(pool: &ThreadPool) -> Duration {
    counted(|count| {
        pool.spawn(move || {
            count.fetch_add(1, Ordering::Release);
        })
        .unwrap();
    })
}

/// A million tiny tasks, one by one, until the last is done.
fn flood() -> Vec<Rival<'static>> {
    let by_rayon = rayon(2);
    let by_threadpool = threadpool::ThreadPool::new(2);
    let ours = ThreadPool::new(2).unwrap();
    let (builder, reader) = observed(2);
    let watched = builder.build().unwrap();
    vec![
        Rival::new("rayon, spawn", move || {
            counted(|count| {
                by_rayon.spawn(move || {
                    count.fetch_add(1, Ordering::Release);
                });
            })
        }),
        Rival::new("threadpool", move || {
            counted(|count| {
                by_threadpool.execute(move || {
                    count.fetch_add(1, Ordering::Release);
                });
            })
        }),
        Rival::new("ours, spawn", move || flood_of(&ours)),
        Rival::new("ours, spawn, observed and read", {
            let mut reader = Some(reader);
            move || {
                let mut events = reader.take().unwrap();
                let time = while_read(&mut events, || flood_of(&watched));
                reader = Some(events);
                time
            }
        }),
    ]
}

/// Does `job` while another thread reads the events every 30 ms, as the screen does.
fn while_read<T>(events: &mut EventReader<()>, job: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                events.drain(usize::MAX, drop);
                std::thread::park_timeout(Duration::from_millis(30));
            }
        });
        let done = job();
        over.store(true, Ordering::Relaxed);
        done
    })
}

/// A million items, all results in order.
fn mapped() -> Vec<Rival<'static>> {
    let by_rayon = rayon(2);
    let ours = ThreadPool::new(2).unwrap();
    let one_by_one = ThreadPool::new(2).unwrap();
    vec![
        Rival::new("rayon, par_iter and collect", move || {
            timed(|| {
                by_rayon.install(|| (0..FLOOD).into_par_iter().map(black_box).collect::<Vec<_>>())
            })
        }),
        Rival::new("ours, by 256", move || {
            timed(|| {
                let results = ours.map_chunked(0..FLOOD, 256, black_box).unwrap();
                results.map(Result::unwrap).collect::<Vec<_>>()
            })
        }),
        Rival::new("ours, one by one", move || {
            timed(|| {
                let results = one_by_one.map(0..FLOOD, black_box).unwrap();
                results.map(Result::unwrap).collect::<Vec<_>>()
            })
        }),
    ]
}
