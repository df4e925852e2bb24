//! Whether the program was started without a stdout.
//!
//! Before `main` the standard library opens `/dev/null` in the place of a standard stream that
//! is closed, so that no file gets its number. From then on nothing tells `>&-` from
//! `>/dev/null`, and what is written is lost without an error. So it is looked at before that.
#![cfg_attr(
    target_os = "linux",
    expect(unsafe_code, reason = "no safe code runs before the standard library begins")
)]

use std::sync::atomic::{AtomicBool, Ordering};

/// Written before `main`, when there is one thread.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether stdout was closed when the program was started. Always `false` where nothing can
/// look before `main`.
pub(crate) fn stdout_was_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

// SAFETY: the loader calls each function of this section once before `main`, with arguments
// that a C function may ignore. This one makes a system call and stores a flag: it needs
// nothing of the standard library that `main` would have to set up, and cannot panic.
#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = {
    extern "C" fn look() {
        let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
        CLOSED.store(closed, Ordering::Relaxed);
    }
    look
};
