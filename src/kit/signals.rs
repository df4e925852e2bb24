//! Signals that end a program unless it does something about them. What is done is decided
//! by the application; here is which signals there are, and the handlers' unsafe part
//! (`sys/fatal.rs`) under one name.

use std::io;

pub(crate) use super::sys::fatal::{
    Restore, arm, entered, left, prepare, throw_away_output, unless_handling,
};
use super::sys::signal;

/// Those that another process sends and a program can see in its own time, in the order of
/// their numbers: all that end a program by default, except SIGKILL, which no program sees,
/// SIGPIPE, which the standard library ignores, those of a failed instruction, and those
/// that were ignored when this program began, as `nohup` asks for.
pub fn that_end() -> Vec<i32> {
    let all = signal::ENDING.into_iter().chain(signal::real_time());
    all.filter(|one| !signal::is_ignored(*one)).collect()
}

/// Has a write beyond the limit of a file's size (`RLIMIT_FSIZE`) fail with an error that
/// can be reported, instead of ending the program by SIGXFSZ: with a handler, `write(2)`
/// returns `EFBIG`.
///
/// # Errors
/// If the system refuses a handler.
pub fn report_file_limits() -> io::Result<()> {
    super::sys::fatal::report_file_limits()
}
