//! Replay codes of scripts: `py311-k7qa0-a12b.b3a-x7` is Python 3.11, a version of the script and
//! its arguments, the schedule, and check digits. An `o` behind the number says that output is
//! compared. If the script runs code of other files of its own, the version is five characters
//! longer, for those: which they are is known once it has run.

use std::path::Path;

use super::super::places::real;
use crate::kit::explore::Key as Hash;
use crate::kit::python::control::{BadSchedule, Execution, ForcedSwitch, decode, encode};
use crate::kit::python::{Source, source_lines};
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
    imported: String,
    pub same_output: bool,
    pub schedule: Vec<ForcedSwitch>,
}

/// Why a text is no code, or none of this script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadScriptCode {
    #[error("not of the form VERSION-SCRIPT-SCHEDULE-CHECK, as in py311-k7qa0-a12b-x7")]
    Shape,
    #[error("it is no code of a script, which begin with py")]
    NoScript,
    #[error("mistyped: the last two characters do not fit the rest")]
    Mistyped,
    #[error("schedule: {0}")]
    Schedule(#[from] BadSchedule),
    #[error("made under another version of Python: that was {made}, here it is {now}")]
    OtherPython { made: String, now: String },
    #[error("made for another version of the script, or other arguments")]
    OtherScript,
    #[error("made for another version of a file that the script imports")]
    OtherImport,
}

/// Characters of a version.
const HASH: usize = 5;

impl Key<'_> {
    /// The code of a schedule that was run.
    pub fn encode(&self, execution: &Execution) -> String {
        let (name, hash, imported) = (self.name(), self.hash(), self.imported(execution));
        let text = format!("{name}-{hash}{imported}-{}", encode(&execution.schedule()));
        let check = check_digits(&text);
        format!("{text}-{check}")
    }

    /// Whether a code was made for this, before it is run.
    ///
    /// # Errors
    /// What it was made for instead.
    pub fn check(&self, code: &Parsed) -> Result<(), BadScriptCode> {
        let now = self.name();
        if now != code.name {
            return Err(BadScriptCode::OtherPython { made: code.name.clone(), now });
        }
        if self.hash() != code.hash {
            return Err(BadScriptCode::OtherScript);
        }
        Ok(())
    }

    /// Whether a code was made for the files that the script has imported.
    ///
    /// # Errors
    /// If they were others.
    pub fn check_imported(
        &self,
        code: &Parsed,
        execution: &Execution,
    ) -> Result<(), BadScriptCode> {
        let is_same = code.imported == self.imported(execution);
        is_same.then_some(()).ok_or(BadScriptCode::OtherImport)
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
        short(&hash)
    }

    /// The version of all files but the main one; empty if there are no others that can be read.
    fn imported(&self, execution: &Execution) -> String {
        let main = real(&Source::read(&self.script.path).path);
        let (mut hash, mut is_any) = (Hash::default(), false);
        for file in execution.trace.names.files.iter().map(Path::new) {
            let lines = if real(file) == main { Vec::new() } else { source_lines(file) };
            is_any |= !lines.is_empty();
            for line in &lines {
                hash.take_text(line);
            }
        }
        if is_any { short(&hash) } else { String::new() }
    }
}

fn short(hash: &Hash) -> String {
    format!("{:0HASH$x}", hash.short() & 0xf_ffff)
}

/// Whether a text is meant as a code of a script.
pub fn is_scripts(code: &str) -> bool {
    let rest = code.trim().strip_prefix("py");
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Reads a code, which may be of any script.
///
/// # Errors
/// Why it is no code.
pub fn parse(code: &str) -> Result<Parsed, BadScriptCode> {
    let parts: Vec<_> = code.split('-').collect();
    let [name, hash, schedule, check] = parts[..] else {
        return Err(BadScriptCode::Shape);
    };
    if !is_scripts(code) {
        return Err(BadScriptCode::NoScript);
    }
    if check_digits(&code[..code.len() - check.len() - 1]) != check {
        return Err(BadScriptCode::Mistyped);
    }
    let (hash, imported) = hash.split_at_checked(HASH).unwrap_or((hash, ""));
    Ok(Parsed {
        same_output: name.ends_with('o'),
        name: name.to_owned(),
        hash: hash.to_owned(),
        imported: imported.to_owned(),
        schedule: decode(schedule)?,
    })
}
