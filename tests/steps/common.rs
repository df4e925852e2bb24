//! The lab of the steps as the screen leads it, for the tests that need a process of their own.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use threadbare::lab::{ActionKind, Command, Entry, Key, Run, Settings};
use threadbare::labs;

pub const TIMEOUT: Duration = Duration::from_secs(30);

pub fn open(program: &str) -> Box<dyn Run> {
    let entry: &Entry = labs::ALL.iter().find(|entry| entry.info.id == "steps").unwrap();
    let mut settings = Settings::defaults(entry.info, 1, PathBuf::new(), true);
    settings.set(entry.info, "program", program).unwrap();
    entry.open(settings).unwrap()
}

/// Drains until the key works, and presses it. Of a choice, as the prediction that comes before
/// the search, it takes the first, once.
pub fn press_soon(run: &mut dyn Run, key: Key) {
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

/// KiB of this process in memory.
pub fn resident() -> u64 {
    threadbare::kit::proc_stat::resident_kib(std::process::id()).unwrap()
}
