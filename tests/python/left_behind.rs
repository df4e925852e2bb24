//! What a schedule leaves behind is ended with it, and so is one that does not end by itself.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::explored::{assert_found, explore, found};
use crate::figures::written;
use crate::{interpreters, python, wait_until};

/// Each schedule starts a process, and waits for the end of the one of the schedule before.
const LEAVES: &str = "\
import os, subprocess, sys
def lives(pid):
    try:
        with open('/proc/%s/stat' % pid) as file:
            return file.read().rsplit(') ', 1)[1][0] not in 'ZX'
    except OSError:
        return False
if os.path.exists(sys.argv[1]):
    with open(sys.argv[1]) as file: before = file.read()
    while lives(before): pass
left = subprocess.Popen(['sleep', '1000'])
with open(sys.argv[1], 'w') as file: file.write(str(left.pid))
";

#[test]
fn nothing_of_a_schedule_is_there_when_the_next_one_begins() {
    let (folder, script) = written(LEAVES);
    for python in interpreters() {
        let pid = folder.path().join("pid");
        let args = ["--search", "random", "--limit", "3", "--", pid.to_str().unwrap()];
        let (status, report) = found(&python, &script, &args);
        let about = python.display();
        assert_eq!((status, &report["cut_off"]), (Some(0), &json!(0)), "{about}: {report}");
    }
}

#[test]
fn what_schedules_have_started_ends_with_this_program_however_that_ends() {
    let (folder, script) = written(
        "import os, subprocess, sys\n\
         left = subprocess.Popen(['sleep', '1000'])\n\
         with open(sys.argv[1] + '.new', 'w') as file: file.write(str(left.pid))\n\
         os.rename(sys.argv[1] + '.new', sys.argv[1])\n\
         left.wait()\n",
    );
    let pid = folder.path().join("pid");
    for signal in [Signal::INT, Signal::KILL] {
        let _ = std::fs::remove_file(&pid);
        let child = explore(&python(), &script, &["--", pid.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_until("a process of the script's", || pid.exists());
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait_with_output().unwrap();
        // The last one, since another schedule may have begun.
        let left = std::fs::read_to_string(&pid).unwrap().parse().unwrap();
        wait_until("its end", || {
            threadbare::kit::proc_stat::state_of(left)
                .map_or(true, |state| matches!(state, 'Z' | 'X'))
        });
    }
}

#[test]
fn an_alarm_of_the_scripts_own_is_its_own() {
    let (_folder, script) = written(
        "import signal\n\
         signal.setitimer(signal.ITIMER_REAL, 0.01)\n\
         while True: pass\n",
    );
    for python in interpreters() {
        let report = assert_found(&python, &script, &[], "exit_code");
        assert_eq!(report["shortest"]["end"], "signal 14 ended it", "{}", python.display());
    }
}

#[test]
fn a_schedule_without_end_is_cut_off_and_named() {
    // The signal is the one that ends a program whose time is up.
    let (_folder, script) = written(
        "import os, signal\n\
         signal.signal(signal.SIGALRM, lambda *_: None)\n\
         r, w = os.pipe()\n\
         os.read(r, 1)\n",
    );
    let (status, report) = found(&python(), &script, &[]);
    assert_eq!((status, &report["schedules"]), (Some(1), &json!(3)), "{report}");
    assert_eq!((&report["cut_off"], &report["failures"]), (&json!(3), &json!(0)));
    assert!(report["incomplete"].as_array().unwrap().contains(&json!("time_limit")));
}

#[test]
fn a_schedule_that_starts_processes_without_end_ends_the_search_at_a_named_limit() {
    let (folder, script) = written(
        "import os, sys, time\n\
         with open(sys.argv[1], 'w') as file: file.write(str(os.getpgrp()))\n\
         for _ in range(3000):\n    if os.fork() == 0: time.sleep(3600)\n\
         os.wait()\n",
    );
    let group = folder.path().join("group");
    let output = explore(&python(), &script, &["--", group.to_str().unwrap()]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    // On a machine that is too busy to start that many, it is the limit of time.
    let limits = ["it had more than 1000 processes at once", "did not end within 5 s"];
    assert!(limits.iter().any(|limit| stderr.contains(limit)), "{stderr}");
    let group: i32 = std::fs::read_to_string(&group).unwrap().parse().unwrap();
    wait_until("all have ended", || {
        let numbers = std::fs::read_dir("/proc").unwrap().flatten();
        let mut numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        !numbers.any(|pid| {
            let stat = threadbare::kit::proc_stat::stat_of(pid);
            stat.is_ok_and(|stat| stat.group == group && stat.state != 'Z')
        })
    });
}
