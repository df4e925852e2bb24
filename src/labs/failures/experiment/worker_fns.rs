//! The functions that the worker processes of this lab can run. They run in another
//! process, which shares nothing with this one but its arguments and the memory region of
//! its pool.

use super::injection::worker_fns::{AddUnderLock, DieWithLock, RecoverLock, WaitForFault};
use super::shutdown::IgnoreSignals;
use super::techniques::logging::WriteLines;
use crate::kit::child::WorkerFnEntry;

pub const WORKER_FNS: &[WorkerFnEntry] = &[
    WorkerFnEntry::of::<WriteLines>(),
    WorkerFnEntry::of::<AddUnderLock>(),
    WorkerFnEntry::of::<WaitForFault>(),
    WorkerFnEntry::of::<DieWithLock>(),
    WorkerFnEntry::of::<RecoverLock>(),
    WorkerFnEntry::of::<IgnoreSignals>(),
];
