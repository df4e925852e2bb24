//! How fast interleavings are explored, beside shuttle and loom: time to the exact total of the
//! same list with the same n.
//!
//! `cargo bench --bench explore`. The three count different things: an interleaving here is one
//! order of the program's own named steps on threads of the system; shuttle runs coroutines and
//! counts its own hidden steps too; loom explores the executions of a weak memory model up to
//! equivalence. Each comes to its own end, and the times until then are compared.

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use common::{Goals, Rival, table, timed};
use threadbare::kit::explore::{
    self, Broken, Config, Limits, Method, Plan, Program, Random, Search, explore,
};
use threadbare::kit::lock::Lock;
use threadbare::kit::traced_atomic::TracedAtomic;

/// Schedules of one round of a random search.
const RUNS: u64 = 20_000;

fn main() {
    let mut goals = Goals::new("explore");
    random();
    exact(&mut goals);
    others(&mut goals);
    goals.print();
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

fn random() {
    let mut seed = 0;
    let times = table(
        "one random schedule, list n = 3",
        5,
        RUNS,
        &mut [
            Rival::new("threadbare: threads of the system", || {
                seed += 1;
                timed(|| {
                    let outcome = explore(Random::new(seed, RUNS), list(3), &Config::default());
                    assert_eq!(outcome.fault, None);
                })
            }),
            Rival::new("shuttle 0.9: coroutines on one thread", || {
                timed(|| shuttle::check_random(|| shuttle_list(3), RUNS as usize))
            }),
        ],
    );
    println!("  {:.0} schedules a second by ours", 1e9 / times[0].spread().median);
}

/// Every interleaving of `program`, searched to the end on all cores.
fn search(program: Arc<dyn Program>, method: Method) -> Search {
    search_with(program, method, Config::default().searchers)
}

/// The same with this number of searching threads.
fn search_with(program: Arc<dyn Program>, method: Method, searchers: usize) -> Search {
    let config = Config { searchers, ..Config::default() };
    let outcome = explore::search(Search::new(method, Limits::default()), &program, &config);
    assert_eq!(outcome.fault, None);
    outcome.scheduler
}

/// A row of a merged search on one core. One searcher is not enough: where nothing else runs, the
/// threads of its program wait for each other on cores of their own.
fn one_core<'a>(n: usize) -> Rival<'a> {
    Rival::new("threadbare, merged, one core", move || {
        timed(|| common::on_one_core(|| search_with(list(n), Method::Merged, 1).totals().total))
    })
}

fn exact(goals: &mut Goals) {
    for n in 1..=4 {
        let mut rivals = vec![
            Rival::new("threadbare, merged", move || {
                timed(|| search(list(n), Method::Merged).totals().total)
            }),
            Rival::new("threadbare, sleep sets: failures only", move || {
                timed(|| search(list(n), Method::SleepSets).runs())
            }),
            Rival::new("loom 0.7, weak memory, up to equivalence", move || {
                timed(|| loom::model(move || loom_list(n)))
            }),
            one_core(n),
        ];
        // 16 s for n = 4.
        if n < 4 {
            rivals.push(Rival::new("shuttle 0.9, depth first", move || {
                timed(|| shuttle::check_dfs(move || shuttle_list(n), None))
            }));
        }
        let times = table(&format!("to the end, list n = {n}"), 5, 1, &mut rivals);
        goals.add(&format!("exact total, list n = {n}, against loom"), times[0].to(&times[2]), 1.0);
        if n == 4 {
            goals.add(
                "exact total, list n = 4, all cores against one",
                times[0].to(&times[3]),
                0.59,
            );
        }
        if let Some(shuttle) = times.get(4) {
            let row = format!("exact total, list n = {n}, against shuttle");
            goals.add(&row, times[0].to(shuttle), 1.0);
        }
    }
}

/// What the same engine needs for other programs.
fn others(goals: &mut Goals) {
    let merged = |program: fn(usize) -> Arc<dyn Program>, n| {
        move || timed(|| search(program(n), Method::Merged).totals().total)
    };
    let mut rivals = [
        Rival::new("philosophers 3", merged(philosophers, 3)),
        Rival::new("philosophers 4", merged(philosophers, 4)),
        Rival::new("philosophers 5", merged(philosophers, 5)),
        Rival::new("list 5", merged(list, 5)),
        one_core(5),
    ];
    let times = table("other programs to the end, merged", 3, 1, &mut rivals);
    goals.add("exact total, list n = 5, all cores against one", times[3].to(&times[4]), 0.59);
    let list = search(list(5), Method::Merged);
    println!(
        "  list 5: {} interleavings, {} fail; {} runs, {} states",
        list.totals().total,
        list.totals().failed(),
        list.runs(),
        list.states()
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
