//! Tools of concurrency that all labs share: real threads, locks, pools and
//! processes, each of which emits what it does as events of one vocabulary.
//!
//! Must not know: any other layer.

pub mod atomic_file;
pub mod barrier;
pub mod child;
pub mod clock;
pub mod condition;
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
pub mod stream;
mod sys;
pub mod thread_pool;
pub mod threads;
pub mod traced_array;
pub mod traced_atomic;
pub mod until;
pub mod wire;

#[cfg(test)]
mod error_texts;
#[cfg(test)]
mod sync_figures;
#[cfg(test)]
mod sync_tests;
