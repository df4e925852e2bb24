//! Forking, closing what a fork must not keep, and ending at once.
#![expect(
    unsafe_code,
    reason = "no safe crate offers fork, close_range and _exit"
)]

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::Pid;

/// Which side of a fork one is on.
#[derive(Debug)]
pub(crate) enum Forked {
    Parent(Pid),
    Child,
}

/// Forks between the first process of this program and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Changes in the child of [`fork`]: what a process knows of itself is to be read again.
#[inline]
pub(crate) fn forks() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Forks this process.
///
/// # Errors
/// If the system refuses, or if this process has more than one thread: the child of
/// such a one could find a lock held by a thread that it does not have.
pub(crate) fn fork() -> io::Result<Forked> {
    let threads = count_threads()?;
    if threads != 1 {
        return Err(io::Error::other(format!("fork with {threads} threads")));
    }
    // SAFETY: this process has one thread, as was just seen and as only this thread
    // could change, so the child finds no lock or allocator in the middle of a change.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            FORKS.fetch_add(1, Ordering::Relaxed);
            Ok(Forked::Child)
        }
        pid => Pid::from_raw(pid)
            .map(Forked::Parent)
            .ok_or_else(|| io::Error::other("fork gave no pid")),
    }
}

/// Threads of this process. The kernel tells with one call: the links of a folder that
/// has one subfolder for each; where it does not count them so, they are counted here.
fn count_threads() -> io::Result<usize> {
    const FOLDER: &str = "/proc/self/task";
    let links = rustix::fs::stat(FOLDER)?.st_nlink;
    if links == 3 {
        return Ok(1);
    }
    Ok(std::fs::read_dir(FOLDER)?.count())
}

/// Ends this process at once: no destructors, no handlers, whatever other threads do.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` has no preconditions and does not return.
    unsafe { libc::_exit(code) }
}

/// Closes every descriptor above the standard three except those in `keep`.
///
/// For the child of a fork that will never run its parent's code again: whatever owned
/// those descriptors is not used, and not dropped, any more.
pub(crate) fn close_all_but(keep: &[RawFd]) {
    let mut keep: Vec<_> = keep
        .iter()
        .filter_map(|fd| u32::try_from(*fd).ok())
        .filter(|fd| *fd > 2)
        .collect();
    keep.sort_unstable();
    let mut first = 3;
    for fd in keep.into_iter().chain([u32::MAX]) {
        if first < fd {
            // SAFETY: closes numbers only; the caller never uses the owners of these
            // descriptors again, so none of them is closed twice or used after.
            unsafe { libc::syscall(libc::SYS_close_range, first, fd - 1, 0) };
        }
        first = fd.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_threads_is_not_forked() {
        // The test runner's own thread and this one.
        let refused = fork().unwrap_err();
        assert!(refused.to_string().starts_with("fork with"), "{refused}");
    }
}
