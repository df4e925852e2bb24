//! What facts need to be read back from a recording: names that live as long as the program,
//! and numbers within the range of their setting.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::control::Control;
use super::setting::{Number, Setting, SettingType};

/// A name out of a table in the program, such as the id of a tool. By this alias, since serde
/// would otherwise borrow it from what is read.
pub type Name = &'static str;

/// All names that were read so far. They are never freed: a recording has a few, which most
/// of its facts repeat.
static NAMES: Mutex<BTreeSet<Name>> = Mutex::new(BTreeSet::new());

/// Reads a name. Whether it is in the table is checked where it is used.
///
/// # Errors
/// If it is no text.
pub fn read_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
    String::deserialize(deserializer).map(interned)
}

/// Reads a name that may be missing.
///
/// # Errors
/// If it is neither a text nor `null`.
pub fn read_name_if_any<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Name>, D::Error> {
    Ok(Option::deserialize(deserializer)?.map(interned))
}

fn interned(name: String) -> Name {
    let mut names = NAMES.lock();
    if let Some(known) = names.get(name.as_str()) {
        return known;
    }
    let name: Name = name.leak();
    names.insert(name);
    name
}

/// Reads a number that the setting can have.
///
/// # Errors
/// If it is out of the setting's range.
pub fn read_number<'de, D: Deserializer<'de>, N>(
    deserializer: D,
    setting: Setting<N>,
) -> Result<N, D::Error>
where
    N: Number + SettingType<Const = N, Range = (N, N)>,
{
    let number = u64::deserialize(deserializer)?;
    let control: &dyn Control = &setting;
    let value = control.read(&number.to_string()).map_err(D::Error::custom)?;
    N::from_value(&value).ok_or_else(|| D::Error::custom("no number"))
}
