//! The memory of searches on the steps screen. Alone in its process, so that it can be
//! counted.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "steps/common.rs"]
mod common;

use threadbare::lab::Key;

use common::{open, press_soon, resident};

/// After this number of searches, all that is kept for reuse is there.
const WARM: usize = 2;
const SEARCHES: usize = 8;
/// KiB that the searches after that may add. Without giving it back they add 30 MB and more,
/// and with it at most 2 MB.
const GROWTH: u64 = 8 << 10;

#[test]
fn searches_give_their_memory_back() {
    let mut warm = 0;
    for search in 1..=SEARCHES {
        let mut run = open("readers");
        press_soon(run.as_mut(), Key::Char('a'));
        // It works once the search is over.
        press_soon(run.as_mut(), Key::Char('b'));
        drop(run);
        if search == WARM {
            warm = resident();
        }
    }
    let grown = resident().saturating_sub(warm);
    assert!(grown < GROWTH, "{grown} KiB more than after {WARM} searches");
}
