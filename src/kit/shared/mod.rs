//! Tools for sharing data between processes, on shared memory and futexes.
//!
//! What Python's `multiprocessing` calls Lock, `RLock`, Semaphore, Condition, Event, Barrier,
//! Queue, Value and Array. All of them live in a [`Region`] that is made in one process and
//! attached in others; both sides lay it out with the same sequence of calls. Each wait can be
//! stopped and can have a limit. The death of a lock's owner is noticed and named, also after
//! its thread id was given out again, and what was counted for a waiter that died is taken
//! back. The protocol of the condition is drawn in the module `condition`.
//!
//! # Waiting
//!
//! A wait takes three steps in this order: announce the waiter in shared memory (`waiters`),
//! look at the state, and sleep with `FUTEX_WAIT` (`futex(2)`) on a word that every change of
//! the state also changes. The kernel compares the word with the value that was seen before it
//! sleeps, so a change after the look is not slept through. A thread that changes the state
//! looks for waiters *after* the change and spares the system call if there are none.
//!
//! Every sleep is cut into slices of 20 ms, because the death of a process wakes no waiter:
//! once a slice, a waiter looks for a stop request and for a dead owner. A wake-up that is
//! lost, because the waiter that got it died or gave up, is made good in the same way.
//!
//! # Memory orders
//!
//! Announcing and changing are stores to different cells, each followed by a load of the other
//! one. Only a total order of all four makes sure that at least one side sees the other
//! (acquire and release allow both to miss). So the protocols use `SeqCst` throughout. On
//! x86-64 only stores cost more for it, and a store is a small part of a protocol that may end
//! in a system call. Plain data is `Relaxed` where a lock orders it, and [`Log`], which never
//! sleeps, uses acquire and release.
//!
//! The futexes are not of the private kind (`FUTEX_PRIVATE_FLAG`): the kernel finds the waiters
//! of a shared word by the file behind the memory, whatever the addresses in each process.

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
pub use lock::{Acquired, Guard, Lock, NotOwner, RLock};
pub use log::Log;
pub use queue::{Queue, QueueError};
pub(crate) use region::{LaidOut, laid_out};
pub use region::{Layout, Region};
pub use semaphore::{OverRelease, Semaphore};
pub use value::{Array, Value};
