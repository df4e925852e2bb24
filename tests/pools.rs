//! The pool of processes, with real workers of the real program.

#[path = "pools/common.rs"]
mod common;
#[path = "pools/crashes.rs"]
mod crashes;
#[path = "pools/processes.rs"]
mod processes;
#[path = "pools/shutdown.rs"]
mod shutdown;
