//! Times one operation's race window, with and without what was added to widen it.
//!
//! ```text
//! start                around: from          to              stop
//!   |── load ──────────────|── added ────────|── store ────────|
//!   |      natural, 1      |                 |   natural, 2    |
//! ```
//!
//! Three or four readings of the clock, each outside of what is measured where possible.
//! Between two readings lies the cost of one of them, which is subtracted from each part:
//! on a window of some ten nanoseconds it is as long as the window itself.

use std::cell::Cell;

use crate::scene::units::to_f64;

/// One timed operation, in ns. Clocks count in steps, so a single figure can be off by
/// one step, and even below 0; the mean of many is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timed {
    /// From just before the load to just after the store, without what was added between
    /// them and without the cost of reading the clock: the window of the bare code.
    pub natural_ns: f64,
    /// The same with what was added: the window in which another thread really could
    /// interfere.
    pub whole_ns: f64,
}

/// A stopwatch that can leave out what was added to the window. It belongs to one
/// operation of one thread.
pub struct Stopwatch<N> {
    now: N,
    cost: f64,
    began: u64,
    /// Begin and end of what was added; `None` if nothing was. A cell, because the
    /// closure that fills it only borrows the stopwatch.
    added: Cell<Option<(u64, u64)>>,
}

impl<N: Fn() -> u64> Stopwatch<N> {
    /// Reads the clock and begins. Call it right before the load, after the lock was
    /// taken: a wait for the lock is no part of the window.
    pub fn start(now: N, cost: f64) -> Self {
        let began = now();
        Self { now, cost, began, added: Cell::new(None) }
    }

    /// Runs `wait`, which is what is added to the window, and records when it began and
    /// ended. At most once for each stopwatch.
    pub fn around<T>(&self, wait: impl FnOnce() -> T) -> T {
        let from = (self.now)();
        let done = wait();
        self.added.set(Some((from, (self.now)())));
        done
    }

    /// Ends the measurement right after the store. Each part between two readings is
    /// longer by the cost of one, so the parts are corrected one by one.
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
