//! What a click on an item of a panel does, in the words of the keyboard: everything that the
//! mouse can do, keys can do too.

/// What a click on one item of a panel leads to. Nothing in the past or in a recording, where
/// nothing can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    Nothing,
    /// Presses this key, by its name: what the key does, the keymap says.
    Key(String),
    /// Gives a setting of the lab this value, as it would be typed; refused like a typed one.
    Set {
        setting: &'static str,
        value: String,
    },
}
