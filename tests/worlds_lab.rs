//! The comparison of threads and processes, with the real program and its worker processes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use threadbare::lab::Settings;
use threadbare::labs;

const PROGRAM: &str = env!("CARGO_BIN_EXE_threadbare");

/// The events of a run, its result, and its pid.
fn run(settings: &[&str]) -> (Vec<Value>, Value, u32) {
    run_by(Command::new(PROGRAM), settings)
}

fn run_by(mut command: Command, settings: &[&str]) -> (Vec<Value>, Value, u32) {
    command.args(["run", "worlds", "--format", "jsonl"]);
    command.args(settings.iter().flat_map(|setting| ["--set", setting]));
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let lab = command.stdout(Stdio::piped()).spawn().unwrap();
    let pid = lab.id();
    let output = lab.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let mut all: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let result = all.pop().unwrap()["result"].clone();
    (all, result, pid)
}

fn of<'a>(events: &'a [Value], name: &'a str) -> impl Iterator<Item = &'a Value> {
    events.iter().filter(move |event| event["event"] == name)
}

#[test]
fn two_worlds_are_compared_by_real_runs() {
    let set = ["n=3", "size=2ms", "work=io", "python=off"];
    let (events, result, pid) = run(&set);
    assert_eq!(result["not_measured"], json!([]));
    variable(&result["drift"], pid);
    assert_eq!(
        result["isolation"],
        json!({
            "process_pool_survived": true,
            "threads_exit": "was killed by SIGABRT",
            "worker_exit": "was killed by SIGABRT",
        })
    );
    costs(&result["costs"]);
    let rounds = |way: &str| {
        let timed = of(&events, "worlds.timed").filter(|event| event["way"] == way);
        timed.map(|event| event["round"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    for way in ["serial", "threads", "gil", "processes"] {
        assert_eq!(rounds(way), (0..9).collect::<Vec<_>>(), "{way}");
    }
    assert!(of(&events, "worlds.timed").all(|event| event["n"] == 3));
    lanes(&events);
    let (mut serial, mut processes) = (&Value::Null, &Value::Null);
    for way in result["ways"].as_array().unwrap() {
        match way["way"].as_str().unwrap() {
            "serial" => serial = way,
            "processes" => processes = way,
            _ => {}
        }
    }
    // Each share has one request, for which it waits 2 ms: one after the other thrice.
    assert!(serial["total_ms"]["min"].as_f64() >= Some(6.0), "{serial:#}");
    assert!(processes["total_ms"]["min"].as_f64() >= Some(2.0), "{processes:#}");
    for way in [serial, processes] {
        assert_eq!(way["share"], json!({ "rounds": 0, "requests": 1 }));
        // Whoever waits gives up its core, once for each share at least.
        let waits = way["context_switches"]["voluntary"].as_u64().unwrap();
        assert!((3..1_000).contains(&waits), "{way:#}");
    }
    let why = of(&events, "worlds.python_absent").map(|event| &event["why"]);
    assert_eq!(why.collect::<Vec<_>>(), ["it was switched off"]);
}

fn variable(drift: &Value, pid: u32) {
    let seen = ["thread_sees", "process_sees", "shared_memory_sees", "child_copy"];
    assert_eq!(seen.map(|name| drift[name].as_i64().unwrap()), [100, 0, 100, 100]);
    assert_eq!(drift["our_pid"], pid);
    let child = drift["child_pid"].as_u64().unwrap();
    assert!(child > 1 && child != u64::from(pid), "{drift:#}");
    for side in ["our_address", "child_address"] {
        let address = drift[side].as_str().unwrap();
        let number = u64::from_str_radix(address.trim_start_matches("0x"), 16).unwrap();
        assert!(number > 0xffff, "{address}");
    }
}

fn costs(costs: &Value) {
    let two_cores = std::thread::available_parallelism().unwrap().get() > 1;
    for (name, cost) in costs.as_object().unwrap() {
        if name.ends_with("two_cores_us") && !two_cores {
            assert!(cost.is_null(), "{name}");
            continue;
        }
        assert_eq!(cost["samples"], 15, "{name}");
        assert!(cost["median"].as_f64() >= Some(0.0), "{name}");
    }
    let least = |name: &str| costs[name]["min"].as_f64().unwrap();
    assert!(least("process_start_us") > least("thread_start_us"));
    assert!(least("process_memory_kib") > least("process_private_kib"));
    assert!(least("process_private_kib") > 0.0);
}

/// The workers of the first round have lanes, and no others.
fn lanes(events: &[Value]) {
    let lane = |kind: &str| {
        let starts = of(events, "thread.start").filter(|start| start["kind"] == kind);
        let names = starts.map(|start| start["name"].as_str().unwrap().to_owned());
        let mut names: Vec<_> = names.filter(|name| name != "main").collect();
        names.sort_unstable();
        names
    };
    let each = |way, numbers: [usize; 3]| numbers.map(|number| format!("io-{way}-{number}"));
    let threads = ["gil", "threads"].map(|way| each(way, [1, 2, 3]));
    assert_eq!(lane("thread"), threads.concat());
    assert_eq!(lane("process"), each("processes", [0, 1, 2]));
}

/// A `python3` that notes what it is given, and reports its version alone.
const PYTHON: &str = r#"#!/bin/sh
shift 5 # -s -W ignore -c SCRIPT
printf '%s\n' "$@" > "$0.arguments"
echo '{"version": "CPython 9", "gil": true}'
"#;

#[test]
fn python_is_given_the_same_tasks_and_what_it_left_out_is_reported() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (python, program) = (folder.path().join("python3"), folder.path().join("threadbare-1.0"));
    fs::write(&python, PYTHON).unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
    // Its own name is one of the arguments, whatever it ends in.
    fs::hard_link(PROGRAM, &program).unwrap();
    let mut command = Command::new(&program);
    command.env("PATH", folder.path());
    let (events, result, _) = run_by(command, &["n=3", "size=10ms", "work=mixed"]);
    let arguments = fs::read_to_string(folder.path().join("python3.arguments")).unwrap();
    let mut arguments: Vec<_> = arguments.lines().collect();
    let port: u16 = arguments.remove(3).parse().unwrap();
    assert!(port > 0);
    // Workers, milliseconds, requests of 2 ms each, what is read, rounds, works.
    let program = program.canonicalize().unwrap();
    assert_eq!(arguments, ["3", "10", "5", path(&program), "9", "mixed"]);
    assert_eq!(result["python"], json!({ "version": "CPython 9", "gil": true }));
    let why = of(&events, "worlds.python_absent").map(|event| &event["why"]);
    // Its version, its task, and nine rounds of three ways.
    assert_eq!(why.collect::<Vec<_>>(), ["it wrote 1 of 29 lines"]);
}

/// A worker that fails before its greeting, ten times in a row after the first two.
const FAILING: &str = r#"#!/bin/sh
count=$(cat "$0.count" 2> /dev/null || echo 0)
echo $((count + 1)) > "$0.count"
[ "$count" -ge 2 ] && [ "$count" -lt 12 ] && exit 1
exec PROGRAM "$@"
"#;

#[test]
fn a_pool_that_cannot_replace_its_worker_has_not_survived() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = folder.path().join("threadbare");
    // Another process writes it: a child of another test could still hold it open if this one
    // did, and what may be written to cannot be started.
    let writer = Command::new("sh")
        .args(["-c", "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\""])
        .args([path(&program), &FAILING.replace("PROGRAM", PROGRAM)])
        .status();
    assert!(writer.unwrap().success());
    let entry = labs::ALL.iter().find(|entry| entry.info.id == "worlds").unwrap();
    let mut run = entry.open(Settings::defaults(entry.info, 1, program, false)).unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    let isolation = loop {
        run.wait(Duration::from_millis(10));
        while run.drain(1_000) == 1_000 {}
        let isolation = run.result()["isolation"].take();
        if !isolation.is_null() {
            break isolation;
        }
        assert!(Instant::now() < deadline, "{:#}", run.result());
    };
    assert_eq!(
        isolation,
        json!({
            "process_pool_survived": false,
            "threads_exit": "was killed by SIGABRT",
            "worker_exit": "was killed by SIGABRT",
        })
    );
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
