//! A setting without its type: what the command line, the configuration file, the keys
//! and the help handle.

use std::fmt;

use super::key::Keys;
use super::value::{Kind, Value};

/// A [`Setting`](super::Setting) without its type. Every method gives back what the lab
/// declared.
pub trait Control: fmt::Debug + Sync {
    /// Its name, as in `--set KEY=VALUE` and in the configuration file. Unique within its
    /// lab, and the key of its value in a run's settings.
    fn key(&self) -> &'static str;

    /// What the screen calls it, first of all beside its keys in the footer: a word that is
    /// understood without the lab's help. Mostly its key.
    fn label(&self) -> &'static str;

    /// What it does, in a few words, for the help and the settings view.
    fn about(&self) -> &'static str;

    fn kind(&self) -> Kind;

    /// A value of it as the screen writes it.
    fn shown(&self, value: &Value) -> String;

    fn keys(&self) -> Keys;

    /// The default, which is another one on the live screen for some: what a person
    /// watches is slower than what a script measures.
    fn default(&self, live: bool) -> Value;

    /// The values that keys step through, in order. Empty for a switch, and without keys.
    fn steps(&self) -> Vec<Value>;
}

/// Why a setting was refused: what, where, why, on one line, as the command line prints
/// it before anything was started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {why}")]
pub struct SettingError {
    pub key: String,
    pub why: String,
}

impl dyn Control {
    /// A value with what the control is called: how the screen reports a setting.
    pub fn with_value(&self, value: &Value) -> String {
        format!("{}: {}", self.label(), self.shown(value))
    }

    /// Reads a value as it is typed.
    ///
    /// # Errors
    /// If it does not fit the setting's kind; lists what would.
    pub fn read(&self, text: &str) -> Result<Value, SettingError> {
        let kind = self.kind();
        kind.read(text).ok_or_else(|| SettingError {
            key: self.key().to_owned(),
            why: format!("`{text}` is not {}", kind.expects()),
        })
    }

    /// The value `steps` further in the setting's list (or flipped), starting from `now`.
    /// Stops at the ends, or continues at the other one if `wrap`. `None` if nothing
    /// would change, so that no command is sent and nothing is measured again.
    pub fn step(&self, now: &Value, steps: isize, wrap: bool) -> Option<Value> {
        if let Value::Switch(on) = now {
            return Some(Value::Switch(!on));
        }
        let all = self.steps();
        let last = all.len().checked_sub(1)?.cast_signed();
        // A value that was typed may lie between two steps: its neighbours are one step
        // away, whichever way the key goes. Below all of them, the first step up is the
        // first value.
        let below = |value: &Value| value.magnitude() < now.magnitude();
        let at = all.iter().position(|value| value == now).map_or_else(
            || all.iter().rposition(below).map_or(-1, usize::cast_signed) + isize::from(steps < 0),
            usize::cast_signed,
        );
        // At an end, or beyond it, a step outwards changes nothing: clamping would move a
        // value that was typed beyond the last step back to it.
        if !wrap && !(0..=last).contains(&(at + steps.signum())) {
            return None;
        }
        // From here on `at + steps` is a position or beyond one: wrapped around or
        // stopped.
        let next =
            if wrap { (at + steps).rem_euclid(last + 1) } else { (at + steps).clamp(0, last) };
        all.into_iter().nth(next.unsigned_abs()).filter(|value| value != now)
    }
}
