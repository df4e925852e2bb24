//! A script whose threads run one at a time, in an order that is chosen here.
//!
//! The interpreter is started once and becomes a fork server before it reaches the script: each
//! schedule is run by a child of it. The shim's scheduler decides at each *scheduling point*
//! which thread is next: by default the one that runs, as long as it can. A schedule is what
//! differs from that: its [forced switches](ForcedSwitch). So a schedule is short, and what is left
//! out of it has no effect on the rest.
//!
//! ```text
//!   this program          the interpreter: one process          its children: one a schedule
//!   ────────────          ─────────────────────────────         ───────────────────────────────
//!   start ──────────────► imports the shim, compiles the
//!                         script, then waits  ── ready ──►
//!   run a12b.b3a ───────► fork ───────────────────────────────► runs the script, one thread at a
//!                           waits for its end                   time; writes trace, stdout, stderr
//!   done 256    ◄──────── its status                      ◄──── ends: by itself, by an exception,
//!   reads the trace                                             in a deadlock, or is killed
//! ```
//!
//! A fork costs some milliseconds where a start of the interpreter costs tens, and each child has
//! the same memory at its beginning, down to addresses. What is left to chance is what the script
//! takes from outside: time is virtual, sets have the order of a fixed hash, and what else differs
//! is noticed when the same schedule leads to something else.
//!
//! | module | what |
//! |---|---|
//! | `server` | the interpreter: requests, answers, limits |
//! | `schedule` | switches, and their text in a replay code |
//! | `trace` | what the shim wrote about a schedule |
//! | `execution` | one schedule as it was run, and whether it failed |
//! | `incomplete` | what a search left out |
//! | `search` | schedules by chance or all, until one fails, and the shortest failing one |
//! | `systematic`, `races` | one schedule of each class that makes a difference |
//!
//! All that comes from the interpreter is foreign: nothing here trusts a value of it.

mod execution;
mod incomplete;
mod races;
mod schedule;
mod search;
mod server;
mod systematic;
#[cfg(test)]
mod tests;
mod trace;

pub use self::execution::{End, Execution, FailureKind, Verdict};
pub use self::incomplete::Incomplete;
pub use self::schedule::{BadSchedule, ForcedSwitch, decode, encode};
pub use self::search::{Found, Options, Report, Strategy, replay, search, step};
pub use self::server::{LIMIT, Server, ServerError};
pub use self::trace::{
    Blocked, NewValue, Operation, Raised, Step, StopReason, TOOLS, ToolUse, Trace, TraceNames,
    Value,
};
