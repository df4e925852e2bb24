//! Settings of one run: typed values for a lab's controls, checked when they are read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use super::Info;
use super::control::{Control, Form, Kind};
use super::duration::{parse_duration, write_duration};

/// Cores that this program may use. Asking reads several files, so it is asked once.
static CORES: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));

/// A checked value of a control.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Switch(bool),
    Number(u64),
    Time(Duration),
    Numbers(Vec<u64>),
    Word(&'static str),
    WordNumber(&'static str, u64),
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
            Self::WordNumber(word, n) => write!(f, "{word}:{n}"),
            Self::WordTime(word, time) => write!(f, "{word}:{}", write_duration(*time)),
        }
    }
}

impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Number(n) => (*n).into(),
            Value::Numbers(all) => all.clone().into(),
            other => other.to_string().into(),
        }
    }
}

/// Why a setting was refused: what, where, why, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub key: String,
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.why)
    }
}

impl std::error::Error for Refusal {}

/// Two settings, each good by itself, that cannot be had together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The second gives way to the first where a key changes that one.
    pub keys: [&'static str; 2],
    /// One sentence with both keys and their values in it.
    pub why: String,
}

/// All settings of one run.
#[derive(Clone, Debug)]
pub struct Settings {
    values: BTreeMap<&'static str, Value>,
    /// Fixes every random choice that the program itself makes, never the timing.
    pub seed: u64,
    /// The program to start for worker processes; tests pass the built binary.
    pub program: PathBuf,
    /// Cores that this program may use.
    pub cores: usize,
    /// On the live screen: labs that end start another round until they are stopped.
    pub live: bool,
    /// Where labs may keep what the user has achieved; `None` if nothing is to be kept.
    pub data: Option<PathBuf>,
}

impl Settings {
    /// The defaults of `info`'s controls.
    ///
    /// # Panics
    /// If a default does not fit its own kind; a test walks all labs.
    pub fn defaults(info: &Info, seed: u64, program: PathBuf, live: bool) -> Self {
        let values = info.controls.iter().map(|control| {
            let text = if live { control.live.unwrap_or(control.default) } else { control.default };
            let value = control
                .read(text)
                .unwrap_or_else(|refusal| panic!("default of {}: {refusal}", info.id));
            (control.key, value)
        });
        Self { values: values.collect(), seed, program, cores: *CORES, live, data: None }
    }

    /// Reads `KEY=VALUE` into the settings.
    ///
    /// # Errors
    /// If there is no such key, or its value is out of its range; the refusal names it and lists what fits.
    pub fn set(&mut self, info: &Info, key: &str, text: &str) -> Result<(), Refusal> {
        let Some(control) = info.controls.iter().find(|control| control.key == key) else {
            let known: Vec<_> = info.controls.iter().map(|control| control.key).collect();
            let why = format!("no such setting of {}; it has {}", info.id, known.join(", "));
            return Err(Refusal { key: key.to_owned(), why });
        };
        let value = control.read(text)?;
        self.values.insert(control.key, value);
        Ok(())
    }

    /// Takes a value that was already checked.
    pub fn put(&mut self, key: &'static str, value: Value) {
        self.values.insert(key, value);
    }

    /// Gives a control its default again.
    pub fn reset(&mut self, info: &Info, key: &'static str) {
        let control = info.controls.iter().find(|control| control.key == key);
        let live = self.live;
        let default = |control: &Control| {
            let live = control.live.filter(|_| live);
            control.read(live.unwrap_or(control.default)).ok()
        };
        if let Some(value) = control.and_then(default) {
            self.put(key, value);
        }
    }

    /// All values in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.values.iter().map(|(key, value)| (*key, value))
    }

    /// The value of a control.
    ///
    /// # Panics
    /// If the lab has no control of that name: a mistake in the lab.
    pub fn get(&self, key: &str) -> &Value {
        self.values.get(key).unwrap_or_else(|| panic!("the lab has no setting `{key}`"))
    }

    /// # Panics
    /// As [`Settings::get`], and if the control is of another kind; so for all getters below.
    pub fn toggle(&self, key: &str) -> bool {
        match self.get(key) {
            Value::Switch(on) => *on,
            other => panic!("`{key}` is no toggle: {other}"),
        }
    }

    /// # Panics
    /// See [`Settings::toggle`].
    pub fn number(&self, key: &str) -> u64 {
        match self.get(key) {
            Value::Number(n) => *n,
            other => panic!("`{key}` is no number: {other}"),
        }
    }

    /// # Panics
    /// See [`Settings::toggle`].
    pub fn size(&self, key: &str) -> usize {
        usize::try_from(self.number(key)).unwrap_or(usize::MAX)
    }

    /// # Panics
    /// See [`Settings::toggle`].
    pub fn time(&self, key: &str) -> Duration {
        match self.get(key) {
            Value::Time(time) => *time,
            other => panic!("`{key}` is no time: {other}"),
        }
    }

    /// # Panics
    /// See [`Settings::toggle`].
    pub fn numbers(&self, key: &str) -> &[u64] {
        match self.get(key) {
            Value::Numbers(all) => all,
            other => panic!("`{key}` is no list of numbers: {other}"),
        }
    }

    /// The word of a [`Kind::OneOf`] without its figure.
    ///
    /// # Panics
    /// See [`Settings::toggle`].
    pub fn word(&self, key: &str) -> &'static str {
        match self.get(key) {
            Value::Word(word) | Value::WordNumber(word, _) | Value::WordTime(word, _) => word,
            other => panic!("`{key}` is no word: {other}"),
        }
    }
}

impl Control {
    /// Reads a value as it is typed.
    ///
    /// # Errors
    /// If it does not fit the control's kind; lists what would.
    pub fn read(&self, text: &str) -> Result<Value, Refusal> {
        let value = match self.kind {
            Kind::Switch => match text {
                "on" | "true" | "yes" => Some(Value::Switch(true)),
                "off" | "false" | "no" => Some(Value::Switch(false)),
                _ => None,
            },
            Kind::Number { min, max } => number(text, min, max).map(Value::Number),
            Kind::Time { min, max } => time(text, min, max).map(Value::Time),
            Kind::Numbers { min, max, least, most } => numbers(text, min, max)
                .filter(|all| (least..=most).contains(&all.len()))
                .map(|all| Value::Numbers(each_once(all))),
            Kind::OneOf(forms) => forms.iter().find_map(|form| form.read(text)),
        };
        value.ok_or_else(|| Refusal {
            key: self.key.to_owned(),
            why: format!("`{text}` is not {}", self.kind.expects()),
        })
    }

    /// The value `steps` further in the control's list (or flipped), starting from `now`.
    /// Stops at the ends, or goes round if `wrap`. `None` if nothing would change.
    pub fn step(&self, now: &Value, steps: isize, wrap: bool) -> Option<Value> {
        if let Value::Switch(on) = now {
            return Some(Value::Switch(!on));
        }
        let all: Vec<_> = self.steps.iter().filter_map(|text| self.read(text).ok()).collect();
        let last = all.len().checked_sub(1)?.cast_signed();
        // A value set by hand stands between two steps: its neighbours are one away.
        let below = |value: &Value| value.magnitude() < now.magnitude();
        let at = all.iter().position(|value| value == now).map_or_else(
            || all.iter().rposition(below).map_or(-1, usize::cast_signed) + isize::from(steps < 0),
            usize::cast_signed,
        );
        if !wrap && !(0..=last).contains(&(at + steps.signum())) {
            return None;
        }
        let next =
            if wrap { (at + steps).rem_euclid(last + 1) } else { (at + steps).clamp(0, last) };
        all.into_iter().nth(next.unsigned_abs()).filter(|value| value != now)
    }
}

impl Value {
    /// For finding the nearest step.
    fn magnitude(&self) -> u128 {
        match self {
            Self::Number(n) | Self::WordNumber(_, n) => u128::from(*n),
            Self::Time(time) | Self::WordTime(_, time) => time.as_nanos(),
            Self::Numbers(all) => all.iter().map(|n| u128::from(*n)).sum(),
            Self::Switch(_) | Self::Word(_) => 0,
        }
    }
}

impl Kind {
    /// What fits, in words.
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

fn number(text: &str, min: u64, max: u64) -> Option<u64> {
    text.parse().ok().filter(|n| (min..=max).contains(n))
}

fn time(text: &str, min: Duration, max: Duration) -> Option<Duration> {
    parse_duration(text).filter(|time| (min..=max).contains(time))
}

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

#[cfg(test)]
mod tests;
