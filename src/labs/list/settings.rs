//! The settings of the experiment as plain data: their declarations, which command line,
//! configuration and keys are made from, and [`ListSettings`], their values as the lab
//! reads them.
//!
//! | setting | takes effect |
//! |---|---|
//! | `lock`, `pause`, `window` | with the next operation of each thread |
//! | `adders`, `removers`, `ops` | with the next round |
//! | `rounds` | at the beginning; on a live screen it is ignored |

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::experiment::op::WorkerId;
use crate::kit::clock::whole_ns;
use crate::kit::step::Widening;
use crate::lab::{
    Choice, Control, Form, Key, Keys, Sentence, Setting, Settings, Value, ms, write_duration,
};
use crate::scene::{Tone, capitalised, units};

pub const ALL: &[&dyn Control] = &[&LOCK, &ADDERS, &REMOVERS, &OPS, &PAUSE, &WINDOW, &ROUNDS];

/// Whether each operation takes the lock. Threads read it at the start of an operation,
/// so it can be changed while they run, and for a moment some of them still work under
/// the other value.
pub const LOCK: Setting<bool> =
    Setting::switch("lock", "a lock around each operation", true).keys(Keys::Next(Key::Char('l')));

/// Number of threads that append. A version (`experiment/op.rs`) has room for 32
/// threads of both kinds together.
pub const ADDERS: Setting<u8> = Setting::number("adders", "threads that append", 1..=8, 1)
    .keys(Keys::Steps { back: &[Key::Char('A')], on: &[Key::Char('a')] })
    .steps(&[1, 2, 3, 4, 6, 8]);

/// Number of threads that remove; see [`ADDERS`].
pub const REMOVERS: Setting<u8> = Setting::number("removers", "threads that remove", 1..=8, 1)
    .keys(Keys::Steps { back: &[Key::Char('D')], on: &[Key::Char('d')] })
    .steps(&[1, 2, 3, 4, 6, 8]);

/// Operations of each thread in a round. Takes effect with the next round: the list has a
/// slot for each append of a round, and the values are drawn before it begins.
pub const OPS: Setting<u32> =
    Setting::number("ops", "operations of each thread in a round", 1..=100_000, 10)
        .keys(Keys::Steps { back: &[Key::Char('O')], on: &[Key::Char('o')] })
        .label("operations")
        .steps(&[10, 100, 1000, 10_000]);

/// The pause after each operation, outside the lock, as in the exercise. Without it there
/// is too little time to follow single operations, so events of operations are left out.
pub const PAUSE: Setting<Duration> = Setting::time(
    "pause",
    "after each operation; 0ms is full speed",
    ms(0)..=MINUTE,
    EXERCISE_PAUSE,
)
.live(ms(200))
.keys(Keys::Steps { back: &[Key::Char('s')], on: &[Key::Char('S')] })
.steps(&[ms(0), ms(1), ms(10), ms(50), ms(200), ms(500), ms(1000), ms(2000)]);

/// What stands between an operation's load and its store. Without anything the race is so
/// rare at the exercise's pace that a run would show nothing.
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

/// Rounds of a run without a live screen. A live run ignores it and continues until it is
/// stopped: it has a user who decides when enough was seen.
pub const ROUNDS: Setting<u64> =
    Setting::number("rounds", "times from an empty list to the audit", 1..=1_000_000, 1);

/// What the user can do beyond the settings. The commands of step mode name a thread by
/// what it does, not by a number: a thread of the same name may be another one by the
/// time the command arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListCommand {
    /// Pause all threads before their next step, or resume them. One command for both: it
    /// means the opposite of what is the case when it arrives.
    Pause,
    /// One step of this paused thread. Ignored if it has none to take, or if step mode
    /// has ended meanwhile.
    Step(WorkerId),
    /// Take the remaining steps of the operation of the thread that took the last step,
    /// one at each poll, until it has ended or is blocked.
    Finish,
    /// What the user guesses, in values lost of 1,000; `None` if the text was no such
    /// number.
    Guess(Option<u32>),
}

impl ListCommand {
    /// The guess that the user has typed, as a command. A text that is no number from 0
    /// to 1000 gives a command too: the answer to it appears in the story.
    pub fn guess(text: &str) -> Self {
        Self::Guess(text.trim().parse().ok().filter(|n| *n <= 1000))
    }
}

/// The pause after each operation in the exercise.
pub const EXERCISE_PAUSE: Duration = Duration::from_millis(500);
/// The delay that `auto` injects at human pace: long enough to be seen, short against the
/// usual pause.
const AUTO_DELAY: Duration = Duration::from_millis(50);

/// The longest pause, and the longest injected delay.
pub const MINUTE: Duration = Duration::from_mins(1);

/// The longest break between two live rounds.
const LONGEST_BREAK: Duration = Duration::from_secs(2);

/// The break between two live rounds, in which the audit can be read: four times the pause, and at
/// most two seconds.
pub fn break_after(pause: Duration) -> Duration {
    (pause * 4).min(LONGEST_BREAK)
}

/// What stands in the race window, as the user sets it. [`ListSettings::window`] is what
/// follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowChoice {
    Of(Widening),
    /// An injected delay at human pace, a yield at full speed: what makes the race likely
    /// at either pace.
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

/// The values of the settings, all read at one moment. It is copied into events and
/// compared to find out what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSettings {
    pub lock: bool,
    pub adders: u8,
    pub removers: u8,
    pub ops: u32,
    #[serde(rename = "pause_ns", with = "nanos")]
    pub pause: Duration,
    /// What stands in the race window now, `auto` resolved.
    #[serde(with = "words")]
    pub window: Widening,
    /// Whether the window follows the pace by itself. Part of the result, to tell a
    /// chosen widening from a default one.
    pub auto_window: bool,
}

impl ListSettings {
    /// Reads all settings. `auto` becomes a yield at full speed and otherwise a delay of
    /// at most the pause: a longer one would make the window, not the pause, set the
    /// pace.
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

    /// Whether the threads run too fast to be followed: then operations are counted, not reported
    /// one by one, and single rounds are not shown. A delay in the window is a pause too.
    ///
    /// | `pause` | `window` | |
    /// |---|---|---|
    /// | above 0 | any | human pace |
    /// | 0 | an injected delay | human pace |
    /// | 0 | nothing, a yield, spin hints | full speed |
    pub fn full_speed(&self) -> bool {
        self.pause.is_zero() && !matches!(self.window, Widening::Delay(_))
    }

    /// The number of appends in a round, by all adders together: the length of the list if nothing
    /// is lost and nothing removed.
    pub fn appends(&self) -> usize {
        usize::from(self.adders) * self.ops as usize
    }

    pub fn pace_text(&self) -> String {
        if self.pause.is_zero() {
            "full speed".to_owned()
        } else {
            format!("pause {}", plain_time(self.pause))
        }
    }

    /// The differences from these settings to `new`, as a sentence; `None` if none of
    /// them is worth one.
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
                units::plural(new.adders.into(), "adder"),
                units::plural(new.removers.into(), "remover"),
                units::count(new.ops)
            ));
        }
        (!changes.is_empty()).then(|| Sentence::new(capitalised(&changes.join("; ")), Tone::Accent))
    }
}

/// Whether `widening` applies to an operation. A delay applies under the lock too, so
/// that locked and unlocked runs at human pace differ in the lock alone; at full speed
/// only the unlocked code is widened, because under the lock a yield would cost time and
/// change nothing.
pub fn applies(widening: Widening, locked: bool) -> bool {
    match widening {
        Widening::None => false,
        Widening::Yield | Widening::Spin(_) => !locked,
        Widening::Delay(_) => true,
    }
}

pub fn window_text(widening: Widening) -> String {
    match widening {
        Widening::None => "nothing".to_owned(),
        Widening::Yield => "yield".to_owned(),
        Widening::Spin(hints) => format!("{} spin hints", units::count(hints)),
        Widening::Delay(time) => format!("injected delay {}", plain_time(time)),
    }
}

pub fn plain_time(time: Duration) -> String {
    let text = write_duration(time);
    let unit = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (figure, unit) = text.split_at(unit);
    format!("{figure} {unit}")
}

/// The pause as whole nanoseconds.
mod nanos {
    use super::{Deserialize, Deserializer, Duration, Serializer, whole_ns};

    pub fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(whole_ns(*time))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_nanos)
    }
}

/// The widening as it is typed on the command line.
mod words {
    use super::{
        Choice as _, Control, Deserialize, Deserializer, Serializer, WINDOW, Widening, WindowChoice,
    };
    use serde::de::Error as _;

    pub fn serialize<S: Serializer>(widening: &Widening, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&WindowChoice::Of(*widening).to_value().to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Widening, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = (&WINDOW as &dyn Control)
            .read(&text)
            .map_err(|refusal| D::Error::custom(refusal.why))?;
        match WindowChoice::from_value(&value) {
            Some(WindowChoice::Of(widening)) => Ok(widening),
            _ => Err(D::Error::custom(format_args!("no widening is called `{text}`"))),
        }
    }
}
