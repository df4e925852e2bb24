//! The signals that ask a run without a screen to end: SIGHUP, SIGINT, SIGQUIT, SIGTERM.
//!
//! ```text
//!   first signal ──▶ noted in `caught`; the main thread sees it and ends the run in order
//!   second signal ─▶ `_exit(128 + n)` inside the handler; child processes end at the end of
//!                    file on their sockets
//! ```
//!
//! A hang-up that was ignored when the program began (`nohup`) stays ignored. All other signals
//! keep their default action: what ends a program by default ends this one at once, since there
//! is no terminal to restore.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

use crate::report::ended_by;

/// Handlers that are installed until this is dropped. There is one at a time: a run, a search
/// and a long print each install their own and remove them at their end.
#[derive(Debug, Default)]
pub struct Signals {
    /// 0, or the number of the last signal that came. An atomic, because a handler may take no
    /// lock.
    caught: Arc<AtomicUsize>,
    handlers: Vec<SigId>,
}

impl Signals {
    /// Installs the handlers.
    ///
    /// # Errors
    /// If the system refuses one.
    pub fn watch() -> io::Result<Self> {
        let mut signals = Self { caught: Arc::default(), handlers: Vec::new() };
        // One flag for all signals: any second signal ends the program, not only the same one.
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            if signal == SIGHUP && hang_up_is_ignored() {
                continue;
            }
            let status = ended_by(u8::try_from(signal).unwrap_or(u8::MAX));
            // signal-hook calls the actions of a signal in the order of their registration. So
            // the first signal finds `again` unset, sets it and notes its number; the second
            // one exits.
            let handlers = [
                flag::register_conditional_shutdown(signal, status.into(), Arc::clone(&again))?,
                flag::register(signal, Arc::clone(&again))?,
                flag::register_usize(
                    signal,
                    Arc::clone(&signals.caught),
                    usize::from(status) - usize::from(ended_by(0)),
                )?,
            ];
            signals.handlers.extend(handlers);
        }
        Ok(signals)
    }

    /// The signal that came, if any did. Relaxed: the number is all that is read, so nothing
    /// has to be ordered with it.
    pub fn caught(&self) -> Option<u8> {
        match self.caught.load(Ordering::Relaxed) {
            0 => None,
            signal => u8::try_from(signal).ok(),
        }
    }
}

#[cfg(test)]
impl Signals {
    pub fn already(signal: usize) -> Self {
        let signals = Self::default();
        signals.caught.store(signal, Ordering::Relaxed);
        signals
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            low_level::unregister(handler);
        }
    }
}

/// The name of a signal, as in `SIGINT`; `signal 40` for one without a name. It is part of
/// messages and of the JSON object (`stopped_by`).
pub fn name(signal: u8) -> String {
    low_level::signal_name(signal.into()).map_or_else(|| format!("signal {signal}"), str::to_owned)
}

/// Whether the parent process wants this program to outlive the terminal (`nohup`): it ignores
/// SIGHUP then, and an ignored signal stays ignored over `execve` (signal(7)). Read from the
/// mask in `/proc/self/status`, whose lowest bit is signal 1 (proc(5)).
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask >> (SIGHUP - 1) & 1 == 1)
}
