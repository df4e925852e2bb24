//! The lab of the steps through its keys, as the screen leads it. It has a process of its
//! own, whose threads and memory are counted.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use threadbare::lab::{ActionKind, Command, Entry, Key, Run, Settings};
use threadbare::labs;

const TIMEOUT: Duration = Duration::from_secs(30);
const ROUNDS: usize = 1_000;
/// After this number of rounds, all that is kept for reuse is there.
const WARM: usize = 200;
/// What the rounds after that may add: less than 10 KiB each.
const GROWTH: usize = 8 << 20;

fn open(program: &str) -> Box<dyn Run> {
    let entry: &Entry = labs::ALL.iter().find(|entry| entry.info.id == "steps").unwrap();
    let mut settings = Settings::defaults(entry.info, 1, PathBuf::new(), true);
    settings.set(entry.info, "program", program).unwrap();
    entry.open(settings).unwrap()
}

/// Drains until the key works, and presses it. Of a choice, as the prediction that comes before
/// the search, it takes the first, once.
fn press_soon(run: &mut dyn Run, key: Key) {
    let deadline = Instant::now() + TIMEOUT;
    let mut chosen = false;
    loop {
        while run.drain(1000) == 1000 {}
        let mut actions = run.actions().into_iter();
        match actions.find(|action| action.key == key).map(|action| action.kind) {
            Some(ActionKind::Press(command)) => return run.command(Command::Do(command)),
            Some(ActionKind::Choose { items, .. }) if !chosen => {
                run.command(Command::Do(items.into_iter().next().unwrap().0));
                chosen = true;
            }
            _ => {}
        }
        assert!(Instant::now() < deadline, "{key:?} never works");
        run.wait(Duration::from_millis(50));
    }
}

fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

/// Bytes of this process in memory.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
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
    assert!(grown < GROWTH, "{grown} bytes more than after {WARM} rounds");
}
