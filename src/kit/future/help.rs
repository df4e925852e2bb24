//! Waiting for a task by doing the pool's work.
//!
//! A thread that waits for a task has nothing else to do. Where a pool's work is mostly
//! to wait for answers, the waiting thread can do just that: then the answer wakes it
//! directly, instead of waking a thread of the pool that has to wake it in turn.
//!
//! Must not know: which pool, and what its work is.

use std::time::Duration;

/// A pool that a waiting thread can help.
pub(crate) trait HelpWhileWaiting: Send + Sync {
    /// Does the pool's work until `done` or `limit` is over, whichever is first; `false` at
    /// once if no help is needed.
    fn help(&self, limit: Duration, done: &dyn Fn() -> bool) -> bool;

    /// Has the helping thread check whether it is done. Never waits.
    fn nudge(&self);
}
