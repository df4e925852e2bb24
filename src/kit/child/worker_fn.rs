//! Worker functions: the functions that worker processes can be asked for by name.
//!
//! A closure cannot travel to another process; a name and some bytes can.

use std::fmt;
use std::panic::Location;

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

/// Something that travels between processes.
pub trait Payload: Sized + Send + 'static {
    /// # Errors
    /// If it cannot be sent; the error says why.
    fn encode(&self) -> Result<Vec<u8>, String>;

    /// `None` if the bytes are not such a thing.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

impl Payload for () {
    fn encode(&self) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

impl Payload for u64 {
    fn encode(&self) -> Result<Vec<u8>, String> {
        Ok(self.to_le_bytes().to_vec())
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_le_bytes)
    }
}

impl Payload for Vec<u8> {
    fn encode(&self) -> Result<Vec<u8>, String> {
        Ok(self.clone())
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(bytes.to_vec())
    }
}

impl Payload for String {
    fn encode(&self) -> Result<Vec<u8>, String> {
        Ok(self.clone().into_bytes())
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        Self::from_utf8(bytes.to_vec()).ok()
    }
}

impl<A: Payload, B: Payload> Payload for (A, B) {
    fn encode(&self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        super::super::wire::pack::put_bytes(&mut bytes, &self.0.encode()?);
        bytes.extend(self.1.encode()?);
        Ok(bytes)
    }
    fn decode(mut bytes: &[u8]) -> Option<Self> {
        let first = A::decode(super::super::wire::pack::take_bytes(&mut bytes)?)?;
        Some((first, B::decode(bytes)?))
    }
}

/// Anything that serde knows, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: serde::Serialize + serde::de::DeserializeOwned + Send + 'static> Payload for Json<T> {
    fn encode(&self) -> Result<Vec<u8>, String> {
        serde_json::to_vec(&self.0).map_err(|error| error.to_string())
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(Self)
    }
}

/// Why a job has no result: its own error, or its panic, with the place in the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl fmt::Display for WorkerFnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.kind, self.place, self.message)
    }
}

impl std::error::Error for WorkerFnError {}

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
                let input = J::In::decode(bytes).ok_or_else(|| {
                    WorkerFnError::new("DecodeError", "the argument could not be read")
                })?;
                J::run(input)?.encode().map_err(|why| WorkerFnError::new("EncodeError", why))
            },
        }
    }
}
