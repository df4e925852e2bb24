//! What the worker processes of this lab can do. Runs in another process; must not
//! count on anything of this one.

use super::injection::jobs::{AddUnderLock, DieWithLock, RecoverLock, WaitForFault};
use super::shutdown::IgnoreSignals;
use super::techniques::logging::WriteLines;
use crate::kit::child::WorkerFnEntry;

/// All of them.
pub const JOBS: &[WorkerFnEntry] = &[
    WorkerFnEntry::of::<WriteLines>(),
    WorkerFnEntry::of::<AddUnderLock>(),
    WorkerFnEntry::of::<WaitForFault>(),
    WorkerFnEntry::of::<DieWithLock>(),
    WorkerFnEntry::of::<RecoverLock>(),
    WorkerFnEntry::of::<IgnoreSignals>(),
];
