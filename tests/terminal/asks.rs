//! A script on the screen: what it asks is answered in its own terminal, and nothing of it is left.

use std::path::Path;

use rustix::process::{Pid, Signal};
use threadbare::kit::proc_stat;

use crate::driver::{Setup, Tty};

/// The screen of a script, at the smallest usual size.
fn opened(script: &Path, args: &[&str]) -> Tty {
    let mut all = vec![script.to_str().unwrap()];
    all.extend(args);
    Setup::default().size(80, 24).args(&all).start()
}

#[test]
fn the_questions_of_a_script_are_answered_in_its_terminal() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ask.py");
    let mut tty = opened(&script, &[]);
    tty.until_text("Your name? ");
    tty.until_text("waits for input");
    // Without the keyboard it gets no key, and the lab has its own.
    tty.send("t");
    tty.until_text("theme: ");
    tty.send("i");
    tty.until_text("ctrl-d eof");
    tty.send("Evr\x7fe\r");
    tty.until_text("Hello Eve. Which colour do you like? ");
    tty.send("q\r");
    tty.until_text("q is noted.");
    tty.until_text("ended with exit code 0");
    tty.until_text("The clock has counted");
    // Still typing: the key is none of the lab.
    tty.send("q");
    tty.send("\x1b");
    tty.until("the keys of the lab", |seen| !seen.has("ctrl-d eof") && seen.has("quit"));
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn the_keys_of_a_terminal_interrupt_a_script_and_not_the_program() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ask.py");
    // The kernel discards what waits in the terminal when the key interrupts, so what the script
    // says of that may be lost; how it ended is not.
    for (key, shown) in [("\x03", "SIGINT"), ("\x04", "No more answers.")] {
        let mut tty = opened(&script, &[]);
        tty.until_text("waits for input");
        tty.send("i");
        tty.until_text("ctrl-d eof");
        tty.send(key);
        tty.until_text(shown);
        tty.send("\x1b");
        tty.until("the keys of the lab", |seen| !seen.has("ctrl-d eof") && seen.has("quit"));
        tty.send("q");
        assert_eq!(tty.exit().exit_code(), 0);
        tty.assert_restored();
    }
}

/// It has no shell that could continue it: the kernel stops no process then.
#[test]
fn the_key_that_stops_a_job_goes_to_the_script_which_asks_on() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ask.py");
    let mut tty = opened(&script, &[]);
    tty.until_text("waits for input");
    tty.send("i");
    tty.until_text("ctrl-d eof");
    tty.send("\x1a\x0c");
    tty.until_text("^Z^L");
    // What it has been sent by then is a part of the answer.
    tty.send("\x15Eve\r");
    tty.until_text("Hello Eve. Which colour do you like? ");
    tty.send("red\r");
    tty.until_text("ended with exit code 0");
    tty.send("\x1b");
    tty.until("the keys of the lab", |seen| !seen.has("ctrl-d eof") && seen.has("quit"));
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

/// A script that writes its own number and that of a child into a file, and then stays.
const STAYS: &str = "\
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'])
with open(sys.argv[1] + '.new', 'w') as file: print(os.getpid(), child.pid, file=file)
os.rename(sys.argv[1] + '.new', sys.argv[1])
while True: time.sleep(1)
";

fn runs(pid: u32) -> bool {
    proc_stat::state_of(pid).is_ok_and(|state| !matches!(state, 'Z' | 'X'))
}

/// What is left of a run of the program with this number, in the folders where it may write.
fn folders(program: Pid) -> usize {
    let start = format!("threadbare-run-{}-", program.as_raw_nonzero());
    let of = |folder: &Path| {
        let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
        names.filter(|one| one.file_name().to_string_lossy().starts_with(&start)).count()
    };
    of(Path::new("/dev/shm")) + of(&std::env::temp_dir())
}

/// Opens the script, ends the program in this way, and waits until nothing of it is left.
fn end(script: &Path, how: &str, is_paused: bool) {
    let pids = script.with_extension("pids");
    let mut tty = opened(script, &[pids.to_str().unwrap()]);
    tty.until("the script", |_| pids.exists());
    tty.until_open();
    if is_paused {
        tty.send("p");
        tty.until_text("resume");
    }
    let text = std::fs::read_to_string(&pids).unwrap();
    let started: Vec<u32> = text.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    std::fs::remove_file(&pids).unwrap();
    assert!(started.iter().all(|pid| runs(*pid)), "{how}");
    assert_eq!(folders(tty.pid), 1, "{how}");
    match how {
        "quit" => tty.send("q"),
        "terminate" => tty.signal(Signal::TERM),
        "kill" => tty.signal(Signal::KILL),
        _ => tty.hang_up(),
    }
    tty.exit();
    tty.until(how, |_| started.iter().all(|pid| !runs(*pid)) && folders(tty.pid) == 0);
    // A killed program cannot, and where there is no terminal there is nothing to restore.
    if ["quit", "terminate"].contains(&how) {
        tty.assert_restored();
    }
}

const ENDS: [&str; 4] = ["quit", "terminate", "kill", "hang up"];

#[test]
fn however_the_program_ends_no_process_of_the_script_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("stays.py");
    std::fs::write(&script, STAYS).unwrap();
    for how in ENDS {
        end(&script, how, false);
    }
}

#[test]
#[ignore = "takes half a minute"]
fn a_hundred_ends_leave_no_process_no_file_and_no_terminal_mode() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("stays.py");
    std::fs::write(&script, STAYS).unwrap();
    for n in 0..100 {
        end(&script, ENDS[n % ENDS.len()], n / ENDS.len() % 2 == 1);
    }
}
