//! The pool of processes, with real workers of the real program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "pools/alone.rs"]
mod alone;
#[path = "pools/chaos.rs"]
mod chaos;
#[path = "pools/common.rs"]
mod common;
#[path = "pools/crashes.rs"]
mod crashes;
#[path = "pools/heavy.rs"]
mod heavy;
#[path = "pools/lanes.rs"]
mod lanes;
#[path = "pools/limits.rs"]
mod limits;
#[path = "pools/orphans.rs"]
mod orphans;
#[path = "pools/processes.rs"]
mod processes;
#[path = "pools/shutdown.rs"]
mod shutdown;
