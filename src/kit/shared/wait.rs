//! Sleeping on a word of shared memory, and waking those who do: the two operations of
//! `futex(2)` that the tools use.

use std::sync::atomic::AtomicU32;
use std::time::Duration;

use rustix::thread::futex;

use crate::kit::limit::{Limit, SLICE, Timeout};

/// The longest slice of a wait, with or without a limit: the death of a process wakes no waiter,
/// so each wait checks for it. Tests replace it, so that a wake-up that does not come is not
/// covered up by the end of a slice.
#[cfg(not(test))]
fn longest_slice() -> Duration {
    SLICE
}

#[cfg(test)]
use tests::longest_slice;

/// All waiters: more than can wait. The largest number that the kernel takes, whose count is
/// signed.
pub const ALL: u32 = u32::MAX >> 1;

/// Sleeps while `word` holds `value`, for one slice at most. A return says nothing about
/// `word`: the caller looks again.
///
/// # Errors
/// If `limit` has ended. It is asked before the sleep, so an event that has come by then is not
/// missed: callers look at their state first.
pub fn wait_slice(word: &AtomicU32, value: u32, limit: &Limit) -> Result<(), Timeout> {
    let slice = limit.slice()?.min(longest_slice());
    let slice = futex::Timespec {
        tv_sec: slice.as_secs().cast_signed(),
        tv_nsec: slice.subsec_nanos().into(),
    };
    // The kernel compares and falls asleep as one step, so a wake after the comparison is never
    // missed. Woken, changed before (`EAGAIN`), out of time or interrupted: all the same here.
    // No flags: the word is shared with other processes.
    let _ = futex::wait(word, futex::Flags::empty(), value, Some(&slice));
    Ok(())
}

/// Wakes at most `count` waiters of `word`, in whatever process they are. Comes after the
/// change of the word.
pub fn wake(word: &AtomicU32, count: u32) {
    // Fails only for a word that is no futex: not aligned, or not mapped.
    let _ = futex::wake(word, futex::Flags::empty(), count);
}

#[cfg(test)]
pub mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static LONGEST: Cell<Duration> = const { Cell::new(SLICE) };
    }

    /// The calling thread sleeps until it is woken, so that a wake-up that does not come is
    /// not covered up by the end of a slice.
    pub fn sleep_without_slices() {
        LONGEST.set(Duration::MAX);
    }

    pub fn longest_slice() -> Duration {
        LONGEST.get()
    }
}
