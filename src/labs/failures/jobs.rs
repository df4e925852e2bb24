//! What the worker processes of this lab can do. Runs in another process; must not
//! count on anything of this one.

use super::closing::Stubborn;
use super::desk::jobs::{AddUnderLock, Await, DieHolding, Inherit};
use super::techniques::logging::WriteLines;
use crate::kit::child::WorkerFnEntry;

/// All of them.
pub(crate) const JOBS: &[WorkerFnEntry] = &[
    WorkerFnEntry::of::<WriteLines>(),
    WorkerFnEntry::of::<AddUnderLock>(),
    WorkerFnEntry::of::<Await>(),
    WorkerFnEntry::of::<DieHolding>(),
    WorkerFnEntry::of::<Inherit>(),
    WorkerFnEntry::of::<Stubborn>(),
];
