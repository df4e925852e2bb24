//! A run without the live screen, at a terminal.

use crate::driver::Setup;

// P13
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
    // Workers of all its pools are at a task.
    for pool in ["lose", "break", "supervise"] {
        let at_work = format!("{pool} 1 started sleep");
        tty.until(&at_work, |seen| seen.count(at_work.as_bytes()) > 0);
    }
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
