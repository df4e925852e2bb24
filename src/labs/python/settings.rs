//! The settings and commands of the lab. The script itself and its arguments are no settings: see
//! [`crate::lab::Script`].

use crate::lab::{Control, Setting, TerminalInput};

pub const ALL: &[&dyn Control] = &[&PYTHON];

/// A path or a name. The interpreter is a setting and no argument, so that a recording says which
/// one was asked for, and the same script can be compared under two versions.
pub const PYTHON: Setting<String> =
    Setting::text("python", "the interpreter; the active environment's or python3 if empty", "");

/// What the user can do to a script that runs. Each of these changes what the script does, and is
/// therefore a fact of the recording and raises the level that stands on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PythonCommand {
    /// Takes the lock of this number away, or gives it back.
    Switch(u64),
    /// What is done at its terminal: typing, or another size.
    Terminal(TerminalInput),
}
