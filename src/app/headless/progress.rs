//! A long computation without a screen: a signal ends it, and where stderr is a
//! terminal a person who waits sees how far it has come.
//!
//! Must not know what is computed.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::POLL_INTERVAL;
use super::signals::{self, Signals};
use crate::kit::stop::Stop;
use crate::report::{Failure, ended_by, write_stderr};

/// A computation shorter than this shows no progress.
const STALL_LIMIT: Duration = Duration::from_millis(500);
/// Between two lines of progress: often enough to be alive, seldom enough to be read.
const LINE: Duration = Duration::from_millis(200);
/// Back to the margin, and the line wiped.
const WIPE: &str = "\r\x1b[K";

/// Computes, until a signal asks to stop; `progress` is one line. With what was computed
/// comes the failure to report after it, if it was stopped early.
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
            // Dropped at the end, also by a panic.
            let _done = done;
            compute()
        });
        let mut ticker = Ticker::new(shown);
        while ended.recv_timeout(POLL_INTERVAL) == Err(RecvTimeoutError::Timeout) {
            if signals.caught().is_some() {
                stop.request();
            }
            ticker.tick(&progress);
        }
        ticker.wipe();
        worker.join()
    });
    let computed = computed.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let cut = signals
        .caught()
        .map(|signal| Failure::stopped(place, signals::name(signal), ended_by(signal)));
    Ok((computed, cut))
}

/// The line of progress on stderr.
struct Ticker {
    shown: bool,
    next: Instant,
    wrote: bool,
}

impl Ticker {
    fn new(shown: bool) -> Self {
        Self { shown, next: Instant::now() + STALL_LIMIT, wrote: false }
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
