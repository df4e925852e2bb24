//! On which cores a thread or a process runs.
//!
//! A message between two threads on one core costs a switch; across cores it costs waking
//! the other core. Which of the two is measured must not be left to chance, so benchmarks
//! pin their threads.

use std::io;
use std::sync::LazyLock;

/// The number of cores that this process may use, by its affinity and its control group, at
/// least 1. Read once: the standard library reads several files for it.
pub fn core_count() -> usize {
    static COUNT: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));
    *COUNT
}

/// The cores that this process may use, by number, at least one; empty where the system
/// does not report them.
#[cfg(target_os = "linux")]
pub fn cores() -> Vec<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};
    // The first thread of the process is never pinned.
    let set = sched_getaffinity(Some(rustix::process::getpid()));
    set.map_or_else(
        |_| Vec::new(),
        |set| (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect(),
    )
}

/// Keeps the calling thread, and all threads and processes that it starts from now on, on
/// one core: a child inherits the mask (`sched_setaffinity(2)`). For threads that end soon:
/// there is no way back.
///
/// # Errors
/// If there is no such core, or it may not be used.
#[cfg(target_os = "linux")]
pub fn pin_thread(core: usize) -> io::Result<()> {
    Ok(rustix::thread::sched_setaffinity(None, &only(core)?)?)
}

/// Moves all threads of another process to one core. A thread that it starts meanwhile,
/// from one that was not moved yet, may be missed.
///
/// # Errors
/// If it is gone, or the core may not be used.
#[cfg(target_os = "linux")]
pub fn pin_process(pid: u32, core: usize) -> io::Result<()> {
    let set = only(core)?;
    // The system call moves one thread; the process's number names its first one alone.
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let id = task?.file_name().to_string_lossy().parse().ok();
        let id = id.and_then(rustix::process::Pid::from_raw);
        rustix::thread::sched_setaffinity(Some(id.ok_or(io::ErrorKind::InvalidData)?), &set)?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn only(core: usize) -> io::Result<rustix::thread::CpuSet> {
    use rustix::thread::CpuSet;
    // `set` would panic.
    if core >= CpuSet::MAX_CPU {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut set = CpuSet::new();
    set.set(core);
    Ok(set)
}

#[cfg(not(target_os = "linux"))]
pub fn cores() -> Vec<usize> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
pub fn pin_thread(_: usize) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
pub fn pin_process(_: u32, _: usize) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_thread_runs_there_and_what_it_starts_too() {
        for core in cores() {
            let seen = std::thread::scope(|scope| {
                let pinned = scope.spawn(|| {
                    pin_thread(core).unwrap();
                    let child = std::thread::scope(|inner| {
                        inner.spawn(rustix::thread::sched_getcpu).join().unwrap()
                    });
                    (rustix::thread::sched_getcpu(), child)
                });
                pinned.join().unwrap()
            });
            assert_eq!(seen, (core, core));
        }
    }

    #[test]
    fn a_process_is_moved_with_all_its_threads() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let last = *cores().last().unwrap();
        pin_process(child.id(), last).unwrap();
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(status.contains(&format!("Cpus_allowed_list:\t{last}\n")), "{status}");
    }

    #[test]
    fn a_core_that_is_not_there_is_an_error() {
        assert!(pin_thread(usize::MAX).is_err());
        assert!(pin_process(u32::MAX, 0).is_err());
    }
}
