//! What a user can do in a running lab beyond its settings, and what a lab is asked to do.

use super::key::Key;
use super::setting::{Setting, SettingType};
use super::value::Value;

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
    /// A setting's new value, already checked.
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

impl Command {
    /// Gives `setting` the value `to`.
    pub fn set<T: SettingType>(setting: Setting<T>, to: T::Const) -> Self {
        Self::Set { key: setting.key, value: T::to_value(to) }
    }
}
