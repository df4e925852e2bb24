//! Small programs whose numbers are known.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use crate::kit::explore::{Broken, Plan, Program};
use crate::kit::lock::Lock;
use crate::kit::step::{local, operation};
use crate::kit::traced_atomic::TracedAtomic;

/// Read, add, write: three steps each.
pub fn counter(threads: u32) -> Arc<dyn Program> {
    Arc::new(move || {
        let count = Arc::new(TracedAtomic::new("count", 0));
        let mut plan = Plan::new();
        for n in 0..threads {
            let count = Arc::clone(&count);
            plan = plan.thread(("adder", n), move || {
                let seen = count.load(Relaxed);
                local("add 1");
                count.store(seen + 1, Relaxed);
                Ok(())
            });
        }
        plan.at_end(move |_| match count.peek() {
            all if all == i64::from(threads) => Ok(()),
            some => Err(Broken::new("lost_update", format!("{some} of {threads}"))),
        })
    })
}

struct List {
    length: TracedAtomic,
    slots: Vec<TracedAtomic>,
    lock: Option<Lock>,
}

/// A list that starts with n values; the adder appends n, the remover takes n from the end.
pub fn list(n: u32, locked: bool) -> Arc<dyn Program> {
    Arc::new(move || {
        let count = i64::from(n);
        let slots = (0..2 * n)
            .map(|i| TracedAtomic::new(("slot", i), if i < n { 1 + i64::from(i) } else { 0 }));
        let list = Arc::new(List {
            length: TracedAtomic::new("length", count),
            slots: slots.collect(),
            lock: locked.then(|| Lock::new("lock")),
        });
        let taken = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let (adding, removing, checked) = (list.clone(), list.clone(), list);
        let removed = taken.clone();
        Plan::new()
            .thread("adder", move || {
                for (number, value) in (0..).zip(count + 1..=2 * count) {
                    operation(number);
                    let _guard = adding.lock.as_ref().map(Lock::lock).transpose()?;
                    let length = adding.length.load(Relaxed);
                    adding.slots[usize::try_from(length).unwrap()].store(value, Relaxed);
                    adding.length.store(length + 1, Relaxed);
                }
                Ok(())
            })
            .thread("remover", move || {
                for number in 0..n {
                    operation(number);
                    let _guard = removing.lock.as_ref().map(Lock::lock).transpose()?;
                    let length = removing.length.load(Relaxed);
                    let value = removing.slots[usize::try_from(length - 1).unwrap()].load(Relaxed);
                    removing.length.store(length - 1, Relaxed);
                    removed.lock().push(value);
                }
                Ok(())
            })
            .at_end(move |_| {
                let left = usize::try_from(checked.length.peek()).unwrap();
                let mut all: Vec<i64> =
                    checked.slots[..left].iter().map(TracedAtomic::peek).collect();
                all.extend(taken.lock().iter());
                all.sort_unstable();
                if all == (1..=2 * count).collect::<Vec<_>>() {
                    Ok(())
                } else {
                    Err(Broken::new("lost_update", format!("{all:?}")))
                }
            })
    })
}

/// Each takes the left fork, then the right one, and puts both back.
pub fn philosophers(k: u32, orderly: bool) -> Arc<dyn Program> {
    Arc::new(move || {
        let forks: Arc<Vec<Lock>> = Arc::new((0..k).map(|i| Lock::new(("fork", i))).collect());
        (0..k).fold(Plan::new(), |plan, n| {
            let forks = forks.clone();
            let (left, right) = (n as usize, (n + 1) as usize % k as usize);
            let (first, second) =
                if orderly && left > right { (right, left) } else { (left, right) };
            plan.thread(("philosopher", n), move || {
                let one = forks[first].lock()?;
                let two = forks[second].lock()?;
                two.unlock();
                one.unlock();
                Ok(())
            })
        })
    })
}

/// Store your own flag, look at the other's: both may read 0 only if stores can stay behind.
pub fn store_buffering(ordered: bool) -> Arc<dyn Program> {
    let order = if ordered { SeqCst } else { Relaxed };
    Arc::new(move || {
        let word = |name| Arc::new(TracedAtomic::new(name, 0));
        let (x, y) = (word("x"), word("y"));
        let found = Arc::new(parking_lot::Mutex::new([1, 1]));
        let reader = |n: usize, mine: &Arc<TracedAtomic>, other: &Arc<TracedAtomic>| {
            let (mine, other, found) = (mine.clone(), other.clone(), found.clone());
            move || {
                mine.store(1, order);
                let seen = other.load(order);
                found.lock()[n] = seen;
                Ok(())
            }
        };
        Plan::new()
            .thread("one", reader(0, &x, &y))
            .thread("two", reader(1, &y, &x))
            .memory([x.clone(), y.clone()])
            .at_end(move |_| match *found.lock() {
                [0, 0] => Err(Broken::new("both_zero", "both read 0")),
                _ => Ok(()),
            })
    })
}
