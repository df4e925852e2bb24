//! Scripts of every kind under every CPython of this machine: what they do is the same with and
//! without being watched, and what is reported of them is true.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod act;
mod contract;
mod controlled;
mod deadlocks;
mod ends;
mod examples;
mod explored;
mod figures;
mod hostile;
mod killed;
mod left_behind;
mod lint;
mod many;
mod mistakes;
mod named;
mod paced;
mod races;
mod same;
mod sampled;
mod schedules;
mod seen;
mod shared;
mod sharing;
mod start;
mod step;
mod stories;
mod terminal;

mod values;
mod waits;
mod workers;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

/// How long anything may take before it counts as hanging, on however busy a machine.
const DEADLINE: Duration = Duration::from_mins(2);
/// What each script can read from its standard input.
const INPUT: &[u8] = b"one\ntwo\nthree";

/// Every CPython from 3.8 on: on the path, and where pyenv puts them. There is one at least.
fn interpreters() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let path = std::env::var_os("PATH").unwrap();
    let names =
        std::iter::once("python3".to_owned()).chain((8..20).map(|n| format!("python3.{n}")));
    let names: Vec<_> = names.collect();
    found
        .extend(std::env::split_paths(&path).flat_map(|folder| {
            names.iter().map(move |name| folder.join(name)).collect::<Vec<_>>()
        }));
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let pyenv = std::fs::read_dir(home.join(".pyenv/versions"));
    found.extend(pyenv.into_iter().flatten().flatten().map(|one| one.path().join("bin/python3")));
    // Each once: names are links, and pyenv's own are scripts that choose one.
    let about = "import sys; v = sys.version_info; print(sys.implementation.name, v[0], v[1], sys._base_executable)";
    let mut known = std::collections::BTreeMap::new();
    for program in found.iter().filter(|program| program.is_file()) {
        let Ok(output) = Command::new(program).args(["-c", about]).output() else { continue };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut words = text.split_whitespace();
        let (name, major, minor) = (words.next(), words.next(), words.next());
        let minor = minor.and_then(|minor| minor.parse::<u32>().ok());
        let real = words.next().and_then(|real| Path::new(real).canonicalize().ok());
        if let (Some("cpython"), Some("3"), Some(8..), Some(real)) = (name, major, minor, real) {
            known.entry(real.clone()).or_insert(real);
        }
    }
    let known: Vec<_> = known.into_values().collect();
    assert!(!known.is_empty(), "there is no CPython from 3.8 on");
    println!("{} interpreters: {known:?}", known.len());
    known
}

/// The newest, for what does not depend on the version.
fn python() -> PathBuf {
    interpreters().pop().unwrap()
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/scripts").join(name)
}

/// The program, in the environment that a script without it has.
fn threadbare(python: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command.args(["run", "--format", "json", "--set"]);
    command.arg(format!("python={}", python.display())).args(args);
    clean(&mut command);
    command
}

fn clean(command: &mut Command) {
    command
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL")
        .env_remove("PYTHONPATH")
        .env("XDG_CONFIG_HOME", "/nonexistent");
}

/// Runs a command with [`INPUT`].
fn output(command: &mut Command) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that ends before it has read all is none of our business.
    let _ = child.stdin.take().unwrap().write_all(INPUT);
    child.wait_with_output().unwrap()
}

/// The result of a script that ran to its end.
fn watched(python: &Path, script: &Path, args: &[&str]) -> Value {
    run(python, script, args)["result"].take()
}

/// All that is reported of a script that ran to its end.
fn run(python: &Path, script: &Path, args: &[&str]) -> Value {
    // On a busy machine it may take long, and it counts as hanging only as late as anything else.
    let mut all = vec!["--timeout", "5m", script.to_str().unwrap()];
    all.extend(args);
    let output = output(&mut threadbare(python, &all));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{}: {stderr}", script.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Waits until `done`, or fails.
#[track_caller]
fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + DEADLINE;
    while !done() {
        assert!(std::time::Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}
