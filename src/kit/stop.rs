//! A request to stop that every wait can see.
//!
//! Every wait in the program can be ended by one of these. The flag is read
//! under the lock before each wait, so a request that comes just before a sleep
//! is never slept through. Must not know who waits or why.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The error of a wait that was asked to stop before it got what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("asked to stop")
    }
}

impl std::error::Error for Stopped {}

/// A cloneable stop request; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Read without the lock by loops that only poll.
    requested: AtomicBool,
    gate: Mutex<()>,
    changed: Condvar,
}

impl Stop {
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everyone to stop and wakes all sleepers. Cannot be taken back.
    pub fn request(&self) {
        let _gate = self.inner.gate.lock().unwrap_or_else(PoisonError::into_inner);
        self.inner.requested.store(true, Ordering::Release);
        self.inner.changed.notify_all();
    }

    #[inline]
    pub fn requested(&self) -> bool {
        self.inner.requested.load(Ordering::Acquire)
    }

    /// Sleeps for `duration` unless asked to stop; returns whether it was asked.
    pub fn sleep(&self, duration: Duration) -> bool {
        self.sleep_until(Instant::now() + duration)
    }

    /// Sleeps until `deadline` unless asked to stop; returns whether it was asked.
    pub fn sleep_until(&self, deadline: Instant) -> bool {
        let mut gate = self.inner.gate.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.requested() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            gate = self
                .inner
                .changed
                .wait_timeout(gate, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
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
    fn an_undisturbed_sleep_ends_by_itself() {
        let (began, time) = (Instant::now(), Duration::from_millis(5));
        assert!(!Stop::new().sleep(time));
        assert!(began.elapsed() >= time);
        assert!(!Stop::new().sleep_until(began + 2 * time));
        assert!(began.elapsed() >= 2 * time);
        assert!(!Stop::new().sleep_until(began), "over before it began");
    }
}
