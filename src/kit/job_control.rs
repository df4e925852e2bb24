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

/// What the kernel says of a process or thread, from `/proc/ID/stat`; see
/// `proc_pid_stat(5)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProcStat {
    /// The letter for what it does: `T` stopped, `Z` a zombie, ...
    pub(crate) state: char,
    /// When it started, in clock ticks since boot.
    pub(crate) start: u64,
}

/// Reads what the kernel says of a process or thread.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] if there is none of this id; whatever the system
/// says otherwise.
pub(crate) fn stat_of(id: u32) -> io::Result<ProcStat> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    parse_stat(&stat).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The two fields of a line of `/proc/ID/stat`.
fn parse_stat(stat: &str) -> Option<ProcStat> {
    // The state is field 3 and follows the name, which may itself hold a parenthesis.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?.chars().next()?;
    // Field 22.
    let start = fields.nth(22 - 3 - 1)?.parse().ok()?;
    Some(ProcStat { state, start })
}

/// The kernel's letter for what a process or thread does.
///
/// # Errors
/// Those of [`stat_of`].
pub(crate) fn state_of(id: u32) -> io::Result<char> {
    stat_of(id).map(|stat| stat.state)
}

/// Whether the process that started us can be expected to continue us: a shell with job
/// control does not leave SIGTSTP ignored.
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

/// Whether this signal was ignored when the program began (`nohup`, for one).
pub fn is_ignored(signal: i32) -> bool {
    signal::is_ignored(signal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_and_start_stand_behind_a_name_that_may_look_like_them() {
        let stat = "7 (a) R 1) Z 1 7 7 0 -1 4194304 95 0 0 0 1 2 3 4 20 0 1 0 8675309 1 2 3";
        let parsed = parse_stat(stat).unwrap();
        assert_eq!((parsed.state, parsed.start), ('Z', 8_675_309));
        assert!(parse_stat("7 (short) R 1 7").is_none());
    }

    #[test]
    fn the_state_of_a_process_is_the_kernels_letter_for_it() {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let mut child = start(&mut Command::new("true")).unwrap();
        // Its end is waited for and not taken: it stays a zombie until the second wait.
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(Pid::from_child(&child)), ended).unwrap();
        assert_eq!(state_of(child.id()).unwrap(), 'Z');
        let pid = child.id();
        child.wait().unwrap();
        assert_eq!(state_of(pid).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
