//! The settings of the lab, and the types of their values that are its own. What a round
//! makes of them together is the [`Plan`](super::experiment::plan::Plan).

use std::time::Duration;

use crate::lab::{Control, Key, Keys, Setting, ms, words};

/// The largest n of a task: its factorial has 456,574 digits, which takes a noticeable
/// time to compute and to print.
const LARGEST: u32 = 100_000;

pub const ALL: &[&dyn Control] = &[&WORKERS, &FROM, &TO, &ORDER, &PACE, &FAIL, &CANCEL];

/// Most threads of the pool. It starts one only when a task finds none idle, so with
/// short tasks fewer than these are ever started.
pub const WORKERS: Setting<usize> = Setting::number("workers", "threads of the pool", 1..=64, 8)
    .keys(Keys::ARROWS)
    .steps(&[1, 2, 4, 8, 16, 32, 64]);

pub const FROM: Setting<u32> = Setting::number("from", "the first n", 0..=LARGEST, 1);

/// With [`FROM`] the range of n, one task for each. Each press of its key makes it
/// longer, up to a thousand tasks, with which the queue and the limit of the pool can be
/// seen.
pub const TO: Setting<u32> = Setting::number("to", "the last n", 0..=LARGEST, 10)
    .keys(Keys::Next(Key::Char('w')))
    .label("largest n")
    .steps(&[10, 50, 200, 1000]);

pub const ORDER: Setting<Order> =
    Setting::choice("order", "the order in which results are listed", Order::Submitted)
        .keys(Keys::Next(Key::Char('o')));

/// Delay added to each task on its worker. Can be changed during a round, for tasks that
/// start afterwards.
pub const PACE: Setting<Duration> = Setting::time(
    "pace",
    "delay added to each task, so that it can be watched",
    ms(0)..=ms(10_000),
    ms(0),
)
.live(ms(500))
.keys(Keys::Steps { back: &[Key::Char('s')], on: &[Key::Char('S')] })
.steps(&[ms(0), ms(20), ms(100), ms(250), ms(500), ms(1000)]);

/// Tasks that panic. A number outside the range is no error: the screen reports that it
/// has no effect.
pub const FAIL: Setting<Vec<u32>> =
    Setting::numbers("fail", "every n whose task raises an exception", 0..=LARGEST, 0..=1000, &[]);

/// Tasks that are cancelled while they are pending, which is the only time when a future
/// can be.
pub const CANCEL: Setting<Vec<u32>> = Setting::numbers(
    "cancel",
    "every n that is cancelled before it starts",
    0..=LARGEST,
    0..=1000,
    &[],
);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorialCommand {
    /// The next task that a worker takes panics.
    PanicInNextTask,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Submitted,
    Completed,
}

words!(Order: Submitted = "submitted" => "as submitted", Completed = "completed" => "as completed");
