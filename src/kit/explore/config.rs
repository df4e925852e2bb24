//! How a program is explored, and what an exploration comes to.

use std::time::Duration;

use super::fault::Fault;
use super::model_state::Memory;
use crate::kit::stop::Stop;

/// Steps that a run may take unless something else is said. No schedule that is typed in
/// is longer.
pub const STEP_BOUND: usize = 10_000;

/// How a program is explored.
#[derive(Clone, Debug)]
pub struct Config {
    pub memory: Memory,
    /// A run that takes more steps than this is ended.
    pub step_bound: usize,
    /// A thread that does not come to its next step for so long is named and left alone.
    pub watchdog: Duration,
    /// Ends the exploration at the next step.
    pub stop: Stop,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory: Memory::Sc,
            step_bound: STEP_BOUND,
            // A loaded machine keeps a thread from running for a second or two.
            watchdog: Duration::from_secs(10),
            stop: Stop::new(),
        }
    }
}

/// The result of an exploration; the scheduler knows the rest.
#[derive(Debug)]
pub struct Outcome<P> {
    pub scheduler: P,
    pub runs: u64,
    pub steps: u64,
    pub fault: Option<Fault>,
}
