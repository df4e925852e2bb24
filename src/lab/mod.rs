//! The contract between the laboratory and its experiments.
//!
//! A lab is one experiment: it owns its threads, locks and processes and knows no
//! screen. It is described by an [`Info`], started with [`Settings`], emits what
//! happens as facts, and folds them into a state from which its picture and its
//! result are made. [`Entry`] erases a lab's type, so that tabs, keys, help, the
//! command line and the tests follow from one list.
//!
//! Must not know: any single lab, and how a scene is drawn.

mod action;
mod control;
mod duration;
mod entry;
mod key;
#[cfg(test)]
pub(crate) mod pair;
mod runner;
mod session;
mod setting;
mod settings;
#[cfg(test)]
pub(crate) mod trial;
mod value;

pub use action::{Action, ActionKind, Command};
pub use control::{Control, Refusal};
pub use duration::{ms, parse_duration, write_duration};
pub use entry::{Entry, Run};
pub use key::{Key, Keys};
pub use runner::{AnyFact, Record, Recorded, ViewOptions};
#[cfg(test)]
pub(crate) use session::SessionHandle;
pub use session::{Effect, Interrupt, Session};
pub use setting::{Choice, Number, NumbersRange, Setting, SettingType, Words};
pub use settings::{Conflict, Settings};
pub use value::{Form, Kind, Value};

use crate::kit::event::Stamped;
use crate::kit::recorder::Recorder;
use crate::printable::Printable;
use crate::scene::{NotRun, Scene, Tone};

/// What a lab is, before anything runs.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// As on the command line: `list`.
    pub id: &'static str,
    /// As on the screen: `Shared list`.
    pub title: &'static str,
    /// One word for the tab: `List`.
    pub tab: &'static str,
    /// The question it answers, as one sentence.
    pub question: &'static str,
    /// What to look for and what it means, in Markdown.
    pub lesson: &'static str,
    /// All of its settings, in the order in which they are listed.
    pub controls: &'static [&'static dyn Control],
}

impl Info {
    /// The setting of that key.
    pub fn control(&self, key: &str) -> Option<&'static dyn Control> {
        self.controls.iter().copied().find(|control| control.key() == key)
    }
}

/// How much room a scene has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A dashboard pane: about ten lines, the essential first.
    Compact,
    /// A screen of its own; lanes, waits, blame and story are added below by the run.
    Full,
}

/// One sentence of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub text: Printable,
    pub tone: Tone,
}

impl Sentence {
    pub fn new(text: impl Into<Printable>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

/// One experiment. The methods stand in the same order in every lab.
pub trait Lab: Sized + Send + 'static {
    const INFO: Info;

    /// Whether its lanes emit how they spend their time, what they hold and wait for.
    /// Otherwise panels about that would claim that no lane waits.
    const LANES: bool = true;

    /// Events of this lab alone, beyond lane events. Serialises with a tag
    /// `event` that holds its dotted name (`list.op`).
    type Fact: serde::Serialize + Clone + std::fmt::Debug + Send + 'static;

    /// What the events so far have shown. Pure data.
    type State: Send + 'static;

    /// Rules over more than one setting. Asked before anything starts, and before a key
    /// changes a setting.
    ///
    /// # Errors
    /// The first two settings that cannot be had together.
    fn check(_settings: &Settings) -> Result<(), Conflict> {
        Ok(())
    }

    /// Whether the lab is a body of a session; the others start threads of their own.
    const BY_SESSION: bool = false;

    /// The body of the driver thread: does the experiment, takes commands, and emits what
    /// happens. Runs again from its beginning if it ends with [`Interrupt::Changed`].
    ///
    /// # Errors
    /// Why it ended early: what the methods of the session gave it.
    fn run(_session: &mut Session<'_, Self::Fact>) -> Result<(), Interrupt> {
        Ok(())
    }

    /// What a command does at the moment it is sent, by the settings before and after it. Called
    /// on the thread that sends it: no waiting, no threads.
    fn effect(_command: &Command, _before: &Settings, _after: &Settings) -> Effect<Self::Fact> {
        Effect::Queued
    }

    /// Starts the engine and returns at once. Dropping the lab ends and joins
    /// everything that it started.
    ///
    /// # Errors
    /// One sentence: what could not be started, and why.
    fn start(_settings: &Settings, _recorder: Recorder<Self::Fact>) -> Result<Self, String> {
        Err("the lab is a body of a session".to_owned())
    }

    /// Takes a command; never blocks.
    fn command(&mut self, _command: Command) {}

    /// The state before the first event.
    fn state(settings: &Settings) -> Self::State;

    /// Folds one event in: no time, no randomness, no threads.
    fn apply(state: &mut Self::State, event: &Stamped<Self::Fact>);

    /// A fact as one sentence, if it is worth one. Asked before the fact is applied.
    fn describe(state: &Self::State, event: &Stamped<Self::Fact>) -> Option<Sentence>;

    /// Whether the engine has emitted its last event, its audit included.
    fn finished(state: &Self::State) -> bool;

    /// What can be done right now beyond the controls.
    fn actions(_state: &Self::State) -> Vec<Action> {
        Vec::new()
    }

    /// What was asked for and could not be run so far. A run with such parts has not
    /// finished what it was asked for, however well the rest went.
    fn not_run(_state: &Self::State) -> Vec<NotRun> {
        Vec::new()
    }

    fn scene(state: &Self::State, detail: Detail) -> Scene;

    /// The lab's part of the JSON result.
    fn result(state: &Self::State) -> serde_json::Value;

    /// The story as text for `run --format text`: the lines that the outcome ends with.
    fn summary(state: &Self::State) -> Vec<String>;

    /// A short sample run for tests and documentation pictures; never shown as if live.
    fn sample_events() -> Vec<Stamped<Self::Fact>>;
}
