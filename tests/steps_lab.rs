//! The lab of the steps through its keys, as the screen leads it. It has a process of its
//! own, whose threads and memory are counted.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "steps/common.rs"]
mod common;

use std::time::Instant;

use threadbare::lab::Key;

use common::{TIMEOUT, open, press_soon, resident};

const ROUNDS: usize = 1_000;
/// After this number of rounds, all that is kept for reuse is there.
const WARM: usize = 200;
/// KiB that the rounds after that may add: less than 10 each.
const GROWTH: u64 = 8 << 10;

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[test]
fn leaving_in_the_middle_a_thousand_times_leaves_no_thread_and_no_memory() {
    let keys = [Key::Char('1'), Key::Char('2'), Key::Char('u'), Key::Char('a')];
    let before = threads();
    let mut warm = 0;
    for round in 0..ROUNDS {
        let program = ["counter", "list", "opposite", "philosophers"][round % 4];
        let mut run = open(program);
        for key in keys.iter().take(round % (keys.len() + 1)) {
            press_soon(run.as_mut(), *key);
        }
        drop(run);
        if round + 1 == WARM {
            warm = resident();
        }
    }
    // The kernel takes a moment to take off its list those that have ended.
    let deadline = Instant::now() + TIMEOUT;
    while threads() > before {
        assert!(Instant::now() < deadline, "{} threads are left", threads());
        std::thread::yield_now();
    }
    let grown = resident().saturating_sub(warm);
    assert!(grown < GROWTH, "{grown} KiB more than after {WARM} rounds");
}
