//! The settings of the lab. All of them apply from the next experiment on.

use super::experiment::injection::{Fault, Policy};
use crate::lab::{Control, Key, Keys, Setting};

pub const ALL: &[&dyn Control] = &[&WORKERS, &POLICY, &FAULT, &TASKS, &LINES];

/// Worker threads of a technique, or worker processes of each pool. Two at least, since a
/// fault in the only worker would show nothing about the others.
pub const WORKERS: Setting<usize> =
    Setting::number("workers", "worker threads, or processes of each pool", 2..=16, 4)
        .keys(Keys::ARROWS)
        .steps(&[2, 4, 8]);

/// What the pool does when a worker dies; `None` injects each fault into one pool of each
/// policy at the same time, so that they can be compared.
pub const POLICY: Setting<Option<Policy>> =
    Setting::choice("policy", "what the pool does when a worker dies", None)
        .keys(Keys::Next(Key::Char('p')));

/// The fault of the plan; `None` goes through all of them. It does not restrict the
/// user's choice in the menu.
pub const FAULT: Setting<Option<&'static Fault>> =
    Setting::choice("fault", "fault to inject into a worker", None);

/// Tasks of each pool, one of which gets the fault. The others show what a fault costs
/// those that have nothing to do with it.
pub const TASKS: Setting<usize> = Setting::number("tasks", "tasks of each pool", 2..=1000, 24);

/// Lines that each writer of the logging technique writes. Fewer on the live screen,
/// where it is repeated.
pub const LINES: Setting<usize> =
    Setting::number("lines", "lines that each of 16 writers logs", 1..=100_000, 2000).live(200);
