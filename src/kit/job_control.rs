//! Job control: stopping this program and all that belongs to it, as the terminal does.
//!
//! The stop is the system's own default action for the terminal's stop signal, so the
//! system also decides when it must not happen: in a process group that no process could
//! ever continue (an orphaned one) it is dropped.

use std::io;
use std::process::{Child, Command};
use std::sync::{PoisonError, RwLock};

use rustix::process::{Signal, kill_current_process_group};

use super::sys::signal;

/// Held shared by a thread that starts a process, until that process runs a program of its
/// own; held alone by the thread that stops the program.
static STARTING: RwLock<()> = RwLock::new(());

/// Starts a process, and keeps a stop away until it runs.
///
/// A child that is stopped before it runs its program keeps the thread that waits for
/// that from stopping, so this program would be neither stopped nor running.
///
/// # Errors
/// As [`Command::spawn`].
pub fn start(command: &mut Command) -> io::Result<Child> {
    let _starting = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    command.spawn()
}

/// Whether the process that started this program can be expected to continue it: a shell with
/// job control does not leave SIGTSTP ignored.
pub fn can_stop() -> bool {
    !signal::is_ignored(Signal::TSTP.as_raw())
}

/// Stops the whole process group; workers have groups of their own, and wait for more
/// work when they have done what they had. Returns when it was continued, or when the system
/// dropped the stop. All threads stop within moments but not at once: `continued`
/// waits until this program was continued, and gives up after a while.
///
/// # Errors
/// If the system refuses.
pub fn stop(continued: impl FnOnce()) -> io::Result<()> {
    signal::by_default(Signal::TSTP.as_raw(), || {
        {
            // Only around the signal: `continued` may take long, and children may start
            // again.
            let _no_start = STARTING.write().unwrap_or_else(PoisonError::into_inner);
            kill_current_process_group(Signal::TSTP)?;
        }
        continued();
        Ok(())
    })?
}
