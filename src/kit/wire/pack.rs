//! Numbers and byte strings one after the other in a payload, and back.
//!
//! All numbers are little-endian. A byte string has its length (u32) in front. Reading takes
//! from the front of a slice and never panics: the bytes come from another process.

/// Takes `N` bytes from the front of `bytes`; `None` if there are fewer, and then nothing is
/// taken.
pub fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

pub fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    take(bytes).map(u64::from_le_bytes)
}

pub fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes).map(u32::from_le_bytes)
}

/// Takes a byte string. It borrows from the input, so a wrong length reserves nothing; `None`
/// if there are fewer bytes.
pub fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_u32(bytes)?).ok()?;
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

/// Takes a byte string that must be UTF-8; `None` if it is not.
pub fn take_text(bytes: &mut &[u8]) -> Option<String> {
    String::from_utf8(take_bytes(bytes)?.to_vec()).ok()
}

/// Adds a byte string.
///
/// # Panics
/// If `more` has 2³² bytes or more. Callers put values that were checked against
/// [`super::LONGEST`].
pub fn put_bytes(bytes: &mut Vec<u8>, more: &[u8]) {
    let length =
        u32::try_from(more.len()).unwrap_or_else(|_| panic!("{} bytes in one field", more.len()));
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(more);
}
