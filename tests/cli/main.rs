//! The built program from outside: every command, every mistake, and what it leaves behind.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod ends;
mod labs;
mod mistakes;
mod order;
mod outputs;
mod recorded;

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

/// How long anything may take before it counts as hanging, on however busy a machine.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Commands that need no terminal and end by themselves soon, with much output and with little.
const HEADLESS: &[&[&str]] = &[
    &["--help"],
    &["--version"],
    &["labs"],
    &["labs", "--format", "json"],
    &["completions", "bash"],
    &["man"],
    &["explore", "--list"],
    &["run", "list", "--set", "pause=0ms"],
    &["run", "list", "--set", "pause=0ms", "--format", "json"],
    &["run", "list", "--set", "pause=0ms", "--format", "jsonl"],
    &["run", "factorial"],
];

/// The program, away from the user's configuration and without a terminal.
fn threadbare(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command
        .args(args)
        .env_remove("NO_COLOR")
        .env_remove("LC_ALL")
        .env_remove("LC_CTYPE")
        .env("LANG", "C.UTF-8")
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    threadbare(args).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// One line with what, where and why, and nothing on stdout.
fn assert_refused(args: &[&str], output: &Output, expected: &str) {
    let reported = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {reported}");
    assert!(reported.starts_with("threadbare: "), "{args:?}: {reported}");
    assert_eq!(reported.matches('\n').count(), 1, "{args:?}: {reported}");
    assert!(reported.matches(": ").count() >= 3, "{args:?}: {reported}");
    assert!(reported.contains(expected), "{args:?}: {reported}");
    assert_eq!(stdout(output), "", "{args:?}");
    assert!(!reported.contains('\x1b'), "{args:?}");
}
