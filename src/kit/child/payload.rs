//! What travels between processes: anything that serde knows, as JSON.
//!
//! Arguments and results are small beside the cost of waking another process, so a format
//! that people can read, and whose errors say what is wrong, is worth its few nanoseconds.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kit::panics;
use crate::kit::wire::LONGEST;
use crate::printable::Printable;

/// Something that can travel to another process and back.
pub trait Payload: Serialize + DeserializeOwned + Send + 'static {}

impl<T: Serialize + DeserializeOwned + Send + 'static> Payload for T {}

/// Why a value cannot be sent to another process.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// Its own `Serialize` refused.
    #[error("{0}")]
    Refused(#[source] serde_json::Error),
    /// Its own `Serialize` panicked with this message.
    #[error("{0}")]
    Panicked(Printable),
    /// This number of bytes is more than a frame may have.
    #[error("{0} bytes are too many")]
    TooLong(usize),
}

/// The bytes of `value`.
///
/// # Errors
/// If it refuses to be written, panics, or is longer than a frame.
pub fn encode(value: &impl Payload) -> Result<Vec<u8>, PayloadError> {
    let written = panics::capture(|| serde_json::to_vec(value));
    let bytes = written
        .map_err(|panic| PayloadError::Panicked(panic.message))?
        .map_err(PayloadError::Refused)?;
    if bytes.len() < LONGEST { Ok(bytes) } else { Err(PayloadError::TooLong(bytes.len())) }
}

/// The value of these bytes; `None` if they are no such value.
pub fn decode<T: Payload>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}
