//! Counting what a script has started; ending all of it that a script with a terminal has started,
//! also what has left its process group.
//!
//! Two marks show that a process is the script's: it is in the session that the script leads, or
//! it has a file of the run's folder in memory, as each Python process under watch has. A process
//! that starts a session of its own and is no Python has neither, and is not ended.

use std::collections::HashSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::shim::writers;
use crate::kit::proc_stat;

/// Looks at all processes at most: a process may start another while it is ended.
const ROUNDS: usize = 16;

/// Processes that a script may have at once: one that starts them without end would leave none to
/// the system.
pub const PROCESSES_AT_ONCE: usize = 1000;
/// Between two looks whether it has more.
pub const COUNT_INTERVAL: Duration = Duration::from_millis(100);

/// Kills every process of the session of `leader`, and each that writes to a ring in `folder`.
/// The leader must not be reaped, so that its number is not another session's.
pub fn kill_all(leader: Pid, folder: &Path) {
    for _ in 0..ROUNDS {
        let writers: HashSet<_> = writers(folder).into_iter().flatten().collect();
        let is_ours = |pid: Pid| {
            // One that has ended and is not reaped has no more to be ended.
            proc_stat::stat_of(number(pid)).is_ok_and(|stat| {
                let in_session = stat.session == leader.as_raw_nonzero().get();
                !matches!(stat.state, 'Z' | 'X')
                    && (in_session || writers.contains(&number(pid)) && has_mapped(pid, folder))
            })
        };
        let ended = processes().filter(|pid| is_ours(*pid) && kill(*pid, is_ours)).count();
        if ended == 0 {
            break;
        }
    }
}

/// How many processes run that are in the process group of `leader` or in its session.
pub fn count(leader: Pid) -> usize {
    let is_ours = |pid: &Pid| {
        proc_stat::stat_of(number(*pid)).is_ok_and(|stat| {
            let is_in = [stat.group, stat.session].contains(&leader.as_raw_nonzero().get());
            is_in && !matches!(stat.state, 'Z' | 'X')
        })
    };
    processes().filter(is_ours).count()
}

/// Kills a process if it is still the one that was looked at: a pidfd stays with its process, even
/// if another one gets the number. Returns whether it was.
fn kill(pid: Pid, is_ours: impl Fn(Pid) -> bool) -> bool {
    let process = pidfd_open(pid, PidfdFlags::empty());
    process.is_ok_and(|process| is_ours(pid) && pidfd_send_signal(process, Signal::KILL).is_ok())
}

/// The number of a process.
pub fn number(pid: Pid) -> u32 {
    pid.as_raw_nonzero().get().unsigned_abs()
}

fn processes() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    entries.filter_map(number).filter_map(Pid::from_raw)
}

/// Whether a process has a file of this folder in memory, so that its number is not that of one
/// which had it before.
fn has_mapped(pid: Pid, folder: &Path) -> bool {
    // Bytes: a path need not be UTF-8, whether the folder's or another file's.
    let folder = folder.as_os_str().as_bytes();
    let maps = fs::read(format!("/proc/{}/maps", number(pid))).unwrap_or_default();
    maps.windows(folder.len()).any(|window| window == folder)
}
