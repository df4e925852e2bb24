//! The pool of threads beside its peers, as ratios of one run.
//!
//! The peers: rayon 1.12, threadpool 1.8, and scoped threads without any pool. Ours is
//! measured as a library without an observer and with one.

mod common;

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use common::{Rival, medians};
use threadbare::kit::recorder::{EventReader, recorder};
use threadbare::kit::thread_pool::{Builder, Observer, ThreadPool};

/// Tasks of the flood.
const FLOOD: u64 = 200_000;

fn timed(run: impl FnOnce()) -> Duration {
    let began = Instant::now();
    run();
    began.elapsed()
}

fn factorial(n: u64) -> u64 {
    (1..=n).product()
}

/// A builder whose workers tell what they do, and the intake that hears it.
fn observed(workers: usize) -> (Builder, EventReader<()>) {
    let (recorder, reader) = recorder::<()>();
    let observer: Observer = Arc::new(move |name: &str| Rc::new(recorder.lane(name)));
    (ThreadPool::builder(workers).observer(observer), reader)
}

fn ten(pool: &ThreadPool) {
    if let Ok(results) = pool.map(1..=10, factorial) {
        black_box(results.count());
    }
}

fn ten_by_threadpool(pool: &threadpool::ThreadPool) {
    let (tell, told) = channel();
    for n in 1..=10 {
        let tell = tell.clone();
        pool.execute(move || {
            let _ = tell.send(factorial(n));
        });
    }
    drop(tell);
    black_box(told.iter().count());
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

fn rayon(workers: usize) -> Option<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new().num_threads(workers).build().ok()
}

/// Create four workers, ten factorials, join.
fn whole_life() -> Vec<Rival<'static>> {
    vec![
        Rival::new("rayon", || {
            timed(|| {
                if let Some(pool) = rayon(4) {
                    ten_by_rayon(&pool);
                }
            })
        }),
        Rival::new("threadpool", || {
            timed(|| {
                let pool = threadpool::ThreadPool::new(4);
                ten_by_threadpool(&pool);
                pool.join();
            })
        }),
        Rival::new("scoped threads", || {
            timed(|| {
                std::thread::scope(|scope| {
                    for n in 0..4 {
                        scope.spawn(move || black_box(factorial(n)));
                    }
                });
            })
        }),
        Rival::new("ours", || {
            timed(|| {
                if let Ok(pool) = ThreadPool::new(4) {
                    ten(&pool);
                }
            })
        }),
        Rival::new("ours, observed", || {
            let (builder, _intake) = observed(4);
            timed(|| {
                if let Ok(pool) = builder.build() {
                    ten(&pool);
                }
            })
        }),
    ]
}

/// Ten tiny tasks on a pool that lives.
fn living() -> Vec<Rival<'static>> {
    let mut rivals = Vec::new();
    if let Some(pool) = rayon(4) {
        rivals.push(Rival::new("rayon", move || timed(|| ten_by_rayon(&pool))));
    }
    let pool = threadpool::ThreadPool::new(4);
    rivals.push(Rival::new("threadpool", move || timed(|| ten_by_threadpool(&pool))));
    if let Ok(pool) = ThreadPool::new(4) {
        rivals.push(Rival::new("ours", move || timed(|| ten(&pool))));
    }
    let (builder, mut reader) = observed(4);
    if let Ok(pool) = builder.build() {
        rivals.push(Rival::new("ours, observed", move || {
            reader.drain(10_000, drop);
            timed(|| ten(&pool))
        }));
    }
    rivals
}

/// Very many tiny tasks on two threads, until the last is done.
fn flood() -> Vec<Rival<'static>> {
    let until = |count: &AtomicU64| {
        while count.load(Ordering::Acquire) < FLOOD {
            std::thread::yield_now();
        }
    };
    let mut rivals = Vec::new();
    if let Some(pool) = rayon(2) {
        rivals.push(Rival::new("rayon, spawn", move || {
            let count = Arc::new(AtomicU64::new(0));
            timed(|| {
                for _ in 0..FLOOD {
                    let count = Arc::clone(&count);
                    pool.spawn(move || {
                        count.fetch_add(1, Ordering::Release);
                    });
                }
                until(&count);
            })
        }));
    }
    let pool = threadpool::ThreadPool::new(2);
    rivals.push(Rival::new("threadpool", move || {
        let count = Arc::new(AtomicU64::new(0));
        timed(|| {
            for _ in 0..FLOOD {
                let count = Arc::clone(&count);
                pool.execute(move || {
                    count.fetch_add(1, Ordering::Release);
                });
            }
            until(&count);
        })
    }));
    if let Ok(pool) = ThreadPool::new(2) {
        rivals.push(Rival::new("ours, spawn", move || {
            let count = Arc::new(AtomicU64::new(0));
            timed(|| {
                for _ in 0..FLOOD {
                    let count = Arc::clone(&count);
                    let task = move || {
                        count.fetch_add(1, Ordering::Release);
                    };
                    if pool.spawn(task).is_err() {
                        return;
                    }
                }
                until(&count);
            })
        }));
    }
    if let Ok(pool) = ThreadPool::new(2) {
        rivals.push(Rival::new("ours, map in chunks of 256", move || {
            timed(|| {
                if let Ok(results) = pool.map_chunked(0..FLOOD, 256, |n| n) {
                    black_box(results.count());
                }
            })
        }));
    }
    rivals
}

fn show(title: &str, rounds: usize, mut rivals: Vec<Rival<'_>>) {
    let times = medians(rounds, &mut rivals);
    let first = times.first().map_or(1.0, Duration::as_secs_f64);
    println!("\n{title}");
    for (rival, time) in rivals.iter().zip(&times) {
        let ratio = time.as_secs_f64() / first.max(f64::MIN_POSITIVE);
        println!("  {:<28} {:>10.1} us   {ratio:>5.2}x", rival.name, time.as_secs_f64() * 1e6);
    }
}

fn main() {
    println!("ratios to the first row; rayon 1.12, threadpool 1.8");
    show("create 4, ten factorials, join", 200, whole_life());
    show("ten tiny tasks on a living pool of 4", 500, living());
    show("200,000 tiny tasks on 2 threads", 9, flood());
}
