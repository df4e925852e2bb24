//! A lab without its type: what the rest of the program handles.

use std::time::Duration;

use crossbeam_channel::Select;

use super::runner::{Record, Runner, ViewOptions};
use super::{Action, Command, Conflict, Detail, Info, Lab, Settings};
use crate::scene::{Finding, LogLine, NotRun, Scene};
use crate::timeline::Timeline;

/// One lab of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub info: &'static Info,
    /// Starts it.
    open: fn(Settings) -> Result<Box<dyn Run>, String>,
    /// Its rules over more than one setting.
    check: fn(&Settings) -> Result<(), Conflict>,
    /// Folds its sample run, with time standing still at its end.
    open_sample: fn(Settings) -> Box<dyn Run>,
}

impl Entry {
    /// Erases the type of a lab.
    pub const fn of<L: Lab>() -> Self {
        Self {
            info: &L::INFO,
            open: |settings| Runner::<L>::open(settings).map(|run| Box::new(run) as Box<dyn Run>),
            check: L::check,
            open_sample: |settings| Box::new(Runner::<L>::open_sample(settings)),
        }
    }

    /// Starts the lab; it runs on its own threads from now on.
    ///
    /// # Errors
    /// One sentence: what could not be started, and why.
    pub fn open(&self, settings: Settings) -> Result<Box<dyn Run>, String> {
        (self.open)(settings)
    }

    /// Whether the settings can be had together.
    ///
    /// # Errors
    /// Two that cannot.
    pub fn check(&self, settings: &Settings) -> Result<(), Conflict> {
        (self.check)(settings)
    }

    /// The lab after its sample run: for tests and documentation pictures only.
    pub fn open_sample(&self, settings: Settings) -> Box<dyn Run> {
        (self.open_sample)(settings)
    }
}

/// A lab that runs. Dropping it ends and joins everything it started.
pub trait Run: Send {
    fn info(&self) -> &'static Info;

    /// The settings in force as far as they were asked for; what the lab really
    /// does by now is in the scene.
    fn settings(&self) -> &Settings;

    /// Folds in at most `max` events and returns how many there were. Never blocks.
    fn drain(&mut self, max: usize) -> usize;

    /// Waits until there is something to drain, at most for `limit`.
    fn wait(&self, limit: Duration);

    /// Has `select` wake up when there is something to drain.
    fn watch<'a>(&'a self, select: &mut Select<'a>);

    /// Takes a setting's new value, or a command out of [`Run::actions`]; never blocks. A
    /// setting that contradicts the others, see [`Entry::check`], changes nothing.
    fn command(&mut self, command: Command);

    /// What can be done right now beyond the controls.
    fn actions(&self) -> Vec<Action>;

    /// Whether the lab has emitted its last event and all events were drained.
    fn finished(&self) -> bool;

    /// Ends and joins everything that the lab started; its events can still be drained.
    fn stop(&mut self);

    /// Nanoseconds since the run began.
    fn now(&self) -> u64;

    /// Events lost so far because this side was behind.
    fn dropped(&self) -> u64;

    /// Events drained so far.
    fn events(&self) -> u64;

    fn scene(&self, detail: Detail, look: &ViewOptions) -> Scene;

    /// What it all means; what could not be run stands first.
    fn findings(&self) -> Vec<Finding>;

    /// What was asked for and could not be run, each with its cause.
    fn not_run(&self) -> Vec<NotRun>;

    fn result(&self) -> serde_json::Value;

    /// The lines that the text report ends with.
    fn summary(&self) -> Vec<String>;

    /// The sentences so far, oldest first; the oldest of a long run are gone.
    fn story(&self) -> &std::collections::VecDeque<LogLine>;

    /// What the lanes did: for exports.
    fn timeline(&self) -> &Timeline;

    /// Keeps all of the lanes' history from now on instead of the latest interval: for exports.
    fn keep_everything(&mut self);

    /// Sees each event as it is drained.
    fn tap(&mut self, tap: Box<dyn FnMut(&Record<'_>) + Send>);
}

impl std::fmt::Debug for dyn Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("lab", &self.info().id).finish_non_exhaustive()
    }
}
