//! How fast interleavings are explored, beside shuttle and loom on the same list.
//!
//! `cargo bench --bench explore`. The three count different things: an interleaving
//! here is one order of the program's own named steps on threads of the system;
//! shuttle runs coroutines and counts its own hidden steps too; loom explores the
//! executions of a weak memory model up to equivalence. So their rates stand side by
//! side, not in one ranking.

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use threadbare::kit::explore::{
    Broken, Config, Limits, Method, Plan, Program, Random, Search, explore,
};
use threadbare::kit::lock::Lock;
use threadbare::kit::traced_atomic::TracedAtomic;

fn main() {
    random();
    exact();
}

/// The list of the table: starts with n values, one thread appends n, one takes n.
fn list(n: usize) -> Arc<dyn Program> {
    Arc::new(move || {
        let length = Arc::new(TracedAtomic::new("length", n as i64));
        let slots: Arc<Vec<TracedAtomic>> = Arc::new(
            (0..2 * n)
                .map(|i| {
                    TracedAtomic::new(("slot", i as u32), if i < n { i as i64 + 1 } else { 0 })
                })
                .collect(),
        );
        let taken = Arc::new(parking_lot::Mutex::new(Vec::with_capacity(n)));
        let (adder, remover) = ((length.clone(), slots.clone()), (length.clone(), slots.clone()));
        let removed = taken.clone();
        Plan::new()
            .thread("adder", move || {
                let (length, slots) = adder;
                for value in n..2 * n {
                    let seen = length.load(Relaxed);
                    slots[seen as usize].store(value as i64 + 1, Relaxed);
                    length.store(seen + 1, Relaxed);
                }
                Ok(())
            })
            .thread("remover", move || {
                let (length, slots) = remover;
                for _ in 0..n {
                    let seen = length.load(Relaxed);
                    let value = slots[seen as usize - 1].load(Relaxed);
                    length.store(seen - 1, Relaxed);
                    removed.lock().push(value);
                }
                Ok(())
            })
            .at_end(move |_| {
                let mut seen = vec![0u8; 2 * n + 1];
                let left = &slots[..length.peek() as usize];
                for value in left.iter().map(TracedAtomic::peek).chain(taken.lock().iter().copied())
                {
                    seen[value as usize] += 1;
                }
                if seen[1..].iter().all(|&times| times == 1) {
                    Ok(())
                } else {
                    Err(Broken::new("lost_update", "lost or doubled"))
                }
            })
    })
}

/// Each philosopher takes the left fork, then the right one, and puts both back.
fn philosophers(k: usize) -> Arc<dyn Program> {
    Arc::new(move || {
        let forks: Arc<Vec<Lock>> =
            Arc::new((0..k).map(|i| Lock::new(("fork", i as u32))).collect());
        (0..k).fold(Plan::new(), |plan, n| {
            let forks = forks.clone();
            plan.thread(("philosopher", n as u32), move || {
                let left = forks[n].lock()?;
                let right = forks[(n + 1) % k].lock()?;
                right.unlock();
                left.unlock();
                Ok(())
            })
        })
    })
}

const ROUNDS: u64 = 5;
const RUNS: u64 = 20_000;

/// Schedules a second, the median of several rounds.
fn rate(name: &str, mut round: impl FnMut(u64) -> u64) -> f64 {
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|seed| {
            let began = Instant::now();
            let runs = round(seed);
            runs as f64 / began.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    let median = rates[rates.len() / 2];
    println!("  {name:<52} {median:>12.0}/s");
    median
}

fn random() {
    println!("random schedules a second, list n = 3 (goal: 15,000 on threads of the system)");
    rate("threadbare: threads of the system", |seed| {
        let outcome = explore(Random::new(seed, RUNS), list(3), &Config::default());
        assert_eq!(outcome.fault, None);
        outcome.runs
    });
    rate("shuttle 0.9: coroutines on one thread", |seed| {
        shuttle::check_random_with_seed(|| shuttle_list(3), seed, RUNS as usize);
        RUNS
    });
}

fn exact() {
    println!("\nall interleavings covered a second");
    let ours = covered("threadbare, merged", 5, Method::Merged);
    covered("threadbare, one by one", 3, Method::Plain);
    let shuttles = rate("shuttle 0.9, depth first, list n = 2, its own steps too", |_| {
        let runs = Arc::new(AtomicU64::new(0));
        let count = runs.clone();
        shuttle::check_dfs(
            move || {
                count.fetch_add(1, Relaxed);
                shuttle_list(2);
            },
            None,
        );
        runs.load(Relaxed)
    });
    let looms = rate("loom 0.7, list n = 1, executions of a weak memory", |_| {
        let runs = Arc::new(AtomicU64::new(0));
        let count = runs.clone();
        loom::model(move || {
            count.fetch_add(1, Relaxed);
            loom_list(1);
        });
        runs.load(Relaxed)
    });
    println!(
        "  threadbare's exact totals: {:.0}x of shuttle's, {:.0}x of loom's (goal: 100x)",
        ours / shuttles,
        ours / looms
    );
    println!("\nother programs and methods");
    for k in 3..=5 {
        search(&format!("philosophers {k}"), philosophers(k), Method::Merged);
    }
    for n in 2..=5 {
        search(&format!("list {n}"), list(n), Method::SleepSets);
    }
}

/// Interleavings a second.
fn covered(name: &str, n: usize, method: Method) -> f64 {
    let began = Instant::now();
    let scheduler = Search::new(method, Limits::default());
    let outcome = explore(scheduler, list(n), &Config::default());
    assert_eq!(outcome.fault, None);
    let completed = began.elapsed();
    let search = outcome.scheduler;
    let total = search.totals().total;
    let rate = total as f64 / completed.as_secs_f64();
    println!("  {:<52} {rate:>12.0}/s", format!("{name}, list n = {n}"));
    println!(
        "      {total} interleavings, {} fail; {} runs, {} states, {completed:.1?}",
        search.totals().failed(),
        search.runs(),
        search.states(),
    );
    rate
}

fn search(name: &str, program: Arc<dyn Program>, method: Method) {
    let began = Instant::now();
    let scheduler = Search::new(method, Limits::default());
    let outcome = explore(scheduler, program, &Config::default());
    assert_eq!(outcome.fault, None);
    let search = outcome.scheduler;
    println!(
        "  {:<28} {} covered, {} fail; {} runs, {:.1?}",
        format!("{name}, {method:?}"),
        search.totals().total,
        search.totals().failed(),
        search.runs(),
        began.elapsed()
    );
}

/// The same list for each of the other two, on its own types.
macro_rules! list_on {
    ($name:ident, $crate_name:ident) => {
        fn $name(n: usize) {
            use $crate_name::sync::atomic::{AtomicUsize, Ordering};
            use $crate_name::{sync::Arc, thread};
            let length = Arc::new(AtomicUsize::new(n));
            let slots: Arc<Vec<AtomicUsize>> = Arc::new(
                (0..2 * n).map(|i| AtomicUsize::new(if i < n { i + 1 } else { 0 })).collect(),
            );
            let adder = {
                let (length, slots) = (length.clone(), slots.clone());
                thread::spawn(move || {
                    for value in n..2 * n {
                        let seen = length.load(Ordering::SeqCst);
                        slots[seen].store(value + 1, Ordering::SeqCst);
                        length.store(seen + 1, Ordering::SeqCst);
                    }
                })
            };
            for _ in 0..n {
                let seen = length.load(Ordering::SeqCst);
                std::hint::black_box(slots[seen - 1].load(Ordering::SeqCst));
                length.store(seen - 1, Ordering::SeqCst);
            }
            adder.join().unwrap();
        }
    };
}

list_on!(shuttle_list, shuttle);
list_on!(loom_list, loom);
