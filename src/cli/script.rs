//! A script of the user's own in the place of a lab: how it is recognised, checked, and given its
//! arguments.
//!
//! ```text
//! threadbare my.py -x 1          ─▶ threadbare open my.py -x 1     the command is inserted
//! threadbare run ./tool -- -x 1  ─▶ a script too: its name contains a `/`
//! threadbare run list            ─▶ a lab
//! ```

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::lab::Script;
use crate::report::{Failure, reason};

/// Whether this is meant as a script and not as the name of a lab: it ends in `.py` or names a
/// path. Whether there is such a file is checked later.
pub fn is_script(text: &OsStr) -> bool {
    Path::new(text).extension() == Some(OsStr::new("py")) || text.as_encoded_bytes().contains(&b'/')
}

/// A reason, and how to name the file if one is called what was typed in the place of a lab,
/// command or program: a script without `.py` is told from those by its path.
pub fn or_file(why: String, typed: &str) -> String {
    let is_there = !typed.is_empty() && Path::new(typed).exists();
    if is_there { format!("{why}; the file or folder of this name is ./{typed}") } else { why }
}

/// Reads the name of a lab or the path of a script. Only names of labs are suggested and completed;
/// a path is taken as it is, since it need not be Unicode.
#[derive(Clone)]
pub struct LabOrScript(pub PossibleValuesParser);

impl TypedValueParser for LabOrScript {
    type Value = OsString;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<OsString, clap::Error> {
        if is_script(value) {
            return Ok(value.to_owned());
        }
        self.0.parse_ref(command, arg, value).map(OsString::from)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}

/// The command with the script's own arguments as they are typed: from the first one on, whatever
/// it looks like.
pub fn with_arguments(command: clap::Command) -> clap::Command {
    let own = |command: clap::Command| {
        command
            .mut_arg("args", |arg| arg.last(false).trailing_var_arg(true).allow_hyphen_values(true))
    };
    command.mut_subcommand("open", own).mut_subcommand("run", own).mut_subcommand("explore", own)
}

/// Whether what was typed opens, runs or explores a script, and not a lab or program: only a
/// script has arguments.
pub fn is_opened(matches: &clap::ArgMatches) -> bool {
    let Some((_, typed)) = matches.subcommand() else { return false };
    let mut named = ["lab", "program"].into_iter().map(|name| typed.try_get_one::<OsString>(name));
    named.any(|named| named.is_ok_and(|named| named.is_some_and(|named| is_script(named))))
}

/// Inserts `open` where a script stands in the place of a command: behind the `global` options
/// that stand before all commands, with their values.
pub fn insert_command(args: &mut Vec<OsString>, global: &clap::Command) {
    let takes_value = |name: &str| {
        let mut options = global.get_arguments();
        options.any(|one| one.get_long() == Some(name) && one.get_action().takes_values())
    };
    let mut at = 1;
    while let Some(name) = args.get(at).and_then(|arg| arg.to_str()?.strip_prefix("--")) {
        at += if takes_value(name) { 2 } else { 1 };
    }
    if args.get(at).is_some_and(|arg| is_script(arg)) {
        args.insert(at, "open".into());
    }
}

/// The script that was typed. What is wrong with its file is one line here, and not the
/// interpreter's complaint on the screen.
///
/// # Errors
/// If there is no such file, or it cannot be read.
pub fn read(path: &OsStr, arguments: &[OsString]) -> Result<Script, Failure> {
    let path = PathBuf::from(path);
    let refused = |why: &str| Failure::usage("cannot run", path.display().to_string(), why);
    let about = path.metadata().map_err(|error| refused(&reason(&error)))?;
    if about.is_dir() && !path.join("__main__.py").is_file() {
        return Err(refused("it is a folder without a __main__.py"));
    }
    if about.is_file() {
        File::open(&path).map_err(|error| refused(&reason(&error)))?;
    }
    Ok(Script { path, arguments: arguments.to_vec() })
}
