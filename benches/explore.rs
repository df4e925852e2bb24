//! How fast interleavings are explored, beside shuttle and loom on the same list.
//!
//! `cargo bench --bench explore`. The three count different things: an interleaving
//! here is one order of the program's own named steps on threads of the system;
//! shuttle runs coroutines and counts its own hidden steps too; loom explores the
//! executions of a weak memory model up to equivalence. So their rates stand side by
//! side, not in one ranking.

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use threadbare::kit::explore::{
    Broken, Config, Limits, Method, Plan, Program, Random, Search, explore,
};
use threadbare::kit::lock::Lock;
use threadbare::kit::word::Word;

fn main() {
    random();
    exact();
}

/// The list of the table: starts with n values, one thread appends n, one takes n.
fn list(n: usize) -> Arc<dyn Program> {
    Arc::new(move || {
        let length = Arc::new(Word::new("length", n as i64));
        let slots: Arc<Vec<Word>> = Arc::new(
            (0..2 * n)
                .map(|i| Word::new(("slot", i as u32), if i < n { i as i64 + 1 } else { 0 }))
                .collect(),
        );
        let taken = Arc::new(parking_lot::Mutex::new(Vec::with_capacity(n)));
        let (adder, remover) = (
            (length.clone(), slots.clone()),
            (length.clone(), slots.clone()),
        );
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
                for value in left
                    .iter()
                    .map(Word::peek)
                    .chain(taken.lock().iter().copied())
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
    println!("random schedules a second, list n = 3");
    for round in 0..5 {
        let began = Instant::now();
        let runs = 20_000;
        let outcome = explore(Random::new(round, runs), list(3), &Config::default());
        assert_eq!(outcome.fault, None);
        let tally = outcome.pilot.tally;
        println!(
            "  {:>9.0}/s  {} failed",
            runs as f64 / began.elapsed().as_secs_f64(),
            tally.failed
        );
    }
}

fn exact() {
    println!("all interleavings, merged");
    for n in 2..=5 {
        let began = Instant::now();
        let outcome = explore(
            Search::new(Method::Merged, Limits::default()),
            list(n),
            &Config::default(),
        );
        assert_eq!(outcome.fault, None);
        let search = outcome.pilot;
        println!(
            "  n = {n}: {} interleavings, {} fail, {} runs, {} states, {:?}",
            search.totals().total,
            search.totals().failed(),
            search.runs(),
            search.states(),
            began.elapsed()
        );
    }
    for k in 3..=5 {
        let began = Instant::now();
        let outcome = explore(
            Search::new(Method::Merged, Limits::default()),
            philosophers(k),
            &Config::default(),
        );
        let search = outcome.pilot;
        println!(
            "  philosophers {k}: {} interleavings, {} fail, {} runs, {} states, {:?}",
            search.totals().total,
            search.totals().failed(),
            search.runs(),
            search.states(),
            began.elapsed()
        );
    }
    println!("sleep sets");
    for n in 2..=5 {
        let began = Instant::now();
        let outcome = explore(
            Search::new(Method::SleepSets, Limits::default()),
            list(n),
            &Config::default(),
        );
        println!(
            "  n = {n}: {} runs, {:?}",
            outcome.pilot.runs(),
            began.elapsed()
        );
    }
}
