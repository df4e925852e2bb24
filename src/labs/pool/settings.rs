//! The settings of the lab, and the types of their values that are its own. What a
//! measurement makes of them together is the [`Plan`](super::experiment::plan::Plan).

use std::time::Duration;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use super::experiment::work::Work;
use crate::lab::{Choice, Control, Cpython, Form, Key, Keys, Setting, Value, ms, words};

pub const ALL: &[&dyn Control] =
    &[&SIZES, &FROM, &TO, &WORK, &REPEAT, &CHUNK, &START, &PYTHON, &BREAK_EVEN, &TIMING];

/// Numbers of workers to compare; each is a bar for threads, one for processes and one
/// for CPython. They are sorted, each once.
pub const SIZES: Setting<Vec<usize>> =
    Setting::numbers("sizes", "numbers of workers to compare", 1..=64, 1..=64, &[2, 4, 8])
        .keys(Keys::ARROWS)
        .steps(&[&[2], &[2, 4], &[2, 4, 8], &[1, 2, 4, 8], &[1, 2, 4, 8, 16]]);

pub const FROM: Setting<u64> =
    Setting::number("from", "the first number to square", 0..=LARGEST, 1);

/// The last number to square; with [`FROM`] it gives the number of tasks. The two are
/// refused together if the range is empty or too large: no single value of one of them is
/// wrong.
pub const TO: Setting<u64> = Setting::number("to", "the last number to square", 0..=LARGEST, 10);

pub const WORK: Setting<Work> =
    Setting::choice("work", "what a task does before it returns the square", Work::Square)
        .keys(Keys::Next(Key::Char('w')))
        .steps(&[
            Work::Square,
            Work::Spin(Duration::from_micros(100)),
            Work::Spin(ms(1)),
            Work::Spin(ms(5)),
            Work::Sleep(ms(5)),
        ]);

/// Rounds, each with one run of each variant. From
/// [`FEWEST`](crate::timeline::stat::FEWEST) on, the rounds can decide which variant is
/// faster.
pub const REPEAT: Setting<usize> =
    Setting::number("repeat", "the number of times each variant is measured", 1..=1000, 9);

/// Tasks per message to a worker. Many small messages cost time, few large ones leave
/// workers without tasks at the end.
pub const CHUNK: Setting<Chunk> =
    Setting::choice("chunk", "tasks per message; auto = an equal share", Chunk::EqualShare);

/// How worker processes are started. Threads, serial and CPython do not depend on it, but
/// they are measured again as well: all bars of a chart come from the same time.
pub const START: Setting<Start> =
    Setting::choice("start", "start method of worker processes", Start::Forkserver)
        .keys(Keys::Next(Key::Char('f')));

pub const PYTHON: Setting<Cpython> =
    Setting::choice("python", "also measure CPython's own multiprocessing.Pool", Cpython::Auto);

/// Whether to search for the break-even, which takes up to three seconds more. It needs a
/// measured pool of processes to begin from, so it follows the rounds.
pub const BREAK_EVEN: Setting<bool> = Setting::switch(
    "break_even",
    "look for the work per task from which processes beat one thread",
    true,
);

/// Which parts of the measured runs count. It does not change what is measured, so it can
/// be changed at any time.
pub const TIMING: Setting<Timing> = Setting::choice(
    "timing",
    "whole: creating and joining the pool count; warm: a pool that exists already",
    Timing::Whole,
)
.keys(Keys::Next(Key::Char('o')));

/// The largest number to square: the square fits in a `u64` by far.
pub const LARGEST: u64 = 1_000_000;

/// What the user can do beyond the settings: kill a worker of the warm pool. The lab's
/// only command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// As it was in the menu; the driver checks that it still is a worker.
    pub pid: u32,
    pub signal: Signal,
}

/// The signals that a worker can be killed with, and their names. One that cannot be
/// caught, one that asks, and one that stands for a crash.
pub const SIGNALS: [(Signal, &str); 3] =
    [(Signal::KILL, "SIGKILL"), (Signal::TERM, "SIGTERM"), (Signal::SEGV, "SIGSEGV")];

/// How a worker process comes into being, named as in Python's `multiprocessing`. There
/// is no `fork`: this program has threads, and a child of a program with threads may only
/// do what is safe in a signal handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// The program is started again with `exec`: slow, and nothing is inherited.
    Spawn,
    /// A process with a single thread, started once, forks the workers: fast, and safe
    /// although this program has many threads.
    Forkserver,
}

words!(Start: Spawn = "spawn", Forkserver = "forkserver");

/// What the measured time includes: creating and joining the pool too, as for a program
/// that needs one once, or only what happens on a pool that exists already. The parts of
/// a run are measured either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timing {
    Whole,
    Warm,
}

words!(Timing: Whole = "whole" => "start-up included", Warm = "warm" => "warm pool");

/// Tasks per message: an equal share for each worker, or a number as the `chunksize` of
/// `Pool.map`. With an equal share each worker gets one message, which is the cheapest as
/// long as all tasks take the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    EqualShare,
    Tasks(usize),
}

impl Choice for Chunk {
    fn forms() -> Vec<Form> {
        vec![Form::Word("auto"), Form::Number { min: 1, max: 1_000_000 }]
    }

    fn to_value(self) -> Value {
        match self {
            Self::EqualShare => Value::Word("auto"),
            Self::Tasks(n) => Value::Number(n as u64),
        }
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Word("auto") => Some(Self::EqualShare),
            Value::Number(n) => usize::try_from(*n).ok().map(Self::Tasks),
            _ => None,
        }
    }
}
