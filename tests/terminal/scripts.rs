//! A script of the user's own on the screen: the keys that act on it.

use std::fs;
use std::path::PathBuf;

use crate::driver::{Setup, Tty};

/// Prints how often it was started, and then runs until there is a file.
const SCRIPT: &str = "\
import os, time
with open(__file__ + '.starts', 'a') as file:
    file.write('x')
print('start', os.path.getsize(__file__ + '.starts'), flush=True)
while not os.path.exists(__file__ + '.go'):
    time.sleep(0.01)
print('over', flush=True)
";

fn opened() -> (tempfile::TempDir, PathBuf, Tty) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.py");
    fs::write(&path, SCRIPT).unwrap();
    let tty = Setup::default().size(120, 40).args(&[path.to_str().unwrap()]).start();
    tty.until_text("start 1");
    (folder, path, tty)
}

#[test]
fn a_script_is_run_again_while_it_runs_while_it_is_paused_and_after_its_end() {
    let (_folder, path, mut tty) = opened();
    tty.send("r");
    tty.until_text("start 2");
    tty.send("p");
    tty.until("paused", |seen| seen.has("paused") && seen.has("resume"));
    tty.send("r");
    tty.until("again", |seen| seen.has("start 3") && seen.has("main.py runs"));
    fs::write(path.with_extension("py.go"), "").unwrap();
    tty.until_text("ended with exit code 0");
    tty.send("r");
    tty.until("again", |seen| seen.has("start 4") && seen.has("over"));
    tty.send("q");
    assert!(tty.exit().success());
    tty.assert_restored();
}

#[test]
fn a_paused_script_goes_on_and_its_delay_is_on_the_screen() {
    let (_folder, path, mut tty) = opened();
    tty.send("p");
    tty.until("paused", |seen| seen.has("Paused: all processes of the script stand still"));
    tty.send("p");
    tty.until("goes on", |seen| {
        seen.has("It was paused by hand for") && seen.has("L1 paced by hand")
    });
    tty.send("SS");
    tty.until("slow", |seen| seen.has("delay 10 ms"));
    tty.send("ss");
    tty.until("not slow", |seen| !seen.has("delay 10 ms"));
    fs::write(path.with_extension("py.go"), "").unwrap();
    tty.until_text("over");
    tty.send("q");
    assert!(tty.exit().success());
}

#[test]
fn quitting_while_a_script_is_paused_ends_it() {
    let (_folder, _, mut tty) = opened();
    tty.send("p");
    tty.until_text("resume");
    tty.send("q");
    assert!(tty.exit().success());
    tty.until_alone();
}

/// Two threads that add to a variable, one after the other.
const THREADS: &str = "\
import threading
total = 0
def add():
    global total
    total += 1
threads = [threading.Thread(target=add, name=name) for name in ('add-1', 'add-2')]
for thread in threads: thread.start()
for thread in threads: thread.join()
";

#[test]
fn a_key_leads_from_watching_a_script_to_stepping_it_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.py");
    fs::write(&path, THREADS).unwrap();
    let mut tty = Setup::default().size(120, 40).args(&[path.to_str().unwrap()]).start();
    tty.until_text("ended with exit code 0");
    tty.until("the keys", |seen| seen.has("m step") && seen.has("S/s delay"));
    tty.send("m");
    tty.until("steps", |seen| seen.has("Schedule") && seen.has("m watch"));
    tty.until("only keys that act", |seen| !seen.has("S/s"));
    tty.send(".");
    tty.until_text("step 1 of");
    tty.send("m");
    tty.until("watched", |seen| seen.has("L0 watched") && seen.has("m step"));
    tty.until_text("ended with exit code 0");
    tty.send("q");
    assert!(tty.exit().success());
    tty.assert_restored();
}
