//! A failure as one line on stderr, and the status that the program ends with.
//!
//! Must not know what failed.

use std::fmt;
use std::io;

/// Ran; an anomaly that the settings invite is no failure.
pub const RAN: u8 = 0;
/// Could not finish.
pub const UNFINISHED: u8 = 1;
/// Bad usage.
pub const USAGE: u8 = 2;
/// An anomaly under `--check`.
pub const ANOMALY: u8 = 3;
const SIGPIPE: u8 = 13;

/// The status of a program that signal `n` ended.
pub const fn ended_by(signal: u8) -> u8 {
    128_u8.saturating_add(signal)
}

/// What went wrong, where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    what: String,
    place: String,
    why: String,
    status: u8,
}

impl Failure {
    /// What was asked for cannot be; nothing was started.
    pub fn usage(
        what: impl Into<String>,
        place: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            place: place.into(),
            why: why.into(),
            status: USAGE,
        }
    }

    /// What was begun could not be finished.
    pub fn unfinished(
        what: impl Into<String>,
        place: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            status: UNFINISHED,
            ..Self::usage(what, place, why)
        }
    }

    /// What ran was stopped early, and what was measured has been told.
    pub fn stopped(place: impl Into<String>, why: impl Into<String>, status: u8) -> Self {
        Self {
            status,
            ..Self::usage("stopped", place, why)
        }
    }

    /// Output that could not be written to `place`. A reader that has gone away is
    /// nothing to complain about: that failure says nothing.
    pub fn writing(place: impl Into<String>, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self {
                status: ended_by(SIGPIPE),
                ..Self::usage("", "", "")
            };
        }
        Self::unfinished("cannot write", place, reason(error))
    }

    pub fn status(&self) -> u8 {
        self.status
    }

    /// Says it on stderr, if there is anything to say.
    pub fn complain(&self) {
        if !self.what.is_empty() {
            // Without a stderr nobody can be told.
            let _ = io::Write::write_all(&mut io::stderr(), format!("{self}\n").as_bytes());
        }
    }
}

impl fmt::Display for Failure {
    /// One line whatever it quotes: control characters are written as escapes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("threadbare")?;
        for part in [&self.what, &self.place, &self.why] {
            f.write_str(": ")?;
            for c in part.chars() {
                if c.is_control() {
                    write!(f, "{}", c.escape_default())?;
                } else {
                    write!(f, "{c}")?;
                }
            }
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// An error of the system in words, without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_whatever_it_quotes() {
        let failure = Failure::usage("unknown lab", "a\nb\x1b[2J", "there is list");
        assert_eq!(
            failure.to_string(),
            r"threadbare: unknown lab: a\nb\u{1b}[2J: there is list"
        );
    }

    #[test]
    fn a_full_device_is_told_and_a_closed_pipe_is_not() {
        let full = Failure::writing("stdout", &io::Error::from_raw_os_error(28));
        assert_eq!(
            full.to_string(),
            "threadbare: cannot write: stdout: no space left on device"
        );
        assert_eq!(full.status(), UNFINISHED);
        let closed = Failure::writing("stdout", &io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((closed.what.as_str(), closed.status()), ("", 141));
    }
}
