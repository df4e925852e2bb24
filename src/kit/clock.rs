//! The clock of a run: nanoseconds since it began, cheap enough to stamp every event.
//!
//! Reads the time-stamp counter where the machine has a trustworthy one and the
//! system's monotonic clock elsewhere. Must not know what is measured.

use std::time::Duration;

/// The system's monotonic clock in nanoseconds: the same for all processes of this machine.
pub fn monotonic_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

/// Counts from the moment it was made. Copies share their origin.
#[derive(Clone, Debug)]
pub struct Clock {
    source: quanta::Clock,
    origin: u64,
}

impl Clock {
    /// A clock that reads 0 now.
    pub fn start() -> Self {
        let source = quanta::Clock::new();
        let origin = source.raw();
        Self { source, origin }
    }

    /// Nanoseconds since [`Clock::start`]; never runs backwards.
    #[inline]
    pub fn now(&self) -> u64 {
        self.source.delta_as_nanos(self.origin, self.source.raw())
    }

    /// The same as a duration.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.now())
    }
}
