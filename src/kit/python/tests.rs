//! A CPython that behaves, and programs of that name that do not.

use std::io::Write;

use super::*;
use crate::kit::proc_stat;

const LONG: Duration = Duration::from_secs(30);

/// A program called `python3` that is this shell script. Another process writes it: if
/// this one did, a child of another test could still hold it open, and the system starts
/// no program that others may write to.
fn stub(folder: &Path, script: &str) -> Python {
    let program = folder.join("python3");
    let mut writer = Command::new("sh")
        .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
        .arg(&program)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = writer.stdin.take().unwrap();
    write!(input, "#!/bin/sh\n{script}\n").unwrap();
    drop(input);
    assert!(writer.wait().unwrap().success());
    Python { program }
}

/// What a stub's run came to, and the lines that it wrote.
fn run_stub(script: &str, limit: Duration) -> (Result<(), String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    let ended = stub(folder.path(), script).run("", &[], limit, &Stop::new(), |line| {
        lines.push(line.to_owned());
        Ok(())
    });
    (ended.map_err(String::from), lines)
}

/// Waits until the process is no more; a zombie that is not yet reaped counts as gone.
#[track_caller]
fn assert_ends(pid: &str) {
    let state = || proc_stat::state_of(pid.parse().unwrap());
    let deadline = Instant::now() + LONG;
    while matches!(state(), Ok(state) if state != 'Z' && state != 'X') {
        assert!(Instant::now() < deadline, "process {pid} is still there: {:?}", state());
        std::thread::yield_now();
    }
}

#[test]
fn a_file_that_may_not_be_executed_does_not_hide_the_next_on_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let [data, none, program] = ["data", "none", "program"].map(|name| folder.path().join(name));
    for folder in [&data, &none, &program] {
        std::fs::create_dir(folder).unwrap();
    }
    std::fs::write(data.join("python3"), "no program").unwrap();
    std::fs::create_dir(none.join("python3")).unwrap();
    let wanted = stub(&program, "exit 0");
    let path = std::env::join_paths([&data, &none, &program]).unwrap();
    assert_eq!(Python::find_in(&path), Some(wanted));
    let path = std::env::join_paths([&data, &none]).unwrap();
    assert_eq!(Python::find_in(&path), None);
}

#[test]
fn a_line_without_an_end_is_neither_kept_nor_repeated_whole() {
    let script = "head -c 200000000 /dev/zero | tr '\\0' x; echo; sleep 3600";
    let (ended, lines) = run_stub(script, LONG);
    let why = ended.unwrap_err();
    assert!(why.starts_with("it wrote `xxx"), "{why}");
    assert!(why.ends_with("more bytes)`, which is no measurement"), "{why}");
    assert!(why.len() < 300 && lines.is_empty(), "{} {}", why.len(), lines.len());
}

#[test]
fn a_line_is_found_wherever_the_output_was_cut() {
    let (mut lines, mut seen) = (Lines::default(), Vec::new());
    let mut line = |text: &str| {
        seen.push(text.to_owned());
        Ok(())
    };
    for bytes in [&b"on"[..], b"e\r\n\ntwo\nth", b"", b"ree"] {
        lines.take(bytes, &mut line).unwrap();
    }
    lines.end(&mut line).unwrap();
    lines.end(&mut line).unwrap();
    assert_eq!(seen, ["one", "two", "three"]);
}

#[test]
fn last_words_come_through_as_text_however_many_there_are() {
    let script = "head -c 1000000 /dev/zero | tr '\\0' 'x' >&2
        printf '\\n\\033]0;title\\007 \\302\\233 \\342\\200\\256 \\377\\n\\n' >&2; exit 3";
    let (ended, _) = run_stub(script, LONG);
    assert_eq!(
        ended.unwrap_err(),
        "it ended with exit status: 3: \\u{1b}]0;title\\u{7} \\u{9b} \\u{202e} \u{fffd}"
    );
}

#[test]
fn what_it_leaves_behind_ends_with_it() {
    // The child holds the output open: only its end, or the leader's, ends the reading.
    let (ended, lines) = run_stub("sleep 3600 & echo $!", LONG);
    assert_eq!((ended, lines.len()), (Ok(()), 1));
    assert_ends(&lines[0]);
}

#[test]
fn output_that_is_closed_is_no_end() {
    let script = "echo $$; exec sleep 3600 >&- 2>&-";
    let (ended, lines) = run_stub(script, Duration::from_secs(3));
    assert_eq!(ended.unwrap_err(), "it did not end in time");
    assert_ends(&lines[0]);
}

#[test]
fn a_flood_of_output_ends_with_the_time_limit() {
    let (ended, _) = run_stub("yes", Duration::from_millis(300));
    assert_eq!(ended.unwrap_err(), "it did not end in time");
}

#[test]
fn a_line_that_is_refused_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let python = stub(folder.path(), "echo $$; echo 'a\tb'; exec sleep 3600");
    let mut lines = Vec::new();
    let ended = python.run("", &[], LONG, &Stop::new(), |line| {
        lines.push(line.to_owned());
        if lines.len() == 2 { Err(no_measurement(line)) } else { Ok(()) }
    });
    assert_eq!(ended.unwrap_err(), r"it wrote `a\tb`, which is no measurement");
    assert_ends(&lines[0]);
}

/// Nothing to test where there is no Python; the machine that checks changes has one.
fn run(script: &str, limit: Duration, stop: &Stop) -> Option<(Result<(), String>, Vec<String>)> {
    let mut lines = Vec::new();
    let arguments = ["one".to_owned()];
    let result = Python::find()?.run(script, &arguments, limit, stop, |line| {
        lines.push(line.to_owned());
        Ok(())
    });
    Some((result.map_err(String::from), lines))
}

#[test]
fn lines_arrive_in_order() {
    let Some((result, lines)) = run("print(sys.argv[1]); print('two')", LONG, &Stop::new()) else {
        return;
    };
    assert_eq!((result, lines), (Ok(()), vec!["one".to_owned(), "two".to_owned()]));
}

#[test]
fn an_error_is_its_last_words() {
    let Some((result, _)) = run("raise ValueError('no such thing')", LONG, &Stop::new()) else {
        return;
    };
    assert_eq!(result.unwrap_err(), "it ended with exit status: 1: ValueError: no such thing");
}

#[test]
fn a_script_that_does_not_end_in_time_is_ended() {
    let script = "import time; time.sleep(3600)";
    let Some((result, _)) = run(script, Duration::from_millis(50), &Stop::new()) else {
        return;
    };
    assert_eq!(result.unwrap_err(), "it did not end in time");
}

#[test]
fn a_script_is_ended_with_all_it_forked() {
    // Each line in one write: the two processes share the pipe.
    let script = r#"os.fork(); os.write(1, b"%d\n" % os.getpid()); import time; time.sleep(3600)"#;
    let Some(python) = Python::find() else { return };
    let (stop, mut pids) = (Stop::new(), Vec::new());
    let result = python.run(script, &[], LONG, &stop, |line| {
        pids.push(line.to_owned());
        if pids.len() == 2 {
            stop.request();
        }
        Ok(())
    });
    assert_eq!(result.map_err(String::from).unwrap_err(), "asked to stop");
    assert_eq!(pids.len(), 2, "{pids:?}");
    for pid in pids {
        assert_ends(&pid);
    }
}

#[test]
fn a_stop_request_ends_it() {
    let stop = Stop::new();
    stop.request();
    let Some((result, _)) = run("import time; time.sleep(3600)", LONG, &stop) else {
        return;
    };
    assert_eq!(result.unwrap_err(), "asked to stop");
}
