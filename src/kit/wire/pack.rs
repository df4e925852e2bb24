//! Numbers and byte strings one after the other, and back.

/// Takes from the front of `bytes`; `None` if they are too few.
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

/// A byte string with its length in front.
pub fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_u32(bytes)?).ok()?;
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

pub fn take_text(bytes: &mut &[u8]) -> Option<String> {
    String::from_utf8(take_bytes(bytes)?.to_vec()).ok()
}

/// # Panics
/// If `more` is longer than any frame may be.
pub fn put_bytes(bytes: &mut Vec<u8>, more: &[u8]) {
    let length =
        u32::try_from(more.len()).unwrap_or_else(|_| panic!("{} bytes in one field", more.len()));
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(more);
}
