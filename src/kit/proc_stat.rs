//! What the kernel says of a process or thread in `/proc`: its state, its memory, and when
//! it started, which tells it from an older one with the same id.

use std::io;

/// What the kernel says of a process or thread, from `/proc/ID/stat`; see
/// `proc_pid_stat(5)`.
#[derive(Clone, Copy, Debug)]
pub struct ProcStat {
    /// The letter for what it does: `T` stopped, `Z` a zombie, ...
    pub state: char,
    /// The process that started it, or the one that took it over when that ended.
    pub parent: u32,
    /// The process group that it is in, by the number of its leader; 0 for a thread of the kernel,
    /// which `getpgid(2)` has for them too and the type of a process number has no place for.
    pub group: i32,
    /// The session that it is in, by the number of its leader; 0 for a thread of the kernel.
    pub session: i32,
    /// When it started, in clock ticks since boot.
    pub start: u64,
}

/// Reads what the kernel says of a process or thread.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] if there is none of this id; whatever the system
/// says otherwise.
pub fn stat_of(id: u32) -> io::Result<ProcStat> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    parse_stat(&stat).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The fields of a line of `/proc/ID/stat`.
fn parse_stat(stat: &str) -> Option<ProcStat> {
    // The state is field 3 and follows the name, which may itself hold a parenthesis.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let session = fields.next()?.parse().ok()?;
    // Field 22.
    let start = fields.nth(22 - 6 - 1)?.parse().ok()?;
    Some(ProcStat { state, parent, group, session, start })
}

/// The kernel's letter for what a process or thread does.
///
/// # Errors
/// Those of [`stat_of`].
pub fn state_of(id: u32) -> io::Result<char> {
    stat_of(id).map(|stat| stat.state)
}

/// How much of a process is resident in memory, in KiB, from the second figure of
/// `/proc/ID/statm`, which is in pages; see `proc_pid_statm(5)`.
///
/// # Errors
/// Those of [`stat_of`].
pub fn resident_kib(id: u32) -> io::Result<u64> {
    let statm = std::fs::read_to_string(format!("/proc/{id}/statm"))?;
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    let bytes = pages.map(|pages| pages * rustix::param::page_size() as u64);
    bytes.map(|bytes| bytes / 1024).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

    use super::*;
    use crate::kit::job_control;

    #[test]
    fn state_and_start_stand_behind_a_name_that_may_look_like_them() {
        let stat = "7 (a) R 1) Z 1 7 8 0 -1 4194304 95 0 0 0 1 2 3 4 20 0 1 0 8675309 1 2 3";
        let parsed = parse_stat(stat).unwrap();
        let read = (parsed.state, parsed.parent, parsed.group, parsed.session, parsed.start);
        assert_eq!(read, ('Z', 1, 7, 8, 8_675_309));
        assert!(parse_stat("7 (short) R 1 7").is_none());
    }

    #[test]
    fn the_state_of_a_process_is_the_kernels_letter_for_it() {
        let mut child = job_control::start(&mut Command::new("true")).unwrap();
        // Its end is waited for and not taken: it stays a zombie until the second wait.
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(Pid::from_child(&child)), ended).unwrap();
        assert_eq!(state_of(child.id()).unwrap(), 'Z');
        let pid = child.id();
        child.wait().unwrap();
        assert_eq!(state_of(pid).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_resident_memory_of_a_process_is_in_kib() {
        let own = resident_kib(std::process::id()).unwrap();
        // A test program is larger than a page and smaller than a gigabyte.
        assert!((100..1_048_576).contains(&own), "{own}");
        assert_eq!(resident_kib(0).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
