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
use std::io::{self, Read};
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
    // Nothing is ever written to it.
    let _ = io::stdin().read_to_end(&mut Vec::new());
    end(leader, &PathBuf::from(folder));
    Some(ExitCode::SUCCESS)
}

fn end(leader: Pid, folder: &Path) {
    let start = |pid| proc_stat::stat_of(pid).map(|stat| stat.start);
    // It is reaped by now, and its number may be another's, which started later than this.
    let is_another = start(number(leader))
        .is_ok_and(|theirs| start(std::process::id()).is_ok_and(|own| theirs > own));
    if !is_another {
        let _ = kill_process_group(leader, Signal::KILL);
        session::kill_all(leader, folder);
    }
    let _ = std::fs::remove_dir_all(folder);
}
