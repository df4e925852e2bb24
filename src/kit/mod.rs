//! Tools of concurrency that all labs share: real threads, locks, pools and processes, each
//! of which emits what it does as events of one vocabulary.
//!
//! | what | where |
//! |---|---|
//! | operations as steps: full speed, paced, single-stepped | [`step`], [`stop`], [`until`] |
//! | things that threads share | [`traced_atomic`], [`traced_array`], [`lock`], [`rlock`], [`condition`], [`semaphore`], [`event_flag`], [`queue`], [`barrier`], [`gil`] |
//! | their rules as plain data, and what they have in common | [`model`], [`monitor`], [`cycle`] |
//! | all interleavings of a small program | [`explore`] |
//! | events and how they reach a reader | [`event`], [`recorder`], [`clock`] |
//! | threads, pools and results | [`threads`], [`thread_pool`], [`process_pool`], [`future`], [`limit`] |
//! | processes and what they share | [`child`], [`wire`], [`shared`], [`manager`], [`pipe`], [`stream`] |
//! | the machine | [`placement`], [`load`], [`python`], [`signals`], [`job_control`], [`proc_stat`], [`atomic_file`], [`store`], [`panics`] |
//! | work for the labs | [`factorial`] |
//!
//! To read it from the beginning: [`event`], what a reader can learn of a run; [`step`], how an
//! operation of a thread is delayed, stopped and shown; [`lock`], a whole tool; [`monitor`] and
//! [`model`], which most other tools are made of; [`explore`], which runs a program in every
//! order of its steps. The pools stand on [`future`] and, for processes, on [`wire`] and
//! [`child`], and do not need the steps.
//!
//! Nothing is exported a second time here: a use names the module, and with it what the
//! thing belongs to. Unsafe code is in `sys` alone.
//!
//! This layer knows no other but the printable texts: a lab uses the kit, never the
//! reverse.

pub mod atomic_file;
pub mod barrier;
pub mod child;
pub mod clock;
pub mod condition;
pub mod cycle;
pub mod event;
pub mod event_flag;
pub mod explore;
pub mod factorial;
pub mod future;
pub mod gil;
pub mod job_control;
pub mod limit;
pub mod load;
pub mod lock;
pub mod manager;
pub mod model;
pub mod monitor;
pub mod panics;
pub mod pipe;
pub mod placement;
pub mod proc_stat;
pub mod process_pool;
pub mod python;
pub mod queue;
pub mod recorder;
pub mod rlock;
pub mod semaphore;
pub mod shared;
pub mod signals;
pub mod step;
pub mod stop;
pub mod store;
pub mod stream;
mod sys;
pub mod thread_pool;
pub mod threads;
pub mod traced_array;
pub mod traced_atomic;
pub mod until;
pub mod wire;

pub(crate) use sys::stdio::stdout_was_closed;

#[cfg(test)]
mod error_tests;
#[cfg(test)]
mod sync_tests;
