//! The settings of the experiment as plain data. Must not know threads.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::experiment::op::Who;
use crate::kit::step::Widening;
use crate::lab::{
    Choice, Control, Form, Key, Keys, Sentence, Setting, Settings, Value, ms, write_duration,
};
use crate::scene::{Tone, units};

/// All of them, in the order in which they are listed.
pub const ALL: &[&dyn Control] = &[&LOCK, &ADDERS, &REMOVERS, &OPS, &PAUSE, &WINDOW, &ROUNDS];

pub const LOCK: Setting<bool> =
    Setting::switch("lock", "a lock around each operation", true).keys(Keys::Next(Key::Char('l')));

pub const ADDERS: Setting<u8> = Setting::number("adders", "threads that append", 1..=8, 1)
    .keys(Keys::Steps { back: &[Key::Char('A')], on: &[Key::Char('a')] })
    .steps(&[1, 2, 3, 4, 6, 8]);

pub const REMOVERS: Setting<u8> = Setting::number("removers", "threads that remove", 1..=8, 1)
    .keys(Keys::Steps { back: &[Key::Char('D')], on: &[Key::Char('d')] })
    .steps(&[1, 2, 3, 4, 6, 8]);

pub const OPS: Setting<u32> =
    Setting::number("ops", "operations of each thread in a round", 1..=100_000, 10)
        .keys(Keys::Steps { back: &[Key::Char('O')], on: &[Key::Char('o')] })
        .steps(&[10, 100, 1000, 10_000]);

pub const PAUSE: Setting<Duration> = Setting::time(
    "pause",
    "after each operation; 0ms is full speed",
    ms(0)..=MINUTE,
    EXERCISE_PAUSE,
)
.live(ms(200))
.keys(Keys::Steps { back: &[Key::Char('s')], on: &[Key::Char('S')] })
.steps(&[ms(0), ms(1), ms(10), ms(50), ms(200), ms(500), ms(1000), ms(2000)]);

pub const WINDOW: Setting<WindowChoice> = Setting::choice(
    "window",
    "what stands between load and store; auto: an injected delay at human pace, a yield at full speed",
    WindowChoice::Of(Widening::Yield),
)
.live(WindowChoice::Auto)
.keys(Keys::Next(Key::Char('w')))
.steps(&[
    WindowChoice::Auto,
    WindowChoice::Of(Widening::None),
    WindowChoice::Of(Widening::Yield),
    WindowChoice::Of(Widening::Spin(20)),
    WindowChoice::Of(Widening::Delay(ms(50))),
]);

pub const ROUNDS: Setting<u64> =
    Setting::number("rounds", "times from an empty list to the audit", 1..=1_000_000, 1);

/// What the user can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListCommand {
    /// Pause all threads, or resume them.
    Pause,
    /// One step of this paused thread.
    Step(Who),
    /// Steps of the thread that took the last one, to the end of its operation.
    Finish,
    /// What the user guesses, of a thousand; `None` if that was no such number.
    Guess(Option<u32>),
}

impl ListCommand {
    /// The guess that the user has typed.
    pub fn guess(text: &str) -> Self {
        Self::Guess(text.trim().parse().ok().filter(|n| *n <= 1000))
    }
}

/// The pause after each operation in the exercise.
pub const EXERCISE_PAUSE: Duration = Duration::from_millis(500);
/// The window that `auto` puts in at human pace.
const AUTO_DELAY: Duration = Duration::from_millis(50);

/// The longest pause, and the longest injected delay.
pub const MINUTE: Duration = Duration::from_mins(1);

/// What stands in the race window, as it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowChoice {
    Of(Widening),
    /// An injected delay at human pace, a yield at full speed.
    Auto,
}

impl Choice for WindowChoice {
    fn forms() -> Vec<Form> {
        vec![
            Form::Word("yield"),
            Form::WordNumber { word: "spin", min: 0, max: 1_000_000 },
            Form::Word("none"),
            Form::WordTime { word: "delay", min: Duration::from_micros(1), max: MINUTE },
            Form::Word("auto"),
        ]
    }

    fn to_value(self) -> Value {
        match self {
            Self::Of(Widening::None) => Value::Word("none"),
            Self::Of(Widening::Yield) => Value::Word("yield"),
            Self::Of(Widening::Spin(hints)) => Value::WordNumber("spin", hints.into()),
            Self::Of(Widening::Delay(time)) => Value::WordTime("delay", time),
            Self::Auto => Value::Word("auto"),
        }
    }

    fn from_value(value: &Value) -> Option<Self> {
        Some(match *value {
            Value::Word("none") => Self::Of(Widening::None),
            Value::Word("yield") => Self::Of(Widening::Yield),
            Value::WordNumber(_, hints) => Self::Of(Widening::Spin(u32::try_from(hints).ok()?)),
            Value::WordTime(_, time) => Self::Of(Widening::Delay(time)),
            Value::Word("auto") => Self::Auto,
            _ => return None,
        })
    }
}

/// The settings of this lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ListSettings {
    pub lock: bool,
    pub adders: u8,
    pub removers: u8,
    /// Operations per thread and round.
    pub ops: u32,
    #[serde(rename = "pause_ns", serialize_with = "nanos")]
    pub pause: Duration,
    #[serde(serialize_with = "words")]
    pub window: Widening,
    /// Whether the window follows the pace by itself.
    pub auto_window: bool,
}

impl ListSettings {
    pub fn of(settings: &Settings) -> Self {
        let (pause, window) = (settings.get(PAUSE), settings.get(WINDOW));
        Self {
            lock: settings.get(LOCK),
            adders: settings.get(ADDERS),
            removers: settings.get(REMOVERS),
            ops: settings.get(OPS),
            pause,
            window: match window {
                WindowChoice::Of(widening) => widening,
                WindowChoice::Auto if pause.is_zero() => Widening::Yield,
                WindowChoice::Auto => Widening::Delay(AUTO_DELAY.min(pause)),
            },
            auto_window: window == WindowChoice::Auto,
        }
    }

    /// Whether the threads run too fast to be followed: then operations are counted, not
    /// reported one by one.
    pub fn full_speed(&self) -> bool {
        self.pause.is_zero() && !matches!(self.window, Widening::Delay(_))
    }

    /// Values appended in a round.
    pub fn appends(&self) -> usize {
        usize::from(self.adders) * self.ops as usize
    }

    /// `full speed`, or `pause 200 ms`.
    pub fn pace_text(&self) -> String {
        if self.pause.is_zero() {
            "full speed".to_owned()
        } else {
            format!("pause {}", plain_time(self.pause))
        }
    }

    /// The changed settings, as a sentence.
    pub fn describe_change(&self, new: &Self) -> Option<Sentence> {
        let mut changes = Vec::new();
        if new.lock != self.lock {
            let to = if new.lock { "on" } else { "off" };
            changes.push(format!("lock {to} from each thread's next operation"));
        }
        if new.pause != self.pause {
            changes.push(new.pace_text());
        }
        if new.window != self.window {
            changes.push(format!("race window: {}", window_text(new.window)));
        }
        if (new.adders, new.removers, new.ops) != (self.adders, self.removers, self.ops) {
            changes.push(format!(
                "{}, {}, {} operations each from the next round",
                number_of(new.adders, "adder"),
                number_of(new.removers, "remover"),
                units::count(new.ops)
            ));
        }
        (!changes.is_empty()).then(|| Sentence::new(changes.join("; "), Tone::Accent))
    }
}

/// Whether `widening` applies to an operation. A delay applies under the lock too, so that
/// both cases can be compared; at full speed only the unlocked code is widened.
pub fn stands(widening: Widening, locked: bool) -> bool {
    match widening {
        Widening::None => false,
        Widening::Yield | Widening::Spin(_) => !locked,
        Widening::Delay(_) => true,
    }
}

/// Short text of a widening.
pub fn window_text(widening: Widening) -> String {
    match widening {
        Widening::None => "nothing".to_owned(),
        Widening::Yield => "yield".to_owned(),
        Widening::Spin(hints) => format!("{} spin hints", units::count(hints)),
        Widening::Delay(time) => format!("injected delay {}", plain_time(time)),
    }
}

/// `1 adder`, `2 adders`.
pub fn number_of(n: u8, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A round time without needless digits: `200 ms`.
pub fn plain_time(time: Duration) -> String {
    let text = write_duration(time);
    let unit = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (figure, unit) = text.split_at(unit);
    format!("{figure} {unit}")
}

fn nanos<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

fn words<S: Serializer>(widening: &Widening, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&WindowChoice::Of(*widening).to_value().to_string())
}
