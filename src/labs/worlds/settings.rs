//! The settings of the lab, and the types of their values that are its own. Every setting
//! changes what is measured, so a change begins the comparison again.

use std::time::Duration;

use super::experiment::kinds::Work;
use crate::lab::{Control, Cpython, Key, Keys, Setting, ms};

pub const ALL: &[&dyn Control] = &[&N, &WORK, &SIZE, &PYTHON];

/// Workers of each strategy, each with one task. Serial does the same number of tasks one
/// after the other.
pub const N: Setting<usize> = Setting::number("n", "threads or processes at once", 1..=64, 4)
    .keys(Keys::ARROWS)
    .label("workers")
    .steps(&[1, 2, 4, 8, 16]);

pub const WORK: Setting<Option<Work>> =
    Setting::choice("work", "what is done", None).keys(Keys::Next(Key::Char('w')));

/// How long a task takes when it is done alone: the calibration turns it into hash
/// rounds, and it is divided into requests of a fixed time. Short tasks show the cost of
/// starting workers, long ones the gain of working at once.
pub const SIZE: Setting<Duration> =
    Setting::time("size", "work of each, as time when done alone", ms(1)..=ms(2000), ms(20))
        .keys(Keys::Steps { back: &[Key::Char('-')], on: &[Key::Char('+')] })
        .label("task size")
        .steps(&[ms(5), ms(20), ms(40), ms(100), ms(300)]);

pub const PYTHON: Setting<Cpython> =
    Setting::choice("python", "also measure CPython if there is one", Cpython::Auto)
        .keys(Keys::Next(Key::Char('y')));

/// What the user can do beyond the settings: get advice, by answering one of the guide's
/// questions. Question and answer are indices into
/// [`QUESTIONS`](super::experiment::interview::QUESTIONS). The lab's only command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub question: usize,
    pub answer: usize,
}
