//! The exit status, stdout and stderr of a script are the same with and without us.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::figures::written;
use crate::{clean, interpreters, output, script, watched};

const ARGS: &[&str] = &["-x", "--format", "a b"];

/// Texts without what differs from run to run: addresses.
fn settled(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split("0x");
    let mut settled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        settled += "0x_";
        settled += part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    settled
}

/// What is different with us and without.
fn difference(python: &Path, path: &Path) -> Option<String> {
    let mut plain = Command::new(python);
    clean(plain.arg(path).args(ARGS));
    let plain = output(&mut plain);
    let result = watched(python, path, ARGS);
    let exit = (plain.status.code(), plain.status.signal());
    let number = |key| result["exit"][key].as_i64().and_then(|n: i64| i32::try_from(n).ok());
    let ours = (number("code"), number("signal"));
    if exit != ours {
        return Some(format!("exit: {exit:?} without us, {ours:?} with us"));
    }
    for (key, bytes) in [("stdout", &plain.stdout), ("stderr", &plain.stderr)] {
        let text = |value: &Value| settled(value.as_str().unwrap_or_default().as_bytes());
        let (plain, ours) = (settled(bytes), text(&result[key]));
        if plain != ours {
            return Some(format!("{key}:\n{plain}\n--- with us:\n{ours}"));
        }
    }
    (result["lost_records"] != 0 || result["records"] == 0)
        .then(|| format!("records: {}, lost: {}", result["records"], result["lost_records"]))
}

#[test]
fn exit_status_and_output_are_the_same_with_and_without_us() {
    let folder = std::fs::read_dir(script("")).unwrap();
    let mut scripts: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    scripts.sort();
    assert!(scripts.len() >= 40, "{}", scripts.len());
    let check = |python: &Path| -> Vec<String> {
        let of = |path: &Path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let different = difference(python, path)?;
            Some(format!("{} {name}: {different}", python.display()))
        };
        scripts.iter().filter_map(|path| of(path)).collect()
    };
    let pythons = interpreters();
    // Past the capture of a test's output, so that each run of the suite says so.
    let used = format!("{} scripts, each under {}: {pythons:?}", scripts.len(), pythons.len());
    writeln!(std::io::stderr(), "{used}").unwrap();
    let found = std::thread::scope(|scope| {
        let threads: Vec<_> = pythons.iter().map(|python| scope.spawn(|| check(python))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(found.is_empty(), "{} differ:\n{}", found.len(), found.join("\n"));
}

/// All that a script can do to see a difference, and why it can. The lesson says the same.
const NOT_THE_SAME: [(&str, &str); 3] = [
    // Only a class of our own can count what is done with a lock.
    (
        "types of locks that are compared by `is` or `issubclass`",
        "import threading, _thread\nprint(type(threading.Lock()) is _thread.LockType)\n",
    ),
    // The shim is Python in the same interpreter.
    (
        "what profilers, tracers and `inspect` show of watched tools",
        "import sys, threading\nlock, seen = threading.Lock(), []\n\
         sys.setprofile(lambda frame, event, _: seen.append(frame.f_code.co_filename))\n\
         with lock: pass\nsys.setprofile(None)\nprint(len(set(seen)))\n",
    ),
    // They are where its records are.
    ("two open files and 4 MiB of memory", "import os\nprint(len(os.listdir('/proc/self/fd')))\n"),
];

#[test]
fn what_is_not_the_same_is_listed_in_the_lesson_and_still_is_not() {
    let lesson = include_str!("../../assets/lessons/python.md");
    let (_, listed) = lesson.split_once("## What is not the same\n").unwrap();
    let listed = listed.split("\n#").next().unwrap();
    assert_eq!(listed.matches("\n- ").count(), NOT_THE_SAME.len(), "{listed}");
    for (what, text) in NOT_THE_SAME {
        assert!(listed.contains(what), "{what}: {listed}");
        let (_folder, path) = written(text);
        for python in interpreters() {
            assert!(difference(&python, &path).is_some(), "{}: {what}", python.display());
        }
    }
}
