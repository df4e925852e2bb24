//! A failure as one line on stderr, and the exit status of the program.
//!
//! The statuses are a contract with scripts: 0 ran, 1 could not finish, 2 bad usage, 3 anomaly
//! under `--check`, 128 + n ended by signal n.
//!
//! ```text
//! threadbare: cannot write: trace.json: no space left on device
//!             what          place       why
//! ```

use std::fmt;
use std::io;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::printable::Printable;

/// The run was made: status 0. An anomaly that its settings invite is no failure: that is what
/// `--check` is for.
pub const RAN: u8 = 0;
/// What was begun could not be finished: an error of the system, or the time limit. What was
/// measured until then may have been printed.
pub const UNFINISHED: u8 = 1;
/// What was typed or configured cannot be. Nothing was started.
pub const USAGE: u8 = 2;
/// The run was made and its audit found an anomaly, under `--check`; for a search, a schedule
/// that fails.
pub const ANOMALY: u8 = 3;
const SIGPIPE: u8 = 13;
/// Characters of each part that are repeated. What was typed or read may be megabytes, and one
/// line is meant to be read.
const LONGEST_PART: usize = 1000;

/// The status of a program that signal `n` ended, as shells report it: 128 + n. The program
/// exits with it after it has handled the signal, so that scripts see no difference.
pub const fn ended_by(signal: u8) -> u8 {
    128_u8.saturating_add(signal)
}

/// What went wrong, where, and why, with the status to exit with. The parts may quote foreign
/// text; they are made printable and cut when the failure is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    what: Printable,
    place: Printable,
    why: Printable,
    status: u8,
}

impl Failure {
    /// What was asked for cannot be; nothing was started. Status 2. Each part is made printable
    /// and cut to 1000 characters.
    pub fn usage(what: impl AsRef<str>, place: impl AsRef<str>, why: impl AsRef<str>) -> Self {
        let part = |text: &str| Printable::within(&Printable::from(text), LONGEST_PART);
        let [what, place, why] = [what.as_ref(), place.as_ref(), why.as_ref()].map(part);
        Self { what, place, why, status: USAGE }
    }

    /// What was begun could not be finished: the system refused something, or a part is
    /// missing. Status 1.
    pub fn unfinished(what: impl AsRef<str>, place: impl AsRef<str>, why: impl AsRef<str>) -> Self {
        Self { status: UNFINISHED, ..Self::usage(what, place, why) }
    }

    /// What ran was stopped early, by a signal or the time limit, and what was measured until
    /// then is reported already. `status` is that of its cause.
    pub fn stopped(place: impl AsRef<str>, why: impl AsRef<str>, status: u8) -> Self {
        Self { status, ..Self::usage("stopped", place, why) }
    }

    /// Output that could not be written to `place`, with the status 1. A reader that has gone
    /// away (`head`) is no error to report: that failure has no text, and the status of a
    /// program that SIGPIPE ended (141).
    pub fn writing(place: impl AsRef<str>, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // The standard library ignores SIGPIPE, so the error of the write arrives here
            // instead of the signal.
            return Self { status: ended_by(SIGPIPE), ..Self::usage("", "", "") };
        }
        Self::unfinished("cannot write", place, reason(error))
    }

    /// The same failure where another status goes before its own: that of the signal that ended
    /// the program.
    #[must_use]
    pub fn with_status(self, status: u8) -> Self {
        Self { status, ..self }
    }

    pub fn status(&self) -> u8 {
        self.status
    }

    /// Prints it on stderr, unless it has no text. Waits at most half a second for room, see
    /// [`write_stderr`].
    pub fn print(&self) {
        if !self.what.is_empty() {
            write_stderr(&format!("{self}\n"));
        }
    }
}

/// Writes to stderr if there is room for it within half a second: a reader that does not read
/// must not keep the program from ending. Without a stderr nothing is printed.
pub fn write_stderr(text: &str) {
    const SOON: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };
    // Held during the wait, so that lines of two threads do not mix.
    let mut err = io::stderr().lock();
    let room = {
        let mut waits = [PollFd::new(&err, PollFlags::OUT)];
        // An error of `poll` counts as room: then the write fails or succeeds by itself.
        poll(&mut waits, Some(&SOON)) != Ok(0)
    };
    if room {
        let _ = io::Write::write_all(&mut err, text.as_bytes());
    }
}

impl fmt::Display for Failure {
    /// One line, whatever it quotes: `threadbare: what: place: why`. An empty part shows as two
    /// backquotes, so that it is seen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("threadbare")?;
        [&self.what, &self.place, &self.why].iter().try_for_each(|part| match part.as_str() {
            "" => f.write_str(": ``"),
            part => write!(f, ": {part}"),
        })
    }
}

impl std::error::Error for Failure {}

/// An error of the system in words, in small letters as the rest of the line. Any other error is
/// left as it is.
pub fn reason(error: &io::Error) -> Printable {
    let text = Printable::from(error.to_string());
    if error.raw_os_error().is_some() { text.to_lowercase().into() } else { text }
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
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(reason(&io::Error::other("As It Is")), "As It Is");
    }
}
