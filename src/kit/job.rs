//! Job control: stopping this program and all that belongs to it, as the terminal does.
//!
//! The stop is the system's own default action for the terminal's stop signal, so
//! the system also decides when it must not happen: in a process group that nobody
//! could ever continue it is dropped. Must not know terminals.

use std::io;

use rustix::process::{Signal, kill_current_process_group};

use super::sys::signal;

/// Whether whoever started us can be expected to continue us.
pub fn can_stop() -> bool {
    !signal::is_ignored(Signal::TSTP.as_raw())
}

/// Stops the whole process group. Returns when it was continued, or when the system
/// dropped the stop. All threads stop within moments but not at once: `continued`
/// waits until this program was continued, and gives up after a while.
///
/// # Errors
/// If the system refuses.
pub fn stop(continued: impl FnOnce()) -> io::Result<()> {
    signal::by_default(Signal::TSTP.as_raw(), || {
        kill_current_process_group(Signal::TSTP)?;
        continued();
        Ok(())
    })?
}

/// Whether this signal was ignored when the program began (`nohup`, for one).
pub fn is_ignored(signal: i32) -> bool {
    signal::is_ignored(signal)
}
