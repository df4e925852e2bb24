//! A run without the live screen, at a terminal.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::driver::{Setup, program};

#[test]
fn ctrl_c_ends_a_run_with_worker_processes_in_one_clean_line() {
    // A run that does not end by itself: each step of each process takes two seconds.
    let settings = ["tool=process-lock", "misuse=off", "ops=100000", "pace=2s"];
    let mut tty = Setup::default()
        .args(&["run", "sync", "--timeout", "10m"])
        .args(&settings.map(|set| ["--set", set]).concat())
        .start();
    for worker in 1..=4 {
        let line = format!("adder-{worker} started as process");
        tty.until(&line, |seen| seen.count(line.as_bytes()) > 0);
    }
    tty.send("\x03");
    assert_eq!(tty.exit().exit_code(), 130);
    tty.assert_restored();
    let seen = tty.seen();
    let all = String::from_utf8_lossy(&seen.bytes);
    let reported: Vec<_> = all.lines().filter(|line| line.contains("threadbare: ")).collect();
    let [reported] = reported[..] else { panic!("{reported:?}") };
    // The terminal shows the key itself too.
    let reported = reported.trim_start_matches("^C");
    assert_eq!(reported, "threadbare: stopped: run sync: SIGINT");
    for trace in ["panicked at", "thread '", "Broken pipe", "backtrace"] {
        assert!(!all.contains(trace), "{trace}: {all}");
    }
}

/// A billion random runs take longer than a test may take.
const SEARCH: [&str; 6] = ["explore", "list", "--search", "random", "--limit", "1000000000"];
/// What each line of progress begins with: it is written over the one before.
const WIPE: &[u8] = b"\r\x1b[K";

/// Killed at the latest when the test ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first line comes after 500 ms, the others after 200 ms each; a file gets none.
#[test]
fn progress_is_shown_late_and_seldom_on_a_terminal_alone_and_wiped_at_the_end() {
    // It has begun before the one on the terminal.
    let mut piped = Command::new(program());
    let piped = piped.args(SEARCH).stdin(Stdio::null()).stdout(Stdio::null());
    let mut piped = Killed(piped.stderr(Stdio::piped()).spawn().unwrap());
    let began = Instant::now();
    let mut tty = Setup::default().args(&SEARCH).start();
    for line in 0..5 {
        tty.until("a line of progress", |seen| seen.count(WIPE) > line);
        let shown = u32::try_from(tty.seen().count(WIPE)).unwrap();
        let earliest = Duration::from_millis(500) + Duration::from_millis(200) * (shown - 1);
        assert!(began.elapsed() >= earliest, "{shown} lines after {:?}", began.elapsed());
    }
    kill_process(Pid::from_child(&piped.0), Signal::INT).unwrap();
    let mut reported = String::new();
    piped.0.stderr.take().unwrap().read_to_string(&mut reported).unwrap();
    assert_eq!(reported, "threadbare: stopped: explore list: SIGINT\n");
    tty.send("\x03");
    assert_eq!(tty.exit().exit_code(), 130);
    tty.assert_restored();
    let seen = tty.seen();
    let written = String::from_utf8_lossy(&seen.bytes);
    let (progress, answer) = written.rsplit_once("\r\x1b[K").unwrap();
    let lines: Vec<_> = progress.split("\r\x1b[K").skip(1).collect();
    assert!(
        lines.iter().all(|line| line.contains(" runs, ") && line.contains(" fail")),
        "{lines:?}"
    );
    assert!(!answer.contains(" runs, "), "{answer}");
    let stopped = "threadbare: stopped: explore list: SIGINT";
    assert!(answer.contains(stopped), "{answer}");
    assert!(seen.text().contains(stopped) && !seen.text().contains(" runs, "), "{}", seen.text());
}
