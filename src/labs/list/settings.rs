//! The settings of the experiment as plain data. Must not know threads.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::kit::step::Widening;
use crate::lab::{Sentence, Settings, Value, write_duration};
use crate::scene::{Tone, units};

/// The pause after each operation in the exercise.
pub const EXERCISE_PAUSE: Duration = Duration::from_millis(500);
/// The window that `auto` puts in at human pace.
const AUTO_DELAY: Duration = Duration::from_millis(50);

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
        let mut own = Self {
            lock: true,
            adders: 1,
            removers: 1,
            ops: 10,
            pause: EXERCISE_PAUSE,
            window: Widening::Yield,
            auto_window: false,
        };
        for (key, value) in settings.iter() {
            own.set(key, value);
        }
        own
    }

    /// Takes one setting; unknown keys are ignored.
    pub fn set(&mut self, key: &str, value: &Value) {
        match (key, value) {
            ("lock", Value::Switch(on)) => self.lock = *on,
            ("adders", Value::Number(n)) => self.adders = saturated(*n),
            ("removers", Value::Number(n)) => self.removers = saturated(*n),
            ("ops", Value::Number(n)) => self.ops = u32::try_from(*n).unwrap_or(u32::MAX),
            ("pause", Value::Time(pause)) => self.pause = *pause,
            ("window", value) => {
                self.auto_window = *value == Value::Word("auto");
                self.window = widening(value);
            }
            _ => return,
        }
        if self.auto_window {
            self.window = if self.pause.is_zero() {
                Widening::Yield
            } else {
                Widening::Delay(AUTO_DELAY.min(self.pause))
            };
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

fn widening(value: &Value) -> Widening {
    match value {
        Value::Word("none") => Widening::None,
        Value::WordNumber(_, hints) => Widening::Spin(u32::try_from(*hints).unwrap_or(u32::MAX)),
        Value::WordTime(_, delay) => Widening::Delay(*delay),
        _ => Widening::Yield,
    }
}

fn saturated(n: u64) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

fn nanos<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

fn words<S: Serializer>(widening: &Widening, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&match widening {
        Widening::None => "none".to_owned(),
        Widening::Yield => "yield".to_owned(),
        Widening::Spin(hints) => format!("spin:{hints}"),
        Widening::Delay(time) => format!("delay:{}", write_duration(*time)),
    })
}
