//! Settings as typed constants: a lab declares each once, with its range, defaults and keys,
//! and reads it by that constant, so that neither a wrong name nor a wrong type compiles.
//!
//! ```ignore
//! const WORKERS: Setting<usize> = Setting::number("workers", "threads of the pool", 1..=64, 8)
//!     .live(4)
//!     .keys(Keys::ARROWS)
//!     .steps(&[1, 2, 4, 8]);
//!
//! let workers: usize = settings.get(WORKERS);
//! ```
//!
//! What has no use for the type, such as the command line, the keys and the help, sees a
//! [`Control`].

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::control::Control;
use super::key::Keys;
use super::value::{Form, Kind, Value};
use super::words::Words;

/// One setting of a lab, the same on the command line and under a key. It is a constant:
/// its value in a run is in [`Settings`](super::Settings).
pub struct Setting<T: SettingType> {
    /// As in `--set KEY=VALUE`.
    pub key: &'static str,
    /// Beside its keys in the footer.
    label: &'static str,
    about: &'static str,
    range: T::Range,
    default: T::Const,
    /// The default on the live screen, where that differs: a pause, say, that is 0 for
    /// scripts and long enough to watch for a person.
    live: Option<T::Const>,
    keys: Keys,
    /// The values that keys step through, in order. Empty: a switch, no keys, or all words.
    steps: &'static [T::Const],
}

/// A type of values that settings can have: switches, numbers, times, lists of numbers, and
/// every [`Choice`] and type of [`Words`].
pub trait SettingType: Sized + 'static {
    /// The type in a constant: for a list, which owns memory, a slice; otherwise itself.
    type Const: Copy + Into<Self> + Sync;

    /// What limits the values, both ends included; `()` where the type itself does.
    type Range: Copy + Sync;

    fn kind(range: Self::Range) -> Kind;

    fn to_value(of: Self::Const) -> Value;

    /// `None` only for a value that [`Kind::read`] does not give for [`SettingType::kind`].
    fn from_value(value: &Value) -> Option<Self>;

    /// The value as the screen writes it, for people who do not type it.
    fn shown(value: &Value) -> String {
        value.in_words()
    }
}

/// A type whose values are typed in one of several forms, such as `yield` or `spin:20`. A
/// lab implements it for an enum of its own, which is then the type of a setting; one
/// whose forms are all plain words implements [`Words`] instead.
pub trait Choice: Copy + Sync + 'static {
    fn forms() -> Vec<Form>;

    fn to_value(self) -> Value;

    /// `None` for a value of no form.
    fn from_value(value: &Value) -> Option<Self>;

    /// As the screen writes it.
    fn shown(self) -> String {
        self.to_value().in_words()
    }
}

/// A type of words is a choice whose forms are those words.
impl<W: Words> Choice for W {
    fn forms() -> Vec<Form> {
        W::all().map(|it| Form::Word(it.word())).collect()
    }

    fn to_value(self) -> Value {
        Value::Word(self.word())
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Word(word) = value { W::named(word) } else { None }
    }

    fn shown(self) -> String {
        W::shown(self).to_owned()
    }
}

/// Each choice can be the type of a setting: so an enum of a lab becomes one.
impl<C: Choice> SettingType for C {
    type Const = Self;
    type Range = ();

    fn kind((): ()) -> Kind {
        Kind::OneOf(C::forms())
    }

    fn to_value(of: Self) -> Value {
        of.to_value()
    }

    fn from_value(value: &Value) -> Option<Self> {
        C::from_value(value)
    }

    fn shown(value: &Value) -> String {
        C::from_value(value).map_or_else(|| value.in_words(), C::shown)
    }
}

impl<C: Choice> Setting<C> {
    pub const fn choice(key: &'static str, about: &'static str, default: C) -> Self {
        Self::new(key, about, (), default)
    }
}

impl SettingType for bool {
    type Const = Self;
    type Range = ();

    fn kind((): ()) -> Kind {
        Kind::Switch
    }

    fn to_value(on: Self) -> Value {
        Value::Switch(on)
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Switch(on) = value { Some(*on) } else { None }
    }
}

impl Setting<bool> {
    pub const fn switch(key: &'static str, about: &'static str, default: bool) -> Self {
        Self::new(key, about, (), default)
    }
}

impl SettingType for String {
    type Const = &'static str;
    type Range = ();

    fn kind((): ()) -> Kind {
        Kind::Text
    }

    fn to_value(text: &'static str) -> Value {
        Value::Text(text.to_owned())
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}

impl Setting<String> {
    pub const fn text(key: &'static str, about: &'static str, default: &'static str) -> Self {
        Self::new(key, about, (), default)
    }
}

impl SettingType for Duration {
    type Const = Self;
    type Range = (Self, Self);

    fn kind((min, max): (Self, Self)) -> Kind {
        Kind::Time { min, max }
    }

    fn to_value(time: Self) -> Value {
        Value::Time(time)
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Time(time) = value { Some(*time) } else { None }
    }
}

impl Setting<Duration> {
    pub const fn time(
        key: &'static str,
        about: &'static str,
        range: RangeInclusive<Duration>,
        default: Duration,
    ) -> Self {
        Self::new(key, about, (*range.start(), *range.end()), default)
    }
}

/// A type of whole numbers that settings can have. In the list below the macro are those
/// that labs use.
pub trait Number: Copy + Sync + TryFrom<u64> + TryInto<u64> + 'static {
    /// No type of [`Number`] is wider than 64 bits, so nothing is lost.
    fn to_u64(self) -> u64 {
        self.try_into().unwrap_or(u64::MAX)
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Number for $number {}

        impl SettingType for $number {
            type Const = Self;
            type Range = (Self, Self);

            fn kind((min, max): (Self, Self)) -> Kind {
                Kind::Number { min: min.to_u64(), max: max.to_u64() }
            }

            fn to_value(n: Self) -> Value {
                Value::Number(n.to_u64())
            }

            fn from_value(value: &Value) -> Option<Self> {
                if let Value::Number(n) = value { Self::try_from(*n).ok() } else { None }
            }
        }
    )*};
}

numbers!(u8, u32, u64, usize);

impl<N: Number + SettingType<Const = N, Range = (N, N)>> Setting<N> {
    pub const fn number(
        key: &'static str,
        about: &'static str,
        range: RangeInclusive<N>,
        default: N,
    ) -> Self {
        Self::new(key, about, (*range.start(), *range.end()), default)
    }
}

impl<N: Number> SettingType for Vec<N> {
    type Const = &'static [N];
    type Range = NumbersRange<N>;

    fn kind(range: NumbersRange<N>) -> Kind {
        let (min, max) = range.each;
        let (least, most) = range.count;
        Kind::Numbers { min: min.to_u64(), max: max.to_u64(), least, most }
    }

    fn to_value(all: &'static [N]) -> Value {
        Value::Numbers(all.iter().map(|n| n.to_u64()).collect())
    }

    fn from_value(value: &Value) -> Option<Self> {
        let Value::Numbers(all) = value else { return None };
        all.iter().map(|n| N::try_from(*n).ok()).collect()
    }
}

#[derive(Clone, Copy, Debug)]
pub struct NumbersRange<N> {
    each: (N, N),
    count: (usize, usize),
}

impl<N: Number> Setting<Vec<N>> {
    /// A list of `count` numbers, each within `range`, in ascending order and each once.
    pub const fn numbers(
        key: &'static str,
        about: &'static str,
        range: RangeInclusive<N>,
        count: RangeInclusive<usize>,
        default: &'static [N],
    ) -> Self {
        let each = (*range.start(), *range.end());
        let range = NumbersRange { each, count: (*count.start(), *count.end()) };
        Self::new(key, about, range, default)
    }
}

impl<T: SettingType> Setting<T> {
    /// A setting with these limits, without keys and with one default. The methods below
    /// add to it; all are `const`, so a setting is declared as one expression.
    const fn new(
        key: &'static str,
        about: &'static str,
        range: T::Range,
        default: T::Const,
    ) -> Self {
        Self { key, label: key, about, range, default, live: None, keys: Keys::None, steps: &[] }
    }

    /// Is called so in the footer, where its key alone would not be understood.
    #[must_use]
    pub const fn label(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// Has another default on the live screen. Every value of the range can be had in both.
    #[must_use]
    pub const fn live(mut self, default: T::Const) -> Self {
        self.live = Some(default);
        self
    }

    /// Can be changed by keys: through its [`steps`](Self::steps), or else all of its words.
    #[must_use]
    pub const fn keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// The values that keys step through, in order.
    #[must_use]
    pub const fn steps(mut self, steps: &'static [T::Const]) -> Self {
        self.steps = steps;
        self
    }

    /// Its key with a value: a change of it, for what handles settings without their types.
    pub fn with(&self, value: T::Const) -> (&'static str, Value) {
        (self.key, T::to_value(value))
    }

    /// The default, which is another one on the live screen for some.
    pub fn default_for(&self, live: bool) -> T::Const {
        self.live.filter(|_| live).unwrap_or(self.default)
    }
}

/// Not derived, which would ask for `T: Copy`: a setting of a list is as cheap to copy as
/// any other.
impl<T: SettingType> Clone for Setting<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: SettingType> Copy for Setting<T> {}

impl<T: SettingType> fmt::Debug for Setting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)
    }
}

impl<T: SettingType> Control for Setting<T> {
    fn key(&self) -> &'static str {
        self.key
    }

    fn label(&self) -> &'static str {
        self.label
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn kind(&self) -> Kind {
        T::kind(self.range)
    }

    fn shown(&self, value: &Value) -> String {
        T::shown(value)
    }

    fn keys(&self) -> Keys {
        self.keys
    }

    fn default(&self, live: bool) -> Value {
        T::to_value(self.default_for(live))
    }

    fn steps(&self) -> Vec<Value> {
        match self.kind() {
            // Words have the order of their declaration, so keys may go through all of them.
            Kind::OneOf(forms) if self.steps.is_empty() && self.keys != Keys::None => {
                // Only plain words: a form with a number or a time has no single value.
                let word =
                    |form| if let Form::Word(word) = form { Some(Value::Word(word)) } else { None };
                forms.into_iter().filter_map(word).collect()
            }
            _ => self.steps.iter().map(|step| T::to_value(*step)).collect(),
        }
    }
}
