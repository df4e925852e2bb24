//! The settings and commands of the lab. The script itself and its arguments are no settings: see
//! [`crate::lab::Script`].

use crate::lab::{Control, Setting};

pub const ALL: &[&dyn Control] = &[&PYTHON];

/// A path or a name.
pub const PYTHON: Setting<String> =
    Setting::text("python", "the interpreter; the active environment's or python3 if empty", "");

/// What the user can do to a script that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PythonCommand {
    /// Takes the lock of this number away, or gives it back.
    Switch(u64),
}
