//! A script whose threads run one at a time, in an order that is chosen here.
//!
//! The interpreter is started once and becomes a fork server before it reaches the script: each
//! schedule is run by a child of it. The shim's scheduler decides at each *scheduling point*
//! which thread is next: by default the one that runs, as long as it can. A schedule is what
//! differs from that: its [`Switch`]es. So a schedule is short, and what is left out of it has
//! no effect on the rest.
//!
//! | module | what |
//! |---|---|
//! | `server` | the interpreter: requests, answers, limits |
//! | `schedule` | switches, and their text in a replay code |
//! | `trace` | what the shim wrote about a schedule |
//! | `execution` | one schedule as it was run, and whether it failed |
//! | `search` | schedules by chance or all, until one fails, and the shortest failing one |
//! | `systematic`, `races` | one schedule of each class that makes a difference |
//!
//! All that comes from the interpreter is foreign: nothing here trusts a value of it.

mod execution;
mod races;
mod schedule;
mod search;
mod server;
mod systematic;
#[cfg(test)]
mod tests;
mod trace;

pub use self::execution::{End, Execution, FailureKind, Verdict};
pub use self::schedule::{BadSchedule, Switch, decode, encode};
pub use self::search::{Found, Incomplete, Options, Report, Strategy, replay, search};
pub use self::server::{LIMIT, Server, ServerError};
pub use self::trace::{Blocked, Operation, Raised, Step, TraceNames};
