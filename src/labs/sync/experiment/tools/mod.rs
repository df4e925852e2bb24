//! The tools, one file each. Adding one is a file, a `mod` line and a line in [`ALL`], and one
//! in [`WORKER_FNS`] if it is between processes; the names on the command line follow.

mod barrier;
mod condition;
mod event;
mod lock;
mod process_array;
mod process_barrier;
pub mod process_condition;
mod process_event;
pub mod process_lock;
mod process_manager;
pub mod process_pipe;
pub mod process_queue;
mod process_semaphore;
mod process_value;
mod queue;
mod ring;
mod rlock;
mod semaphore;

use super::process_tool::RunProcess;
use super::tool::Tool;
use crate::kit::child::WorkerFnEntry;

/// All tools, in the order of the screen: those between threads first. A tool that is not here
/// does not exist for settings, keys and help.
pub const ALL: &[&Tool] = &[
    &lock::LOCK,
    &rlock::RLOCK,
    &condition::CONDITION,
    &semaphore::SEMAPHORE,
    &event::EVENT,
    &barrier::BARRIER,
    &queue::QUEUE,
    &process_lock::LOCK,
    &process_condition::CONDITION,
    &process_semaphore::SEMAPHORE,
    &process_event::EVENT,
    &process_barrier::BARRIER,
    &process_queue::QUEUE,
    &process_pipe::PIPE,
    &process_manager::MANAGER,
    &process_value::VALUE,
    &process_array::ARRAY,
];

/// The worker functions of the tools between processes, by which a worker process finds its
/// part.
pub const WORKER_FNS: &[WorkerFnEntry] = &[
    WorkerFnEntry::of::<RunProcess<process_lock::LockData>>(),
    WorkerFnEntry::of::<RunProcess<process_condition::ConditionData>>(),
    WorkerFnEntry::of::<RunProcess<process_semaphore::Room>>(),
    WorkerFnEntry::of::<RunProcess<process_event::EventData>>(),
    WorkerFnEntry::of::<RunProcess<process_barrier::BarrierData>>(),
    WorkerFnEntry::of::<RunProcess<process_queue::QueueData>>(),
    WorkerFnEntry::of::<RunProcess<process_pipe::NoMemory>>(),
    WorkerFnEntry::of::<RunProcess<process_manager::ManagerData>>(),
    WorkerFnEntry::of::<RunProcess<process_value::ValueData>>(),
    WorkerFnEntry::of::<RunProcess<process_array::ArrayData>>(),
];

/// The tool of that id, as settings, recordings and JSON name it; `None` if there is none.
pub fn named(id: &str) -> Option<&'static Tool> {
    ALL.iter().copied().find(|tool| tool.id == id)
}

#[cfg(test)]
mod tests {
    use super::super::process_tool::ProcessTool;
    use super::*;
    use crate::kit::event::ResourceKind;

    fn tool<T: ProcessTool>() -> (&'static str, ResourceKind) {
        (T::TOOL.id, T::KIND)
    }

    #[test]
    fn the_lanes_show_each_tool_as_what_it_is() {
        let all = [
            tool::<process_lock::LockData>(),
            tool::<process_condition::ConditionData>(),
            tool::<process_semaphore::Room>(),
            tool::<process_event::EventData>(),
            tool::<process_barrier::BarrierData>(),
            tool::<process_queue::QueueData>(),
            tool::<process_pipe::NoMemory>(),
            tool::<process_manager::ManagerData>(),
            tool::<process_value::ValueData>(),
            tool::<process_array::ArrayData>(),
        ];
        let kinds = [
            ("process-lock", ResourceKind::Lock),
            ("process-condition", ResourceKind::Condition),
            ("process-semaphore", ResourceKind::Semaphore),
            ("process-event", ResourceKind::Event),
            ("process-barrier", ResourceKind::Barrier),
            ("process-queue", ResourceKind::Queue),
            ("process-pipe", ResourceKind::Pipe),
            ("process-manager", ResourceKind::Lock),
            ("process-value", ResourceKind::Lock),
            ("process-array", ResourceKind::Lock),
        ];
        assert_eq!(all, kinds);
    }
}
