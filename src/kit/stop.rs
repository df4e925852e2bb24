//! A request to stop that every wait can see.
//!
//! Every wait in the program can be ended by one of these. A [`Stop`] is a flag for loops
//! that poll, and a condition variable for threads that sleep. The flag is set and read
//! under the lock before each sleep, so a request that comes just before a sleep is never
//! slept through.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::clock;

/// The error of a wait that was asked to stop before it got what it waited for. It is
/// passed on with `?` up to the thread's body, which returns it: so a stopped thread
/// unwinds its own way, releasing what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("asked to stop")]
pub struct Stopped;

/// A request to stop; clones are one. It goes from not requested to requested once. Any
/// thread may request it, from anywhere but a signal handler, which must not take a lock.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Read without the lock by loops that only poll.
    requested: AtomicBool,
    /// The lock of the condition, and the stops that are requested with this one. A parent's
    /// lock is taken before a child's, and no child has its parent's, so the order is that of
    /// the tree.
    children: Mutex<Vec<Weak<Inner>>>,
    changed: Condvar,
}

impl Inner {
    fn request(&self) {
        let mut children = self.children.lock();
        // Under the lock: between a sleeper's check of the flag and its wait there is no
        // moment in which the notification could be missed. Release, so that a thread that
        // polls the flag also sees what was written before the request.
        self.requested.store(true, Ordering::Release);
        self.changed.notify_all();
        // The parent's lock is still held, so no child can be added unnoticed.
        for child in children.drain(..).filter_map(|child| child.upgrade()) {
            child.request();
        }
    }
}

impl Stop {
    /// A request of its own that nothing else requests.
    pub fn new() -> Self {
        Self::default()
    }

    /// A request for a part of the work: it is requested with this one, but this one not
    /// with it. A child of a request that was made already is requested from the start.
    #[must_use]
    pub fn child(&self) -> Self {
        let child = Self::new();
        let mut children = self.inner.children.lock();
        if self.requested() {
            child.request();
        } else {
            // Those of parts that are over: without this a long run would gather them.
            children.retain(|child| child.strong_count() > 0);
            children.push(Arc::downgrade(&child.inner));
        }
        child
    }

    /// Asks all threads that watch this to stop and wakes all sleepers, also those of
    /// children. Cannot be taken back; again is allowed.
    pub fn request(&self) {
        self.inner.request();
    }

    /// Whether it was requested. One load, cheap enough for inner loops.
    #[inline]
    pub fn requested(&self) -> bool {
        // Pairs with the release in `Inner::request`.
        self.inner.requested.load(Ordering::Acquire)
    }

    /// Sleeps for `duration` unless asked to stop; returns whether it was asked. The way to
    /// wait for time in this program: `std::thread::sleep` is refused by a lint.
    pub fn sleep(&self, duration: Duration) -> bool {
        self.sleep_until(clock::after(duration))
    }

    /// Sleeps until `deadline` unless asked to stop; returns whether it was asked. A
    /// request wakes it at once.
    pub fn sleep_until(&self, deadline: Instant) -> bool {
        let mut children = self.inner.children.lock();
        // A loop, because a condition variable may wake for no reason.
        while !self.requested() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            self.inner.changed.wait_for(&mut children, left);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_before_the_sleep_is_not_slept_through() {
        let stop = Stop::new();
        stop.request();
        assert!(stop.sleep(Duration::from_hours(1)));
    }

    #[test]
    fn a_request_wakes_a_sleeper() {
        let stop = Stop::new();
        std::thread::scope(|scope| {
            let sleeper = scope.spawn(|| stop.sleep(Duration::from_hours(1)));
            stop.request();
            assert!(sleeper.join().unwrap());
        });
    }

    #[test]
    fn a_request_reaches_all_children_and_no_parent() {
        let root = Stop::new();
        let (first, second) = (root.child(), root.child());
        let grandchild = first.child();
        first.request();
        assert!(grandchild.requested() && first.child().requested());
        assert!(!root.requested() && !second.requested());
        std::thread::scope(|scope| {
            let sleeper = scope.spawn(|| second.child().sleep(Duration::from_hours(1)));
            root.request();
            assert!(sleeper.join().unwrap());
        });
    }

    #[test]
    fn an_undisturbed_sleep_ends_by_itself() {
        let (began, time) = (Instant::now(), Duration::from_millis(5));
        assert!(!Stop::new().sleep(time));
        assert!(began.elapsed() >= time);
        assert!(!Stop::new().sleep_until(began + 2 * time));
        assert!(began.elapsed() >= 2 * time);
        assert!(!Stop::new().sleep_until(began), "over before it began");
    }
}
