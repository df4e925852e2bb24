//! What the suites share.

use std::path::Path;
use std::time::{Duration, Instant};

use threadbare::kit::child::{ForkServer, Start};
use threadbare::kit::limit::Limit;
use threadbare::kit::process_pool::{Builder, ProcessPool};

/// The program whose workers are tested.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_threadbare"))
}

/// Long enough for the slowest machine; reached only when something hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn soon() -> Limit {
    Limit::within(PATIENCE)
}

/// Waits until `condition` holds.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::yield_now();
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

/// Whether the process is no more; a zombie still is.
pub(crate) fn is_gone(pid: u32) -> bool {
    !Path::new(&format!("/proc/{pid}")).exists()
}
