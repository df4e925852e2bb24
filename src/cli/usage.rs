//! The parser's complaints as one line: what, where, why, and the nearest thing that exists.
//! clap writes several lines for people at a terminal; a line of a fixed form suits scripts and
//! logs.
//!
//! ```text
//! unknown argument: --sede: did you mean --seed?
//! └ what            └ where  └ why, or the nearest thing that exists
//! ```

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Registry, script};
use crate::report::Failure;

const SEE_HELP: &str = "see `threadbare --help`";

/// Turns the parser's error into a failure with the status 2. For each kind of mistake the line
/// says what was typed and what could be typed instead.
pub fn failure(error: &clap::Error, known: &Registry) -> Failure {
    let clap_error = ClapError(error);
    let place = clap_error.get(ContextKind::InvalidArg);
    let typed = clap_error.get(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let why = clap_error
                .nearest(ContextKind::SuggestedArg)
                .unwrap_or_else(|| SEE_HELP.to_owned());
            Failure::usage("unknown argument", place, why)
        }
        ErrorKind::InvalidSubcommand => {
            let typed = clap_error.get(ContextKind::InvalidSubcommand);
            // A common mistake: the name of a lab in the place of a command.
            let why = if known.labs.iter().any(|entry| entry.info.id == typed) {
                format!("that is a lab: `threadbare open {typed}` or `threadbare run {typed}`")
            } else {
                clap_error
                    .nearest(ContextKind::SuggestedSubcommand)
                    .unwrap_or_else(|| format!("it may be {}", commands(known)))
            };
            let why = script::or_file(why, &typed);
            Failure::usage("unknown command", typed, why)
        }
        // clap reports a missing value as one that is empty.
        ErrorKind::InvalidValue if typed.is_empty() => {
            let expected = match clap_error.get(ContextKind::ValidValue) {
                none if none.is_empty() => "something that is not empty".to_owned(),
                choices => or(&choices),
            };
            Failure::usage("missing value", place, format!("expected {expected}"))
        }
        ErrorKind::InvalidValue => {
            let expected = or(&clap_error.get(ContextKind::ValidValue));
            let nearest = clap_error.nearest(ContextKind::SuggestedValue);
            let why = match nearest {
                Some(nearest) => format!("no such choice: {nearest} It may be {expected}"),
                None => format!("no such choice: it may be {expected}"),
            };
            // Only the place of a lab is one of a script, too.
            let why = if place == "<LAB>" { script::or_file(why, &typed) } else { why };
            Failure::usage("bad value", format!("{} {typed}", plain(&place)), why)
        }
        ErrorKind::ValueValidation => {
            let why = error.source().map_or_else(String::new, ToString::to_string);
            Failure::usage("bad value", format!("{} {typed}", plain(&place)), why)
        }
        ErrorKind::MissingRequiredArgument => Failure::usage("missing argument", place, SEE_HELP),
        // clap reports an option that is given twice as one in conflict with itself.
        ErrorKind::ArgumentConflict if place == clap_error.get(ContextKind::PriorArg) => {
            Failure::usage("repeated argument", place, "it may be given only once")
        }
        _ => Failure::usage("bad usage", clap_error.first_line(), SEE_HELP),
    }
}

/// The commands that the help lists, for a message about one that does not exist. Taken from
/// the parser, so that no list has to be kept here.
fn commands(known: &Registry) -> String {
    let command = super::args::command(known);
    let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
    let names: Vec<_> = shown.map(clap::Command::get_name).collect();
    or(&names.join(", "))
}

struct ClapError<'a>(&'a clap::Error);

impl ClapError<'_> {
    /// A part of the error as text; several values are joined by commas. Empty if the error
    /// does not have it.
    fn get(&self, kind: ContextKind) -> String {
        match self.0.get(kind) {
            Some(ContextValue::String(text)) => text.clone(),
            Some(ContextValue::Strings(all)) => all.join(", "),
            _ => String::new(),
        }
    }

    /// The parser's suggestion of this kind as a question, if there is one. It compares by
    /// similarity of names.
    fn nearest(&self, kind: ContextKind) -> Option<String> {
        let found = self.get(kind);
        let first = found.split(", ").next()?;
        (!first.is_empty()).then(|| format!("did you mean {first}?"))
    }

    fn first_line(&self) -> String {
        let text = self.0.render().to_string();
        let line = text.lines().next().unwrap_or_default();
        line.strip_prefix("error: ").unwrap_or(line).to_owned()
    }
}

/// The name of an option without its value: `--seed <N>` as `--seed`. `<LAB>` stays, since it has
/// no other name.
fn plain(place: &str) -> &str {
    match place.find(" <") {
        Some(end) => &place[..end],
        None => place,
    }
}

/// `a, b, c` as `a, b or c`.
fn or(words: &str) -> String {
    match words.rsplit_once(", ") {
        Some((before, last)) => format!("{before} or {last}"),
        None => words.to_owned(),
    }
}
