//! The explorer from outside, by the built program: known counts, findings that come again
//! in a new process, repairs that are proved, questions, signals.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use threadbare::labs::programs;

const FAILS: Option<i32> = Some(3);
const HOLDS: Option<i32> = Some(0);

fn explore(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command
        .arg("explore")
        .args(args)
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::null());
    command
}

fn text(output: &Output) -> (Option<i32>, &str) {
    (
        output.status.code(),
        std::str::from_utf8(&output.stdout).unwrap(),
    )
}

fn found(args: &[&str]) -> (Option<i32>, Value) {
    let output = explore(args).args(["--format", "json"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let json = serde_json::from_slice(&output.stdout);
    (
        output.status.code(),
        json.unwrap_or_else(|_| panic!("{args:?}: {told}")),
    )
}

#[test]
fn every_shortest_finding_comes_again_from_its_code_in_a_new_process() {
    for program in programs::ALL {
        let (status, first) = found(&[program.id]);
        assert_eq!(status, FAILS, "{}", program.id);
        assert_eq!(first["complete"], true, "{}", program.id);
        let shortest = &first["shortest"];
        let code = shortest["code"].as_str().unwrap();
        let (status, again) = found(&["--replay", code]);
        assert_eq!((status, &again["failed"]), (FAILS, &json!(true)), "{code}");
        for part in ["steps", "end", "why"] {
            assert!(shortest[part].is_array() || shortest[part].is_string());
            assert_eq!(again[part], shortest[part], "{code}: {part}");
        }
    }
}

#[test]
fn every_repaired_program_is_proved_over_all_interleavings() {
    for program in programs::ALL {
        let repaired = format!("{}=on", program.repair.key);
        let (status, proof) = found(&[program.id, "--set", &repaired]);
        let figures = [&proof["complete"], &proof["failures"], &proof["shortest"]];
        let expected = [&json!(true), &json!(0), &Value::Null];
        assert_eq!((status, figures), (HOLDS, expected), "{}", program.id);
        assert!(proof["schedules"].as_u64().unwrap() > 1, "{}", program.id);
    }
}

#[test]
fn the_known_counts() {
    let counts = |args: &[&str]| {
        let (_, found) = found(args);
        assert_eq!(found["complete"], true, "{args:?}");
        let figure = |key: &str| found[key].as_u64().unwrap();
        (figure("schedules"), figure("failures"))
    };
    for (n, unlocked, locked) in [
        ("n=2", (924, 918), 6),
        ("n=3", (48_620, 48_600), 20),
        ("n=4", (2_704_156, 2_704_086), 70),
    ] {
        assert_eq!(counts(&["list", "--set", n]), unlocked, "{n}");
        let with_lock = counts(&["list", "--set", n, "--set", "lock=on"]);
        assert_eq!(with_lock, (locked, 0), "{n}");
    }
    for (n, expected) in [("n=3", (168, 6)), ("n=4", (98_184, 24))] {
        assert_eq!(counts(&["philosophers", "--set", n]), expected, "{n}");
    }
    assert_eq!(counts(&["counter"]), (20, 18));
}

#[test]
fn a_question_is_answered_by_a_schedule_with_status_3_or_by_no_with_status_0() {
    let lost = explore(&["counter", "--query", "end count == 1"])
        .output()
        .unwrap();
    let (status, told) = text(&lost);
    assert_eq!(status, FAILS);
    assert!(told.contains("Yes, in 18 of 20 interleavings."), "{told}");
    let (_, code) = told.trim_end().rsplit_once(' ').unwrap();
    let again = explore(&["--replay", code]).output().unwrap();
    let (status, story) = text(&again);
    assert_eq!(status, FAILS);
    assert!(story.contains("Why: "), "{story}");

    let both = "ever holds(philosopher[1], fork[1]) && holds(philosopher[2], fork[1])";
    let (status, never) = found(&["philosophers", "--set", "n=3", "--query", both]);
    assert_eq!(
        (status, &never["query"]["answer"]),
        (HOLDS, &json!(false)),
        "{never}"
    );
    assert_eq!(never["schedules"], 168);
    let (status, found) = found(&["counter", "--query", "count == 2"]);
    assert_eq!((status, &found["query"]["answer"]), (FAILS, &json!(true)));
    assert_eq!(found["query"]["code"], found["shortest"]["code"]);
}

/// A billion random runs take longer than anyone waits.
#[test]
fn a_signal_ends_a_long_search_with_what_was_covered() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let long = ["list", "--search", "random", "--limit", "1000000000"];
        let mut child = explore(&long)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        until_watched(&child);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let began = Instant::now();
        let deadline = Duration::from_secs(30);
        while child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < deadline, "it goes on");
            std::thread::yield_now();
        }
        let output = child.wait_with_output().unwrap();
        let (code, told) = text(&output);
        assert_eq!(code, Some(status));
        assert!(told.contains("Not all of them were covered."), "{told}");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(
            complaint.starts_with("threadbare: stopped: explore list: SIG"),
            "{complaint}"
        );
        assert_eq!(complaint.matches('\n').count(), 1, "no progress in a file");
    }
}

/// Until the program catches these signals: before, they would end it like any other.
fn until_watched(child: &std::process::Child) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let path = format!("/proc/{}/status", child.id());
    let caught = || {
        let status = std::fs::read_to_string(&path).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or_default()
    };
    let both = 1 << (2 - 1) | 1 << (15 - 1);
    while caught() & both != both {
        assert!(Instant::now() < deadline, "it does not watch for signals");
        std::thread::yield_now();
    }
}
