//! Keys of the keyboard by which labs are operated. A lab names keys in these terms, so
//! it does not depend on a terminal library; the app translates what the terminal sends.
//!
//! ```text
//! Keys::Next   off ──▶ on ──▶ off                      round and round
//! Keys::Steps  1 ◀──▶ 2 ◀──▶ 4 ◀──▶ 8                  stops at 1 and at 8
//! ```

/// A key of the keyboard, as far as labs need to name one. Modifiers are not part of it:
/// an upper-case letter is a character of its own, and Ctrl belongs to the app.
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
    /// Stops what is under way; where a lab does not use it, the app leads back by it.
    Esc,
}

/// The keys that change a setting while its lab runs. What they change it to is in
/// [`Setting::steps`](super::Setting::steps).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// No key: the setting is only changed in the settings view, the configuration or on
    /// the command line.
    None,
    /// Flips a switch, or goes to the next step and from the last to the first: one key
    /// for a setting of few values.
    Next(Key),
    /// One step back, one step on; stops at the ends, so that holding a key down does not
    /// go round. Several keys may do the same.
    Steps { back: &'static [Key], on: &'static [Key] },
}

impl Keys {
    /// The keys of the one figure that matters most in a lab: arrows, and brackets for
    /// terminals and fonts where these are taken.
    pub const ARROWS: Self =
        Self::Steps { back: &[Key::Left, Key::Char('[')], on: &[Key::Right, Key::Char(']')] };
}
