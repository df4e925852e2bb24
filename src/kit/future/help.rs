//! Waiting for a task by doing the pool's work.
//!
//! A thread that waits for a task has nothing else to do. Where a pool's work is mostly to
//! wait for answers (of worker processes), the waiting thread can do just that: then the
//! answer wakes it directly, instead of waking a thread of the pool that has to wake it in
//! turn. That saves a switch for each task.
//!
//! ```text
//! without help   worker process ──answer──▶ pool's thread ──wakes──▶ the thread that waits
//! with help      worker process ──answer──▶ the thread that waits, for itself and all others
//! ```

use std::time::Duration;

/// A pool that a waiting thread can help.
pub(crate) trait HelpWhileWaiting: Send + Sync {
    /// Does the pool's work until `done` holds or `limit` is over, whichever is first.
    /// `false` at once if no help is needed, because another thread does the work. Called
    /// without a future's lock.
    fn help(&self, limit: Duration, done: &dyn Fn() -> bool) -> bool;

    /// Has the helping thread check `done` again. Never waits. Called when a task was
    /// completed by another thread than the one that helps.
    fn nudge(&self);
}
