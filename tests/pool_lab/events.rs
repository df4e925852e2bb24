//! What a run reports while it measures: rounds, parts, the fork server and CPython.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// What a run of the program reports, event by event, with this folder first on the path.
fn events(folder: Option<&Path>, settings: &[&str]) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command.args(["run", "pool", "--format", "jsonl"]);
    for setting in settings {
        command.args(["--set", setting]);
    }
    if let Some(folder) = folder {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(all).unwrap());
    }
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let events: Vec<_> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(of(&events, "server").iter().all(|server| server["pid"] != pid));
    events
}

fn of<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == name).collect()
}

fn at(event: &Value) -> f64 {
    event["t_ns"].as_f64().unwrap()
}

/// Round, mode and size of each measurement.
fn order(events: &[Value]) -> Vec<String> {
    let begun = of(events, "bar.begin").into_iter();
    let word = |begun: &Value| {
        let (mode, size) = (begun["variant"]["mode"].as_str().unwrap(), &begun["variant"]["size"]);
        format!("{} {mode} {size}", begun["round"])
    };
    begun.map(word).collect()
}

#[test]
fn each_round_has_its_number_and_order_and_each_run_its_parts_in_their_places() {
    let set = ["sizes=2,3", "repeat=2", "python=off", "break_even=off", "start=forkserver"];
    let events = events(None, &set);
    assert_eq!(
        order(&events),
        [
            "1 serial 1",
            "1 threads 2",
            "1 threads 3",
            "1 processes 2",
            "1 processes 3",
            "2 threads 2",
            "2 threads 3",
            "2 processes 2",
            "2 processes 3",
            "2 serial 1",
        ]
    );
    let (begun, ended) = (of(&events, "bar.begin"), of(&events, "bar.end"));
    assert_eq!(begun.len(), ended.len());
    let server = of(&events, "server")[0];
    let from_server = |pid: &Value| {
        let started = of(&events, "thread.start").into_iter();
        started.filter(|lane| lane["pid"] == *pid).count()
    };
    for (begun, ended) in begun.into_iter().zip(ended) {
        assert_eq!(
            [&ended["mode"], &ended["size"]],
            ["mode", "size"].map(|key| &begun["variant"][key])
        );
        let total = ended["total_ns"].as_f64().unwrap();
        assert!(total <= at(ended) - at(begun), "{ended}");
        let part = |name: &str| ended["parts_ns"][name].as_f64().unwrap();
        let parts = ["spawn", "ready", "send", "compute", "return", "join"].map(part);
        if ended["mode"] == "processes" {
            // Each takes a message at least, or the end of a process.
            assert!(parts.iter().all(|ns| *ns > 0.0), "{ended}");
            let pids = ended["pids"].as_array().unwrap();
            assert!(pids.iter().all(|pid| from_server(pid) > 0 && *pid != server["pid"]));
        } else {
            assert_eq!(ended["pids"], json!([]));
            // No process has to be ready.
            assert!(parts[1] == 0.0, "{ended}");
        }
    }
    let began = of(&events, "job.submit")[0];
    let (took, between) = (server["took_ns"].as_f64().unwrap(), at(server) - at(began));
    assert!(took <= between && took * 20.0 > between, "{took} of {between}");
    assert_eq!(of(&events, "job.done").len(), 1);
}

#[test]
fn a_chunk_is_one_message_to_a_process_and_one_turn_of_a_thread() {
    let set = ["sizes=2", "repeat=1", "python=off", "break_even=off"];
    let sent = |chunk| {
        let events = events(None, &[&set[..], &[chunk]].concat());
        let threads = of(&events, "thread.start")
            .into_iter()
            .filter(|lane| lane["name"].as_str().is_some_and(|name| name.starts_with("thread_")));
        (of(&events, "xfer.send").len(), threads.count())
    };
    // A second thread is started only if a chunk waits while the first is at work.
    assert_eq!(sent("chunk=10"), (1, 1));
    let (messages, threads) = sent("chunk=4");
    assert!(messages == 3 && (1..=2).contains(&threads), "{messages} {threads}");
    assert_eq!(sent("chunk=1").0, 10);
}

#[test]
fn what_others_use_is_reported_of_each_run_that_is_long_enough() {
    let set = ["sizes=2", "repeat=1", "python=off", "break_even=off", "work=sleep:30ms"];
    let events = events(None, &set);
    assert_eq!(of(&events, "load").len(), 1);
    assert!(of(&events, "load")[0]["others_cores"].as_f64().unwrap() >= 0.0);
}

#[test]
fn each_try_of_the_break_even_is_reported_and_the_result_follows_from_them() {
    // One process for one task: it has nothing beside which to compute. A busy machine may still
    // give it a core sooner than the loop gets one back, so no verdict is asserted here.
    let set = ["sizes=1", "to=1", "repeat=1", "python=off", "break_even=on"];
    let events = events(None, &set);
    let tried = of(&events, "break_even.try");
    assert!(!tried.is_empty(), "{events:#?}");
    for tried in &tried {
        let (work, serial) = (&tried["work_ns"], &tried["serial_ns"]);
        assert!(serial.as_f64().unwrap() >= work.as_f64().unwrap(), "{tried}");
    }
    let works = |verdict: &str| {
        let of_verdict = tried.iter().filter(move |tried| tried["verdict"] == verdict);
        of_verdict.map(|tried| tried["work_ns"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let (won, lost) = (works("faster").into_iter().min(), works("slower").into_iter().max());
    // A win at less work than a loss contradicts it: then neither counts.
    let is_sound = won.zip(lost).is_none_or(|(won, lost)| lost < won);
    let found = of(&events, "break_even")[0];
    assert_eq!(found["work_ns"].as_u64(), won.filter(|_| is_sound), "{found}");
}

/// Stands in for CPython: writes its arguments down, its version, and of each size but
/// `without` the same moments.
fn python(folder: &Path, without: &str, end: &str) {
    let script = format!(
        r#"#!/bin/sh
shift 5
echo "$*" >> {}/asked
echo '{{"version":"9.8.7","start":"spork"}}'
for size in $(echo "$1" | tr , ' '); do
    [ "$size" = "{without}" ] && continue
    echo '{{"size":'$size',"results":[9,16,25],"pids":[71,72],"moments":[1000,3000,7000,15000,31000,63000]}}'
done
{end}
"#,
        folder.display()
    );
    let path = folder.join("python3");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

const SET: [&str; 6] =
    ["sizes=2,4", "from=3", "to=5", "repeat=3", "break_even=off", "work=spin:2us"];

#[test]
fn cpython_is_asked_for_its_sizes_in_turns_and_its_moments_are_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    python(folder.path(), "", "");
    let events = events(Some(folder.path()), &SET);
    let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
    let asked: Vec<_> = asked.lines().collect();
    assert_eq!(asked, ["4,2 3 5 spin 2000 0", "2,4 3 5 spin 2000 0", "4,2 3 5 spin 2000 0"]);
    let python = of(&events, "python");
    assert_eq!(python.len(), 1, "its version is reported once");
    let reported = ["version", "start", "why"].map(|key| &python[0][key]);
    assert_eq!(reported, [&json!("9.8.7"), &json!("spork"), &Value::Null]);
    let runs = of(&events, "bar.end").into_iter().filter(|run| run["mode"] == "python");
    let runs: Vec<_> = runs.collect();
    let sizes: Vec<_> = runs.iter().map(|run| run["size"].as_u64().unwrap()).collect();
    assert_eq!(sizes, [4, 2, 2, 4, 4, 2]);
    for run in runs {
        assert_eq!(run["total_ns"], 63_000.0);
        let parts = json!({
            "spawn": 1000.0, "ready": 2000.0, "send": 4000.0,
            "compute": 8000.0, "return": 16000.0, "join": 32000.0,
        });
        assert_eq!(run["parts_ns"], parts);
        assert_eq!((&run["pids"], &run["results"]), (&json!([71, 72]), &json!([9, 16, 25])));
    }
    let result = &events.last().unwrap()["result"];
    assert_eq!(result["wrong_runs"], 0);
}

#[test]
fn a_cpython_that_fails_is_reported_once_with_its_reason_and_not_asked_again() {
    for (without, end, why) in [
        ("2", "", "it measured 1 of 2 sizes"),
        ("9", "echo 'no such thing' >&2; exit 3", "no such thing"),
        ("9", "echo noise", "it wrote `noise`, which is no measurement"),
        // Figures of an interpreter without a version are figures of no interpreter.
        ("9", r#"echo '{"version":"","start":"spork"}'"#, "it measured 2 of 2 sizes"),
        (
            "9",
            "echo '{\"size\":8,\"results\":[],\"pids\":[],\"moments\":[1,2,3,4,5,6]}'",
            "it wrote",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        python(folder.path(), without, end);
        let events = events(Some(folder.path()), &SET);
        let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
        assert_eq!(asked.lines().count(), 1, "{why}");
        let python = of(&events, "python");
        assert_eq!(python.len(), 1, "{why}");
        let reported = python[0]["why"].as_str().unwrap();
        assert!(reported.contains(why), "{reported}");
        assert!(python[0]["version"].is_null());
        let measured = of(&events, "bar.end");
        assert!(measured.iter().all(|run| run["mode"] != "python"), "{why}");
        // Serial, and two sizes of threads and processes, three times each.
        assert_eq!(measured.len(), 3 * 5);
    }
}
