//! The result of a run has what others rely on, in every format.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::explored::{LOST_UPDATE, found};
use crate::figures::{named, written};
use crate::{clean, interpreters, output, python, run};

/// Something of each kind that a result has an entry for.
const EVERYTHING: &str = "\
import multiprocessing, queue, threading, time
from concurrent.futures import ThreadPoolExecutor
lock, tasks, shared = threading.Lock(), queue.Queue(), []
def works():
    with lock: shared.append(tasks.get())
def fails(): raise ValueError('on purpose')
def square(n): return n * n
if __name__ == '__main__':
    tasks.put(1)
    threads = [threading.Thread(target=f, name=f.__name__) for f in (works, fails)]
    for t in threads: t.start()
    for t in threads: t.join()
    threading.Thread(target=lambda: time.sleep(60), name='abandoned', daemon=True).start()
    with ThreadPoolExecutor(1) as executor: executor.submit(square, 2)
    with multiprocessing.get_context('spawn').Pool(2) as pool: pool.map(square, range(4))
";

/// The fields of each kind of entry.
const ENTRIES: [(&str, &[&str]); 7] = [
    ("threads", &["name", "role", "ended", "error"]),
    ("processes", &["pid", "start_method", "exit"]),
    ("locks", &["name", "kind", "acquires", "contended", "wait_us", "hold_us", "removed"]),
    ("lists", &["name", "operations", "appended", "removed", "left"]),
    ("queues", &["name", "kind", "puts", "gets", "left"]),
    ("executors", &["kind", "workers", "tasks", "failed"]),
    ("pools", &["size", "start_method", "tasks", "chunks", "total_ms", "parts_ms"]),
];
const WHOLE: &[&str] = &[
    "script",
    "args",
    "interpreter",
    "level",
    "exit",
    "deadlock",
    "records",
    "lost_records",
    "not_watched",
    "stdout",
    "stderr",
];

#[track_caller]
fn assert_has(object: &Value, keys: &[&str], about: &str) {
    let has = |key: &&&str| object.as_object().is_some_and(|object| object.contains_key(**key));
    let missing: Vec<_> = keys.iter().filter(|key| !has(key)).collect();
    assert!(missing.is_empty(), "{about}: {missing:?} of {object}");
}

#[test]
fn the_result_of_a_script_has_every_field_of_the_contract() {
    let (_folder, path) = written(EVERYTHING);
    for python in interpreters() {
        let object = run(&python, &path, &["a", "b"]);
        let (result, about) = (&object["result"], python.display().to_string());
        assert_eq!(object["lab"], "python", "{about}");
        assert_has(result, WHOLE, &about);
        assert_has(&result["interpreter"], &["version", "gil", "implementation"], &about);
        assert_eq!(result["args"], json!(["a", "b"]), "{about}");
        assert_eq!(result["exit"], json!({ "code": 0 }), "{about}");
        for (kind, fields) in ENTRIES {
            let entries = result[kind].as_array().unwrap();
            assert!(!entries.is_empty(), "{about}: {kind}");
            for entry in entries {
                assert_has(entry, fields, &format!("{about}: {kind}"));
            }
        }
        let parts = &result["pools"][0]["parts_ms"];
        assert_has(parts, &["start", "pickle", "compute", "return", "shutdown"], &about);
        let ends = |name: &str| named(&result["threads"], name)["ended"].as_str().unwrap();
        let ends = ["MainThread", "fails", "abandoned"].map(ends);
        assert_eq!(ends, ["returned", "raised", "killed"], "{about}");
    }
}

#[test]
fn what_is_found_in_a_script_has_every_field_of_the_contract() {
    let (_folder, path) = written(LOST_UPDATE);
    let (_, report) = found(&python(), &path, &["--search", "all"]);
    let whole = ["program", "search", "seed", "schedules", "states", "complete", "failures"];
    assert_has(&report, &whole, "the search");
    assert_has(&report, &["kinds", "shortest", "elapsed_ms"], "the search");
    assert_has(&report["shortest"], &["code", "switches", "steps"], "the shortest");
    for step in report["shortest"]["steps"].as_array().unwrap() {
        assert_has(step, &["thread", "op", "effect"], "a step");
    }
}

#[test]
fn events_and_trace_of_a_script_name_its_threads() {
    let (folder, path) = written(EVERYTHING);
    let trace = folder.path().join("trace.json");
    let wanted = ["MainThread", "works", "fails", "abandoned"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command.args(["run", "--format", "jsonl", "--trace"]).arg(&trace).arg("--set");
    clean(command.arg(format!("python={}", python().display())).arg(&path));
    let output = output(&mut command);
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (object, events) = lines.split_last().unwrap();
    assert_eq!(object["result"]["exit"], json!({ "code": 0 }));
    let started = events.iter().filter(|event| event["event"] == "thread.start");
    let named: BTreeSet<_> = started.filter_map(|event| event["name"].as_str()).collect();
    assert!(wanted.iter().all(|name| named.contains(name)), "{named:?}");
    let trace: Value = serde_json::from_slice(&std::fs::read(trace).unwrap()).unwrap();
    let tracks = trace["traceEvents"].as_array().unwrap().iter();
    let tracks: BTreeSet<_> = tracks
        .filter(|event| event["ph"] == "M")
        .filter_map(|event| event["args"]["name"].as_str())
        .collect();
    assert!(wanted.iter().all(|name| tracks.contains(name)), "{tracks:?}");
}
