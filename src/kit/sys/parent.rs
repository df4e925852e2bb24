//! Ending this process with the one that started it, even while it computes.
//!
//! The kernel can send a process a signal when the thread that started it ends
//! (`PR_SET_PDEATHSIG`, `prctl(2)`). Here that is SIGCONT: it also reaches a process that is
//! stopped, and means nothing to one that runs. Its handler checks whether the parent is still
//! the one of the beginning, because the signal comes from other causes too: only the *thread*
//! of the parent has ended, or a person continues this process. The kernel gives an orphan its
//! new parent before it sends the signal.
//!
//! No thread of this process waits for anything, so none has to be started.
#![expect(unsafe_code, reason = "no safe crate gives SIGCONT a handler that may end a process")]

use std::io;
use std::sync::atomic::{AtomicI32, Ordering};

use libc::{SIGCONT, c_int};
use rustix::process::{
    Pid, Signal, getpgrp, getpid, getppid, kill_current_process_group,
    set_parent_process_death_signal,
};

use super::process::exit_now;

/// This process and its parent. Relaxed: both are stored before the handler is installed, by
/// the only thread that there is then.
static PROCESS: AtomicI32 = AtomicI32::new(0);
static PARENT: AtomicI32 = AtomicI32::new(0);

/// From now on this process and its process group end with `parent`, which started it. Ends
/// them at once if it is gone already.
///
/// # Errors
/// If the system refuses the handler or the signal.
pub fn end_with(parent: Pid) -> io::Result<()> {
    PROCESS.store(getpid().as_raw_nonzero().get(), Ordering::Relaxed);
    PARENT.store(parent.as_raw_nonzero().get(), Ordering::Relaxed);
    let mut action = super::signal::empty_action();
    action.sa_sigaction = on_continue as *const () as libc::sighandler_t;
    action.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: a whole structure; the handler does nothing but system calls.
    if unsafe { libc::sigaction(SIGCONT, &raw const action, std::ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    set_parent_process_death_signal(Some(Signal::CONT))?;
    // It may have ended before the kernel was asked to report that.
    end_if_orphaned();
    Ok(())
}

extern "C" fn on_continue(_: c_int) {
    end_if_orphaned();
}

/// Only system calls: it runs in a signal handler.
fn end_if_orphaned() {
    let parent = getppid().map_or(0, |parent| parent.as_raw_nonzero().get());
    // A process that this one forked has the handler too, until it runs a program of its own.
    let is_own = PROCESS.load(Ordering::Relaxed) == getpid().as_raw_nonzero().get();
    if is_own && parent != PARENT.load(Ordering::Relaxed) {
        end_process_group();
    }
}

/// Ends this process and its process group, when no process is left that would end what its
/// tasks may have started.
pub fn end_process_group() -> ! {
    // A worker that a person started from a shell may share a group with other programs.
    if getpgrp() == getpid() {
        let _ = kill_current_process_group(Signal::KILL);
    }
    exit_now(0)
}
