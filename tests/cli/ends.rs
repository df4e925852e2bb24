//! How a command ends before it is done: signals, the time limit, an output that is not read.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
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
        // A hang-up that is ignored where the tests run would be ignored by the program too.
        let mut child = std::process::Command::new("env")
            .args(["--default-signal=HUP", env!("CARGO_BIN_EXE_threadbare")])
            .args(LONG)
            .env("HOME", "/nonexistent")
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Its threads are at work once the first of them has reported something.
        let reported = lines.find(|line| line.as_ref().unwrap().starts_with("add-1 "));
        assert!(reported.is_some());
        let began = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let rest: Vec<_> = lines.map(Result::unwrap).collect();
        let output = child.wait_with_output().unwrap();
        assert!(began.elapsed() < TIMEOUT);
        assert_eq!(output.status.code(), Some(status), "{name}");
        assert_eq!(stderr(&output), format!("threadbare: stopped: run list: {name}\n"));
        assert!(rest.iter().any(|line| line.contains(&format!("stopped early by {name}"))));
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
    // On a busy machine the usual limit of time would end the runs first, with status 1.
    let fast = ["run", "list", "--check", "--timeout", "60m", "--set", "pause=0ms"];
    let with = |lock: &str| {
        let more = ["--set", "ops=2000", "--set", "rounds=100", "--set", lock];
        let output = run(&[&fast[..], &more[..]].concat());
        (output.status.code(), stderr(&output).to_owned())
    };
    assert_eq!(with("lock=on"), (Some(0), String::new()));
    assert_eq!(with("lock=off"), (Some(3), String::new()));
}

#[test]
fn the_story_is_written_while_it_happens() {
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

/// A pipe that is full already, so that nothing more can be written to it. Both ends.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let room = rustix::pipe::fcntl_setpipe_size(&writer, 4096).unwrap();
    writer.write_all(&vec![b'x'; room]).unwrap();
    (reader, writer)
}

/// Waits for the end, but not for ever.
fn end_of(mut child: Child, what: &str) -> ExitStatus {
    let deadline = Instant::now() + TIMEOUT;
    let (ended_in, ended) = std::sync::mpsc::channel();
    let pid = Pid::from_child(&child);
    let wait = move || ended_in.send(child.wait().unwrap());
    std::thread::Builder::new().spawn(wait).unwrap();
    let left = deadline.saturating_duration_since(Instant::now());
    ended.recv_timeout(left).unwrap_or_else(|_| {
        let _ = kill_process(pid, Signal::KILL);
        panic!("{what} did not end")
    })
}

/// Commands that are still at work, or whose output waits, when a signal comes.
const BLOCKED: &[&[&str]] = &[
    &["labs"],
    &["--help"],
    &["man"],
    &["completions", "bash"],
    &["explore", "--list"],
    &["explore", "counter"],
    &["explore", "counter", "--format", "json"],
    &["run", "list", "--set", "pause=0ms"],
    &["run", "list", "--set", "pause=0ms", "--format", "json"],
    &[
        "run",
        "list",
        "--format",
        "jsonl",
        "--set",
        "pause=0ms",
        "--set",
        "ops=100000",
        "--set",
        "rounds=1000000",
    ],
    &["run", "factorial"],
];

#[test]
fn the_first_signal_ends_every_command_whose_output_is_not_read() {
    for args in BLOCKED {
        for same_stderr in [false, true] {
            let (_reader, writer) = full_pipe();
            let mut command = threadbare(args);
            if same_stderr {
                command.stderr(writer.try_clone().unwrap());
            } else {
                command.stderr(Stdio::null());
            }
            let child = command.stdout(writer).spawn().unwrap();
            kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
            let status = end_of(child, &format!("{args:?}"));
            // One that comes before the program sees signals is the system's to handle.
            let ended = status.code() == Some(143) || status.signal() == Some(15);
            assert!(ended, "{args:?}: {status:?}");
        }
    }
}

#[test]
fn the_time_limit_is_kept_while_the_output_is_not_read() {
    for format in ["text", "json", "jsonl"] {
        for rounds in ["rounds=1", "rounds=1000000"] {
            let (_reader, writer) = full_pipe();
            let mut command = threadbare(&["run", "list", "--timeout", "300ms"]);
            let sets = ["--set", "pause=0ms", "--set", "ops=1000", "--set", rounds];
            let child = command
                .args(sets)
                .args(["--format", format])
                .stdout(writer)
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut child = child;
            let mut errors = child.stderr.take().unwrap();
            assert_eq!(end_of(child, format).code(), Some(1), "{format} {rounds}");
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            let line = "threadbare: stopped: run list: not done after 300ms; see --timeout\n";
            assert_eq!(text, line);
        }
    }
}

/// A FIFO that no process has opened.
fn fifo(folder: &Path) -> String {
    let path = folder.join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_trace_into_a_fifo_without_a_reader_is_dropped_alone() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = fifo(folder.path());
    let fast = ["run", "list", "--set", "pause=0ms", "--trace", &fifo];
    let output = threadbare(&fast).args(["--timeout", "300ms"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "threadbare: stopped: run list: not done after 300ms; see --timeout\n"
    );
    let last = stdout(&output).lines().last().unwrap();
    assert!(last.starts_with("Audit: "), "the report is whole: {last}");

    let mut command = threadbare(&fast);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("Audit: ")));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(end_of(child, "a trace into a FIFO").code(), Some(130));
}

#[test]
fn a_trace_goes_through_a_fifo_to_its_reader() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = fifo(folder.path());
    let mut command = threadbare(&["run", "list", "--set", "pause=0ms", "--trace", &fifo]);
    let child = command.stdout(Stdio::null()).spawn().unwrap();
    let trace: Value = serde_json::from_reader(std::fs::File::open(&fifo).unwrap()).unwrap();
    assert!(trace["traceEvents"].as_array().unwrap().len() > 20);
    assert_eq!(end_of(child, "a trace into a FIFO").code(), Some(0));
}

/// All names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn an_older_trace_stays_until_the_new_one_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.json");
    let path_text = path.to_str().unwrap();
    std::fs::write(&path, "older").unwrap();
    let unchanged = |what: &str| {
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "older", "{what}");
        assert_eq!(names(folder.path()), ["t.json"], "{what}");
    };
    // One that does not start.
    let refused =
        run(&["run", "factorial", "--set", "from=5", "--set", "to=1", "--trace", path_text]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    unchanged("not started");
    // One that is killed.
    let mut command = threadbare(LONG);
    let command = command.args(["--trace", path_text]).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("add-1 ")));
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    assert_eq!(end_of(child, "killed").signal(), Some(9));
    unchanged("killed");
    // One whose file may not be as large: the unit of the limit is 512 bytes or more.
    let limited = limited_files(&[
        "run",
        "list",
        "--set",
        "pause=0ms",
        "--set",
        "ops=1000",
        "--trace",
        path_text,
    ]);
    assert_eq!(limited.status.code(), Some(1));
    let line = format!("threadbare: cannot write: {path_text}: file too large\n");
    assert_eq!(stderr(&limited), line);
    unchanged("too large");
    // And one that gets through.
    let done = run(&["run", "list", "--set", "pause=0ms", "--trace", path_text]);
    assert_eq!(done.status.code(), Some(0));
    let trace: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(trace["traceEvents"].is_array());
    assert_eq!(names(folder.path()), ["t.json"]);
}

/// The program where no file may be larger than a few hundred bytes.
fn limited_files(args: &[&str]) -> Output {
    let script = "ulimit -f 1; exec \"$0\" \"$@\"";
    let mut command = std::process::Command::new("sh");
    let command = command.args(["-c", script, env!("CARGO_BIN_EXE_threadbare")]);
    command.args(args).output().unwrap()
}

#[test]
fn a_file_that_may_not_be_larger_is_reported_with_status_1() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    for args in [
        &["labs"][..],
        &["run", "list", "--set", "pause=0ms", "--format", "jsonl"],
        &["explore", "counter", "--format", "json"],
    ] {
        let out = std::fs::File::create(&path).unwrap();
        let script = "ulimit -f 1; exec \"$0\" \"$@\"";
        let mut command = std::process::Command::new("sh");
        let command = command.args(["-c", script, env!("CARGO_BIN_EXE_threadbare")]);
        let output = command.args(args).stdout(out).output().unwrap();
        assert_eq!(
            stderr(&output),
            "threadbare: cannot write: stdout: file too large\n",
            "{args:?}"
        );
        assert_eq!(output.status.code(), Some(1), "{args:?}");
    }
}

#[test]
fn a_trace_into_a_descriptor_follows_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let out = std::fs::File::create(&path).unwrap();
    let mut command = threadbare(&["run", "list", "--set", "pause=0ms", "--trace", "/dev/stdout"]);
    assert!(command.stdout(out).status().unwrap().success());
    let all = std::fs::read_to_string(&path).unwrap();
    let (report, trace) = all.split_at(all.find("\n{").unwrap() + 1);
    assert!(report.starts_with("threadbare ") && report.contains("Audit: "));
    let trace: Value = serde_json::from_str(trace).unwrap();
    assert!(trace["traceEvents"].is_array());
}

/// Nothing is begun whose outcome would be lost.
#[test]
fn without_a_stdout_every_command_is_one_line_and_status_1() {
    let record = tempfile::tempdir().unwrap();
    let file = record.path().join("run.jsonl");
    let file = file.to_str().unwrap();
    for command in [
        &["run", "list", "--record", file][..],
        &["labs"],
        &["--version"],
        &["explore", "counter"],
        &["man"],
    ] {
        let output = std::process::Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" >&-", env!("CARGO_BIN_EXE_threadbare")])
            .args(command)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{command:?}");
        assert_eq!(
            stderr(&output),
            "threadbare: cannot write: stdout: it was closed when the program was started\n"
        );
        assert!(!Path::new(file).exists());
    }
    // It is told from a stdout that takes and loses everything.
    let output = std::process::Command::new("sh")
        .args(["-c", "exec \"$0\" labs >/dev/null", env!("CARGO_BIN_EXE_threadbare")])
        .output()
        .unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
}
