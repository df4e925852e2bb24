//! What is made of the records of a script: lanes and their events, and exact figures.
//!
//! ```text
//!   definitions ─► names, places      ┌► threads, locks, queues, lists, values, executors,
//!   records ─────► watcher ───────────┤  processes, pools: each counts for itself ─► figures, deadlock
//!                                     └► events of the thread's lane ──► timeline, story
//! ```
//!
//! An event may be dropped when the screen is behind, a record of the shim's when this program is.
//! The first does not touch the figures; the second is counted and stands beside them.

mod children;
mod controls;
pub mod executors;
pub mod explore;
pub mod level;
mod lines;
pub mod lists;
pub mod locks;
pub mod names;
pub mod output;
mod pauses;
pub mod places;
pub mod pools;
pub mod processes;
pub mod queues;
mod sample;
mod sampling;
mod shared;
pub mod step;
#[cfg(test)]
mod tests;
pub mod thinned;
pub mod threads;
pub mod times;
mod tools;
pub mod values;
pub mod watcher;
