//! Worker processes: how they start, what they are told, how they end.
//!
//! A worker is this program itself, started as `threadbare child worker`. Its standard
//! input is one end of a private socket pair, used in both directions; it moves that
//! descriptor away at once and leaves `/dev/null` in its place. Its standard output and
//! error are pipes. It ends when the other end of the socket closes, even while it
//! computes, so no end of its parent, however brutal, leaves it behind.
//!
//! Must not know: pools, and what jobs compute.

mod death;
mod descriptors;
pub mod job;
mod server;
mod start;
mod worker;

use std::process::ExitCode;

pub use death::Death;
pub(crate) use descriptors::send_with;
pub use job::{Job, JobEntry, JobError, Payload};
pub use start::{ForkServer, Process, Start};
pub use worker::region;
pub(crate) use worker::write_raw;

/// The word after the program's name that makes it a worker.
pub const CHILD: &str = "child";
const WORKER: &str = "worker";
const FORK_SERVER: &str = "fork-server";

/// Does a worker's work, if this process was started as one; otherwise `None`, at the
/// cost of a look at the arguments. Belongs at the very beginning of `main`.
///
/// `jobs` is what the workers of this program can do.
pub fn enter(jobs: &'static [&'static [JobEntry]]) -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != CHILD {
        return None;
    }
    let role = arguments.next();
    let result = match role.as_ref().and_then(|role| role.to_str()) {
        Some(WORKER) => descriptors::take_stdin().and_then(|socket| worker::work(socket, jobs)),
        Some(FORK_SERVER) => {
            descriptors::take_stdin().and_then(|socket| server::serve(&socket, jobs))
        }
        _ => Err(std::io::Error::other(
            "this is for threadbare's own workers",
        )),
    };
    Some(match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("threadbare: child: {error}");
            ExitCode::from(2)
        }
    })
}
