//! A failure as one line on stderr, and the status that the program ends with.
//!
//! Must not know what failed.

use std::fmt;
use std::io;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::printable::Printable;

/// Ran; an anomaly that the settings invite is no failure.
pub const RAN: u8 = 0;
/// Could not finish.
pub const UNFINISHED: u8 = 1;
/// Bad usage.
pub const USAGE: u8 = 2;
/// An anomaly under `--check`.
pub const ANOMALY: u8 = 3;
const SIGPIPE: u8 = 13;
/// Characters of each part that are repeated: what was typed or read may be megabytes.
const LONGEST_PART: usize = 1000;

/// The status of a program that signal `n` ended.
pub const fn ended_by(signal: u8) -> u8 {
    128_u8.saturating_add(signal)
}

/// What went wrong, where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    what: Printable,
    place: Printable,
    why: Printable,
    status: u8,
}

impl Failure {
    /// What was asked for cannot be; nothing was started.
    pub fn usage(what: impl AsRef<str>, place: impl AsRef<str>, why: impl AsRef<str>) -> Self {
        Self {
            what: Printable::within(what.as_ref(), LONGEST_PART),
            place: Printable::within(place.as_ref(), LONGEST_PART),
            why: Printable::within(why.as_ref(), LONGEST_PART),
            status: USAGE,
        }
    }

    /// What was begun could not be finished.
    pub fn unfinished(what: impl AsRef<str>, place: impl AsRef<str>, why: impl AsRef<str>) -> Self {
        Self { status: UNFINISHED, ..Self::usage(what, place, why) }
    }

    /// What ran was stopped early, and what was measured has been reported.
    pub fn stopped(place: impl AsRef<str>, why: impl AsRef<str>, status: u8) -> Self {
        Self { status, ..Self::usage("stopped", place, why) }
    }

    /// Output that could not be written to `place`. A reader that has gone away is
    /// no error to report: that failure has no text.
    pub fn writing(place: impl AsRef<str>, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { status: ended_by(SIGPIPE), ..Self::usage("", "", "") };
        }
        Self::unfinished("cannot write", place, reason(error))
    }

    pub fn status(&self) -> u8 {
        self.status
    }

    /// Prints it on stderr unless it has no text.
    pub fn print(&self) {
        if !self.what.is_empty() {
            write_stderr(&format!("{self}\n"));
        }
    }
}

/// Writes to stderr if there is room for it soon: a reader that does not read must not
/// keep the program from ending. Without a stderr nothing is printed.
pub fn write_stderr(text: &str) {
    const SOON: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };
    let mut err = io::stderr().lock();
    let room = {
        let mut waits = [PollFd::new(&err, PollFlags::OUT)];
        poll(&mut waits, Some(&SOON)) != Ok(0)
    };
    if room {
        let _ = io::Write::write_all(&mut err, text.as_bytes());
    }
}

impl fmt::Display for Failure {
    /// One line whatever it quotes; what is empty shows as such.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("threadbare")?;
        [&self.what, &self.place, &self.why].iter().try_for_each(|part| match part.as_str() {
            "" => f.write_str(": ``"),
            part => write!(f, ": {part}"),
        })
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
        let failure = Failure::usage("unknown lab", "a\nb\x1b[2J\u{9b}\u{202e}", "there is list");
        assert_eq!(
            failure.to_string(),
            r"threadbare: unknown lab: a\nb\u{1b}[2J\u{9b}\u{202e}: there is list"
        );
        let long = Failure::usage("unknown lab", "x".repeat(2_000_000), "there is list");
        assert!(long.to_string().len() < 1100);
        assert!(long.to_string().ends_with("x… (1999000 more bytes): there is list"));
    }

    #[test]
    fn a_full_device_is_reported_and_a_closed_pipe_is_not() {
        let full = Failure::writing("stdout", &io::Error::from_raw_os_error(28));
        assert_eq!(full.to_string(), "threadbare: cannot write: stdout: no space left on device");
        assert_eq!(full.status(), UNFINISHED);
        let closed = Failure::writing("stdout", &io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((closed.what.as_str(), closed.status()), ("", 141));
    }

    #[test]
    fn each_failure_reports_what_where_and_why_and_has_its_status() {
        let stopped = Failure::stopped("list", "SIGTERM", 143);
        assert_eq!(stopped.to_string(), "threadbare: stopped: list: SIGTERM");
        assert_eq!(stopped.status(), 143);
        let unfinished = Failure::unfinished("cannot run", "pool", "no room");
        assert_eq!(unfinished.to_string(), "threadbare: cannot run: pool: no room");
        assert_eq!(unfinished.status(), 1);
        let empty = Failure::usage("unknown lab", "", "there is list");
        assert_eq!(empty.to_string(), "threadbare: unknown lab: ``: there is list");
        assert_eq!((empty.status(), ANOMALY, RAN), (2, 3, 0));
        assert_eq!((ended_by(15), ended_by(200)), (143, 255));
        let other = io::Error::other("Odd (os error it is not");
        assert_eq!(reason(&other), "odd");
        assert_eq!(reason(&io::Error::other("As It Is")), "As It Is");
    }
}
