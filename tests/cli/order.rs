//! Records and traces of whole runs: nothing is seen before its start, and the times of a
//! lane never fall.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::{run, stderr, stdout};

/// Labs that start many threads or processes, as short as they can be.
const SHORT: &[&[&str]] = &[
    &["factorial"],
    &["pool", "--set", "python=off", "--set", "break_even=off", "--set", "repeat=1"],
    &["sync", "--set", "tool=process-lock"],
    &["failures"],
];

/// What a consumer of the records knows so far.
#[derive(Default)]
struct Known {
    lanes: BTreeSet<u64>,
    resources: BTreeSet<u64>,
    tasks: BTreeSet<u64>,
    /// Whether the lab reports what its pool queues.
    queues: bool,
    /// The time of the latest record of each lane.
    latest: BTreeMap<u64, u64>,
}

impl Known {
    fn take(&mut self, record: &Value) {
        let number = |key: &str| record[key].as_u64();
        let lane = number("lane_id").unwrap();
        let at = number("t_ns").unwrap();
        let latest = self.latest.insert(lane, at).unwrap_or(0);
        assert!(latest <= at, "time falls from {latest}: {record}");
        let event = record["event"].as_str().unwrap();
        match event {
            "thread.start" => {
                self.lanes.insert(lane);
            }
            "resource" => self.resources.extend(number("resource")),
            "task.submit" => self.tasks.extend(number("task")),
            _ => {}
        }
        assert!(self.lanes.contains(&lane), "not started: {record}");
        let resource = number("resource").is_none_or(|id| self.resources.contains(&id));
        assert!(resource, "not defined: {record}");
        let holder = number("holder").is_none_or(|id| self.lanes.contains(&id));
        assert!(event != "lock.want" || holder, "holder not started: {record}");
        let queued = number("task").is_none_or(|id| self.tasks.contains(&id));
        assert!(!self.queues || event != "task.start" || queued, "not queued: {record}");
    }
}

/// Runs a lab with records on stdout and a trace beside them, and checks both.
fn check(lab: &[&str], folder: &Path) {
    let trace = folder.join("trace.json");
    let outputs = ["--format", "jsonl", "--trace", trace.to_str().unwrap()];
    let output = run(&[&["run"], lab, &outputs].concat());
    assert_eq!(output.status.code(), Some(0), "{lab:?}: {}", stderr(&output));
    let mut known = Known { queues: lab[0] == "factorial", ..Known::default() };
    let records = stdout(&output).lines().map(serde_json::from_str::<Value>);
    for record in records.map(Result::unwrap) {
        // The last line sums the run up.
        if record["event"].is_string() {
            known.take(&record);
        }
    }
    assert!(known.lanes.len() > 2, "{lab:?}: {:?}", known.lanes);
    let trace: Value = serde_json::from_slice(&std::fs::read(&trace).unwrap()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let names = events.iter().filter(|event| event["name"] == "thread_name");
    let names: Vec<_> = names.map(|event| event["args"]["name"].as_str().unwrap()).collect();
    assert!(names.len() > 2 && names.iter().all(|name| !name.is_empty()), "{names:?}");
}

#[test]
fn no_record_comes_before_the_start_of_what_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    for lab in SHORT {
        check(lab, folder.path());
    }
}

/// The same for sixty runs as they are by default: `cargo test --test cli -- --ignored sixty`.
#[test]
#[ignore = "takes minutes"]
fn in_sixty_runs_no_record_comes_before_the_start_of_what_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..15 {
        for lab in SHORT {
            check(&lab[..1], folder.path());
        }
    }
}
