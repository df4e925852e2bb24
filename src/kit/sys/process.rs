//! Forking, closing what a fork must not keep, and ending at once.
#![expect(unsafe_code, reason = "no safe crate offers fork, close_range and _exit")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::panic::AssertUnwindSafe;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::io::FdFlags;
use rustix::process::{
    Pid, Signal, getpid, getppid, ioctl_tiocsctty, set_parent_process_death_signal, setsid,
};

/// What a forked process does with its descriptors and what else it was given. A function
/// pointer and not a closure, so it can capture nothing of its parent.
pub type ChildMain<T> = fn(Vec<OwnedFd>, T) -> !;

/// Forks between the first process of this program and this one. Relaxed: it changes only in a
/// new process, before that has a second thread.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Changes in the child of [`fork_into`]: what a process knows of itself is to be read again.
#[inline]
pub fn forks() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Has the process that `command` starts killed as soon as the thread that starts it has ended,
/// however that came about: so it survives neither a kill nor a crash of this program.
pub fn kill_with_parent(command: &mut Command) {
    kill_with(command, getpid());
}

fn kill_with(command: &mut Command, parent: Pid) {
    // SAFETY: the child makes two system calls between `fork` and `exec`, and touches no memory
    // or lock that another thread may have left in the middle of a change.
    unsafe {
        command.pre_exec(move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // It ended between `fork` and the call above, so no signal will come.
            if getppid() != Some(parent) {
                return Err(rustix::io::Errno::SRCH.into());
            }
            Ok(())
        });
    }
}

/// Has the process that `command` starts lead a session of its own, with the terminal that is its
/// standard input as the controlling one: it must have one there that no session has yet. Its
/// number is also that of its session and its process group, so the command must not ask for a
/// group. The keys that interrupt and quit work there, also if this program itself ignores those
/// signals, as one in the background of a shell does.
pub fn lead_session(command: &mut Command) {
    // SAFETY: as above: a few system calls, on a descriptor that the child has by then.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            libc::signal(libc::SIGQUIT, libc::SIG_DFL);
            setsid()?;
            Ok(ioctl_tiocsctty(rustix::stdio::stdin())?)
        });
    }
}

/// Forks this process. The child closes all descriptors above the standard three but
/// `keep`, and does nothing but `main`.
///
/// # Errors
/// If the system refuses, or if this process has more than one thread: the child of
/// such a one could find a lock held by a thread that it does not have.
pub fn fork_into<T: Copy>(keep: Vec<OwnedFd>, more: T, main: ChildMain<T>) -> io::Result<Pid> {
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
            let kept: Vec<_> = keep.iter().map(AsRawFd::as_raw_fd).collect();
            // SAFETY: the parent's code never goes on here, so the owners of what is closed
            // are neither used nor dropped: `main` does not return and its panics end here,
            // it captures nothing (a function pointer), and it gets only what is kept and
            // a `Copy` value, which owns nothing.
            unsafe { close_all_but(&kept) };
            let _ = std::panic::catch_unwind(AssertUnwindSafe(|| main(keep, more)));
            exit_now(2)
        }
        pid => Pid::from_raw(pid).ok_or_else(|| io::Error::other("fork gave no pid")),
    }
}

/// Threads of this process. The kernel reports them with one call: the links of a folder that
/// has one subfolder for each; where it does not count them so, they are counted here.
fn count_threads() -> io::Result<usize> {
    const FOLDER: &str = "/proc/self/task";
    let links = rustix::fs::stat(FOLDER)?.st_nlink;
    if links == 3 {
        return Ok(1);
    }
    Ok(std::fs::read_dir(FOLDER)?.count())
}

/// Ends this process at once: no destructors, no handlers of `atexit`, whatever other threads
/// do or hold. In a forked process those would belong to the parent.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` has no preconditions and does not return.
    unsafe { libc::_exit(code) }
}

/// Closes what this program was started with and not meant for it: all descriptors above
/// the standard three that another program left open for its children. To be called before
/// there are threads.
///
/// # Errors
/// If the system does not list them.
pub fn close_inherited() -> io::Result<()> {
    // All are known before the first is closed: the folder has one of its own.
    let names = std::fs::read_dir("/proc/self/fd")?.map(|entry| Ok(entry?.file_name()));
    let names: Vec<_> = names.collect::<io::Result<_>>()?;
    let numbers = names.iter().filter_map(|name| name.to_str()?.parse().ok());
    for fd in numbers.filter(|fd: &RawFd| *fd > 2) {
        // SAFETY: it was open a moment ago, and there are no threads that could close it.
        let flags = rustix::io::fcntl_getfd(unsafe { BorrowedFd::borrow_raw(fd) });
        if flags.is_ok_and(|flags| !flags.contains(FdFlags::CLOEXEC)) {
            // SAFETY: whatever this program opens is closed by `exec`. This one is not, so
            // it was there before the program began, and nothing in it owns it.
            drop(unsafe { OwnedFd::from_raw_fd(fd) });
        }
    }
    Ok(())
}

/// Closes every descriptor above the standard three except those in `keep`.
///
/// # Safety
/// Whatever owns one of them is never used, and never dropped, from now on: as in the child
/// of a fork that never runs its parent's code again.
unsafe fn close_all_but(keep: &[RawFd]) {
    let mut keep: Vec<_> =
        keep.iter().filter_map(|fd| u32::try_from(*fd).ok()).filter(|fd| *fd > 2).collect();
    keep.sort_unstable();
    let mut first = 3;
    for fd in keep.into_iter().chain([u32::MAX]) {
        if first < fd {
            // SAFETY: closes numbers only, whose owners the caller promises not to use.
            unsafe { libc::syscall(libc::SYS_close_range, first, fd - 1, 0) };
        }
        first = fd.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};

    use super::*;

    #[test]
    fn a_process_with_threads_is_not_forked() {
        // The test runner's own thread and this one.
        let refused = fork_into(Vec::new(), (), |_, ()| exit_now(0)).unwrap_err();
        assert!(refused.to_string().starts_with("fork with"), "{refused}");
    }

    #[test]
    fn a_process_whose_parent_is_gone_already_is_not_started() {
        let started = |parent| {
            let mut command = Command::new("true");
            kill_with(&mut command, parent);
            command.status().map(|status| status.success()).map_err(|error| error.raw_os_error())
        };
        assert_eq!(started(getpid()), Ok(true));
        assert_eq!(started(Pid::INIT), Err(Some(libc::ESRCH)));
    }

    #[test]
    fn a_session_takes_the_signals_of_keys_that_this_program_ignores() {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        unlockpt(&master).unwrap();
        let terminal = ioctl_tiocgptpeer(&master, flags).unwrap();
        let mut command = Command::new("grep");
        command.args(["SigIgn", "/proc/self/status"]);
        // SAFETY: two system calls between `fork` and `exec`.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGINT, libc::SIG_IGN);
                libc::signal(libc::SIGQUIT, libc::SIG_IGN);
                Ok(())
            });
        }
        lead_session(&mut command);
        let output = command.stdin(terminal).output().unwrap();
        let line = String::from_utf8(output.stdout).unwrap();
        let ignored = u64::from_str_radix(line.split_whitespace().nth(1).unwrap(), 16).unwrap();
        let keys = [libc::SIGINT, libc::SIGQUIT].map(|signal| ignored >> (signal - 1) & 1);
        assert_eq!(keys, [0, 0], "{line}");
    }
}
