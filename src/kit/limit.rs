//! How long a wait may last: until a moment, until a stop request, or whichever comes
//! first. Used by the waits that belong to no run's step controller: futures, pools, pipes,
//! processes.
//!
//! | limit | ends with | the wait sleeps |
//! |---|---|---|
//! | none | nothing | until it is woken, a second at a time |
//! | a deadline | `Elapsed` | until it is woken, or to the deadline |
//! | a stop | `Stopped` | a slice at a time |
//! | both | whichever comes first | a slice at a time, or to the deadline |

use std::time::{Duration, Instant};

use super::stop::Stop;

/// How long a wait of the kit goes on before it checks its limit again, or the settings and the
/// mode of a run. A thread that is waited for wakes it at once; the slice bounds only how late a
/// stop request, a change or a death is noticed. Long enough that fifty wake-ups in a second cost
/// nothing, short enough that a person sees no delay.
pub(crate) const SLICE: Duration = Duration::from_millis(20);

/// How long a wait may last. Made once, a limit may be passed to several waits: they then have
/// the time together.
#[derive(Clone, Debug)]
pub struct Limit {
    /// `None` for no end.
    deadline: Option<Instant>,
    /// `None` if nothing but the deadline ends the wait.
    stop: Option<Stop>,
}

/// A wait that ended without what it waited for. What was waited for is not touched by
/// that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Timeout {
    /// The time was up. What was waited for may still come, and a later wait may get it.
    #[error("the time was up")]
    Elapsed,
    /// A stop was requested. It wins over a time that is up at the same moment.
    #[error("asked to stop while waiting")]
    Stopped,
}

impl Limit {
    /// Until what is waited for comes, however long that takes.
    pub const FOREVER: Self = Self { deadline: None, stop: None };

    /// At most `time` from now. A time beyond what the clock can represent is no limit.
    pub fn within(time: Duration) -> Self {
        Self { deadline: Instant::now().checked_add(time), stop: None }
    }

    /// Not at all: take it now or not.
    pub fn now() -> Self {
        Self::within(Duration::ZERO)
    }

    /// Until `stop` is requested, however long that takes.
    pub fn until(stop: &Stop) -> Self {
        Self { deadline: None, stop: Some(stop.clone()) }
    }

    /// Ends also when `stop` is requested.
    #[must_use]
    pub fn or(mut self, stop: &Stop) -> Self {
        self.stop = Some(stop.clone());
        self
    }

    /// How long to sleep next; [`SLICE`] at most where a stop can end the wait,
    /// because a request does not wake every kind of wait.
    ///
    /// # Errors
    /// If the limit is reached.
    pub(crate) fn slice(&self) -> Result<Duration, Timeout> {
        // Before the deadline: a wait that was asked to stop must not report that time ran out.
        if self.stop.as_ref().is_some_and(Stop::requested) {
            return Err(Timeout::Stopped);
        }
        match self.deadline {
            // No thread can end it early: no need to look up.
            None if self.stop.is_none() => Ok(Duration::from_secs(1)),
            None => Ok(SLICE),
            Some(deadline) => match deadline.saturating_duration_since(Instant::now()) {
                Duration::ZERO => Err(Timeout::Elapsed),
                left if self.stop.is_none() => Ok(left),
                left => Ok(left.min(SLICE)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_sliced_as_its_limit_and_its_stop_ask() {
        let hour = Duration::from_hours(1);
        let stop = Stop::new();
        assert_eq!(Limit::FOREVER.slice(), Ok(Duration::from_secs(1)));
        assert_eq!(Limit::until(&stop).slice(), Ok(SLICE));
        assert_eq!(Limit::within(hour).or(&stop).slice(), Ok(SLICE));
        let began = Instant::now();
        let long = Limit::within(hour).slice().unwrap();
        assert!(long <= hour && long >= hour.checked_sub(began.elapsed()).unwrap());
        let short = Limit::within(SLICE / 2).or(&stop);
        assert!(short.slice().is_ok_and(|slice| slice <= SLICE / 2) || began.elapsed() > SLICE / 2);
        assert_eq!(Limit::now().slice(), Err(Timeout::Elapsed));
        assert_eq!(Limit::now().or(&stop).slice(), Err(Timeout::Elapsed));
        stop.request();
        assert_eq!(Limit::until(&stop).slice(), Err(Timeout::Stopped));
        assert_eq!(Limit::within(hour).or(&stop).slice(), Err(Timeout::Stopped));
        assert_eq!(Limit::now().or(&stop).slice(), Err(Timeout::Stopped));
    }
}
