//! The parser's complaints as one line: what, where, why, and the nearest thing that exists.
//!
//! Must not know any command by name.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Registry;
use crate::report::Failure;

const SEE_HELP: &str = "see `threadbare --help`";

/// Reshapes the parser's error of several lines.
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
            let why = if known.labs.iter().any(|entry| entry.info.id == typed) {
                format!("that is a lab: `threadbare open {typed}` or `threadbare run {typed}`")
            } else {
                clap_error
                    .nearest(ContextKind::SuggestedSubcommand)
                    .unwrap_or_else(|| format!("it may be {}", commands(known)))
            };
            Failure::usage("unknown command", typed, why)
        }
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
            Failure::usage("bad value", format!("{} {typed}", plain(&place)), why)
        }
        ErrorKind::ValueValidation => {
            let why = error.source().map_or_else(String::new, ToString::to_string);
            Failure::usage("bad value", format!("{} {typed}", plain(&place)), why)
        }
        ErrorKind::MissingRequiredArgument => Failure::usage("missing argument", place, SEE_HELP),
        ErrorKind::ArgumentConflict if place == clap_error.get(ContextKind::PriorArg) => {
            Failure::usage("repeated argument", place, "it may be given only once")
        }
        _ => Failure::usage("bad usage", clap_error.first_line(), SEE_HELP),
    }
}

/// All that help lists.
fn commands(known: &Registry) -> String {
    let command = super::args::command(known);
    let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
    let names: Vec<_> = shown.map(clap::Command::get_name).collect();
    or(&names.join(", "))
}

struct ClapError<'a>(&'a clap::Error);

impl ClapError<'_> {
    fn get(&self, kind: ContextKind) -> String {
        match self.0.get(kind) {
            Some(ContextValue::String(text)) => text.clone(),
            Some(ContextValue::Strings(all)) => all.join(", "),
            _ => String::new(),
        }
    }

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

/// `--seed <N>` as `--seed`; `<LAB>` stays.
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
