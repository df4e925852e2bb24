//! Worker functions: the functions that worker processes can be asked for by name.
//!
//! A closure cannot travel to another process; a name and some bytes can. Both sides are the
//! same program, so a name means the same function in both.

use std::borrow::Cow;
use std::io;
use std::panic::Location;

use rustix::io::Errno;

use super::payload::{Payload, decode, encode};
use crate::kit::limit::Timeout;

/// A named function of one argument.
///
/// ```
/// use threadbare::kit::child::{WorkerFn, WorkerFnEntry, WorkerFnError};
///
/// struct Double;
///
/// impl WorkerFn for Double {
///     const NAME: &'static str = "double";
///     type In = u64;
///     type Out = u64;
///
///     fn run(n: u64) -> Result<u64, WorkerFnError> {
///         n.checked_mul(2).ok_or_else(|| WorkerFnError::new("OverflowError", "too large"))
///     }
/// }
///
/// const WORKER_FNS: &[WorkerFnEntry] = &[WorkerFnEntry::of::<Double>()];
/// ```
pub trait WorkerFn {
    /// The name in messages and frames. Must be unique in the program: the first function of a
    /// name is called.
    const NAME: &'static str;
    /// What it is given. Encoded by the caller when the task is submitted, decoded in the
    /// worker.
    type In: Payload;
    /// What it returns. Encoded in the worker, decoded by the thread that settles the future.
    type Out: Payload;

    /// A name for the task with this input in events: the function's own, unless it knows better.
    fn label(_input: &Self::In) -> Cow<'static, str> {
        Self::NAME.into()
    }

    /// Does the work, in a worker process.
    ///
    /// # Errors
    /// Whatever the caller's future is to hold.
    fn run(input: Self::In) -> Result<Self::Out, WorkerFnError>;
}

/// Why a function has no result: its own error, or its panic, with the place in the worker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at {place}: {message}")]
pub struct WorkerFnError {
    /// The error's type, as the worker names it; `panic` for panics.
    pub kind: String,
    /// The error in words, without kind and place.
    pub message: String,
    /// `file:line` on the worker's side.
    pub place: String,
}

impl WorkerFnError {
    /// The kind of a panic; no error of a function's own should use it.
    pub const PANIC: &'static str = "panic";

    /// An error that names the line of its caller as the place. `kind` is a name of an
    /// exception of Python where one fits, so that readers of both worlds recognise it.
    #[track_caller]
    pub fn new(kind: &str, message: impl Into<String>) -> Self {
        let at = Location::caller();
        Self {
            kind: kind.to_owned(),
            message: message.into(),
            place: format!("{}:{}", at.file(), at.line()),
        }
    }
}

/// What the system refused, at the line of the `?`, as all of these.
impl From<io::Error> for WorkerFnError {
    #[track_caller]
    fn from(error: io::Error) -> Self {
        Self::new("OSError", error.to_string())
    }
}

impl From<Errno> for WorkerFnError {
    #[track_caller]
    fn from(error: Errno) -> Self {
        io::Error::from(error).into()
    }
}

impl From<Timeout> for WorkerFnError {
    #[track_caller]
    fn from(timeout: Timeout) -> Self {
        Self::new("TimeoutError", timeout.to_string())
    }
}

/// A function without its types, as the worker's list has it: bytes in, bytes or an error out.
/// The list is a constant of the program, so it is the same in parent and worker.
#[derive(Clone, Copy, Debug)]
pub struct WorkerFnEntry {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]) -> Result<Vec<u8>, WorkerFnError>,
}

impl WorkerFnEntry {
    /// The entry of `J`. An argument that cannot be decoded and a result that cannot be encoded
    /// are errors like those of the function itself, so the worker goes on.
    pub const fn of<J: WorkerFn>() -> Self {
        Self {
            name: J::NAME,
            run: |bytes| {
                let input = decode::<J::In>(bytes).ok_or_else(|| {
                    WorkerFnError::new("DecodeError", "the argument could not be read")
                })?;
                encode(&J::run(input)?)
                    .map_err(|why| WorkerFnError::new("EncodeError", why.to_string()))
            },
        }
    }
}
