//! A recorded run on a real terminal.

use std::process::Command;

use crate::driver::{Setup, program};

#[test]
fn a_recording_plays_to_its_end_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    let mut record = Command::new(program());
    record.args(["run", "factorial", "--seed", "4711", "--set", "to=6", "--record"]).arg(&file);
    assert!(record.output().unwrap().status.success());
    let replay = Setup::default().size(120, 40).args(&["replay", file.to_str().unwrap()]);
    let mut tty = replay.start();
    tty.until_open();
    tty.until_text("Recorded 20");
    tty.until_text("seed 4711");
    // Paused, then to its end and a bit back.
    tty.send(" \x1b[F");
    tty.until_text("6 of 6 done");
    tty.send(",");
    tty.until("it stands", |seen| seen.has("■ recording, "));
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}
