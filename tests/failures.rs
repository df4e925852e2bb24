//! The lab of failures with real processes: the outcome of each fault, and what is left
//! behind.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "failures/events.rs"]
mod events;
#[path = "failures/ledger.rs"]
mod ledger;
#[path = "failures/live.rs"]
mod live;
#[path = "failures/remains.rs"]
mod remains;
#[path = "failures/shutdowns.rs"]
mod shutdowns;

use std::path::Path;
use std::process::{Command, Stdio};

use threadbare::lab::{ActionKind, AnyCommand, Key, Run};

/// The program under test, about to go through the lab with these settings in `place`.
/// It may leave core files, if it knows no better.
fn run(place: &Path, format: &str, settings: &[&str]) -> Command {
    let mut command = with_cores(Path::new(env!("CARGO_BIN_EXE_threadbare")));
    command.args(["run", "failures", "--format", format]);
    for setting in settings.iter().chain(&["lines=1"]) {
        command.args(["--set", setting]);
    }
    command.current_dir(place).env("TMPDIR", place);
    command
}

/// What is offered to choose from under a key, each with its text.
fn offered(run: &dyn Run, key: char) -> Vec<(AnyCommand, String)> {
    let mut actions = run.actions().into_iter();
    match actions.find(|action| action.key == Key::Char(key)).map(|action| action.kind) {
        Some(ActionKind::Choose { items, .. }) => items,
        other => panic!("{other:?}"),
    }
}

/// A program that may leave core files where the system lets it.
fn with_cores(program: &Path) -> Command {
    let mut command = Command::new("sh");
    let line = "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\"";
    command.args(["-c", line]).arg(program).stdin(Stdio::null());
    command
}

#[track_caller]
fn assert_empty(place: &Path) {
    let left: Vec<_> = place.read_dir().unwrap().map(Result::unwrap).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}
