//! What a user can set or do in a lab, as data: settings, keys, help and the
//! command line all follow from it.

use std::time::Duration;

use super::settings::Value;

/// One setting of a lab, the same on the command line and under a key.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// As in `--set KEY=VALUE`.
    pub key: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    pub kind: Kind,
    /// As it would be typed.
    pub default: &'static str,
    /// The default on the live screen, where that differs (`pause` is kinder to eyes there).
    pub live: Option<&'static str>,
    /// Keys that change it while the lab runs.
    pub keys: Keys,
    /// The values that keys step through, in order, as they would be typed. Empty: a toggle or no keys.
    pub steps: &'static [&'static str],
}

/// What a setting's value can be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `on` or `off`.
    Switch,
    /// A whole number, both ends included.
    Number { min: u64, max: u64 },
    /// A time such as `250us`, `1.5ms`, `2s`; both ends included.
    Time { min: Duration, max: Duration },
    /// Whole numbers with commas between, each within the range, `least` to `most` of them.
    Numbers { min: u64, max: u64, least: usize, most: usize },
    /// One of several forms.
    OneOf(&'static [Form]),
}

/// One form of a [`Kind::OneOf`].
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// `yield`
    Word(&'static str),
    /// `spin:N`
    WordNumber { word: &'static str, min: u64, max: u64 },
    /// `spin:DURATION`
    WordTime { word: &'static str, min: Duration, max: Duration },
    /// `N`
    Number { min: u64, max: u64 },
}

/// A key of the keyboard, as far as labs need to name one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Char(char),
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    Enter,
    Space,
    /// Stops what is under way; goes back where a lab does not use it.
    Esc,
}

/// The keys of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    None,
    /// Flips a toggle, or goes to the next step and from the last to the first.
    Next(Key),
    /// One step back, one step on; stops at the ends.
    Steps {
        back: &'static [Key],
        on: &'static [Key],
    },
}

/// Something that can be done right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    pub key: Key,
    /// For the footer: a word or two.
    pub label: String,
    pub kind: ActionKind,
}

/// What an action's key leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// Sends [`Command::Press`].
    Press(String),
    /// Asks for a line of text and sends [`Command::Enter`].
    Ask { id: String, label: String, hint: String },
    /// Offers a choice and sends [`Command::Press`] with the id chosen.
    Choose {
        title: String,
        /// Ids, each with what is shown for it.
        items: Vec<(String, String)>,
    },
    /// Puts this text on the terminal's clipboard.
    Copy(String),
}

/// What a user asks of a running lab.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// A control's new value, already checked against its kind.
    Set {
        key: &'static str,
        value: Value,
    },
    Press {
        id: String,
    },
    Enter {
        id: String,
        text: String,
    },
}

impl Control {
    /// A control without keys; the rest by struct update.
    pub const fn new(
        key: &'static str,
        about: &'static str,
        kind: Kind,
        default: &'static str,
    ) -> Self {
        Self { key, about, kind, default, live: None, keys: Keys::None, steps: &[] }
    }
}
