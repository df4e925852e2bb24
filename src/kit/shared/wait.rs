//! Waiting on a word of shared memory, with a limit and a way to stop.

use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use rustix::thread::futex;

use crate::kit::stop::Stop;

/// How long a wait goes on before it looks up. The kernel wakes it at once when it
/// is woken; the slice bounds only how late a death or a stop request is noticed.
const SLICE: Duration = Duration::from_millis(20);

/// How long a wait may last.
#[derive(Clone, Debug, Default)]
pub struct Limit {
    deadline: Option<Instant>,
    stop: Option<Stop>,
}

/// A wait that ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// The time was up.
    Elapsed,
    /// It was asked to stop.
    Stopped,
}

impl Limit {
    /// At most `time`.
    pub fn within(time: Duration) -> Self {
        Self {
            deadline: Instant::now().checked_add(time),
            stop: None,
        }
    }

    /// Not at all: take it now or not.
    pub fn now() -> Self {
        Self::within(Duration::ZERO)
    }

    /// Until `stop` is requested.
    pub fn until(stop: &Stop) -> Self {
        Self {
            deadline: None,
            stop: Some(stop.clone()),
        }
    }

    /// Ends also when `stop` is requested.
    #[must_use]
    pub fn or(mut self, stop: &Stop) -> Self {
        self.stop = Some(stop.clone());
        self
    }

    /// How long to sleep next.
    fn slice(&self) -> Result<Duration, Timeout> {
        if self.stop.as_ref().is_some_and(Stop::requested) {
            return Err(Timeout::Stopped);
        }
        match self.deadline {
            None => Ok(SLICE),
            Some(deadline) => match deadline.saturating_duration_since(Instant::now()) {
                Duration::ZERO => Err(Timeout::Elapsed),
                left => Ok(left.min(SLICE)),
            },
        }
    }
}

/// Sleeps while `word` holds `value`, for one slice at most. A return says nothing
/// about `word`: the caller looks again.
pub(super) fn doze(word: &AtomicU32, value: u32, limit: &Limit) -> Result<(), Timeout> {
    let slice = limit.slice()?;
    let slice = futex::Timespec {
        tv_sec: 0,
        tv_nsec: slice.subsec_nanos().into(),
    };
    // Woken, changed before we slept, out of time or interrupted: all the same here.
    let _ = futex::wait(word, futex::Flags::empty(), value, Some(&slice));
    Ok(())
}

/// Wakes at most `count` waiters of `word`, in whatever process they are.
pub(super) fn wake(word: &AtomicU32, count: u32) {
    let _ = futex::wake(word, futex::Flags::empty(), count);
}
