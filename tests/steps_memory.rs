//! The memory of searches on the steps screen. Alone in its process, so that it can be
//! counted.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use threadbare::lab::{ActionKind, Command, Entry, Key, Run, Settings};
use threadbare::labs;

const TIMEOUT: Duration = Duration::from_secs(30);
/// After this number of searches, all that is kept for reuse is there.
const WARM: usize = 2;
const SEARCHES: usize = 8;
/// What the searches after that may add. Without giving it back they add 30 MB and more,
/// and with it at most 2 MB.
const GROWTH: usize = 8 << 20;

fn open() -> Box<dyn Run> {
    let entry: &Entry = labs::ALL.iter().find(|entry| entry.info.id == "steps").unwrap();
    let mut settings = Settings::defaults(entry.info, 1, PathBuf::new(), true);
    settings.set(entry.info, "program", "readers").unwrap();
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

/// Bytes of this process in memory.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * rustix::param::page_size()
}

#[test]
fn searches_give_their_memory_back() {
    let mut warm = 0;
    for search in 1..=SEARCHES {
        let mut run = open();
        press_soon(run.as_mut(), Key::Char('a'));
        // It works once the search is over.
        press_soon(run.as_mut(), Key::Char('b'));
        drop(run);
        if search == WARM {
            warm = resident();
        }
    }
    let grown = resident().saturating_sub(warm);
    assert!(grown < GROWTH, "{grown} bytes more than after {WARM} searches");
}
