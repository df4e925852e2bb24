//! A process that ends what a script has started, if this program is killed and cannot do it.
//!
//! ```text
//!   this program ── pipe ──► guard: reads to the end, which is that of this program,
//!        │                          then kills these and removes the folder
//!        └─► interpreter ──► its children
//! ```
//!
//! The kernel kills the interpreter with this program, but nothing that the interpreter has
//! started. A guard is this program once more, started beside the interpreter as `threadbare child
//! guard`: no process of the script's is its child or parent, so the script cannot see it. It finds
//! what this program finds when it ends the script itself, and no more.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

use super::session::{self, number};
use crate::kit::child::CHILD;
use crate::kit::{job_control, proc_stat};

/// The second argument of a guard; then come the number of the interpreter and the folder of the
/// run.
const GUARD: &str = "guard";

/// Dropping it ends it: from then on this program sees to the script itself.
#[derive(Debug)]
pub struct Guard(Child);

impl Guard {
    /// Starts `program`, which is this one, as a guard of what an interpreter starts that leads a
    /// process group and writes to `folder`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(program: &Path, leader: Pid, folder: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args([CHILD, GUARD, &number(leader).to_string()]).arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What ends this program's group does not end it.
        command.process_group(0);
        job_control::start(&mut command).map(Self)
    }

    /// Has it end another process group as well, whose leader started at this time, in clock ticks
    /// since boot.
    ///
    /// # Errors
    /// If the guard is gone.
    pub fn add(&mut self, leader: Pid, start: u64) -> io::Result<()> {
        let stdin = self.0.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(stdin, "{} {start}", number(leader))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Does a guard's work if this process was started as one. Must be called at the beginning of
/// `main`.
pub fn enter() -> Option<ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).take(4).collect();
    let [child, role, leader, folder] = arguments.as_slice() else { return None };
    if child != CHILD || role != GUARD {
        return None;
    }
    let leader = Pid::from_raw(leader.to_str()?.parse().ok()?)?;
    let mut added = String::new();
    let _ = io::stdin().read_to_string(&mut added);
    end(leader, &added, &PathBuf::from(folder));
    Some(ExitCode::SUCCESS)
}

/// `added` has a line for each group that was added.
fn end(leader: Pid, added: &str, folder: &Path) {
    let start = |pid| proc_stat::stat_of(pid).map(|stat| stat.start);
    // It is reaped by now, and its number may be another's, which started later than this.
    let is_another = start(number(leader))
        .is_ok_and(|theirs| start(std::process::id()).is_ok_and(|own| theirs > own));
    if !is_another {
        let _ = kill_process_group(leader, Signal::KILL);
        session::kill_all(leader, folder);
    }
    let added = added.lines().filter_map(|line| {
        let (group, theirs) = line.split_once(' ')?;
        let group = Pid::from_raw(group.parse().ok()?)?;
        // As long as the group has a member, its number is no other's; and then that member may be
        // its leader.
        let is_it = start(number(group)).map_or(true, |now| theirs.parse() == Ok(now));
        is_it.then_some(group)
    });
    for group in added {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = std::fs::remove_dir_all(folder);
}
