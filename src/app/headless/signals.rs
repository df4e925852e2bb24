//! The signals that ask a run without a screen to end.
//!
//! The first one is noted, and the run ends in order. A second one ends the program
//! at once: its workers end with it. A hang-up that was ignored when the program
//! began (`nohup`) stays ignored.
//!
//! Must not know what is ended.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

use crate::report::ended_by;

/// Watches until it drops.
#[derive(Debug, Default)]
pub struct Signals {
    /// 0, or the signal that came.
    caught: Arc<AtomicUsize>,
    handlers: Vec<SigId>,
}

impl Signals {
    pub fn watch() -> io::Result<Self> {
        let mut signals = Self { caught: Arc::default(), handlers: Vec::new() };
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            if signal == SIGHUP && hang_up_is_ignored() {
                continue;
            }
            let status = ended_by(u8::try_from(signal).unwrap_or(u8::MAX));
            // In this order: the first signal must not find its own mark.
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

    /// The signal that came, if any did.
    pub fn caught(&self) -> Option<u8> {
        match self.caught.load(Ordering::Relaxed) {
            0 => None,
            signal => u8::try_from(signal).ok(),
        }
    }
}

#[cfg(test)]
impl Signals {
    /// As if this signal had come.
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

/// As in `SIGINT`.
pub fn name(signal: u8) -> String {
    low_level::signal_name(signal.into()).map_or_else(|| format!("signal {signal}"), str::to_owned)
}

/// Whether the parent process wants us to outlive the terminal (`nohup`): it then ignores
/// SIGHUP, and we inherit that. Only Linux reports it.
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask >> (SIGHUP - 1) & 1 == 1)
}
