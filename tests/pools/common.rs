//! What the suites share.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use threadbare::kit::child::{ForkServer, Start};
use threadbare::kit::limit::Limit;
use threadbare::kit::process_pool::{Builder, ProcessPool};
use threadbare::kit::stop::Stop;

/// The program whose workers are tested.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_threadbare"))
}

/// Long enough for the slowest machine; reached only when something hangs.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) fn soon() -> Limit {
    Limit::within(TIMEOUT)
}

/// Waits until `condition` holds.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        pause();
    }
}

/// Runs `test` once with each start method.
pub(crate) fn with_each_start(test: impl Fn(Start)) {
    test(Start::Spawn);
    test(Start::ForkServer(ForkServer::start(program()).unwrap()));
}

pub(crate) fn builder(workers: usize, start: &Start) -> Builder {
    ProcessPool::builder(program(), workers).start(start.clone())
}

pub(crate) fn pool(workers: usize, start: &Start) -> ProcessPool {
    builder(workers, start).build().unwrap()
}

/// Whether the worker is gone; a zombie is not yet. On a busy machine its id may be
/// given to a process or thread of another program within a second.
pub(crate) fn is_gone(pid: u32) -> bool {
    let reused = || {
        std::fs::read_link(format!("/proc/{pid}/exe"))
            .is_ok_and(|exe| Some(exe) != program().canonicalize().ok())
    };
    !Path::new(&format!("/proc/{pid}")).exists() || reused()
}

/// Lets others work before one looks again.
pub(crate) fn pause() {
    Stop::new().sleep(Duration::from_millis(1));
}

/// Sends `signal` to a worker of ours; `false` if there is none with this pid any more.
pub(crate) fn kill_worker(pid: u32, signal: Signal) -> bool {
    let Some(raw) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return false;
    };
    // The pid may be another process's by now: the signal goes to the one that was opened.
    let Ok(process) = pidfd_open(raw, PidfdFlags::empty()) else {
        return false;
    };
    let ours = Some(std::process::id());
    let parent = parent_of(pid);
    (parent == ours || parent.and_then(parent_of) == ours)
        && pidfd_send_signal(process, signal).is_ok()
}

/// The parent of a process that runs.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != "Z" && state != "X").then_some(parent)
}

/// Whether the process has ended, reaped or not: what a worker started is reaped by the process
/// that adopts it.
pub(crate) fn has_ended(pid: u32) -> bool {
    parent_of(pid).is_none()
}
