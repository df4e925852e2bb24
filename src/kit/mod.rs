//! Tools of concurrency that all labs share: real threads, locks, pools and
//! processes, each of which tells what it does in one vocabulary.
//!
//! Must not know: any other layer.

pub mod clock;
pub mod crew;
pub mod event;
pub mod explore;
pub mod factorial;
pub mod future;
pub mod gil;
pub mod job;
pub mod limit;
pub mod lock;
pub mod model;
pub mod panics;
pub mod probe;
pub mod python;
pub mod row;
pub mod shared;
pub mod step;
pub mod stop;
mod sys;
pub mod thread_pool;
pub mod word;
