//! What others write into our outputs: interpreters that answer nonsense or worse,
//! workers that print escape sequences, panic messages and arguments that hold them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use threadbare::kit::child::Start;
use threadbare::kit::event::{LaneEvent, LaneKind, Stream, What};
use threadbare::kit::future::TaskError;
use threadbare::kit::limit::Limit;
use threadbare::kit::process_pool::ProcessPool;
use threadbare::kit::process_pool::worker_fns::{Fail, Panic, Print};
use threadbare::kit::recorder::recorder;
use threadbare::printable::is_printable;

/// Long enough for the slowest machine; reached only when something hangs.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A title for the terminal, a C1 control, a turn of the direction; in `printf`'s escapes,
/// and as they are to be shown.
const HOSTILE: &str = r"\033]0;title\007\302\2332J\342\200\256";
const SHOWN: &str = r"\u{1b}]0;title\u{7}\u{9b}2J\u{202e}";

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_threadbare"))
}

/// Puts a shell script called `python3` into the folder. Another process writes it: a child
/// of another test could still hold it open if this one did, and what another thread may write
/// to cannot be started.
fn put_python(folder: &Path, script: &str) {
    let mut writer = Command::new("sh")
        .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
        .arg(folder.join("python3"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = writer.stdin.take().unwrap();
    write!(input, "#!/bin/sh\n{script}\n").unwrap();
    drop(input);
    assert!(writer.wait().unwrap().success());
}

/// Runs the program with a `python3` of this script first on the path.
fn run_beside(script: &str, args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    put_python(folder.path(), script);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [folder.path().to_owned()];
    let folders = folders.into_iter().chain(std::env::split_paths(&path));
    threadbare().args(args).env("PATH", std::env::join_paths(folders).unwrap()).output().unwrap()
}

fn threadbare() -> Command {
    let mut command = Command::new(program());
    command
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL")
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[track_caller]
fn assert_harmless(output: &str) {
    let bad = output.chars().find(|c| *c != '\n' && !is_printable(*c));
    assert!(bad.is_none(), "{bad:?} in {output}");
}

/// The quickest run that asks the interpreter.
fn lab(name: &'static str) -> Vec<&'static str> {
    let sets: &[_] = match name {
        "pool" => &["python=auto", "sizes=1", "repeat=1", "break_even=off"],
        _ => &["python=auto", "size=1ms", "n=2"],
    };
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    ["run", name].into_iter().chain(sets).collect()
}

/// Runs both labs that ask an interpreter, in each format and with a trace, and gives the
/// findings about it.
fn findings_beside(script: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace.json");
    let mut found = Vec::new();
    for name in ["pool", "worlds"] {
        for format in ["text", "json", "jsonl"] {
            let mut args = lab(name);
            args.extend(["--format", format, "--trace", trace.to_str().unwrap()]);
            let output = run_beside(script, &args);
            let reported = text(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{args:?}: {reported}");
            assert_harmless(reported);
            assert_harmless(text(&output.stdout));
            assert_harmless(&std::fs::read_to_string(&trace).unwrap());
            if format == "json" {
                let object: Value = serde_json::from_slice(&output.stdout).unwrap();
                let all = object["findings"].as_array().unwrap();
                let about = all.iter().map(|f| f["text"].as_str().unwrap());
                found.extend(about.filter(|f| f.contains("CPython")).map(str::to_owned));
            }
        }
    }
    found
}

#[track_caller]
fn assert_each_holds(findings: &[String], wanted: &str) {
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings.iter().all(|f| f.contains(wanted)), "{findings:?}");
}

#[test]
fn last_words_of_an_interpreter_cannot_act_on_a_terminal() {
    let found = findings_beside(&format!("printf '{HOSTILE}\\n' >&2; exit 3"));
    let wanted = format!("it ended with exit status: 3: {SHOWN}");
    assert_each_holds(&found, &wanted);
}

#[test]
fn garbage_of_an_interpreter_is_named_in_one_line() {
    let found = findings_beside(&format!("printf '{HOSTILE}\\nmore\\n'; exec sleep 3600"));
    let wanted = format!("it wrote `{SHOWN}`, which is no measurement");
    assert_each_holds(&found, &wanted);
}

#[test]
fn an_interpreter_that_measures_nothing_is_named() {
    let found = findings_beside("exit 0");
    assert!(found[0].contains("it measured 0 of 1 sizes"), "{found:?}");
    assert!(found[1].contains("it wrote 0 of "), "{found:?}");
}

#[test]
fn a_version_cannot_act_on_a_terminal() {
    let version = r"3.0\u001b]0;title\u0007\u009b2J\u202e";
    let pool = format!(
        "echo '{{\"version\": \"{version}\", \"start\": \"{version}\"}}'
         echo '{{\"size\": 1, \"results\": [1,4,9,16,25,36,49,64,81,100], \"pids\": [7], \"moments\": [1,2,3,4,5,6]}}'"
    )
    .replace('\\', r"\\");
    let args = [&lab("pool")[..], &["--format", "jsonl"]].concat();
    let output = run_beside(&pool, &args);
    let reported = text(&output.stdout);
    assert_harmless(reported);
    let last: Value = serde_json::from_str(reported.lines().last().unwrap()).unwrap();
    assert_eq!(last["result"]["python"]["version"], format!("3.0{SHOWN}"), "{last}");
    let output = run_beside(&pool, &lab("pool"));
    assert_harmless(text(&output.stdout));
    assert!(text(&output.stdout).contains(&format!("Mode: CPython 3.0{SHOWN}, ")));
}

#[test]
fn what_a_worker_prints_cannot_act_on_a_terminal() {
    let (recorder, mut reader) = recorder::<()>();
    let observer = Arc::new(move |name: &str, pid| {
        let lane = recorder.lane_of(name, LaneKind::Process { pid });
        Box::new(lane) as Box<dyn threadbare::kit::recorder::EventSink + Send>
    });
    let pool =
        ProcessPool::builder(program(), 1).start(Start::Spawn).observer(observer).build().unwrap();
    let hostile = "\u{1b}]0;title\u{7}\u{9b}2J\u{202e}";
    let printed = pool.submit::<Print>(&format!("{hostile}\n{}\n", "x".repeat(100_000)));
    assert_eq!(printed.unwrap().result(&Limit::within(TIMEOUT)), Ok(()));
    let deadline = Instant::now() + TIMEOUT;
    let mut seen = Vec::new();
    let whole = |seen: &[(Stream, String)]| {
        let last = |wanted| {
            let of = seen.iter().filter(|(stream, _)| *stream == wanted);
            of.map(|(_, text)| text.len()).sum::<usize>() >= 100_000
        };
        last(Stream::Stdout) && last(Stream::Stderr)
    };
    while !whole(&seen) {
        assert!(Instant::now() < deadline, "{} lines came", seen.len());
        reader.wait(Duration::from_millis(50));
        reader.drain(10_000, |event| {
            if let What::Lane(LaneEvent::Said { stream, text }) = event.what {
                seen.push((stream, text.to_string()));
            }
        });
    }
    for stream in [Stream::Stdout, Stream::Stderr] {
        assert!(seen.contains(&(stream, SHOWN.to_owned())), "{:?}", seen[0]);
    }
    assert!(seen.iter().all(|(_, text)| text.len() < 10_000));
    for (_, text) in &seen {
        assert_harmless(text);
    }
}

#[test]
fn an_error_of_a_task_cannot_act_on_a_terminal_and_has_a_longest_length() {
    let pool = ProcessPool::builder(program(), 1).build().unwrap();
    let message = format!("\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\r\n{}", "x".repeat(100_000));
    let soon = Limit::within(TIMEOUT);
    let errors = [
        pool.submit::<Panic>(&message).unwrap().result(&soon),
        pool.submit::<Fail>(&message).unwrap().result(&soon),
    ];
    for error in errors {
        let error = error.unwrap_err();
        let reported = error.to_string();
        assert_harmless(&reported);
        assert!(reported.contains(SHOWN) && !reported.contains('\n'), "{reported}");
        assert!(reported.len() < 5_000, "{}", reported.len());
        assert!(
            format!("{error:?}").chars().all(is_printable),
            "also where it is printed for debugging"
        );
    }
    let thread = threadbare::kit::panics::capture(|| panic!("{message}")).unwrap_err();
    let error =
        TaskError::Panicked { message: thread.message, place: thread.place, worker: "w".into() };
    assert_harmless(&error.to_string());
}

#[test]
fn what_was_typed_is_repeated_on_one_line_of_a_bounded_length() {
    let hostile = "\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\r\n";
    let long = format!("{hostile}{}", "x".repeat(100_000));
    let bytes = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    let commands: [&[OsString]; 8] = [
        &["run".into(), hostile.into()],
        &["run".into(), "list".into(), "--set".into(), format!("{long}=1").into()],
        &["run".into(), "list".into(), "--set".into(), format!("ops={long}").into()],
        &["explore".into(), long.clone().into()],
        &["explore".into(), "counter".into(), "--query".into(), hostile.into()],
        &["explore".into(), "--replay".into(), hostile.into()],
        &["--config".into(), bytes(b"\x1b]0;\xff\x9b"), "labs".into()],
        &["run".into(), "list".into(), "--trace".into(), bytes(b"\x1b\xff\x9b/x")],
    ];
    for args in commands {
        let output = threadbare().args(args).output().unwrap();
        let reported = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{reported}");
        assert_harmless(reported);
        assert_eq!(reported.matches('\n').count(), 1, "{reported}");
        assert!(reported.len() < 3_500, "{} {reported}", reported.len());
    }
}

#[test]
fn a_configuration_cannot_act_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c\u{1b}[2J\u{202e}.toml");
    let long = "k".repeat(2_000_000);
    for line in
        ["\"\\u001b]0;x\\u0007\\u009b\" = 1", "list.ops = \"\\u009b\\n\"", &format!("{long} = 1")]
    {
        std::fs::write(&file, line).unwrap();
        let mut command = threadbare();
        let output = command.arg("--config").arg(&file).arg("labs").output().unwrap();
        let reported = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{reported}");
        assert_harmless(reported);
        assert_eq!(reported.matches('\n').count(), 1, "{reported}");
        assert!(reported.len() < 3_500, "{}", reported.len());
    }
}
