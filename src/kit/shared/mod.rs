//! Tools for sharing data between processes, on shared memory and futexes.
//!
//! What Python's `multiprocessing` calls Lock, `RLock`, Semaphore, Condition, Event,
//! Barrier, Queue, Value and Array. All of them live in a [`Region`] that is made
//! in one process and attached in others; both sides lay it out with the same
//! sequence of calls. Each wait can be stopped and can have a limit, and the death
//! of a lock's owner is noticed and named, also after its thread id was given out
//! again. What was counted for a waiter that died is taken back.
//!
//! Every wait sleeps in slices, because the death of a process wakes no waiter: once
//! a slice it looks for a stop request and for a dead owner.
//!
//! Must not know: who uses the tools, and how processes are started.

mod barrier;
mod condition;
mod event;
mod identity;
mod lock;
mod log;
mod queue;
mod region;
mod semaphore;
#[cfg(test)]
mod tests;
mod value;
mod wait;
mod waiters;

pub use barrier::{Barrier, Broken, Passed};
pub use condition::{Condition, Woken};
pub use event::Event;
pub use lock::{Acquired, Lock, NotOwner, RLock};
pub use log::Log;
pub use queue::{Queue, QueueError};
pub use region::{Layout, Region};
pub use semaphore::{OverRelease, Semaphore};
pub use value::{Array, Value};
