//! The explorer: real threads, held at their next step, and taken through whatever
//! interleavings a pilot wants to see.
//!
//! [`explore`] lays a [`Program`] out run after run. Its threads are threads of the
//! system, executing the same machine code that they execute at full speed; each
//! announces its next operation on the [`Desk`] and waits. One at a time takes the
//! step that the [`Pilot`] chose. What it finds is checked against what the desk
//! predicted: the engine is tested at every step of every search.
//!
//! Honest limits: the explored memory is sequentially consistent, or x86-TSO by
//! simulated store buffers; between two steps a thread must be deterministic.
//!
//! Must not know: any single program, and how anything is shown.

mod baton;
pub mod code;
mod counts;
mod desk;
mod fault;
mod film;
mod finding;
mod hand;
mod incomplete;
mod key;
mod live;
mod pilot;
mod plan;
mod progress;
pub mod query;
mod search;
mod session;
mod survey;
mod table;
#[cfg(test)]
pub(crate) mod tests;
mod tree;
mod turn;
mod why;

pub(crate) use super::sys::heap::give_back;
pub use counts::Counts;
pub use desk::{Desk, Memory, Names, Next, Phase as ThreadPhase, Until};
pub use fault::Fault;
pub use film::{Film, Frame, Then};
pub use finding::{End, Finding, Found};
pub use hand::{Grip, Hand, Move, View};
pub use incomplete::Incomplete;
pub use key::Key;
pub use live::Live;
pub use pilot::{Moment, Pct, Pilot, Random, Refused, Replay, Tally};
pub use plan::{Body, Broken, Check, Plan, Program};
pub use progress::{Progress, Snapshot};
pub use search::{Limits, Method, Search};
pub use survey::{Order, Strategy, Survey, simplest_failure, survey};
pub use table::{Config, Outcome, STEP_BOUND, explore};
pub use tree::{Branch, Leaf, Tree};
pub use turn::{MOST_THREADS, Turn, Turns, TurnsIter};
pub use why::{Conflict, Why, why};
