//! The functions that the worker processes of this lab can run. They run in another
//! process, which shares nothing with this one but its arguments and the memory region of
//! its pool.

use std::process::{Command, Stdio};
use std::sync::Arc;

use signal_hook::consts::{SIGINT, SIGTERM};

use super::injection::worker_fns::{AddUnderLock, DieWithLock, RecoverLock, WaitForFault};
use super::techniques::logging::WriteLines;
use crate::kit::child::{WorkerFn, WorkerFnEntry, WorkerFnError};

pub const WORKER_FNS: &[WorkerFnEntry] = &[
    WorkerFnEntry::of::<WriteLines>(),
    WorkerFnEntry::of::<AddUnderLock>(),
    WorkerFnEntry::of::<WaitForFault>(),
    WorkerFnEntry::of::<DieWithLock>(),
    WorkerFnEntry::of::<RecoverLock>(),
    WorkerFnEntry::of::<IgnoreSignals>(),
];

/// Ignores `SIGTERM` and `SIGINT` from now on, and starts a child of its own; returns the
/// pids of both.
#[derive(Debug)]
pub struct IgnoreSignals;

impl WorkerFn for IgnoreSignals {
    const NAME: &'static str = "failures.ignore-signals";
    type In = ();
    type Out = (u32, u32);

    fn run((): ()) -> Result<Self::Out, WorkerFnError> {
        for signal in [SIGTERM, SIGINT] {
            // A handler that sets a flag that nothing reads. Unlike `SIG_IGN` it is not
            // inherited through `exec`, so the child can be ended by a signal.
            signal_hook::flag::register(signal, Arc::default())?;
        }
        let mut sleep = Command::new("sleep");
        let silent = sleep.arg("3600").stdin(Stdio::null()).stdout(Stdio::null());
        let child = silent.stderr(Stdio::null()).spawn()?;
        Ok((std::process::id(), child.id()))
    }
}
