//! The figures of shutdowns, where something is left behind and where time is known.

use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::{assert_empty, run};

/// Puts a `sleep` into `folder` that leaves the process group of its parent first. A process of
/// its own writes it: while this one had the file open for writing, a test beside this one could
/// start a program that keeps it open, and then it could not be executed.
fn put_escaping_sleep(folder: &Path) {
    let script = "printf '#!%s /bin/sh\\nexec /bin/sleep \"$@\"\\n' \"$(command -v setsid)\" > sleep; \
                  chmod +x sleep";
    let status = Command::new("sh").args(["-c", script]).current_dir(folder).status().unwrap();
    assert!(status.success());
}

/// The result of the lab, with two workers and this `PATH`.
fn shutdowns(path: &str) -> (Vec<Value>, Vec<String>) {
    let place = tempfile::tempdir().unwrap();
    let settings = ["fault=panic", "policy=retry", "tasks=2", "workers=2"];
    let output = run(place.path(), "json", &settings).env("PATH", path).output().unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*report), (Some(0), ""));
    assert_empty(place.path());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let broken = findings.filter(|finding| finding["weight"] == "broken");
    let broken = broken.map(|finding| finding["text"].as_str().unwrap().to_owned()).collect();
    (report["result"]["shutdowns"].as_array().unwrap().clone(), broken)
}

#[test]
fn a_process_that_left_its_group_is_counted_as_left_behind() {
    let tools = tempfile::tempdir().unwrap();
    put_escaping_sleep(tools.path());
    let path = std::env::var("PATH").unwrap();
    let (shutdowns, broken) = shutdowns(&format!("{}:{path}", tools.path().display()));
    let last = shutdowns.last().unwrap();
    let note = last["note"].as_str().unwrap();
    let child = note.split("its child ").nth(1).and_then(|rest| rest.split(' ').next());
    let child = Pid::from_raw(child.unwrap().parse().unwrap()).unwrap();
    // It is there until here: the program counted what really was left.
    kill_process(child, Signal::KILL).unwrap();
    let left: Vec<_> = shutdowns.iter().map(|one| one["left"].as_u64().unwrap()).collect();
    assert_eq!((&last["mode"], left), (&"ignored-signals".into(), vec![0, 0, 0, 0, 1]));
    assert_eq!(broken.last().unwrap(), "1 process was left behind.");
}

/// Two workers drain 24 tasks of 5 ms each, in at least 60 ms.
#[test]
fn the_time_of_a_shutdown_is_in_milliseconds() {
    let (shutdowns, broken) = shutdowns(&std::env::var("PATH").unwrap());
    assert!(broken.is_empty(), "{broken:?}");
    let drain = &shutdowns[0];
    assert_eq!(drain["mode"], "drain");
    // As seconds it would be below 1, and the work that is over before the shutdown is little.
    assert!(drain["took_ms"].as_f64().unwrap() > 1.0, "{drain}");
}
