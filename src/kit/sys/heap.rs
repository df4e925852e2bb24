//! The heap that all threads share, and how the system gets its free part back.
#![cfg_attr(
    target_env = "gnu",
    expect(unsafe_code, reason = "no safe crate gives back what the heap keeps")
)]

#[cfg(target_env = "gnu")]
use std::sync::Once;

/// Bytes that may stay free at the end of an arena: enough for small work, little beside a
/// search.
#[cfg(target_env = "gnu")]
const MOST_FREE: libc::c_int = 256 << 10;

/// Gives free memory back to the system, and from then on each thread's share by itself.
///
/// glibc keeps an arena for each of several threads, and what is freed stays there for the
/// next thread that gets that arena: an exploration, which works on ever new threads, fills
/// one arena after the other. How much may stay grows with the largest piece that was ever
/// freed, unless it is fixed. It takes a time in proportion to what is free, so it is for
/// the end of large work, not for each step. Does nothing where the heap is another one.
pub(crate) fn give_back() {
    #[cfg(target_env = "gnu")]
    {
        static FIXED: Once = Once::new();
        // SAFETY: `mallopt` stores one number under the lock of the main arena.
        FIXED.call_once(|| unsafe {
            libc::mallopt(libc::M_TRIM_THRESHOLD, MOST_FREE);
        });
        // SAFETY: it takes a number of bytes to keep, touches free memory alone, under the
        // locks of the arenas, and may be called by any thread at any time.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much is given back is tried where nothing else runs: `tests/steps_memory.rs`.
    #[test]
    fn what_is_in_use_stays_as_it_is() {
        let mut pieces: Vec<Vec<usize>> = (0..1_000).map(|n| vec![n; 1_000]).collect();
        pieces.retain(|piece| piece[0] % 2 == 0);
        give_back();
        give_back();
        assert!(pieces.iter().zip(0..).all(|(piece, n)| *piece == vec![2 * n; 1_000]));
    }
}
