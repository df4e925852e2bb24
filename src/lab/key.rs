//! Keys of the keyboard by which labs are operated.

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

/// The keys that change a setting while its lab runs.
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

impl Keys {
    /// The keys of the one figure that matters most in a lab.
    pub const ARROWS: Self =
        Self::Steps { back: &[Key::Left, Key::Char('[')], on: &[Key::Right, Key::Char(']')] };
}
