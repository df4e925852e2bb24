//! The kill desk: the same blow to a worker of pools that differ in what they do about
//! it, and what became of every task.
//!
//! The pools are the kit's own, with real processes, and the blows are real. What became
//! of the tasks is read from their futures, never counted from events. A pool that loses
//! a task would be waited for without end: here the wait is bounded and its length told.
//!
//! Must not know how any of it is shown.

mod blow;
mod ear;
pub(super) mod jobs;
mod shown;
mod strike;
mod struck;
mod victim;

pub(crate) use blow::{BLOWS, Blow, Policy};
pub(crate) use shown::{Doing, PoolShown, WorkerShown};
pub(crate) use strike::Desk;
pub(crate) use struck::Struck;
