//! Settings of one run: the values for a lab's settings, checked when they are read in,
//! and what every lab needs beside them.
//!
//! ```text
//! the lab's list ── defaults ──▶ Settings ◀── set: a text, checked ── command line, keys
//!                                   │     ◀── put: a value, unchecked ── this program
//!                                   └── get: typed ──▶ the lab's threads
//! ```

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use super::Info;
use super::control::{Control, SettingError};
use super::setting::{Setting, SettingType};
use super::value::Value;
use crate::kit::placement::core_count;

/// Two settings, each good by itself, that cannot be had together. The command line
/// refuses them; a key that would lead there changes the other one too, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct SettingConflict {
    /// The keys of both, the one that prevails first: where a key press changes it, the
    /// other one is set to its default.
    pub keys: [&'static str; 2],
    /// One sentence with both keys and their values in it.
    pub why: String,
}

/// All settings of one run. Both sides of a session have a copy; they are brought
/// together by commands.
#[derive(Clone, Debug)]
pub struct Settings {
    /// One value for each setting of the lab, by key. A map ordered by key, so outputs
    /// list them in a fixed order.
    values: BTreeMap<&'static str, Value>,
    /// Fixes every random choice that the program itself makes, never the timing.
    pub seed: u64,
    /// The program to start for worker processes, which is this one. Tests pass the built
    /// binary, since they are a program of their own.
    pub program: PathBuf,
    pub cores: usize,
    /// On the live screen: labs that end begin another round until they are stopped.
    pub live: bool,
    /// Where labs may keep what the user has achieved; `None` if nothing is to be kept.
    pub data: Option<PathBuf>,
    /// The user's own program, for the lab that watches one.
    pub script: Option<Arc<Script>>,
}

/// A program of the user's own, as it was typed. Whether it exists is found out when it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub path: PathBuf,
    pub arguments: Vec<OsString>,
}

impl Settings {
    /// The defaults of `info`'s settings, for the live screen or without one.
    pub fn defaults(info: &Info, seed: u64, program: PathBuf, live: bool) -> Self {
        let values = info.controls.iter().map(|control| (control.key(), control.default(live)));
        Self {
            values: values.collect(),
            seed,
            program,
            cores: core_count(),
            live,
            data: None,
            script: None,
        }
    }

    /// Reads `KEY=VALUE` into the settings.
    ///
    /// # Errors
    /// If there is no such key, or its value is out of its range; the refusal names it and lists
    /// what fits.
    pub fn set(&mut self, info: &Info, key: &str, text: &str) -> Result<(), SettingError> {
        let Some(control) = info.control(key) else {
            let known: Vec<_> = info.controls.iter().map(|control| control.key()).collect();
            let why = format!("no such setting of {}; it has {}", info.id, known.join(", "));
            return Err(SettingError { key: key.to_owned(), why });
        };
        let value = control.read(text)?;
        self.put_value(control.key(), value);
        Ok(())
    }

    /// The value of a setting of the lab that these settings belong to. The type of the
    /// constant is the type of the value, so neither a wrong name nor a wrong type
    /// compiles; what remains is a setting that the lab does not list.
    pub fn get<T: SettingType>(&self, setting: Setting<T>) -> T {
        let value = self.values.get(setting.key).and_then(T::from_value);
        debug_assert!(value.is_some(), "the lab does not list its setting `{}`", setting.key);
        // In a release build the default, rather than a panic in a lab's thread.
        value.unwrap_or_else(|| setting.default_for(self.live).into())
    }

    /// Gives a setting another value. It is not checked against the range: for values of
    /// the program's own.
    pub fn put<T: SettingType>(&mut self, setting: Setting<T>, value: T::Const) {
        self.put_value(setting.key, T::to_value(value));
    }

    /// The value of a setting without its type: for the panel and for outputs. The default if it
    /// has none.
    pub fn value(&self, control: &dyn Control) -> Value {
        let value = self.values.get(control.key()).cloned();
        value.unwrap_or_else(|| control.default(self.live))
    }

    /// Takes a value that was checked for the setting of this key, as
    /// [`Control::read`](super::Control) does.
    pub fn put_value(&mut self, key: &'static str, value: Value) {
        self.values.insert(key, value);
    }

    pub fn reset(&mut self, control: &dyn Control) {
        self.put_value(control.key(), control.default(self.live));
    }

    /// Those that are not at their defaults, as the screen reports them.
    pub fn changed(&self, info: &Info) -> impl Iterator<Item = String> {
        let all = info.controls.iter().map(|control| (*control, self.value(*control)));
        let changed = all.filter(|(control, value)| *value != control.default(self.live));
        changed.map(|(control, value)| control.with_value(&value))
    }

    /// All values in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.values.iter().map(|(key, value)| (*key, value))
    }
}

#[cfg(test)]
mod tests;
