//! What the worker processes of this lab can do. Runs in another process; must not
//! count on anything of this one.

use super::closing::Stubborn;
use super::desk::jobs::{AddUnderLock, Await, DieHolding, Inherit};
use super::techniques::logging::WriteLines;
use crate::kit::child::JobEntry;

/// All of them.
pub(crate) const JOBS: &[JobEntry] = &[
    JobEntry::of::<WriteLines>(),
    JobEntry::of::<AddUnderLock>(),
    JobEntry::of::<Await>(),
    JobEntry::of::<DieHolding>(),
    JobEntry::of::<Inherit>(),
    JobEntry::of::<Stubborn>(),
];
