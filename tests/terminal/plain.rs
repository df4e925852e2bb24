//! A run without the live screen, at a terminal.

use crate::driver::{Seen, Setup};

#[test]
fn ctrl_c_ends_a_run_with_worker_processes_in_one_clean_line() {
    let settings = [
        "--set",
        "blow=kill",
        "--set",
        "tasks=1000",
        "--set",
        "lines=1",
    ];
    let mut tty = Setup::default()
        .args(&["run", "failures", "--timeout", "10m"])
        .args(&settings)
        .start();
    // A worker of each pool is at a task. Any worker: the fault takes one of them away
    // before its first task.
    let at_work = |seen: &Seen, pool| {
        let line = |worker| format!("{pool} {worker} started sleep");
        (0..4).any(|worker| seen.count(line(worker).as_bytes()) > 0)
    };
    tty.until("tasks of all pools", |seen| {
        ["lose", "break", "supervise"]
            .iter()
            .all(|pool| at_work(seen, pool))
    });
    tty.send("\x03");
    assert_eq!(tty.exit().exit_code(), 130);
    tty.assert_restored();
    let seen = tty.seen();
    let all = String::from_utf8_lossy(&seen.bytes);
    let told: Vec<_> = all
        .lines()
        .filter(|line| line.contains("threadbare: "))
        .collect();
    let [told] = told[..] else { panic!("{told:?}") };
    // The terminal shows the key itself too.
    let told = told.trim_start_matches("^C");
    assert_eq!(told, "threadbare: stopped: run failures: SIGINT");
    for trace in ["panicked at", "thread '", "Broken pipe", "backtrace"] {
        assert!(!all.contains(trace), "{trace}: {all}");
    }
}
