//! A long computation without a screen, such as a search of interleavings. A signal ends it
//! early with what it has found, and where stderr is a terminal a line shows how far it is.
//!
//! The computation runs on a thread of its own. The main thread looks for signals and writes
//! the line of progress; both meet in a channel that the computation drops at its end.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::POLL_INTERVAL;
use super::signals::{self, Signals};
use crate::kit::stop::Stop;
use crate::report::{Failure, ended_by, write_stderr};

/// A computation shorter than this shows no progress: a line that comes and goes at once would
/// only flicker.
const SHOWN_AFTER: Duration = Duration::from_millis(500);
/// Interval between two lines of progress: often enough to show that it is alive, seldom enough
/// to be read.
const LINE: Duration = Duration::from_millis(200);
/// CR and "erase to the end of the line" (ECMA-48, EL): the next output begins on a clean line.
const WIPE: &str = "\r\x1b[K";

/// Runs `compute` until it ends; on a signal asks it to end by `stop` and waits for it.
/// `progress` gives one line of text and may be called at any time. Returns what was computed,
/// and the failure to report after it if a signal came.
///
/// # Errors
/// If signals cannot be watched.
pub fn run_with_progress<T: Send>(
    place: &str,
    stop: &Stop,
    progress: impl Fn() -> String,
    compute: impl FnOnce() -> T + Send,
) -> Result<(T, Option<Failure>), Failure> {
    let signals = Signals::watch().map_err(|error| {
        Failure::unfinished("cannot watch for signals", place, error.to_string())
    })?;
    let shown = io::stderr().is_terminal();
    let computed = thread::scope(|scope| {
        let (done, ended) = channel::<()>();
        let worker = scope.spawn(move || {
            // Dropped at the end, also by a panic, which disconnects the channel and ends the
            // loop below.
            let _done = done;
            compute()
        });
        let mut ticker = Ticker::new(shown);
        while ended.recv_timeout(POLL_INTERVAL) == Err(RecvTimeoutError::Timeout) {
            if signals.caught().is_some() {
                // Asked for in every round: it is idempotent.
                stop.request();
            }
            ticker.tick(&progress);
        }
        ticker.wipe();
        worker.join()
    });
    // A panic of the computation continues on this thread, as if `compute` had been called
    // here.
    let computed = computed.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let cut = signals
        .caught()
        .map(|signal| Failure::stopped(place, signals::name(signal), ended_by(signal)));
    Ok((computed, cut))
}

/// The line of progress on stderr, rewritten in place by CR. It is wiped at the end, so that
/// nothing of it stays between the lines of the answer.
struct Ticker {
    /// Whether stderr is a terminal. A log should not contain a line that was written over many
    /// times.
    shown: bool,
    next: Instant,
    wrote: bool,
}

impl Ticker {
    fn new(shown: bool) -> Self {
        Self { shown, next: Instant::now() + SHOWN_AFTER, wrote: false }
    }

    fn tick(&mut self, progress: &impl Fn() -> String) {
        let now = Instant::now();
        if self.shown && now >= self.next {
            self.next = now + LINE;
            self.wrote = true;
            write_stderr(&format!("{WIPE}{}", progress()));
        }
    }

    fn wipe(&mut self) {
        if self.wrote {
            write_stderr(WIPE);
        }
    }
}
