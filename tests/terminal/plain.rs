//! A run without the live screen, at a terminal.

use crate::driver::Setup;

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
    let told: Vec<_> = all.lines().filter(|line| line.contains("threadbare: ")).collect();
    let [told] = told[..] else { panic!("{told:?}") };
    // The terminal shows the key itself too.
    let told = told.trim_start_matches("^C");
    assert_eq!(told, "threadbare: stopped: run sync: SIGINT");
    for trace in ["panicked at", "thread '", "Broken pipe", "backtrace"] {
        assert!(!all.contains(trace), "{trace}: {all}");
    }
}
