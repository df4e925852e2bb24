//! Worker processes: how they start, what they are sent, how they end.
//!
//! A worker is this program itself, started as `threadbare child worker`. Its standard input is
//! one end of a private socket pair, used in both directions; it moves that descriptor away at
//! once and leaves `/dev/null` in its place. Its standard output and error are pipes. An idle
//! worker ends when the other end of the socket closes. One that computes ends with the process
//! that started it, this program or the fork server, by a signal of the kernel; and the fork
//! server ends the workers of a pool whose link closes. So no end of this program leaves a
//! worker behind, `SIGKILL` included.
//!
//! | module | side | what |
//! |---|---|---|
//! | `start` | parent | starts workers and fork servers, reaps and kills them |
//! | `worker` | worker | reads chunks, runs them, answers |
//! | `server` | fork server | forks and reaps workers for several pools |
//! | `worker_fn`, `payload` | both | named functions, and values as bytes |
//! | `descriptors`, `death` | both | passing descriptors; how a process ended |
//!
//! # Who learns that it cannot start
//!
//! | call | errors | who gets the error |
//! |---|---|---|
//! | socket pair, pipes, `fork` and `exec` of [`Process::spawn`], `pidfd_open` | `EMFILE`, `ENFILE`, `ENOMEM`, `EAGAIN` (for good: no process may be added), `ENOENT`, `EACCES`, ... | the caller, and what was started is ended |
//! | start of the fork server; a link to it | the same, and `ETOOMANYREFS`, `EPIPE` | the caller |
//! | a request to the fork server | `EAGAIN`, `ETOOMANYREFS`: it has not read those before | the caller, as `RequestError::Busy` |
//! | the server has no room for the descriptors of a request or of a link | cut off by the system | the pool, on its link |
//! | `fork`, `pidfd_open` in the server | as above | the pool, in the answer to its request |
//! | `poll`, `recvmsg` on the control socket in the server | `ENOMEM`, `EINVAL` | the server and its workers end: each pool sees the end of its link |
//! | loader, runtime and standard input of a worker | before it says hello | its last line on standard error goes into the cause of its death |
//! | handler, `mmap` of a region, socket in a worker | after its hello | the pool, by a frame [`crate::kit::wire::Kind::Failed`] |
//!
//! Epoll, eventfd and the manager's thread of a pool are made when the pool is built, and are
//! the builder's error. Memory files are made by [`crate::kit::shared::Region`], for its
//! caller. What the pool then does is described in [`crate::kit::process_pool`].

mod death;
mod descriptors;
pub(crate) mod payload;
mod server;
mod start;
mod worker;
pub mod worker_fn;

use std::process::ExitCode;

use rustix::process::{Pid, getppid};

use super::sys::process::close_inherited;

pub use death::Death;
#[cfg(test)]
pub(crate) use descriptors::receive_with;
pub(crate) use descriptors::send_with;
pub use payload::{Payload, PayloadError};
pub(crate) use server::NO_LINK;
pub(crate) use start::RequestError;
pub use start::{ForkServer, Process, Start};
pub use worker::region;
pub(crate) use worker::write_raw;
pub use worker_fn::{WorkerFn, WorkerFnEntry, WorkerFnError};

/// The first argument of a process that is a worker or a fork server of this program.
pub const CHILD: &str = "child";
/// The second argument of a worker; its third is the pid of its parent.
const WORKER: &str = "worker";
/// The second argument of a fork server.
const FORK_SERVER: &str = "fork-server";

/// Does a worker's or a fork server's work if this process was started as one, and returns its
/// exit code. Otherwise returns `None`, at the cost of a look at the arguments. Must be called
/// at the very beginning of `main`, before there are threads or open files.
///
/// `worker_fns` lists what the workers of this program can do.
pub fn enter(worker_fns: &'static [&'static [WorkerFnEntry]]) -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != CHILD {
        return None;
    }
    let role = arguments.next();
    // Descriptors that this process inherited by accident would keep pipes of other processes
    // open.
    let socket = || close_inherited().and_then(|()| descriptors::take_stdin());
    let result = match role.as_ref().and_then(|role| role.to_str()) {
        Some(WORKER) => {
            // Named by the parent: it may have ended before this process could ask who it is.
            let named = arguments.next().and_then(|pid| Pid::from_raw(pid.to_str()?.parse().ok()?));
            let parent = named.or_else(getppid).unwrap_or(Pid::INIT);
            socket().and_then(|socket| worker::work(socket, worker_fns, parent))
        }
        Some(FORK_SERVER) => socket().and_then(|socket| server::serve(&socket, worker_fns)),
        _ => Err(std::io::Error::other("this is for threadbare's own workers")),
    };
    Some(match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("threadbare: child: {error}");
            ExitCode::from(2)
        }
    })
}
