//! Waiting on a word of shared memory, with a limit and a way to stop.

use std::sync::atomic::AtomicU32;
use std::time::Duration;

use rustix::thread::futex;

use crate::kit::limit::{Limit, Timeout};

/// The death of a process wakes nobody, so each wait looks up this often.
const SLICE: Duration = Duration::from_millis(20);

/// Sleeps while `word` holds `value`, for one slice at most. A return says nothing
/// about `word`: the caller looks again.
pub(super) fn doze(word: &AtomicU32, value: u32, limit: &Limit) -> Result<(), Timeout> {
    let slice = limit.slice()?.min(SLICE);
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
    // Fails only for a word that is no futex: not aligned, or not mapped.
    let _ = futex::wake(word, futex::Flags::empty(), count);
}
