//! The settings of the lab, and the types of their values that are its own.

use super::experiment::injection::{Fault, Policy};
use crate::lab::{Control, Key, Keys, Setting};

/// All of them, in the order in which they are listed.
pub const ALL: &[&dyn Control] = &[&WORKERS, &POLICY, &FAULT, &TASKS, &LINES];

pub const WORKERS: Setting<usize> =
    Setting::number("workers", "worker threads, or processes of each pool", 2..=16, 4)
        .keys(Keys::ARROWS)
        .steps(&[2, 4, 8]);

pub const POLICY: Setting<Option<Policy>> =
    Setting::choice("policy", "what the pool does when a worker dies", None)
        .keys(Keys::Next(Key::Char('p')));

pub const FAULT: Setting<Option<&'static Fault>> =
    Setting::choice("fault", "fault to inject into a worker", None);

pub const TASKS: Setting<usize> = Setting::number("tasks", "tasks of each pool", 2..=1000, 24);

pub const LINES: Setting<usize> =
    Setting::number("lines", "lines that each of 16 writers logs", 1..=100_000, 2000).live(200);
