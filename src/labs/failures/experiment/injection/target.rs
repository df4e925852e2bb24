//! The tasks of a pool under a fault, whatever their types, and the one that triggers it.

use std::io;

use rustix::process::{Pid, Signal, kill_process};

use super::fault::FaultKind;
use super::worker_fns::{DieWithLock, WaitForFault};
use crate::kit::child::WorkerFn;
use crate::kit::future::{Future, Status, TaskError, Times};
use crate::kit::process_pool::ProcessPool;
use crate::kit::process_pool::worker_fns::{
    Abort, Exit, Forever, HalfFrame, OutOfMemory, Panic, Raise,
};

/// Address space of the worker that runs out of memory, in MiB: little, so that it is
/// reached at once and no other process is in danger.
const MEMORY_MIB: u64 = 256;

/// A task's future without its type: tasks of several types are watched alike. A call
/// reads the future and never waits for it.
pub type TaskProbe = Box<dyn Fn() -> TaskState>;

pub struct TaskState {
    pub status: Status,
    pub error: Option<TaskError>,
    pub times: Times,
}

fn probe<T: 'static>(future: Future<T>) -> TaskProbe {
    Box::new(move || TaskState {
        status: future.status(),
        error: future.error(),
        times: future.times(),
    })
}

/// Queues a task.
///
/// # Errors
/// If the pool takes none any more.
pub fn task<J: WorkerFn>(pool: &ProcessPool, input: &J::In) -> io::Result<TaskProbe>
where
    J::Out: 'static,
{
    pool.submit::<J>(input).map(probe).map_err(io::Error::other)
}

/// Queues the task whose worker is targeted. It triggers the fault itself, or runs until
/// the injector has sent its signal.
pub fn submit_target(pool: &ProcessPool, kind: FaultKind) -> io::Result<TaskProbe> {
    match kind {
        FaultKind::Panic => task::<Panic>(pool, &"on purpose".to_owned()),
        FaultKind::Exit(code) => task::<Exit>(pool, &code),
        FaultKind::Abort => task::<Abort>(pool, &()),
        FaultKind::Raise(signal) => task::<Raise>(pool, &u64::from(signal.as_raw().unsigned_abs())),
        FaultKind::Memory => task::<OutOfMemory>(pool, &MEMORY_MIB),
        FaultKind::Loop => task::<Forever>(pool, &()),
        FaultKind::LockHolder => task::<DieWithLock>(pool, &()),
        FaultKind::HalfMessage => task::<HalfFrame>(pool, &()),
        // Runs until the injector has sent its signal, and is released by the flag.
        FaultKind::Send(_) | FaultKind::StopAndContinue => task::<WaitForFault>(pool, &()),
    }
}

/// Sends a signal to a worker. One that is gone already is no error: its end is what is
/// seen then.
pub fn send_signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let _ = pid.map(|pid| kill_process(pid, signal));
}
