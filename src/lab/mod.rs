//! The contract between the laboratory and its experiments.
//!
//! A lab is one experiment: it owns its threads, locks and processes and knows no
//! screen. It is described by an [`Info`], run by the body [`Lab::run`] on a thread of its own
//! with a [`Session`], emits what happens as facts, and folds them into a state from which its
//! picture and its result are made. [`Entry`] erases a lab's type, so that tabs, keys, help, the
//! command line and the tests follow from one list.
//!
//! The smallest lab there can be, and how it is run without a screen:
//!
//! ```
//! use std::convert::Infallible;
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//! use std::time::Duration;
//!
//! use threadbare::kit::event::{Stamped, What};
//! use threadbare::kit::threads::ThreadGroup;
//! use threadbare::lab::{Entry, Info, Interrupt, Lab, Session, Settings};
//!
//! struct Counting;
//!
//! #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
//! #[serde(tag = "event", rename = "counting.sum")]
//! struct Sum { sum: u64 }
//!
//! impl Lab for Counting {
//!     const INFO: Info = Info {
//!         id: "counting",
//!         title: "Counting",
//!         tab: &["Count"],
//!         question: "Do two threads that count lose a count?",
//!         lesson: "An addition that is one step cannot be interrupted in its middle.",
//!         controls: &[],
//!     };
//!     type Fact = Sum;
//!     type Command = Infallible;
//!     type State = u64;
//!
//!     fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
//!         let sum = Arc::new(AtomicU64::new(0));
//!         let mut threads = ThreadGroup::new("counting", session.stop().child());
//!         for name in ["one", "other"] {
//!             let sum = Arc::clone(&sum);
//!             threads.spawn(name, session.recorder(), move |_lane, _stop| {
//!                 (0..1000).for_each(|_| drop(sum.fetch_add(1, Relaxed)));
//!             })?;
//!         }
//!         threads.join();
//!         session.lane().reliable_fact(Sum { sum: sum.load(Relaxed) });
//!         Ok(())
//!     }
//!
//!     fn state(_: &Settings) -> u64 { 0 }
//!
//!     fn apply(state: &mut u64, event: &Stamped<Sum>) {
//!         if let What::Fact(fact) = &event.what { *state = fact.sum; }
//!     }
//!
//!     fn result(state: &u64) -> serde_json::Value { (*state).into() }
//! }
//!
//! let settings = Settings::defaults(&Counting::INFO, 1, "threadbare".into(), false);
//! let mut run = Entry::of::<Counting>().open(settings).unwrap();
//! assert!(run.drain_to_end(Duration::from_secs(60)));
//! assert_eq!(run.result(), 2000);
//! ```
//!
//! Must not know: any single lab, and how a scene is drawn.

mod action;
mod control;
mod duration;
mod entry;
mod explored;
mod folded;
mod history;
mod key;

#[cfg(test)]
pub(crate) mod pair;
mod playback;
mod question;
mod read;
mod recording;
mod run;
mod runner;
mod session;
mod setting;
mod settings;
mod source;
mod stepped;
#[cfg(test)]
pub(crate) mod trial;
mod value;
mod words;

pub use action::{Action, ActionKind, AnyCommand, Command, TerminalInput, With, WithText};
pub use control::{Control, SettingError};
pub use duration::{ms, parse_duration, write_duration};
pub use entry::Entry;
pub use explored::Explored;
pub use key::{Key, Keys};
pub use question::{Prediction, Question, Try};
pub use read::{Name, read_name, read_name_if_any, read_number};
pub use recording::{End, Recording, RecordingError, RecordingWriter};
pub use run::{
    AnyFact, PlaybackCommand, PlaybackState, Playhead, Record, Recorded, Run, Tap, ViewOptions,
};
#[cfg(test)]
pub(crate) use session::SessionHandle;
pub use session::{Effect, Interrupt, OpenError, Session};
pub use setting::{Choice, Number, NumbersRange, Setting, SettingType};
pub use settings::{Script, SettingConflict, Settings};
pub use stepped::{
    SteppedThread, offer_step_mode, resume, step_by_step, stepped_panel, thread_key, thread_keys,
};
pub use value::{Form, Kind, Value};
pub(crate) use words::words;
pub use words::{Cpython, Words};

use crate::kit::event::Stamped;
use crate::printable::Printable;
use crate::scene::{Finding, NotRun, Scene, Tone};
use crate::timeline;

/// What a lab is, before anything runs. A constant of the lab's type: command line, help,
/// tabs and overview are made from it.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// As on the command line: `list`.
    pub id: &'static str,
    /// As on the screen: `Shared list`.
    pub title: &'static str,
    /// One word for the tab, and a shorter one where there is: `Factorial`, `Fact`.
    pub tab: &'static [&'static str],
    /// The question it answers, as one sentence for the overview.
    pub question: &'static str,
    /// What to look for and what it means, in Markdown: the text behind the key for the
    /// lesson.
    pub lesson: &'static str,
    /// All of its settings, in the order in which help and settings view list them. A
    /// setting that is not here cannot be read.
    pub controls: &'static [&'static dyn Control],
}

impl Info {
    /// The setting of that key; `None` if the lab has none.
    pub fn control(&self, key: &str) -> Option<&'static dyn Control> {
        self.controls.iter().copied().find(|control| control.key() == key)
    }
}

/// How much room a scene has. The lab decides what it leaves out in a compact one; the
/// drawing only cuts what does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A dashboard pane: about ten lines, the essential first.
    Compact,
    /// A screen of its own; lanes, waits, blame and story are added below by the run.
    Full,
}

/// One sentence of the story. Its subject is the lane, unless it begins with a capital
/// letter.
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

/// One experiment. The methods come in the same order in every lab. Those of the state
/// are pure and run on the thread that shows the lab; only [`run`](Self::run) is on the
/// driver thread.
pub trait Lab: Sized + Send + 'static {
    const INFO: Info;

    /// Whether its lanes emit how they spend their time, what they hold and wait for, so that
    /// timeline, wait-for graph and contention say something. Without them the lab's own
    /// panels are all there is.
    fn has_lanes(_state: &Self::State) -> bool {
        true
    }

    /// Whether its lanes can hold something that others wait for. Otherwise the panels about
    /// waits would be empty. What is true in a run stays so, or panels would come and go.
    fn has_waits(_state: &Self::State) -> bool {
        true
    }

    /// The own colour of the lane of this name; `None`: by the order in which lanes start, which
    /// differs from run to run where threads start at once.
    fn lane_tone(_name: &str) -> Option<Tone> {
        None
    }

    /// The lane of the driver thread: the subject of the sentences about facts.
    const DRIVER: &'static str = timeline::DRIVER;

    /// The questions that it answers, in the order in which they are asked.
    const QUESTIONS: &'static [Question] = &[];

    /// Events of this lab alone, beyond lane events. Serialises with a tag
    /// `event` that holds its dotted name (`list.op`).
    type Fact: serde::Serialize
        + serde::de::DeserializeOwned
        + Clone
        + std::fmt::Debug
        + Send
        + std::marker::Sync
        + 'static;

    /// What a user can do in it beyond its settings;
    /// [`Infallible`](std::convert::Infallible) for nothing.
    type Command: Clone + std::fmt::Debug + Send + std::marker::Sync + 'static;

    /// What the events so far have shown. Pure data: the scene, the result and the story
    /// are made from it alone. Copies of it are kept for looking back, so what is large in it
    /// is shared or bounded.
    type State: Clone + Send + 'static;

    /// Rules over more than one setting. Called before anything starts, and before a key
    /// changes a setting.
    ///
    /// # Errors
    /// The first two settings that cannot be had together.
    fn check(_settings: &Settings) -> Result<(), SettingConflict> {
        Ok(())
    }

    /// The body of the driver thread: does the experiment, takes commands, and emits what
    /// happens. Runs again from its beginning if it ends with [`Interrupt::Changed`].
    ///
    /// # Errors
    /// Why it ended early: what the methods of the session gave it.
    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt>;

    /// What a command does at the moment it is sent, by the settings before and after it. Called
    /// on the thread that sends it: no waiting, no threads.
    fn effect(
        _command: &Command<Self::Command>,
        _before: &Settings,
        _after: &Settings,
    ) -> Effect<Self::Fact> {
        Effect::Queued
    }

    fn state(settings: &Settings) -> Self::State;

    /// Folds one event in: no time, no randomness, no threads, so the same events always
    /// give the same state. Events may be missing where they could be dropped.
    fn apply(state: &mut Self::State, event: &Stamped<Self::Fact>);

    /// A fact as one sentence, if it is worth one. Called before the fact is applied, so
    /// a sentence can name what changes.
    fn describe(_state: &Self::State, _event: &Stamped<Self::Fact>) -> Option<Sentence> {
        None
    }

    /// Whether the body has emitted all that belongs to the run, its audit included. A run
    /// whose body has returned is finished in any case.
    fn finished(_state: &Self::State) -> bool {
        false
    }

    /// What can be done right now beyond the settings. Called for each frame.
    fn actions(_state: &Self::State) -> Vec<Action<Self::Command>> {
        Vec::new()
    }

    /// The settings whose keys do something right now. Called for each frame.
    fn controls(_state: &Self::State) -> &'static [&'static dyn Control] {
        Self::INFO.controls
    }

    /// Whether the key experiment of that question, by its position in
    /// [`QUESTIONS`](Self::QUESTIONS), was seen in this run. Called for each frame.
    fn seen(_state: &Self::State, _question: usize) -> bool {
        false
    }

    /// What was asked for and could not be run so far. A run with such parts has not
    /// finished what it was asked for, however well the rest went.
    fn not_run(_state: &Self::State) -> Vec<NotRun> {
        Vec::new()
    }

    /// Panels of the lab's own; the run adds what all labs have in common, and the findings.
    /// Called for each frame, so it computes nothing that could be kept in the state.
    fn scene(_state: &Self::State, _detail: Detail) -> Scene {
        Scene::new(Self::INFO.title)
    }

    /// What the state means, the most important first. It does not depend on the room that a
    /// scene has, nor on whether there is a screen.
    fn findings(_state: &Self::State) -> Vec<Finding> {
        Vec::new()
    }

    /// The lab's part of the JSON result, whose names are part of the command line's
    /// contract.
    fn result(state: &Self::State) -> serde_json::Value;

    /// The story as text for `run --format text`: the lines that the outcome ends with.
    fn summary(_state: &Self::State) -> Vec<String> {
        Vec::new()
    }
}
