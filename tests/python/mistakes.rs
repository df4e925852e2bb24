//! What cannot be run is one clear line, and what the interpreter complains about is its own.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::figures::written;
use crate::{clean, python, script, threadbare, watched};

fn run(args: &[&str]) -> Output {
    threadbare(&python(), args).stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn assert_refused(args: &[&str], expected: &str) {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
    assert_eq!((stderr.trim_end(), output.stdout.len()), (expected, 0), "{args:?}");
}

#[test]
fn a_script_that_is_none_is_one_line() {
    assert_refused(&["none.py"], "threadbare: cannot run: none.py: no such file or directory");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let line = format!("threadbare: cannot run: {path}: it is a folder without a __main__.py");
    assert_refused(&[path], &line);
    let line = "threadbare: bad setting: python.python: /none is no program that can be run";
    assert_refused(&["--set", "python=/none", script("exit_code.py").to_str().unwrap()], line);
    let line = "threadbare: bad setting: python.python: there is no nopython on the path";
    assert_refused(&["--set", "python=nopython", script("exit_code.py").to_str().unwrap()], line);
}

#[test]
fn only_a_script_has_arguments_of_its_own() {
    assert_refused(
        &["list", "--", "x"],
        "threadbare: unknown argument: x: only a script has arguments, and list is a lab",
    );
    let (_folder, path) = written("import sys\nprint(sys.argv[1:])\n");
    let path = path.to_str().unwrap();
    let stdout = |args: &[&str]| {
        let output = run(args);
        let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        object["result"]["stdout"].as_str().unwrap().trim_end().to_owned()
    };
    assert_eq!(stdout(&[path, "--seed", "7", "a", "--seed", "8"]), "['a', '--seed', '8']");
    assert_eq!(stdout(&[path, "-v", "--check"]), "['-v', '--check']");
    assert_eq!(stdout(&[path, "--", "--check", "--"]), "['--check', '--']");
}

#[test]
fn the_interpreters_own_complaints_are_the_scripts_output() {
    for (text, expected) in [
        (&b"print(\n"[..], "SyntaxError"),
        (b"x = '\xff'\n", "SyntaxError"),
        (b"import nothing_of_that_name\n", "ModuleNotFoundError"),
    ] {
        let (_folder, path) = written("");
        std::fs::write(&path, text).unwrap();
        let result = watched(&python(), &path, &[]);
        assert_eq!(result["exit"], json!({ "code": 1 }));
        let stderr = result["stderr"].as_str().unwrap();
        assert!(stderr.contains(expected), "{stderr}");
    }
    let (_folder, path) = written("");
    assert_eq!(watched(&python(), &path, &[])["exit"], json!({ "code": 0 }));
}

/// A program in the place of an interpreter.
fn program(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("python");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn an_interpreter_that_cannot_be_watched_is_refused_before_the_script_runs() {
    // A program that lets the shim in as Python 2 would, and then would run the script.
    let (folder, path) = written("print('never')\n");
    let text = "#!/bin/sh\nprintf 'cpython 2.7.18' > \"$THREADBARE_RUN/refused\"\nexit 1\n";
    let program = program(folder.path(), text);
    let set = format!("python={}", program.display());
    let output = run(&["--set", &set, path.to_str().unwrap()]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let why = "cpython 2.7.18 cannot be watched, only CPython from 3.8 on";
    let line = format!("threadbare: could not run everything: run python: the script: {why}\n");
    assert_eq!(stderr, line);
}

#[test]
fn a_program_that_does_not_load_the_shim_is_run_and_named_as_not_watched() {
    let (folder, path) = written("");
    let program = program(folder.path(), "#!/bin/sh\necho not python\n");
    let result = watched(&program, &path, &[]);
    assert_eq!((&result["stdout"], &result["records"]), (&json!("not python\n"), &json!(0)));
    let first = result["not_watched"][0].as_str().unwrap();
    assert_eq!(first, "anything: the interpreter did not load the shim");
}

/// Of pyenv, where there are some.
#[test]
fn interpreters_that_are_too_old_are_refused_by_the_shim_itself() {
    let (_folder, path) = written("print('never')\n");
    let path = path.to_str().unwrap();
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let found = std::fs::read_dir(home.join(".pyenv/versions")).into_iter().flatten().flatten();
    for entry in found {
        let version = entry.file_name().into_string().unwrap();
        if !["2.", "3.6.", "3.7."].iter().any(|start| version.starts_with(start)) {
            continue;
        }
        let set = format!("python={}/bin/python", entry.path().display());
        for (command, place, what) in [
            ("run", "everything: run python: the script", "watched"),
            ("explore", "", "controlled"),
        ] {
            let mut program = Command::new(env!("CARGO_BIN_EXE_threadbare"));
            clean(program.args([command, "--set", &set, path]).stdin(Stdio::null()));
            let output = program.output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            let why = format!("cpython {version} cannot be {what}, only CPython from 3.8 on\n");
            assert_eq!(output.status.code(), Some(1), "{stderr}");
            assert!(stderr.contains(place) && stderr.ends_with(&why), "{stderr}");
            assert_eq!(stderr.matches('\n').count(), 1, "{stderr}");
        }
    }
}

/// Root may read everything, so another user asks then, who has to find the program.
#[test]
fn a_script_that_may_not_be_read_is_one_line() {
    let (folder, path) = written("print('never')\n");
    let program = folder.path().join("threadbare");
    std::fs::copy(env!("CARGO_BIN_EXE_threadbare"), &program).unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    for words in [&["run"][..], &["explore"], &["open"], &[]] {
        let mut command = Command::new(&program);
        clean(command.args(words).arg(&path).stdin(Stdio::null()));
        if rustix::process::geteuid().is_root() {
            command.uid(65534).gid(65534);
        }
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let line = format!("threadbare: cannot run: {}: permission denied\n", path.display());
        assert_eq!((output.status.code(), &*stderr), (Some(2), &*line), "{words:?}");
    }
}
