//! What the kit's shared things mean, as plain data: no threads, no clocks.
//!
//! A [`State`] is everything that one thing is at a moment, and [`State::attempt`] is the
//! one definition of what an [`Op`] does to it. The real semaphore, queue, event, barrier,
//! re-entrant lock and condition carry it out under a mutex (`kit/monitor.rs`); the
//! explorer's model state predicts from it what each thread's next step would find, and
//! whether it can be taken. There is no second version of the rules that could drift apart.
//!
//! Only [`crate::kit::lock::Lock`] and the traced atomics have an implementation of their
//! own, because they have to cost next to nothing at full speed; the explorer compares
//! their results with this model at every step of every search.
//!
//! How one operation goes, at the real thing and in the model:
//!
//! ```text
//! kit/semaphore::acquire ── kit/monitor ── lock the state ─┐
//!                                                          ├─▶ State::attempt(who, op)
//! explorer: ModelState::step(thread) ──────────────────────┘     │
//!                                         None: it has to wait ◀──┴──▶ Some: done, and the result
//! ```

mod barrier;
mod op;
mod queue;
mod state;

pub use barrier::{Barrier, Phase};
pub use op::{Blocking, Op, OpResult};
pub use queue::Queue;
pub use state::{Line, State};
