//! Values of settings without their types: how they are typed, read and shown. The
//! command line, the configuration file, the keys and the reports handle these; labs do
//! not.
//!
//! Reading and showing are inverse to each other: what a value is shown as can be typed
//! to get it.
//!
//! ```text
//! kind of a setting                            typed          value
//! Number { min: 1, max: 64 }                   8              Number(8)
//! Time { min: 1us, max: 10s }                  1.5ms          Time(1.5ms)
//! Numbers { min: 1, max: 64, .. }              4,1,4          Numbers([1, 4])
//! OneOf([Word("auto"), Number { .. }])         auto           Word("auto")
//! OneOf([WordNumber { word: "spin", .. }, ..]) spin:20        WordNumber("spin", 20)
//! ```

use std::fmt;
use std::time::Duration;

use super::duration::{parse_duration, write_duration};
use crate::scene::units;

/// A value of some setting, within the setting's range. Words are those of the setting's
/// own list, so they are static.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Switch(bool),
    Number(u64),
    Time(Duration),
    /// In ascending order, each once.
    Numbers(Vec<u64>),
    /// Any text, such as the name of a file.
    Text(String),
    Word(&'static str),
    /// A word with a number, as `spin:20`.
    WordNumber(&'static str, u64),
    /// A word with a time, as `delay:50ms`.
    WordTime(&'static str, Duration),
}

impl fmt::Display for Value {
    /// As it would be typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => f.write_str(if *on { "on" } else { "off" }),
            Self::Number(n) => write!(f, "{n}"),
            Self::Time(time) => f.write_str(&write_duration(*time)),
            Self::Numbers(all) => {
                let all: Vec<_> = all.iter().map(u64::to_string).collect();
                f.write_str(&all.join(","))
            }
            Self::Word(word) => f.write_str(word),
            Self::Text(text) => f.write_str(text),
            Self::WordNumber(word, n) => write!(f, "{word}:{n}"),
            Self::WordTime(word, time) => write!(f, "{word}:{}", write_duration(*time)),
        }
    }
}

impl Value {
    /// For people who read it and do not type it: `spin for 100 µs`, `2, 4, 8`.
    pub fn in_words(&self) -> String {
        let written = |time: Duration| units::nanos(units::in_ns(time));
        match self {
            Self::Time(Duration::ZERO) => "none".to_owned(),
            Self::Time(time) => written(*time),
            Self::Numbers(all) if all.is_empty() => "none".to_owned(),
            Self::Numbers(all) => {
                let all: Vec<_> = all.iter().map(|n| units::count(*n)).collect();
                all.join(", ")
            }
            Self::Number(n) => units::count(*n),
            Self::WordNumber(word, n) => format!("{word} {}", units::plural(*n, "time")),
            Self::WordTime(word, time) => format!("{word} for {}", written(*time)),
            Self::Switch(_) | Self::Word(_) | Self::Text(_) => self.to_string(),
        }
    }
}

/// Numbers stay numbers in JSON; everything else is the text that would be typed.
impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Number(n) => (*n).into(),
            Value::Numbers(all) => all.clone().into(),
            other => other.to_string().into(),
        }
    }
}

impl Value {
    /// The value's size in units of its own kind, for finding the nearest step.
    /// Comparable only between values of one setting; words have none, as they have no
    /// order.
    pub fn magnitude(&self) -> u128 {
        match self {
            Self::Number(n) | Self::WordNumber(_, n) => u128::from(*n),
            Self::Time(time) | Self::WordTime(_, time) => time.as_nanos(),
            Self::Numbers(all) => all.iter().map(|n| u128::from(*n)).sum(),
            Self::Switch(_) | Self::Word(_) | Self::Text(_) => 0,
        }
    }
}

/// What a setting's value can be: the same description serves for reading a value, for
/// the help, and for the message of a refusal.
#[derive(Clone, Debug)]
pub enum Kind {
    Switch,
    Number {
        min: u64,
        max: u64,
    },
    /// A time such as `250us`, `1.5ms`, `2s`; both ends included.
    Time {
        min: Duration,
        max: Duration,
    },
    /// Whole numbers with commas between, each within the range, `least` to `most` of
    /// them.
    Numbers {
        min: u64,
        max: u64,
        least: usize,
        most: usize,
    },
    /// Any text.
    Text,
    /// One of several forms, of which the first that fits is taken.
    OneOf(Vec<Form>),
}

/// One form of a [`Kind::OneOf`]: a word alone, a word with a number or a time after a
/// colon, or a bare number. Ranges include both ends.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    Word(&'static str),
    WordNumber { word: &'static str, min: u64, max: u64 },
    WordTime { word: &'static str, min: Duration, max: Duration },
    Number { min: u64, max: u64 },
}

impl Kind {
    /// Reads a value as it is typed; `None` if it does not fit. No text that is out of
    /// range is taken for the nearest value: what a user typed is what runs.
    pub fn read(&self, text: &str) -> Option<Value> {
        match *self {
            Self::Switch => match text {
                "on" | "true" | "yes" => Some(Value::Switch(true)),
                "off" | "false" | "no" => Some(Value::Switch(false)),
                _ => None,
            },
            Self::Number { min, max } => number(text, min, max).map(Value::Number),
            Self::Time { min, max } => time(text, min, max).map(Value::Time),
            Self::Numbers { min, max, least, most } => numbers(text, min, max)
                .filter(|all| (least..=most).contains(&all.len()))
                .map(|all| Value::Numbers(each_once(all))),
            Self::Text => Some(Value::Text(text.to_owned())),
            // By reference: the forms own memory, and the kind is only borrowed.
            Self::OneOf(ref forms) => forms.iter().find_map(|form| form.read(text)),
        }
    }

    /// What fits, in words, as the end of "is not ...": "a whole number from 1 to 64".
    pub fn expects(&self) -> String {
        match self {
            Self::Switch => "on or off".to_owned(),
            Self::Number { min, max } => format!("a whole number from {min} to {max}"),
            Self::Time { min, max } => {
                format!("a time from {} to {}", write_duration(*min), write_duration(*max))
            }
            Self::Numbers { min, max, least, most } => {
                format!("{least} to {most} numbers from {min} to {max} with commas between")
            }
            Self::Text => "a text".to_owned(),
            Self::OneOf(forms) => {
                forms.iter().map(Form::to_string).collect::<Vec<_>>().join(" or ")
            }
        }
    }
}

impl Form {
    fn read(&self, text: &str) -> Option<Value> {
        let after = |word: &str| text.strip_prefix(word).and_then(|rest| rest.strip_prefix(':'));
        match *self {
            Self::Word(word) => (text == word).then_some(Value::Word(word)),
            Self::WordNumber { word, min, max } => {
                Some(Value::WordNumber(word, number(after(word)?, min, max)?))
            }
            Self::WordTime { word, min, max } => {
                Some(Value::WordTime(word, time(after(word)?, min, max)?))
            }
            Self::Number { min, max } => number(text, min, max).map(Value::Number),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::WordNumber { word, min, max } => write!(f, "{word}:N (N from {min} to {max})"),
            Self::WordTime { word, min, max } => {
                write!(f, "{word}:TIME ({} to {})", write_duration(*min), write_duration(*max))
            }
            Self::Number { min, max } => write!(f, "a number from {min} to {max}"),
        }
    }
}

/// A number within the range. No sign and no space: the type is unsigned.
fn number(text: &str, min: u64, max: u64) -> Option<u64> {
    text.parse().ok().filter(|n| (min..=max).contains(n))
}

fn time(text: &str, min: Duration, max: Duration) -> Option<Duration> {
    parse_duration(text).filter(|time| (min..=max).contains(time))
}

/// Numbers with commas between; spaces around them are allowed. An empty text is an empty
/// list.
fn numbers(text: &str, min: u64, max: u64) -> Option<Vec<u64>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(',').map(|part| number(part.trim(), min, max)).collect()
}

/// In order and each once: a list names numbers, and what is shown of it is what runs.
fn each_once(mut all: Vec<u64>) -> Vec<u64> {
    all.sort_unstable();
    all.dedup();
    all
}
