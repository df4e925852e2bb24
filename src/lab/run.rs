//! A run without the type of its lab: what the rest of the program handles.
//!
//! ```text
//!             ── command, play, stop ──▶ ┌─────┐ ── driver thread ──▶ the lab's threads
//! app, report                            │ Run │                          │
//!             ◀── scene, story, result ─ └─────┘ ◀──── drain: events ─────┘
//! ```

use std::fmt;
use std::time::{Duration, Instant};

use crossbeam_channel::Select;

use super::{Action, Command, Control, Detail, Info, Settings};
use crate::kit::clock;
use crate::kit::event::{LaneEvent, LaneId};
use crate::scene::{Finding, LogLine, NotRun, Scene};
use crate::timeline::Timeline;

/// How the user looks at the parts that all labs have in common. Kept by the app, one for
/// each run, and passed with each request for a scene: a run itself has no view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewOptions {
    /// The interval of time that the lanes show, in ns; 0 for an interval that suits the
    /// run.
    pub span: u64,
    /// Sentences scrolled back from the latest.
    pub story_back: usize,
    /// Only lanes and sentences that contain this text are shown, in upper or lower case;
    /// empty for all.
    pub filter: String,
}

/// An event as it was drained, without the lab's types: for recordings. It borrows
/// everything, as most events are only passed on and never kept.
#[derive(Debug)]
pub struct Record<'a> {
    pub at: u64,
    /// The lane's number, by which events refer to each other's lanes.
    pub id: LaneId,
    pub lane: &'a str,
    pub what: Recorded<'a>,
    /// The event as a sentence whose subject is the lane, or that stands alone if it
    /// begins with a capital letter.
    pub sentence: Option<&'a str>,
    pub in_story: bool,
}

/// A lane event, or a lab's own fact with its dotted name under `event`.
#[derive(Debug)]
pub enum Recorded<'a> {
    Lane(&'a LaneEvent),
    Fact(&'a dyn AnyFact),
}

/// A fact of some lab that can be written as JSON, in the form that it is read back from.
/// Implemented for every fact.
pub trait AnyFact: fmt::Debug {
    /// The fact as JSON. `null` for one that serde cannot write, such as an `Option` right
    /// in a tagged variant; then it cannot be read back either.
    fn to_json(&self) -> serde_json::Value;
}

impl<F: serde::Serialize + fmt::Debug> AnyFact for F {
    fn to_json(&self) -> serde_json::Value {
        let json = serde_json::to_value(self);
        debug_assert!(json.is_ok(), "{self:?} cannot be written");
        json.unwrap_or_default()
    }
}

/// What a user can do with a playback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaybackCommand {
    /// Pauses it, or lets it go on if it is paused.
    Pause,
    /// Moves it by this many ns of the run, back if negative.
    Move(i64),
    /// Moves it to this time of the run, in ns; beyond the end is the end.
    Seek(u64),
    /// Plays it this many times twice as fast; slower if negative. At the limits it stays what it
    /// is.
    Speed(i32),
}

/// Where a playback stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaybackState {
    /// Length of the run, in ns.
    pub length: u64,
    pub paused: bool,
    /// As a power of two: 0 is the speed of the run itself.
    pub speed: i32,
}

/// The moment that is shown of a run, and from where to where it can be moved. All in ns since
/// the run began, as they were when it was moved: a picture of the past does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Playhead {
    /// The earliest moment that was kept.
    pub oldest: u64,
    pub at: u64,
    pub now: u64,
}

/// Called with each event as it is drained.
pub type Tap = Box<dyn FnMut(&Record<'_>) + Send>;

/// A lab that runs, from the side of the thread that shows it. Dropping it ends and joins
/// everything it started.
///
/// No method but [`wait`](Self::wait), [`stop`](Self::stop) and the drop may block. What
/// is shown depends only on the events that were drained.
///
/// Its scene can be that of an earlier moment ([`rewind`](Self::rewind)). The run itself goes
/// on, and everything else here is of the present.
pub trait Run: Send {
    fn info(&self) -> &'static Info;

    /// The settings in force as far as they were sent; what the lab really does by now is
    /// in the scene, which follows the events.
    fn settings(&self) -> &Settings;

    /// Folds in at most `max` events and returns how many there were. Never blocks, and
    /// always ends, however fast the lab emits: a full frame takes the rest.
    fn drain(&mut self, max: usize) -> usize;

    /// Waits until there is something to drain, at most for `limit`. For runs without a screen. It
    /// may return early, with nothing to drain.
    fn wait(&self, limit: Duration);

    /// Lets `select` wake up when there is something to drain, so that one thread can
    /// wait for several runs and the keyboard at once.
    fn watch<'a>(&'a self, select: &mut Select<'a>);

    /// Sends a setting's new value, or a command out of [`Run::actions`]; never blocks. A
    /// setting that contradicts the others changes nothing, and nothing does in a recording.
    fn command(&mut self, command: Command);

    /// What can be done right now beyond the settings. It changes with the state, so it is asked
    /// again after each change of the run.
    fn actions(&self) -> Vec<Action>;

    /// The settings whose keys do something right now.
    fn controls(&self) -> &'static [&'static dyn Control];

    /// Whether the key experiment of the question at this position was seen in this run, by the
    /// events so far.
    fn seen(&self, question: usize) -> bool;

    /// Whether the lab has emitted its last event and all events were drained. A live run
    /// is mostly never finished: its labs begin another round. A recording is finished when it
    /// was played to its end.
    fn finished(&self) -> bool;

    /// Drains the run until it is finished, for `limit` at most; returns whether it is. For a
    /// run without a screen that nothing else is to be done beside.
    fn drain_to_end(&mut self, limit: Duration) -> bool {
        let deadline = clock::after(limit);
        while !self.finished() && Instant::now() < deadline {
            self.wait(deadline.saturating_duration_since(Instant::now()));
            self.drain(1000);
        }
        self.finished()
    }

    /// Ends and joins everything that the lab started; its events can still be drained. Waits until
    /// the slowest of its threads has seen the stop. A second call returns at once.
    fn stop(&mut self);

    /// Nanoseconds since the run began; of a recording, at which it is shown.
    fn now(&self) -> u64;

    /// Events lost so far because this side did not drain fast enough. Figures in results
    /// do not depend on them.
    fn dropped(&self) -> u64;

    fn events(&self) -> u64;

    /// The time of the latest event so far, in ns since the run began. It may be later than the
    /// time at which the run was stopped: its threads still emit until they are joined.
    fn latest(&self) -> u64;

    /// The lab's scene with this detail; a full one ends with timeline, graph, contention
    /// and story, as far as `view` shows them.
    fn scene(&self, detail: Detail, view: &ViewOptions) -> Scene;

    /// The newest sentence of what is shown: of the past, the last one up to its moment.
    fn latest_sentence(&self) -> Option<&LogLine> {
        self.story().back()
    }

    /// Which moment is shown instead of the present; `None` for the present.
    fn playhead(&self) -> Option<Playhead> {
        None
    }

    /// Shows the run as it was at this time, in ns since it began, from now on: all of the
    /// scene is made from the events up to then. Limited to what is kept. `None`: as it is.
    fn rewind(&mut self, _to: Option<u64>) {}

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
    fn tap(&mut self, tap: Tap);

    /// Where the playback of a recording stands; `None` for a run that happens now.
    fn playback(&self) -> Option<PlaybackState> {
        None
    }

    /// Moves the playback of a recording. Nothing for a run that happens now.
    fn play(&mut self, _command: PlaybackCommand) {}
}

impl std::fmt::Debug for dyn Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("lab", &self.info().id).finish_non_exhaustive()
    }
}
