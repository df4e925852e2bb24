//! What the threads of a script do right now, as the kernel sees it. Read from `/proc`: nothing
//! runs in the interpreter for it, and no thread is stopped.
//!
//! | file below `/proc/PID` | says |
//! |---|---|
//! | `task/TID/schedstat` | how long the thread was on a core, and how long it waited for one |
//! | `task/TID/syscall` | the system call that it waits in, with its arguments; or that it runs |
//! | `maps` | where the memory of the interpreter itself is |
//!
//! A thread that waits for the GIL waits by `futex(2)` for a word in the interpreter's own static
//! memory. The words of Python's locks lie elsewhere, on the heap or a stack. From CPython 3.8 to
//! 3.13 no sample of a thread at a lock was taken for one at the GIL, or the other way round.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::kit::event::SampledState;
use crate::kit::sys::calls::{self, Call};

/// Processes whose memory is known at most.
const PROCESSES: usize = 256;

/// One look at a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Never [`SampledState::Core`]: a thread that can run is [`SampledState::Running`], and only
    /// the times of two samples say whether it had a core.
    pub state: SampledState,
    /// How long it was on a core since it began, in nanoseconds, and how long it could run and
    /// waited for one.
    pub running: u64,
    pub core: u64,
}

/// Looks at threads of any process that this program may look at.
#[derive(Debug)]
pub struct Sampler {
    /// `/proc`, but in tests.
    root: PathBuf,
    /// The interpreter's own memory in each process.
    memory: HashMap<u32, Vec<Range<u64>>>,
}

impl Sample {
    /// Of a thread at its begin.
    pub const BEGIN: Self = Self { state: SampledState::Running, running: 0, core: 0 };
}

impl Default for Sampler {
    fn default() -> Self {
        Self::below("/proc".into())
    }
}

impl Sampler {
    fn below(root: PathBuf) -> Self {
        Self { root, memory: HashMap::new() }
    }

    /// Looks at one thread; `None` if it has ended.
    ///
    /// # Errors
    /// If the system does not let this program look, or has no such files.
    pub fn sample(&mut self, pid: u32, tid: u32) -> io::Result<Option<Sample>> {
        let folder = self.root.join(pid.to_string()).join("task").join(tid.to_string());
        let read = |name: &str| fs::read_to_string(folder.join(name));
        let (syscall, schedstat) = match (read("syscall"), read("schedstat")) {
            (Ok(syscall), Ok(schedstat)) => (syscall, schedstat),
            // It may end between the two, or at any time.
            (Err(error), _) | (_, Err(error)) => {
                let ended = !folder.exists() || error.raw_os_error() == Some(libc::ESRCH);
                return if ended { Ok(None) } else { Err(error) };
            }
        };
        let mut times = schedstat.split_whitespace().map(str::parse);
        let (Some(Ok(running)), Some(Ok(core))) = (times.next(), times.next()) else {
            return Ok(None);
        };
        let call = Call::parse(&syscall);
        Ok(call.map(|call| Sample { state: self.state(pid, call), running, core }))
    }

    fn state(&mut self, pid: u32, call: Call) -> SampledState {
        let Call::Waiting { number, first } = call else {
            return SampledState::Running;
        };
        match number {
            libc::SYS_futex if self.is_interpreters(pid, first) => SampledState::Gil,
            libc::SYS_futex => SampledState::Lock,
            libc::SYS_nanosleep | libc::SYS_clock_nanosleep => SampledState::Sleep,
            // How versions before 3.11 sleep: they wait for no file at all.
            number if calls::is_poll(number) && first == 0 => SampledState::Sleep,
            _ => SampledState::Io,
        }
    }

    fn is_interpreters(&mut self, pid: u32, address: u64) -> bool {
        if !self.memory.contains_key(&pid)
            && self.memory.len() < PROCESSES
            && let Ok(memory) = memory(&self.root.join(pid.to_string()))
        {
            self.memory.insert(pid, memory);
        }
        let memory = self.memory.get(&pid);
        memory.is_some_and(|all| all.iter().any(|range| range.contains(&address)))
    }
}

/// The memory of the interpreter and of `libpython` in a process. What follows on it without a
/// name is its static memory that is zero at first.
fn memory(process: &Path) -> io::Result<Vec<Range<u64>>> {
    let program = fs::read_link(process.join("exe"))?;
    let maps = fs::read(process.join("maps"))?;
    let maps = String::from_utf8_lossy(&maps);
    let (mut found, mut follows) = (Vec::new(), None);
    for line in maps.lines() {
        // Range, permissions, offset, device, inode, and a path that may have blanks.
        let mut fields = line.splitn(6, ' ');
        let range = fields.next().and_then(|range| {
            let (from, to) = range.split_once('-')?;
            let number = |text| u64::from_str_radix(text, 16).ok();
            Some(number(from)?..number(to)?)
        });
        let Some(range) = range else { continue };
        let path = fields.nth(4).unwrap_or_default().trim();
        let named = Path::new(path) == program || path.contains("/libpython");
        let own = named || path.is_empty() && follows == Some(range.start);
        follows = named.then_some(range.end);
        if own {
            found.push(range);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const MAPS: &str = "\
00400000-00500000 r-xp 00000000 fe:00 1    /usr/bin/python 3.9
00600000-00610000 rw-p 00200000 fe:00 1    /usr/bin/python 3.9
00610000-00650000 rw-p 00000000 00:00 0 
00650000-00660000 rw-p 00000000 00:00 0 
01000000-02000000 rw-p 00000000 00:00 0    [heap]
7f0000000000-7f0000100000 rw-p 00000000 fe:00 2    /usr/lib/libpython3.9.so.1.0
7f0000200000-7f0000300000 rw-p 00000000 fe:00 3    /usr/lib/libc.so.6
";

    fn written(syscall: &str) -> (tempfile::TempDir, Sampler) {
        let root = tempfile::tempdir().unwrap();
        let process = root.path().join("7");
        fs::create_dir_all(process.join("task/9")).unwrap();
        symlink("/usr/bin/python 3.9", process.join("exe")).unwrap();
        fs::write(process.join("maps"), MAPS).unwrap();
        fs::write(process.join("task/9/schedstat"), "500 70 3\n").unwrap();
        fs::write(process.join("task/9/syscall"), syscall).unwrap();
        let sampler = Sampler::below(root.path().to_owned());
        (root, sampler)
    }

    #[test]
    fn a_futex_in_the_interpreters_own_memory_is_the_gil() {
        let futex = libc::SYS_futex;
        let select = libc::SYS_pselect6;
        let sleep = libc::SYS_clock_nanosleep;
        let read = libc::SYS_read;
        for (line, state) in [
            ("running".to_owned(), SampledState::Running),
            (format!("{futex} 0x600010 0x89 0x0 0x7ffe 0x0 0x0 0x7ffd 0x7f01"), SampledState::Gil),
            (format!("{futex} 0x610010 0x89"), SampledState::Gil),
            (format!("{futex} 0x7f00000fffff 0x189"), SampledState::Gil),
            (format!("{futex} 0x650010 0x89"), SampledState::Lock),
            (format!("{futex} 0x1000010 0x189"), SampledState::Lock),
            (format!("{futex} 0x7f0000200010 0x89"), SampledState::Lock),
            (format!("{sleep} 0x1 0x1"), SampledState::Sleep),
            (format!("{select} 0x0 0x0 0x0 0x0"), SampledState::Sleep),
            (format!("{select} 0x4 0x7ffe 0x0 0x0"), SampledState::Io),
            (format!("{read} 0x0 0x7ffe 0x1000"), SampledState::Io),
        ] {
            let (_root, mut sampler) = written(&line);
            let sample = Sample { state, running: 500, core: 70 };
            assert_eq!(sampler.sample(7, 9).unwrap(), Some(sample), "{line}");
        }
    }

    #[test]
    fn memory_that_could_not_be_read_is_read_the_next_time() {
        let (root, mut sampler) = written(&format!("{} 0x600010 0x89", libc::SYS_futex));
        let maps = root.path().join("7/maps");
        fs::remove_file(&maps).unwrap();
        let mut state = || sampler.sample(7, 9).unwrap().unwrap().state;
        assert_eq!(state(), SampledState::Lock);
        // A path need not be UTF-8.
        fs::write(&maps, [MAPS.as_bytes(), b"0-1 r-xp 0 0 1 /\xff\n"].concat()).unwrap();
        assert_eq!(state(), SampledState::Gil);
    }

    #[test]
    fn a_thread_that_has_ended_is_none_and_a_system_that_refuses_is_an_error() {
        let (root, mut sampler) = written("");
        assert_eq!(sampler.sample(7, 10).unwrap(), None);
        assert_eq!(sampler.sample(8, 9).unwrap(), None);
        // Neither running nor in a call: in between.
        assert_eq!(sampler.sample(7, 9).unwrap(), None);
        fs::remove_file(root.path().join("7/task/9/syscall")).unwrap();
        assert_eq!(sampler.sample(7, 9).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
