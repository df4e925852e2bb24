//! Times one operation's window.
//!
//! The clock is read outside of the bare window where possible; elsewhere its cost is
//! subtracted.
//! Must not know threads.

use std::cell::Cell;

use crate::scene::units::to_f64;

/// One timed operation, in ns. Clocks count in steps, so a single figure can be off
/// by one, and even below 0; the mean of many is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timed {
    /// From just before the load to just after the store, without what was added
    /// between them and without the cost of reading the clock.
    pub natural_ns: f64,
    /// With what was added.
    pub whole_ns: f64,
}

/// A stopwatch that can leave out what was added to the window.
pub struct Stopwatch<N> {
    /// Reads the clock, in ns.
    now: N,
    /// What one reading costs, in ns.
    cost: f64,
    began: u64,
    /// Begin and end of the injected delay; `None` if there was none.
    added: Cell<Option<(u64, u64)>>,
}

impl<N: Fn() -> u64> Stopwatch<N> {
    pub fn start(now: N, cost: f64) -> Self {
        let began = now();
        Self { now, cost, began, added: Cell::new(None) }
    }

    /// Does what is added to the window.
    pub fn around<T>(&self, wait: impl FnOnce() -> T) -> T {
        let from = (self.now)();
        let done = wait();
        self.added.set(Some((from, (self.now)())));
        done
    }

    /// Each stretch between two readings is longer by the cost of one.
    pub fn stop(self) -> Timed {
        let length = |from, to| to_f64(to - from) - self.cost;
        let ended = (self.now)();
        let (natural_ns, added_ns) = match self.added.get() {
            None => (length(self.began, ended), 0.0),
            Some((from, to)) => (length(self.began, from) + length(to, ended), length(from, to)),
        };
        Timed { natural_ns, whole_ns: natural_ns + added_ns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reading_of_the_clock_is_taken_off_and_what_was_added_kept_apart() {
        const COST: u64 = 3;
        // The clock stands at the end of each reading.
        let at = Cell::new(0);
        let work = |ns| at.set(at.get() + ns);
        let now = || {
            work(COST);
            at.get()
        };
        let stopwatch = Stopwatch::start(now, 3.0);
        work(10);
        stopwatch.around(|| work(500));
        work(20);
        let timed = stopwatch.stop();
        assert_eq!((timed.natural_ns, timed.whole_ns), (30.0, 530.0));
        let stopwatch = Stopwatch::start(now, 3.0);
        work(40);
        let timed = stopwatch.stop();
        assert_eq!((timed.natural_ns, timed.whole_ns), (40.0, 40.0));
        // Something that took no time was added all the same.
        let stopwatch = Stopwatch::start(now, 3.0);
        work(7);
        stopwatch.around(|| ());
        let timed = stopwatch.stop();
        assert_eq!((timed.natural_ns, timed.whole_ns), (7.0, 7.0));
    }
}
