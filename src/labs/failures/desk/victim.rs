//! The tasks of a struck pool, whatever their types, and the one that is struck.
//!
//! Must not know what becomes of them.

use std::io;

use rustix::process::{Pid, Signal, kill_process};

use super::blow::Act;
use super::jobs::{Await, DieHolding};
use crate::kit::child::WorkerFn;
use crate::kit::future::{Future, Status, TaskError, Times};
use crate::kit::process_pool::ProcessPool;
use crate::kit::process_pool::jobs::{Abort, Exit, Forever, HalfFrame, OutOfMemory, Panic, Raise};

/// Address space of the worker that runs out of memory, in MiB.
const MEMORY_MIB: u64 = 256;

/// A task's future without its type.
pub(super) type ViewOptions = Box<dyn Fn() -> Seen>;

pub(super) struct Seen {
    pub(super) status: Status,
    pub(super) error: Option<TaskError>,
    pub(super) times: Times,
}

fn look_at<T: 'static>(future: Future<T>) -> ViewOptions {
    Box::new(move || Seen {
        status: future.status(),
        error: future.error(),
        times: future.times(),
    })
}

pub(super) fn is_open(status: Status) -> bool {
    matches!(status, Status::Pending | Status::Running)
}

pub(super) fn task<J: WorkerFn>(pool: &ProcessPool, input: &J::In) -> io::Result<ViewOptions>
where
    J::Out: 'static,
{
    pool.submit::<J>(input)
        .map(look_at)
        .map_err(io::Error::other)
}

/// The task whose worker is struck.
pub(super) fn victim(pool: &ProcessPool, act: Act) -> io::Result<ViewOptions> {
    match act {
        Act::Panic => task::<Panic>(pool, &"on purpose".to_owned()),
        Act::Exit(code) => task::<Exit>(pool, &code),
        Act::Abort => task::<Abort>(pool, &()),
        Act::Raise(signal) => task::<Raise>(pool, &u64::from(signal.as_raw().unsigned_abs())),
        Act::Memory => task::<OutOfMemory>(pool, &MEMORY_MIB),
        Act::Loop => task::<Forever>(pool, &()),
        Act::LockHolder => task::<DieHolding>(pool, &()),
        Act::HalfMessage => task::<HalfFrame>(pool, &()),
        Act::Send(_) | Act::StopAndGo => task::<Await>(pool, &()),
    }
}

pub(super) fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // Gone already: that is then what is seen.
    let _ = pid.map(|pid| kill_process(pid, signal));
}
