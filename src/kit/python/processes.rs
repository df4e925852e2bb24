//! The processes of a script, as a user acts on them: stopped, continued and killed.
//!
//! Their numbers are read from names that the script itself can write, and a number may be
//! another process's by now. So none gets a signal by its number: a process is opened first
//! (`pidfd_open(2)`), and then it must be in the script's process group or a descendant of its
//! first process.

use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::group::Group;
use super::session::number;
use crate::kit::proc_stat::stat_of;

/// Parents that are followed at most: no process of a script is deeper.
const DEEPEST: usize = 64;

/// A process of the script, held so that its number cannot be another's.
#[derive(Debug)]
pub struct Process {
    handle: OwnedFd,
    in_group: bool,
}

impl Process {
    /// Opens a process of this group's script; `None` if it has ended, or is none of its own.
    pub fn open(pid: u32, group: &Group) -> Option<Self> {
        let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
        let handle = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        let leader = group.leader().as_raw_nonzero().get();
        let in_group = stat_of(number(pid)).is_ok_and(|stat| stat.group == leader);
        (in_group || descends(pid, group.leader())).then_some(Self { handle, in_group })
    }

    /// Ends it at once; whether it still was there.
    pub fn kill(&self) -> bool {
        pidfd_send_signal(&self.handle, Signal::KILL).is_ok()
    }
}

/// Whether `ancestor` is a parent of a parent of the process.
fn descends(pid: Pid, ancestor: Pid) -> bool {
    let [ancestor, pid] = [ancestor, pid].map(|pid| pid.as_raw_pid().unsigned_abs());
    let parent = |pid: &u32| stat_of(*pid).ok().map(|stat| stat.parent);
    std::iter::successors(parent(&pid), parent).take(DEEPEST).any(|parent| parent == ancestor)
}

/// A script that stands still. Dropping this continues what is not in its process group, so that
/// no process is left stopped when the group is killed.
#[derive(Debug)]
pub struct Stopped {
    elsewhere: Vec<Process>,
}

impl Stopped {
    /// Stops the group and those of `pids` that have left it. Returns as well which of `pids` go
    /// on, because they are no descendants of the script any more.
    pub fn stop(group: &Group, pids: impl Iterator<Item = u32>) -> (Self, Vec<u32>) {
        group.signal(Signal::STOP);
        let (mut elsewhere, mut running) = (Vec::new(), Vec::new());
        for pid in pids {
            match Process::open(pid, group) {
                Some(process) if process.in_group => {}
                Some(process) if pidfd_send_signal(&process.handle, Signal::STOP).is_ok() => {
                    elsewhere.push(process);
                }
                _ if stat_of(pid).is_ok_and(|stat| stat.state != 'Z') => running.push(pid),
                _ => {}
            }
        }
        (Self { elsewhere }, running)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        for process in &self.elsewhere {
            let _ = pidfd_send_signal(&process.handle, Signal::CONT);
        }
    }
}
