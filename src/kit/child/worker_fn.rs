//! Worker functions: the functions that worker processes can be asked for by name.
//!
//! A closure cannot travel to another process; a name and some bytes can.

use std::panic::Location;

use super::payload::{Payload, decode, encode};

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
    /// Unique in the program.
    const NAME: &'static str;
    type In: Payload;
    type Out: Payload;

    /// Does the work, in a worker process.
    ///
    /// # Errors
    /// Whatever the caller's future is to hold.
    fn run(input: Self::In) -> Result<Self::Out, WorkerFnError>;
}

/// Why a job has no result: its own error, or its panic, with the place in the worker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at {place}: {message}")]
pub struct WorkerFnError {
    /// The error's type, as the worker names it; `panic` for panics.
    pub kind: String,
    pub message: String,
    /// `file:line` on the worker's side.
    pub place: String,
}

impl WorkerFnError {
    /// The kind of a panic.
    pub const PANIC: &'static str = "panic";

    /// An error that names the line of its caller.
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

/// A job without its types.
#[derive(Clone, Copy, Debug)]
pub struct WorkerFnEntry {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]) -> Result<Vec<u8>, WorkerFnError>,
}

impl WorkerFnEntry {
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
