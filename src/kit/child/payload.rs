//! What travels between processes: any value that serde knows, as JSON.
//!
//! Arguments and results are small beside the cost of waking another process. So a format that
//! people can read, and whose errors say what is wrong, is worth what it costs over a binary
//! one.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kit::panics;
use crate::kit::wire::LONGEST;
use crate::printable::Printable;

/// A value that can travel to another process and back. Implemented for every type that
/// qualifies.
pub trait Payload: Serialize + DeserializeOwned + Send + 'static {}

impl<T: Serialize + DeserializeOwned + Send + 'static> Payload for T {}

/// Why a value cannot be sent to another process. It is the error of that one value: the task
/// that has it fails, and the pool goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// Its own `Serialize` refused.
    #[error("{0}")]
    Refused(#[source] serde_json::Error),
    /// Its own `Serialize` panicked with this message.
    #[error("{0}")]
    Panicked(Printable),
    /// It has this number of bytes, and a frame can carry fewer than [`LONGEST`].
    #[error("{0} bytes are too many")]
    TooLong(usize),
}

/// The bytes of `value`. A panic in its `Serialize` is an error like any other, so that one bad
/// argument does not end the thread that submits it.
///
/// # Errors
/// If it refuses to be written, panics, or is too long for a frame.
pub fn encode(value: &impl Payload) -> Result<Vec<u8>, PayloadError> {
    let written = panics::capture(|| serde_json::to_vec(value));
    let bytes = written
        .map_err(|panic| PayloadError::Panicked(panic.message))?
        .map_err(PayloadError::Refused)?;
    if bytes.len() < LONGEST { Ok(bytes) } else { Err(PayloadError::TooLong(bytes.len())) }
}

/// The value of these bytes; `None` if they do not encode such a value. Its `Deserialize` may
/// panic: a caller that must not do so captures it.
pub fn decode<T: Payload>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}
