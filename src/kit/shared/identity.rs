//! Which thread of this machine: its id and the moment at which it started, in one number.
//!
//! The kernel gives a thread id out again after its thread is gone. With the start time beside
//! it, a thread that got the id of a dead owner is not taken for that owner. Two threads have
//! the same identity only if the id comes again within one clock tick (10 ms), in which the
//! kernel would have to give out every other id first.
//!
//! ```text
//!    63              32 31               0
//!   ┌──────────────────┬──────────────────┐
//!   │ start time       │ thread id        │   0: no thread
//!   │ (ticks, low half)│                  │
//!   └──────────────────┴──────────────────┘
//! ```
//!
//! Valid among processes of one pid namespace. Algorithm: what psutil does, with `starttime` of
//! `proc_pid_stat(5)`.

use std::cell::Cell;

use rustix::process::{Pid, getpriority_process};

use crate::kit::proc_stat;
use crate::kit::sys::process::forks;

/// A thread, as one number that fits a cell of shared memory and is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadIdentity(u64);

thread_local! {
    /// The number of forks at which this thread's identity was read, and the identity. Each
    /// acquisition of a lock needs it, and `/proc` costs some microseconds.
    static CACHED: Cell<(u32, u64)> = const { Cell::new((0, 0)) };
}

impl ThreadIdentity {
    /// The calling thread. Reads `/proc` only at the first call of a thread, and again in the
    /// child of a fork, which has a copy of its parent's cache.
    pub fn current() -> Self {
        let tid = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
        let (forks_then, cached) = CACHED.get();
        // A fork of foreign code shows in the thread id, one of this program also in the count:
        // a grandchild may have the id of a dead grandparent.
        if Self(cached).tid() == tid && forks_then == forks() {
            return Self(cached);
        }
        // Without a start time the id has to do. It stays cached even then, because an owner
        // has to recognise itself when it releases.
        let start = proc_stat::stat_of(tid).map_or(0, |stat| stat.start);
        let identity = Self::new(tid, start);
        CACHED.set((forks(), identity.0));
        identity
    }

    /// `start` in clock ticks since boot, 0 if unknown; its lower half is kept, which wraps
    /// around after more than a year at 100 ticks a second.
    pub fn new(tid: u32, start: u64) -> Self {
        Self(start << 32 | u64::from(tid))
    }

    /// The identity in a cell: `None` for 0, the cell of a free lock or place.
    pub fn from_cell(cell: u64) -> Option<Self> {
        (cell != 0).then_some(Self(cell))
    }

    /// What a cell holds for this thread.
    pub fn to_cell(self) -> u64 {
        self.0
    }

    /// The kernel's id of the thread (`gettid(2)`); the pid, for the main thread of a process.
    pub fn tid(self) -> u32 {
        u32::try_from(self.0 & u64::from(u32::MAX)).unwrap_or(0)
    }

    /// The lower half of its start time; 0 if it is not known.
    fn start(self) -> u64 {
        self.0 >> 32
    }

    /// Whether the thread is no more: ended, a zombie that was not reaped yet, or its id
    /// belongs to another thread now. Reads one file of `/proc`.
    pub fn is_gone(self) -> bool {
        match proc_stat::stat_of(self.tid()) {
            Ok(stat) => {
                let start = Self::new(self.tid(), stat.start).start();
                // A zombie runs no code any more, so it will never release anything. An unknown
                // start time proves nothing: then the id alone counts.
                matches!(stat.state, 'Z' | 'X') || self.start() != 0 && self.start() != start
            }
            // No such thread, or `/proc` cannot be read (not mounted, no descriptor left):
            // the second must not make a living owner a dead one.
            Err(_) => !exists(self.tid()),
        }
    }
}

/// Whether any thread has this id, asked without `/proc`. Needs no permission and no
/// descriptor.
fn exists(tid: u32) -> bool {
    let pid = i32::try_from(tid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| getpriority_process(Some(pid)) != Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_a_thread_that_ended() -> ThreadIdentity {
        let identity = || ThreadIdentity::current();
        std::thread::scope(|scope| scope.spawn(identity).join().unwrap())
    }

    #[test]
    fn a_thread_lives_as_long_as_it_runs_and_is_gone_afterwards() {
        let me = ThreadIdentity::current();
        assert_ne!(me.start(), 0, "the start time was read");
        assert_eq!(me, ThreadIdentity::current());
        assert!(!me.is_gone() && exists(me.tid()));
        let ended = of_a_thread_that_ended();
        assert_ne!(ended, me);
        assert!(ended.is_gone() && !exists(ended.tid()));
    }

    #[test]
    fn another_thread_with_the_same_id_is_another() {
        let me = ThreadIdentity::current();
        let before_me = ThreadIdentity::new(me.tid(), me.start() - 1);
        assert_ne!(before_me, me);
        assert!(before_me.is_gone());
        assert!(!ThreadIdentity::new(me.tid(), 0).is_gone(), "start unknown");
    }

    #[test]
    fn what_was_read_before_a_fork_is_read_again_after_it() {
        let me = ThreadIdentity::current();
        let stale = ThreadIdentity::new(me.tid(), me.start() - 1).to_cell();
        // The id is right by chance, the cache is of a process that forked since.
        CACHED.set((forks().wrapping_sub(1), stale));
        assert_eq!(ThreadIdentity::current(), me);
        // The cache is that of the parent, whose id is another.
        CACHED.set((forks(), ThreadIdentity::new(me.tid() + 1, 1).to_cell()));
        assert_eq!(ThreadIdentity::current(), me);
        // And it is a cache: /proc is not read again.
        CACHED.set((forks(), stale));
        assert_eq!(ThreadIdentity::current().to_cell(), stale);
        CACHED.set((0, 0));
    }
}
