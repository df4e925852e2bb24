//! The settings and commands of the lab. The script itself and its arguments are no settings: see
//! [`crate::lab::Script`].

use std::time::Duration;

use crate::lab::{Control, Key, Keys, Setting, Settings, TerminalInput, ms, words};

pub const ALL: &[&dyn Control] = &[&PYTHON, &DELAY, &MODE, &SCHEDULE];

/// A path or a name. The interpreter is a setting and no argument, so that a recording says which
/// one was asked for, and the same script can be compared under two versions.
pub const PYTHON: Setting<String> =
    Setting::text("python", "the interpreter; the active environment's or python3 if empty", "");

/// Slow motion: how long a thread waits after each event that is recorded of it. Takes effect with
/// its next event; a stretch of code in which nothing is recorded is as fast as ever.
pub const DELAY: Setting<Duration> = Setting::time(
    "delay",
    "slow motion: each thread waits this long after each recorded event",
    ms(0)..=ms(1000),
    ms(0),
)
.keys(Keys::Steps { back: &[Key::Char('s')], on: &[Key::Char('S')] })
.steps(&[ms(0), ms(1), ms(10), ms(100)]);

pub const MODE: Setting<Mode> =
    Setting::choice("mode", "watch the script, or step its threads on the screen", Mode::Watch);

/// As `explore` prints it. One that is given is stepped, whatever the mode is.
pub const SCHEDULE: Setting<String> =
    Setting::text("schedule", "the schedule to step through: a code of explore", "");

/// How the script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Watch,
    /// One thread at a time, as the user wants it.
    Step,
}

impl Mode {
    pub fn of(settings: &Settings) -> Self {
        let asked = !settings.get(SCHEDULE).is_empty();
        if asked { Self::Step } else { settings.get(MODE) }
    }
}

words!(Mode: Watch = "watch", Step = "step");

/// What the user can do to a script that runs. Each of these changes what the script does, and is
/// therefore a fact of the recording and raises the level that stands on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PythonCommand {
    /// Takes the lock of this number away, or gives it back.
    ToggleLock(u64),
    /// Stops all of its processes where they are.
    Pause,
    /// Continues them.
    Resume,
    /// Kills a process that the script started, by its number in the system. The driver checks
    /// that it still is one.
    Kill(u32),
    /// What is done at its terminal: typing, or another size.
    Terminal(TerminalInput),
    Step(StepCommand),
}

/// What the user can do to one that is stepped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepCommand {
    /// Lets this thread take its next step; refused, with the reason, if it cannot.
    Thread(usize),
    /// To the state after this number of steps.
    Seek(usize),
    /// Looks for a schedule that fails, on another thread, and shows it.
    Search,
    StopSearch,
}
