//! Replay codes of scripts: `py311-k7qa0-a12b.b3a-x7` is Python 3.11, a version of the script and
//! its arguments, the schedule, and check digits. An `o` behind the number says that output is
//! compared.

use crate::kit::explore::Key as Hash;
use crate::kit::python::control::{Switch, decode, encode};
use crate::kit::python::source_lines;
use crate::lab::Script;
use crate::programs::code::check_digits;

/// What a code belongs to.
pub struct Key<'a> {
    /// Of the interpreter, with three parts.
    pub version: &'a str,
    pub script: &'a Script,
    pub same_output: bool,
}

/// What a code says.
pub struct Parsed {
    name: String,
    hash: String,
    pub same_output: bool,
    pub schedule: Vec<Switch>,
}

impl Key<'_> {
    pub fn encode(&self, schedule: &[Switch]) -> String {
        let text = format!("{}-{}-{}", self.name(), self.hash(), encode(schedule));
        let check = check_digits(&text);
        format!("{text}-{check}")
    }

    /// # Errors
    /// What the code was made for instead.
    pub fn check(&self, code: &Parsed) -> Result<(), String> {
        let (name, hash) = (self.name(), self.hash());
        if name != code.name {
            return Err(format!(
                "made under another version of Python: that was {}, here it is {name}",
                code.name
            ));
        }
        if hash != code.hash {
            return Err("made for another version of the script, or other arguments".to_owned());
        }
        Ok(())
    }

    /// Without the last part of the version: its bytecode is the same.
    fn name(&self) -> String {
        let parts = self.version.split('.').take(2).collect::<String>();
        format!("py{parts}{}", if self.same_output { "o" } else { "" })
    }

    fn hash(&self) -> String {
        let mut hash = Hash::default();
        for line in source_lines(&self.script.path) {
            hash.take_text(&line);
        }
        for argument in &self.script.arguments {
            hash.take_text(&argument.to_string_lossy());
        }
        format!("{:05x}", hash.short() & 0xf_ffff)
    }
}

/// Whether a text is meant as a code of a script.
pub fn is_scripts(code: &str) -> bool {
    let rest = code.trim().strip_prefix("py");
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// # Errors
/// Why it is no code.
pub fn parse(code: &str) -> Result<Parsed, String> {
    let parts: Vec<_> = code.split('-').collect();
    let [name, hash, schedule, check] = parts[..] else {
        return Err(
            "not of the form VERSION-SCRIPT-SCHEDULE-CHECK, as in py311-k7qa0-a12b-x7".into()
        );
    };
    if !is_scripts(code) {
        return Err("it is no code of a script, which begin with py".into());
    }
    if check_digits(&code[..code.len() - check.len() - 1]) != check {
        return Err("mistyped: the last two characters do not fit the rest".into());
    }
    Ok(Parsed {
        same_output: name.ends_with('o'),
        name: name.to_owned(),
        hash: hash.to_owned(),
        schedule: decode(schedule).map_err(|bad| format!("schedule: {bad}"))?,
    })
}
