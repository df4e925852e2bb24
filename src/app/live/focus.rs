//! Where the keyboard is: what the state of the program and the table of keys both say.

/// Where the keyboard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputContext {
    Dashboard,
    Lab,
    /// Help or lesson.
    Reading,
    Menu,
    Prompt,
}
