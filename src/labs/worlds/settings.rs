//! The settings of the lab, and the types of their values that are its own.

use std::time::Duration;

use super::experiment::kinds::Work;
use crate::lab::{Control, Key, Keys, Setting, Words, ms};

/// All of them, in the order in which they are listed.
pub const ALL: &[&dyn Control] = &[&N, &WORK, &SIZE, &PYTHON];

pub const N: Setting<usize> = Setting::number("n", "threads or processes at once", 1..=64, 4)
    .keys(Keys::ARROWS)
    .steps(&[1, 2, 4, 8, 16]);

pub const WORK: Setting<Option<Work>> =
    Setting::choice("work", "what is done", None).keys(Keys::Next(Key::Char('w')));

pub const SIZE: Setting<Duration> =
    Setting::time("size", "work of each, as time when done alone", ms(1)..=ms(2000), ms(20))
        .keys(Keys::Steps { back: &[Key::Char('-')], on: &[Key::Char('+')] })
        .steps(&[ms(5), ms(20), ms(40), ms(100), ms(300)]);

pub const PYTHON: Setting<Cpython> =
    Setting::choice("python", "also measure CPython if there is one", Cpython::Auto)
        .keys(Keys::Next(Key::Char('y')));

/// What the user asks for: advice, by an answer to one of the questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its place in [`QUESTIONS`](super::experiment::questions::QUESTIONS).
    pub question: usize,
    /// Its place among the question's answers.
    pub answer: usize,
}

/// Whether CPython is measured too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpython {
    /// If there is one.
    Auto,
    Off,
}

impl Words for Cpython {
    fn all() -> impl Iterator<Item = Self> {
        [Self::Auto, Self::Off].into_iter()
    }

    fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Off => "off",
        }
    }
}
