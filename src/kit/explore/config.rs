//! How a program is explored, and the result of an exploration.

use std::time::Duration;

use super::fault::Fault;
use super::model_state::Memory;
use crate::kit::placement::core_count;
use crate::kit::stop::Stop;

/// Steps that a run may take unless something else is set: enough for every program here,
/// and few enough that a run which never ends is noticed in moments. No schedule that is
/// typed in is longer.
pub const STEP_BOUND: usize = 10_000;

/// How a program is explored. The default is sequential consistency, [`STEP_BOUND`], ten
/// seconds without progress, and a stop that no thread requests.
#[derive(Clone, Debug)]
pub struct Config {
    pub memory: Memory,
    /// A run that takes more steps than this is ended, with
    /// [`End::StepBound`](super::End::StepBound): a program may have runs without end, a
    /// spin loop for one.
    pub step_bound: usize,
    /// A thread that does not come to its next step for this long is named and left alone:
    /// it computes without end, or waits for something outside of the step controller.
    pub watchdog: Duration,
    /// Ends the exploration at the next step; a thread between two steps is not
    /// interrupted.
    pub stop: Stop,
    /// Threads that search at once, each with threads of the program of its own: of use to
    /// [`search`](fn@super::search), which finds the same with any number from 1. By default as
    /// many as there are cores, and at most 8.
    pub searchers: usize,
    /// The core that all threads of an exploration are pinned to; `None` to find out by trying
    /// whether that is faster.
    pub core: Option<usize>,
}

/// Searching threads at most by default. Beyond some number they wait for one another's table.
const MOST_SEARCHERS: usize = 8;

impl Default for Config {
    fn default() -> Self {
        Self {
            memory: Memory::Sc,
            step_bound: STEP_BOUND,
            // A loaded machine keeps a thread from running for a second or two; much longer
            // where all tests run at once.
            watchdog: Duration::from_secs(if cfg!(test) { 600 } else { 10 }),
            stop: Stop::new(),
            searchers: core_count().min(MOST_SEARCHERS),
            core: None,
        }
    }
}

/// The result of an exploration: how it went. What was found, the scheduler has gathered, as each
/// kind of scheduler looks for something else.
#[derive(Debug)]
pub struct Outcome<P> {
    pub scheduler: P,
    pub runs: u64,
    /// Steps of all runs, the repeated ones of replays included: what an exploration costs.
    pub steps: u64,
    /// Why it could not continue, if it could not. The scheduler's figures are incomplete
    /// then.
    pub fault: Option<Fault>,
}
