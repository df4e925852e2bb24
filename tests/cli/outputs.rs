//! What the commands write, to a pipe, a full device or a terminal, in each format.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::process::Stdio;

use super::*;

#[test]
fn commands_work_without_any_terminal_and_write_no_escapes() {
    for args in HEADLESS {
        let output = run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{args:?}");
        assert!(!output.stdout.is_empty(), "{args:?}");
        assert!(!output.stdout.contains(&0x1b), "{args:?}");
    }
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    for args in HEADLESS {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = threadbare(args).stdout(writer).output().unwrap();
        assert_eq!(stderr(&output), "", "{args:?}");
        assert_eq!(output.status.code(), Some(141), "{args:?}");
    }
}

#[test]
fn a_pipe_that_closes_midway_ends_a_run_quietly() {
    // Far more than a pipe holds, so that it is still writing when the reader goes.
    let args = ["run", "list", "--format", "jsonl", "--set", "pause=0ms"];
    let more = ["--set", "ops=100000", "--set", "rounds=1000000"];
    let (mut reader, writer) = io::pipe().unwrap();
    let mut command = threadbare(&[&args[..], &more[..]].concat());
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    drop(command);
    let mut first = [0; 1];
    reader.read_exact(&mut first).unwrap();
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(141));
}

#[test]
fn a_full_device_is_reported_with_status_1() {
    for args in HEADLESS {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = threadbare(args).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert_eq!(
            stderr(&output),
            "threadbare: cannot write: stdout: no space left on device\n",
            "{args:?}"
        );
    }
}

#[test]
fn a_trace_on_a_full_device_is_reported_with_status_1() {
    let args = ["run", "list", "--set", "pause=0ms", "--trace", "/dev/full"];
    let output = run(&args);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output), "threadbare: cannot write: /dev/full: no space left on device\n");
    assert!(stdout(&output).contains("Audit: "), "the report comes first");
}

#[test]
fn streams_of_any_kind_do_with_and_without_a_controlling_terminal() {
    let shell = |session: &str, redirect: &str, args: &[&str]| {
        let line = format!("exec {session} \"$0\" \"$@\" {redirect}");
        std::process::Command::new("sh")
            .args(["-c", &line, env!("CARGO_BIN_EXE_threadbare")])
            .args(args)
            .output()
            .unwrap()
    };
    for session in ["", "setsid -w"] {
        for stdin in ["</dev/null", "<&-", "</dev/zero"] {
            for stdout in ["", ">/dev/null", ">&-"] {
                let redirect = format!("{stdin} {stdout}");
                let run = shell(session, &redirect, &["run", "list", "--set", "pause=0ms"]);
                let status = i32::from(stdout == ">&-");
                assert_eq!(run.status.code(), Some(status), "{redirect}: {}", stderr(&run));
                let screen = shell(session, &redirect, &[]);
                assert_refused(&[&redirect], &screen, "threadbare run");
            }
        }
    }
}

#[test]
fn a_closed_stderr_is_no_failure() {
    let shell = |redirect: &str| {
        let line = format!("\"$0\" \"$@\" {redirect}");
        std::process::Command::new("sh")
            .args(["-c", &line, env!("CARGO_BIN_EXE_threadbare")])
            .args(["run", "list", "--set", "pause=0ms"])
            .output()
            .unwrap()
    };
    assert_eq!(shell("2>&-").status.code(), Some(0));
    assert_eq!(shell("<&- >/dev/null 2>/dev/full").status.code(), Some(0));
}

#[test]
fn the_seed_is_in_every_output_and_fixes_what_the_program_chooses() {
    let args = ["--seed", "7", "run", "list", "--set", "pause=1ms"];
    let text = run(&args);
    assert!(stdout(&text).lines().next().unwrap().contains("seed 7"));
    let added = || -> Vec<String> {
        let all = [&args[..], &["--format", "jsonl"]].concat();
        let output = run(&all);
        let lines = stdout(&output).lines();
        let reported = lines.filter_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let sentence = line["sentence"].as_str()?;
            let (value, _) = sentence.strip_prefix("appended ")?.split_once(',')?;
            Some(value.to_owned())
        });
        reported.collect()
    };
    let first = added();
    assert_eq!(first.len(), 10);
    assert_eq!(first, added());
}

#[test]
fn jsonl_is_one_object_per_line_and_ends_with_the_outcome() {
    let args = ["run", "list", "--set", "pause=0ms", "--format", "jsonl"];
    let output = run(&args);
    let lines: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (outcome, events) = lines.split_last().unwrap();
    assert_eq!(outcome["lab"], "list");
    assert!(events.len() > 20);
    for event in events {
        assert!(event["t_ns"].is_u64() && event["lane"].is_string(), "{event}");
        let name = event["event"].as_str().unwrap();
        let dotted =
            name.contains('.') || ["resource", "step", "notify", "out", "mark"].contains(&name);
        assert!(dotted, "{name}");
    }
}

#[test]
fn ascii_and_a_plain_locale_keep_every_byte_below_0x80() {
    for args in HEADLESS.iter().filter(|args| args[0] == "run") {
        let asked = threadbare(args).arg("--ascii").output().unwrap();
        assert!(stdout(&asked).is_ascii(), "{args:?}");
        let plain = threadbare(args).env("LC_ALL", "C").output().unwrap();
        assert!(stdout(&plain).is_ascii(), "{args:?}");
    }
}

#[test]
fn a_trace_holds_a_track_for_each_thread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.json");
    let output = run(&["run", "list", "--set", "pause=1ms", "--trace", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let trace: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    for lane in ["add-1", "remove-1"] {
        let named = |event: &&Value| event["ph"] == "M" && event["args"]["name"] == lane;
        let track = events.iter().find(named).map(|event| &event["tid"]);
        let track = track.unwrap_or_else(|| panic!("no {lane}"));
        let slices = events.iter().filter(|e| e["ph"] == "X" && e["tid"] == *track);
        let mut ends: Vec<_> =
            slices.map(|s| (s["ts"].as_f64().unwrap(), s["dur"].as_f64().unwrap())).collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(ends.len() > 10, "{lane}");
        assert!(ends.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0 + 1e-3));
    }
}
