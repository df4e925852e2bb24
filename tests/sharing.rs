//! The tools for sharing data, between real processes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "sharing/barriers.rs"]
mod barriers;
#[path = "sharing/common.rs"]
mod common;
#[path = "sharing/exits.rs"]
mod exits;
#[path = "sharing/lab.rs"]
mod lab;
#[path = "sharing/locks.rs"]
mod locks;
#[path = "sharing/managers.rs"]
mod managers;
#[path = "sharing/meetings.rs"]
mod meetings;
#[path = "sharing/outcomes.rs"]
mod outcomes;
#[path = "sharing/pipes.rs"]
mod pipes;
#[path = "sharing/queues.rs"]
mod queues;
#[path = "sharing/screen.rs"]
mod screen;
#[path = "sharing/values.rs"]
mod values;
