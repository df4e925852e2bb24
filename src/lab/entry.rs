//! A lab without its type: what the rest of the program handles.
//!
//! [`Entry`] is a lab that could be started, [`Run`] is one that was. Tabs, command line,
//! headless runs, tests and pictures all use these two, so a lab that is in the registry
//! works everywhere.

use std::time::Duration;

use crossbeam_channel::Select;

use super::runner::{Record, Runner, ViewOptions};
use super::{Action, Command, Conflict, Detail, Info, Lab, Settings};
use crate::scene::{Finding, LogLine, NotRun, Scene};
use crate::timeline::Timeline;

/// One lab of the registry: its description, and a function for each way to start it. A
/// plain value, so the registry is a static slice.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub info: &'static Info,
    open: fn(Settings) -> Result<Box<dyn Run>, String>,
    check: fn(&Settings) -> Result<(), Conflict>,
    open_sample: fn(Settings) -> Box<dyn Run>,
}

impl Entry {
    /// Erases the type of a lab. All that depends on the type is in these three
    /// functions.
    pub const fn of<L: Lab>() -> Self {
        Self {
            info: &L::INFO,
            open: |settings| Runner::<L>::open(settings).map(|run| Box::new(run) as Box<dyn Run>),
            check: L::check,
            open_sample: |settings| Box::new(Runner::<L>::open_sample(settings)),
        }
    }

    /// Starts the lab; it runs on its own threads from now on, whether or not it is
    /// drained.
    ///
    /// # Errors
    /// One sentence: what could not be started, and why.
    pub fn open(&self, settings: Settings) -> Result<Box<dyn Run>, String> {
        (self.open)(settings)
    }

    /// Whether the settings can be had together. Called before anything is started, so a
    /// conflict is an error of the command line and not a failed run.
    ///
    /// # Errors
    /// Two that cannot.
    pub fn check(&self, settings: &Settings) -> Result<(), Conflict> {
        (self.check)(settings)
    }

    /// The lab after its sample run, without any thread: for tests and documentation
    /// pictures only, which must not depend on the machine.
    pub fn open_sample(&self, settings: Settings) -> Box<dyn Run> {
        (self.open_sample)(settings)
    }
}

/// A lab that runs, from the side of the thread that shows it. Dropping it ends and joins
/// everything it started.
///
/// No method but [`wait`](Self::wait), [`stop`](Self::stop) and the drop may block. What
/// is shown depends only on the events that were drained.
pub trait Run: Send {
    fn info(&self) -> &'static Info;

    /// The settings in force as far as they were sent; what the lab really does by now is
    /// in the scene, which follows the events.
    fn settings(&self) -> &Settings;

    /// Folds in at most `max` events and returns how many there were. Never blocks, and
    /// always ends, however fast the lab emits: a full frame takes the rest.
    fn drain(&mut self, max: usize) -> usize;

    /// Waits until there is something to drain, at most for `limit`. For runs without a
    /// screen.
    fn wait(&self, limit: Duration);

    /// Lets `select` wake up when there is something to drain, so that one thread can
    /// wait for several runs and the keyboard at once.
    fn watch<'a>(&'a self, select: &mut Select<'a>);

    /// Sends a setting's new value, or a command out of [`Run::actions`]; never blocks. A
    /// setting that contradicts the others, see [`Entry::check`], changes nothing.
    fn command(&mut self, command: Command);

    /// What can be done right now beyond the settings.
    fn actions(&self) -> Vec<Action>;

    /// Whether the lab has emitted its last event and all events were drained. A live run
    /// is mostly never finished: its labs begin another round.
    fn finished(&self) -> bool;

    /// Ends and joins everything that the lab started; its events can still be drained.
    /// Waits until the slowest of its threads has seen the stop.
    fn stop(&mut self);

    /// Nanoseconds since the run began; for a sample run, of its last event.
    fn now(&self) -> u64;

    /// Events lost so far because this side did not drain fast enough. Figures in results
    /// do not depend on them.
    fn dropped(&self) -> u64;

    fn events(&self) -> u64;

    /// The lab's scene with this detail; a full one ends with timeline, graph, contention
    /// and story, as far as `look` shows them.
    fn scene(&self, detail: Detail, look: &ViewOptions) -> Scene;

    /// What the run means. What could not be run comes first, deadlocks and lost events
    /// last.
    fn findings(&self) -> Vec<Finding>;

    /// What was asked for and could not be run, each with its cause. A headless run with
    /// such parts does not end as a success: its result is incomplete.
    fn not_run(&self) -> Vec<NotRun>;

    fn result(&self) -> serde_json::Value;

    fn summary(&self) -> Vec<String>;

    /// The sentences so far, oldest first; of a long run the oldest are dropped.
    fn story(&self) -> &std::collections::VecDeque<LogLine>;

    fn timeline(&self) -> &Timeline;

    /// Keeps all of the lanes' history from now on instead of the latest interval: for
    /// exports. Memory then grows with the run.
    fn keep_everything(&mut self);

    /// Calls `tap` with each event as it is drained, in their order: for recordings. One
    /// at a time; a second one replaces the first.
    fn tap(&mut self, tap: Box<dyn FnMut(&Record<'_>) + Send>);
}

impl std::fmt::Debug for dyn Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("lab", &self.info().id).finish_non_exhaustive()
    }
}
