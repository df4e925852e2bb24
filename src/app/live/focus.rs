//! Which part of the screen the keyboard controls. In a module of its own, because both the
//! state of the program and the table of keys depend on it, and the table depends on the state.

/// Which part of the screen gets the next key. Each row of the table of keys lists those in
/// which it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputContext {
    Dashboard,
    Lab,
    /// A text with a scroll position: help or lesson.
    Reading,
    Menu,
    /// A line of input. Characters are typed text here, so no command has one of them as its
    /// key.
    Prompt,
}
