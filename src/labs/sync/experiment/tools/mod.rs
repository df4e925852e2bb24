//! The tools, one file each. Adding one is a file, a `mod` line and a line in [`ALL`];
//! the names on the command line follow.

mod barrier;
mod condition;
mod event;
mod lock;
mod process_array;
mod process_barrier;
mod process_condition;
mod process_event;
mod process_lock;
mod process_manager;
mod process_pipe;
mod process_queue;
mod process_semaphore;
mod process_value;
mod queue;
mod ring;
mod rlock;
mod semaphore;

use super::jobs::ProcessTool;
use super::tool::Tool;

/// All tools, in the order of the screen: threads first.
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

/// The worker functions of the tools between processes.
pub const PROCESS_TOOLS: &[ProcessTool] = &[
    process_lock::PROCESS,
    process_condition::PROCESS,
    process_semaphore::PROCESS,
    process_event::PROCESS,
    process_barrier::PROCESS,
    process_queue::PROCESS,
    process_pipe::PROCESS,
    process_manager::PROCESS,
    process_value::PROCESS,
    process_array::PROCESS,
];

/// The tool of that name.
pub fn named(id: &str) -> Option<&'static Tool> {
    ALL.iter().copied().find(|tool| tool.id == id)
}
