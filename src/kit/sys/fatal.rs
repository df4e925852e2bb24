//! The handler of the signals that end a program in the middle of an instruction.
//!
//! SIGABRT, SIGSEGV and their like arrive on the thread that failed. That thread may hold
//! any lock, the allocator's among them, so the handler takes no lock, allocates nothing
//! and waits for nothing without a limit: everything it needs was stored by [`arm`].
//! It restores the terminal and then lets the signal do what it would have done.
//!
//! Also here: SIGXFSZ, which comes with a write beyond the limit of a file's size. It is
//! caught and dropped, so that the write fails with an error that can be reported.
#![expect(unsafe_code, reason = "no safe crate installs a handler for SIGSEGV")]

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use libc::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP, SIGXFSZ, c_int, c_void};
use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

/// Signals of a failed instruction, or of a program that gives up. Those of the first
/// four that the kernel sends come again when the handler returns.
const FATAL: [c_int; 7] = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS];
const FAULTS: usize = 4;
/// Milliseconds for which the handler waits for a thread that is writing to the terminal, and
/// for a terminal that takes no more.
const MAX_WAIT_MS: u32 = 200;

/// What to do to the terminal, stored before it can be needed: the handler may neither ask nor
/// allocate.
#[derive(Debug)]
pub(crate) struct Restore {
    /// The terminal's input, and the settings that it gets.
    pub(crate) input: OwnedFd,
    pub(crate) settings: Termios,
    /// Where `bytes` go. Best a descriptor that does not block: then a terminal that
    /// does not read cannot keep the program from ending.
    pub(crate) output: OwnedFd,
    pub(crate) bytes: &'static [u8],
    /// Written after `bytes` if the program gave up by itself: the standard library
    /// has said why, but on a screen that is gone by then.
    pub(crate) gave_up: &'static [u8],
}

static RESTORE: OnceLock<Restore> = OnceLock::new();
static BEFORE: OnceLock<[libc::sigaction; FAULTS]> = OnceLock::new();
/// The terminal needs to be restored. All orders here are `SeqCst`: nothing in this module is
/// hot, and `unless_handling` needs the total order.
static ARMED: AtomicBool = AtomicBool::new(false);
/// What leaves the terminal's own screen was written already; the settings may still be this
/// program's.
static LEFT: AtomicBool = AtomicBool::new(true);
/// The thread that the handler runs on, 0 if none: then no other thread may write.
static HANDLING: AtomicI32 = AtomicI32::new(0);
/// A thread is writing to the terminal; the handler waits for it, but not for ever.
static WRITING: AtomicBool = AtomicBool::new(false);

/// Stores what the handler needs, once in a program's life, and installs it.
///
/// # Errors
/// If the system refuses a handler.
pub(crate) fn prepare(restore: Restore) -> io::Result<()> {
    let _ = RESTORE.set(restore);
    let mut before = [super::signal::empty_action(); FAULTS];
    for (at, signal) in FATAL.into_iter().enumerate() {
        let action = install(signal, on_fatal)?;
        if let Some(place) = before.get_mut(at) {
            *place = action;
        }
    }
    let _ = BEFORE.set(before);
    Ok(())
}

/// From now on the handler restores the terminal, or no longer.
pub(crate) fn arm(on: bool) {
    ARMED.store(on, Ordering::SeqCst);
}

/// The bytes that take the terminal are written now. Called within [`unless_handling`].
pub(crate) fn entered() {
    LEFT.store(false, Ordering::SeqCst);
}

/// The bytes that restore the terminal were written by another thread. Called within
/// [`unless_handling`], so that they are written once whenever a signal comes.
pub(crate) fn left() {
    LEFT.store(true, Ordering::SeqCst);
}

/// Does `write`, unless the handler is at work: what came after it would stand on the
/// restored terminal. Only one thread may write in this way at a time.
pub(crate) fn unless_handling<T>(write: impl FnOnce() -> T) -> Option<T> {
    // In this order on both sides, so that at least one of the two sees the other.
    WRITING.store(true, Ordering::SeqCst);
    let written = (HANDLING.load(Ordering::SeqCst) == 0).then(write);
    WRITING.store(false, Ordering::SeqCst);
    written
}

/// Has a write beyond the limit of a file's size fail with an error instead of ending
/// this program. Programs that it starts have the default again.
///
/// # Errors
/// If the system refuses a handler.
pub fn report_file_limits() -> io::Result<()> {
    install(SIGXFSZ, on_file_limit).map(drop)
}

type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

/// Installs a handler and returns the action that was in force, so that it can be put back for
/// the handler of the standard library.
fn install(signal: c_int, handler: Handler) -> io::Result<libc::sigaction> {
    let mut action = super::signal::empty_action();
    action.sa_sigaction = handler as *const () as libc::sighandler_t;
    // A stack that has overflowed cannot hold the handler's own frame.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    let mut before = super::signal::empty_action();
    // SAFETY: both are whole structures; the handlers below keep to what may be done
    // while any thread is interrupted anywhere.
    match unsafe { libc::sigaction(signal, &raw const action, &raw mut before) } {
        0 => Ok(before),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Whether this process sent the signal to itself, and whether the kernel sent it for a
/// failed instruction.
fn origin(info: *const libc::siginfo_t) -> (bool, bool) {
    // SAFETY: the kernel gives a handler with SA_SIGINFO a valid structure; the sender
    // is read only where `si_code` says that there is one.
    unsafe {
        let code = (*info).si_code;
        let sent = matches!(code, libc::SI_USER | libc::SI_TKILL | libc::SI_QUEUE);
        (sent && (*info).si_pid() == libc::getpid(), code > 0)
    }
}

extern "C" fn on_file_limit(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // The kernel sends it in the name of the thread that writes. From any other process it
    // ends the program as it always would.
    let (by_itself, by_kernel) = origin(info);
    if !by_itself && !by_kernel {
        restore_once(b"");
        default_again(signal);
    }
}

extern "C" fn on_fatal(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    let (by_itself, by_kernel) = origin(info);
    let restore = RESTORE.get();
    let said = restore.filter(|_| by_itself && signal == SIGABRT);
    restore_once(said.map_or(b"", |restore| restore.gave_up));
    let before = FATAL.iter().position(|one| *one == signal);
    let before = before.and_then(|at| BEFORE.get()?.get(at));
    match before {
        // The instruction fails again, and the handler that was there before this one sees it:
        // the standard library, which names the thread whose stack has overflowed.
        Some(before) if by_kernel => {
            // SAFETY: an action that the system returned for this very signal.
            unsafe { libc::sigaction(signal, before, std::ptr::null_mut()) };
        }
        _ => default_again(signal),
    }
}

/// Restores the default action and sends the signal again. It is blocked until the handler has
/// returned, and ends the program then.
fn default_again(signal: c_int) {
    let mut default = super::signal::empty_action();
    default.sa_sigaction = libc::SIG_DFL;
    // SAFETY: a whole structure, the default action, and a signal that is blocked until
    // the handler returns.
    unsafe {
        libc::sigaction(signal, &raw const default, std::ptr::null_mut());
        libc::raise(signal);
    }
}

/// Restores the terminal if it needs it. A second thread that fails meanwhile waits for
/// the end of the program, so that it does not end before this is done.
fn restore_once(said: &'static [u8]) {
    // SAFETY: asks for a number.
    let me = unsafe { libc::gettid() };
    let first = HANDLING.compare_exchange(0, me, Ordering::SeqCst, Ordering::SeqCst);
    match first {
        Ok(_) => {}
        // The handler itself has failed: what it could do is done.
        Err(handling) if handling == me => return,
        Err(_) => loop {
            wait_a_moment();
        },
    }
    if let Some(restore) = RESTORE.get().filter(|_| ARMED.load(Ordering::SeqCst)) {
        wait_for_writer(restore);
        if !LEFT.load(Ordering::SeqCst) {
            write(restore, restore.bytes);
        }
        let _ = tcflush(&restore.input, QueueSelector::IFlush);
        let _ = tcsetattr(&restore.input, OptionalActions::Now, &restore.settings);
        write(restore, said);
    }
}

/// Until no thread writes, or for a while; then what the terminal has not read is thrown
/// away, so that a thread that is stuck can continue.
fn wait_for_writer(restore: &Restore) {
    for round in 0..MAX_WAIT_MS {
        if !WRITING.load(Ordering::SeqCst) {
            return;
        }
        if round == MAX_WAIT_MS / 2 {
            throw_away_output(restore.output.as_fd());
        }
        wait_a_moment();
    }
}

/// Throws away what a terminal has not read, and wakes every thread that waits to write.
pub(crate) fn throw_away_output(terminal: BorrowedFd<'_>) {
    let _ = tcflush(terminal, QueueSelector::OFlush);
    // Room alone wakes no writer (Linux, n_tty); a change of the settings does, even to
    // the same ones.
    if let Ok(settings) = tcgetattr(terminal) {
        let _ = tcsetattr(terminal, OptionalActions::Now, &settings);
    }
}

fn write(restore: &Restore, mut bytes: &[u8]) {
    for round in 0..MAX_WAIT_MS {
        if bytes.is_empty() {
            return;
        }
        match rustix::io::write(restore.output.as_fd(), bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => wait_a_moment(),
            Err(_) => return,
        }
        if round == MAX_WAIT_MS / 2 {
            throw_away_output(restore.output.as_fd());
        }
    }
}

/// A millisecond.
fn wait_a_moment() {
    // Asks only the kernel.
    let _ = rustix::thread::nanosleep(&rustix::time::Timespec { tv_sec: 0, tv_nsec: 1_000_000 });
}

#[cfg(test)]
mod tests {
    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    #[test]
    fn a_file_that_is_too_large_does_not_end_the_program_that_writes_it() {
        report_file_limits().unwrap();
        // As the kernel sends it: in the name of this very process.
        kill_process(getpid(), Signal::XFSZ).unwrap();
    }

    #[test]
    fn while_no_handler_is_at_work_everything_is_written() {
        assert_eq!(unless_handling(|| 7), Some(7));
        assert!(!WRITING.load(Ordering::SeqCst));
    }
}
