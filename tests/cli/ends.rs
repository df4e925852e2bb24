use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use super::*;

/// A run that would take minutes.
const LONG: &[&str] = &["run", "list", "--timeout", "10m", "--set", "pause=60s"];

#[test]
fn a_signal_ends_a_run_with_what_was_measured() {
    for (signal, name, status) in [
        (Signal::INT, "SIGINT", 130),
        (Signal::TERM, "SIGTERM", 143),
        (Signal::HUP, "SIGHUP", 129),
        (Signal::QUIT, "SIGQUIT", 131),
    ] {
        let mut command = threadbare(LONG);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Its threads are at work when the first of them has told something.
        let told = lines.find(|line| line.as_ref().unwrap().starts_with("add-1 "));
        assert!(told.is_some());
        let began = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let rest: Vec<_> = lines.map(Result::unwrap).collect();
        let output = child.wait_with_output().unwrap();
        assert!(began.elapsed() < DEADLINE);
        assert_eq!(output.status.code(), Some(status), "{name}");
        assert_eq!(
            stderr(&output),
            format!("threadbare: stopped: run list: {name}\n")
        );
        assert!(
            rest.iter()
                .any(|line| line.contains(&format!("stopped early by {name}")))
        );
        assert!(rest.last().unwrap().starts_with("Audit: "), "{rest:?}");
    }
}

#[test]
fn a_hang_up_that_is_ignored_from_the_start_stays_ignored() {
    let line = "trap '' HUP; exec \"$0\" \"$@\"";
    let mut child = std::process::Command::new("sh")
        .args(["-c", line, env!("CARGO_BIN_EXE_threadbare")])
        .args(LONG)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = |start: &str| lines.find(|line| line.as_ref().unwrap().starts_with(start));
    assert!(next("add-1 ").is_some());
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    // Had the hang-up counted, it would have come first.
    assert!(next("It was stopped early by SIGTERM").is_some());
    assert!(next("Audit: ").is_some());
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn a_run_that_takes_too_long_is_stopped_with_status_1() {
    let args = ["run", "list", "--timeout", "20ms", "--format", "json"];
    let output = run(&args);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "threadbare: stopped: run list: not done after 20ms; see --timeout\n"
    );
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["stopped_by"], "timeout");
    let figure = |key: &str| result["result"][key].as_u64().unwrap();
    assert_eq!(
        figure("removed") + figure("left"),
        figure("added") - figure("lost") + figure("duplicated") + figure("phantom")
    );
}

#[test]
fn check_turns_an_anomaly_into_status_3() {
    let fast = [
        "run",
        "list",
        "--check",
        "--set",
        "pause=0ms",
        "--set",
        "ops=2000",
    ];
    let with = |lock: &str| {
        let more = ["--set", "rounds=100", "--set", lock];
        run(&[&fast[..], &more[..]].concat()).status.code()
    };
    assert_eq!(with("lock=on"), Some(0));
    assert_eq!(with("lock=off"), Some(3));
}

#[test]
fn the_story_is_told_while_it_happens() {
    let mut command = threadbare(LONG);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut text = String::new();
    let mut buffer = [0; 1024];
    // The run itself sleeps for a minute after this: what is read was not kept back.
    while !text.contains("appended") {
        let count = out.read(&mut buffer).unwrap();
        assert!(count > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert!(child.try_wait().unwrap().is_none());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    drop(out);
    child.wait().unwrap();
}
