//! What the kit's shared things mean, as plain data.
//!
//! A [`State`] is all that one thing is at a moment, and [`State::attempt`] is the
//! one definition of what an [`Op`] does to it. The real semaphore, queue, gate,
//! barrier and condition carry it out under a mutex; the explorer's model state predicts
//! from it what each thread's next step would see, and whether it can be taken. So
//! there are no two versions of the rules that could drift apart.
//!
//! Must not know: threads, clocks, screens.

mod barrier;
mod op;
mod queue;
mod state;

pub use barrier::{Barrier, Phase};
pub use op::{Blocking, Op, OpResult};
pub use queue::Queue;
pub use state::{Line, State};
