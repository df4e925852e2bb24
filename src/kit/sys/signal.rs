//! What the system does when a signal comes: asking, and putting the default in
//! force for a while.
//!
//! Handlers are installed by signal-hook, which cannot take one back, and stopping as
//! the terminal would needs the default action.
#![expect(unsafe_code, reason = "no safe crate gives a signal its default back")]

use std::io;

use libc::{SIG_DFL, SIG_IGN, c_int};

/// The signals that end a program by default, that a program can catch, and that do not
/// come from an instruction of its own.
pub const ENDING: [c_int; 13] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGTERM,
    libc::SIGSTKFLT,
    libc::SIGXCPU,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGIO,
    libc::SIGPWR,
];

/// The same for the real-time signals that the C library leaves to programs.
pub fn real_time() -> impl Iterator<Item = c_int> {
    libc::SIGRTMIN()..=libc::SIGRTMAX()
}

/// A signal's action, put back when dropped.
#[derive(Debug)]
struct Before {
    signal: c_int,
    action: Action,
}

struct Action(libc::sigaction);

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Action").field(&self.0.sa_sigaction).finish()
    }
}

/// Does `during` while `signal` has its default action.
///
/// # Errors
/// If the system refuses, as it does for a signal that it does not know.
pub fn by_default<T>(signal: c_int, during: impl FnOnce() -> T) -> io::Result<T> {
    let mut default = empty_action();
    default.sa_sigaction = SIG_DFL;
    let action = change(signal, Some(&default))?;
    let before = Before { signal, action };
    let done = during();
    drop(before);
    Ok(done)
}

/// Whether `signal` is ignored, as the process that started this program may have asked for.
pub fn is_ignored(signal: c_int) -> bool {
    change(signal, None).is_ok_and(|action| action.0.sa_sigaction == SIG_IGN)
}

impl Drop for Before {
    fn drop(&mut self) {
        // The signal was changed a moment ago, so it can be changed.
        let _ = change(self.signal, Some(&self.action.0));
    }
}

/// An action to fill in, or to be filled in by the system.
pub fn empty_action() -> libc::sigaction {
    // SAFETY: a C structure of numbers, masks and an optional pointer; all zero is a
    // value of each, and means no flags, no mask, the default action.
    unsafe { std::mem::zeroed() }
}

/// Sets the action if one is given, and returns which was in force.
fn change(signal: c_int, to: Option<&libc::sigaction>) -> io::Result<Action> {
    let mut before = empty_action();
    let to = to.map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: both point to whole structures that outlive the call. An action set here
    // is the default, which runs no handler, or one that the system returned before.
    if unsafe { libc::sigaction(signal, to, &raw mut before) } == 0 {
        Ok(Action(before))
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_in_force_meanwhile_and_what_was_afterwards() {
        let action = || change(libc::SIGWINCH, None).unwrap().0.sa_sigaction;
        let called = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        signal_hook::flag::register(libc::SIGWINCH, called).unwrap();
        let before = action();
        assert_ne!(before, SIG_DFL);
        let meanwhile = by_default(libc::SIGWINCH, action).unwrap();
        assert_eq!((meanwhile, action()), (SIG_DFL, before));
        assert!(!is_ignored(libc::SIGWINCH));
    }

    #[test]
    fn a_signal_that_no_thread_may_change_is_refused() {
        assert!(by_default(libc::SIGKILL, || ()).is_err());
    }
}
