//! `threadbare run` of every lab under every kind of limit.

use std::fs::File;
use std::process::Stdio;

use serde_json::Value;

use crate::common::{Ended, Limit, run_under};

/// Every lab, as small as it can be.
const LABS: &[(&str, &[&str])] = &[
    ("list", &["pause=0ms", "ops=5"]),
    ("factorial", &["to=6"]),
    ("pool", &["sizes=2", "repeat=1", "python=off", "break_even=off", "start=spawn"]),
    ("pool", &["sizes=2", "repeat=1", "python=off", "break_even=off", "start=forkserver"]),
    ("worlds", &["n=2", "size=1ms", "python=off", "work=io"]),
    ("sync", &["tool=lock", "misuse=off", "ops=3"]),
    ("sync", &["tool=barrier", "misuse=off", "ops=3"]),
    ("sync", &["tool=process-lock", "misuse=off", "ops=3"]),
    ("sync", &["tool=process-pipe", "misuse=off", "ops=3"]),
    ("sync", &["tool=process-manager", "misuse=off", "ops=3"]),
    ("failures", &["tasks=4", "lines=5", "fault=kill"]),
    ("steps", &[]),
];

/// What the system calls its refusals.
const CAUSES: &[&str] = &[
    "resource temporarily unavailable",
    "too many open files",
    "cannot allocate memory",
    "file too large",
    "no space left on device",
];

fn names_a_cause(text: &str) -> bool {
    let text = text.to_lowercase();
    CAUSES.iter().any(|cause| text.contains(cause))
}

fn run(limit: Limit, lab: &str, settings: &[&str]) -> Ended {
    let mut args = vec!["run", lab, "--format", "json", "--timeout", "20s"];
    for setting in settings {
        args.extend(["--set", setting]);
    }
    run_under(limit, &args, Stdio::piped())
}

/// A run ends by itself, and either with everything that was asked for or with status 1
/// and one line that names the cause. Whether it was stopped.
#[track_caller]
fn assert_whole_or_refused(ended: &Ended) -> bool {
    let (what, error) = (&ended.what, ended.stderr());
    let not_run = ended.json().map(|json| json["not_run"].clone());
    let missing = not_run.iter().filter_map(Value::as_array).flatten();
    let missing: Vec<_> = missing.collect();
    match ended.status() {
        Some(0) => {
            assert!(not_run.is_some() && missing.is_empty(), "{what}: {missing:?}");
            assert_eq!(error, "", "{what}");
            false
        }
        Some(1) => {
            assert_eq!(error.matches('\n').count(), 1, "{what}: {error}");
            assert!(error.starts_with("threadbare: "), "{what}: {error}");
            assert!(!error.contains("--timeout"), "{what} waited: {error}");
            assert!(names_a_cause(error), "{what}: {error}");
            // Without an object nothing was run at all.
            assert_ne!(not_run.as_ref().map(|_| missing.len()), Some(0), "{what}: {error}");
            true
        }
        status => panic!("{what} ended with {status:?}: {error}"),
    }
}

/// Every lab under the limit; how many were stopped by it.
#[track_caller]
fn matrix(limit: Limit) -> usize {
    if !limit.applies() {
        return LABS.len();
    }
    let stopped = LABS.iter().map(|(lab, settings)| run(limit, lab, settings));
    stopped.filter(assert_whole_or_refused).count()
}

#[test]
fn no_lab_runs_without_a_second_thread() {
    assert_eq!(matrix(Limit::Processes(1)), LABS.len());
}

#[test]
fn no_lab_runs_with_two_threads_and_each_names_the_cause() {
    assert_eq!(matrix(Limit::Processes(2)), LABS.len());
}

#[test]
fn each_lab_runs_whole_or_names_the_cause_with_few_processes() {
    for most in [3, 4, 5, 6, 8, 12] {
        matrix(Limit::Processes(most));
    }
}

#[test]
fn each_lab_runs_whole_or_names_the_cause_with_few_descriptors() {
    for most in [8, 12, 16, 24, 40] {
        matrix(Limit::Descriptors(most));
    }
}

#[test]
fn what_needs_processes_is_stopped_by_8_descriptors() {
    let needs = |settings: &[&str]| settings.iter().any(|one| one.contains("process"));
    for (lab, settings) in LABS {
        if ["pool", "worlds", "failures"].contains(lab) || needs(settings) {
            let ended = run(Limit::Descriptors(8), lab, settings);
            assert!(assert_whole_or_refused(&ended), "{}", ended.what);
        }
    }
}

#[test]
fn a_full_device_is_one_line_and_status_1_for_every_lab() {
    for (lab, settings) in LABS {
        let mut args = vec!["run", lab];
        settings.iter().for_each(|one| args.extend(["--set", one]));
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ended = run_under(Limit::Descriptors(1024), &args, full.into());
        assert_eq!(
            (ended.status(), ended.stderr()),
            (Some(1), "threadbare: cannot write: stdout: no space left on device\n"),
            "{}",
            ended.what
        );
    }
}

#[test]
fn each_lab_runs_whole_or_names_the_cause_with_small_files() {
    for most in [0, 4096] {
        matrix(Limit::FileSize(most));
    }
}

/// A run with more threads than it can have: why they are fewer, and the number of lanes
/// of this name that began.
fn refused(most: u64, lab: &str, settings: &[&str], lane: &str) -> (String, usize) {
    let mut args = vec!["run", lab, "--format", "jsonl"];
    for setting in settings {
        args.extend(["--set", setting]);
    }
    let ended = run_under(Limit::Processes(most), &args, Stdio::piped());
    let lines = String::from_utf8_lossy(&ended.output.stdout);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let started = lines.iter().filter(|line| {
        line["event"] == "thread.start"
            && line["name"].as_str().is_some_and(|name| name.starts_with(lane))
    });
    let all = lines.last().unwrap()["not_run"].as_array().unwrap();
    let threads = all.iter().find(|one| one["what"] == "16 threads");
    let why = threads.map(|one| one["why"].as_str().unwrap().to_owned());
    (why.unwrap_or_else(|| panic!("{}: {all:?}", ended.what)), started.count())
}

#[test]
fn threads_that_could_not_be_started_are_counted() {
    if !Limit::Processes(10).applies() {
        return;
    }
    for most in [8, 12] {
        // Each task is long enough for the next one to need another thread.
        let settings = ["workers=16", "to=40", "pace=20ms"];
        let (why, started) = refused(most, "factorial", &settings, "w_");
        assert!(why.starts_with(&format!("only {started} could be started: ")), "{why} {started}");
        assert!((1..16).contains(&started));
        let settings = ["sizes=16", "to=40", "work=sleep:20ms", "repeat=1", "python=off"];
        let settings = [&settings[..], &["break_even=off"]].concat();
        let (why, started) = refused(most, "pool", &settings, "thread_");
        let words = format!("only {started} threads could be started: ");
        assert!(why.starts_with(&words), "{why} {started}");
        assert!((1..16).contains(&started));
    }
}
