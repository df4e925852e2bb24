//! The clock of a run: nanoseconds since it began, cheap enough to stamp every event.
//!
//! It reads the time-stamp counter where the machine has a trustworthy one, and the
//! system's monotonic clock elsewhere; the crate `quanta` decides which.

use std::time::{Duration, Instant};

/// The system's monotonic clock in nanoseconds (`CLOCK_MONOTONIC`): the same for all
/// processes of this machine, so processes stamp with it what they report to each other.
pub fn monotonic_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

/// The time that the calling thread had a core so far, by the kernel's clock of the thread. Costs a
/// system call of some hundred nanoseconds.
pub fn thread_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().unwrap_or_default()
}

/// A time in whole nanoseconds, as events and facts hold it. One that does not fit, of more than
/// 584 years, is the largest that does.
pub fn whole_ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The moment after this time. One that is too long to be added to the clock, such as
/// [`Duration::MAX`] for "no limit", leads a century ahead.
pub fn after(time: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_hours(100 * 365 * 24);
    let now = Instant::now();
    now.checked_add(time).unwrap_or_else(|| now + CENTURY)
}

/// Counts from the moment it was made. Clones share their origin, so all threads of a run
/// have one time.
#[derive(Clone, Debug)]
pub struct Clock {
    // A raw reading of the source is a count of its own unit; `origin` is one, too.
    source: quanta::Clock,
    origin: u64,
    /// Read instead of the source in a test that sets the time itself.
    #[cfg(test)]
    test_time: Option<TestTime>,
}

/// The time of a test's clock, in nanoseconds. Clones are one time.
#[cfg(test)]
#[derive(Clone, Debug, Default)]
pub(crate) struct TestTime(std::sync::Arc<std::sync::atomic::AtomicU64>);

#[cfg(test)]
impl TestTime {
    /// Moves the time forward.
    pub(crate) fn advance(&self, nanos: u64) {
        self.0.fetch_add(nanos, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock {
    /// A clock that reads 0 now.
    pub fn start() -> Self {
        let source = quanta::Clock::new();
        let origin = source.raw();
        Self {
            source,
            origin,
            #[cfg(test)]
            test_time: None,
        }
    }

    /// A clock that shows the time that its test sets.
    #[cfg(test)]
    pub(crate) fn with_test_time() -> (Self, TestTime) {
        let time = TestTime::default();
        let clock = Self { test_time: Some(time.clone()), ..Self::start() };
        (clock, time)
    }

    /// Nanoseconds since [`Clock::start`]; never runs backwards. Called for every event, so
    /// it must be cheap.
    #[inline]
    pub fn now(&self) -> u64 {
        #[cfg(test)]
        if let Some(time) = &self.test_time {
            // `SeqCst`: a test's clock is no place to think about orders.
            return time.0.load(std::sync::atomic::Ordering::SeqCst);
        }
        self.source.delta_as_nanos(self.origin, self.source.raw())
    }

    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_no_clock_can_add_is_as_good_as_no_limit() {
        let time = Duration::from_secs(5);
        let (before, soon) = (Instant::now(), after(time));
        assert!((before + time..=Instant::now() + time).contains(&soon));
        for limit in [Duration::MAX, Duration::from_secs(i64::MAX.unsigned_abs())] {
            assert!(after(limit) > before + Duration::from_hours(24 * 365));
        }
    }

    #[test]
    fn a_clock_reads_nanoseconds_since_its_start() {
        let (clock, time) = Clock::with_test_time();
        time.advance(1_500_000_007);
        assert_eq!(clock.now(), 1_500_000_007);
        assert_eq!(clock.elapsed(), Duration::new(1, 500_000_007));
        let copy = clock.clone();
        time.advance(3);
        assert_eq!(copy.now(), 1_500_000_010);
    }

    #[test]
    fn the_monotonic_clock_counts_the_nanoseconds_that_the_system_counts() {
        let seconds = || rustix::time::clock_gettime(rustix::time::ClockId::Monotonic).tv_sec;
        let before = seconds();
        let first = monotonic_ns();
        let after = seconds();
        let whole = i64::try_from(first / 1_000_000_000).unwrap();
        assert!((before..=after).contains(&whole), "{first} within {before} s to {after} s");
        // What passes on it lies between a measurement inside and one around it.
        let around = Instant::now();
        let from = monotonic_ns();
        let inside = Instant::now();
        while inside.elapsed() < Duration::from_millis(2) {
            std::hint::spin_loop();
        }
        let inside = inside.elapsed();
        let passed = Duration::from_nanos(monotonic_ns() - from);
        assert!(inside <= passed && passed <= around.elapsed(), "{inside:?} {passed:?}");
    }
}
