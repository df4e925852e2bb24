//! What a run of a tool is given by the driver thread: its size, its way to report, and its stop
//! request. Must not know any tool.

use std::io;
use std::path::Path;
use std::rc::Rc;

use super::super::facts::Fact;
use super::outcome::Snapshot;
use super::searches::Searched;
use super::step_mode::StepCommand;
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::step::StepController;
use crate::kit::stop::Stop;

/// Made for each run by the driver thread.
pub struct RunContext<'a> {
    /// The number of threads or processes of the run, at least two.
    pub workers: usize,
    pub ops: u64,
    /// Carries pace, mode and stop request to the run's threads. Its stop is a child of the
    /// attempt's, so a run can be ended alone.
    pub controller: StepController,
    pub recorder: &'a Recorder<Fact>,
    /// The driver thread's own lane.
    pub lane: &'a Lane<Fact>,
    /// The program to start for worker processes.
    pub program: &'a Path,
    /// What was found by searching this use before, and where a search puts what it finds.
    pub searched: Rc<Searched>,
    /// Whether it runs on the live screen: then a deadlock stays to be seen for a while.
    pub live: bool,
    /// Lets a changed pace act, and returns what the user wants of the threads. A wait for
    /// the run on the driver thread calls it again and again.
    pub poll: &'a dyn Fn() -> Option<StepCommand>,
}

impl RunContext<'_> {
    /// Asks the run to end: the lab ends, or something else was chosen. Every wait of a run looks
    /// at it.
    pub fn stop(&self) -> &Stop {
        self.controller.stop()
    }

    /// Shows the structure inside the tool. Never blocks; a picture that is not new
    /// need not be shown.
    pub fn show(&self, inside: Snapshot) {
        self.lane.fact(Fact::Snapshot(inside));
        self.lane.flush();
    }

    pub fn stopped() -> io::Error {
        io::Error::new(io::ErrorKind::Interrupted, "stopped")
    }
}
