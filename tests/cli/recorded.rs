//! Runs that are recorded, and recordings that are played.

use std::fs;
use std::path::Path;

use super::*;

const RUN: &[&str] =
    &["run", "list", "--format", "json", "--set", "pause=0ms", "--set", "lock=off"];

fn record(file: &Path) -> Output {
    run(&[RUN, &["--record", file.to_str().unwrap()]].concat())
}

#[test]
fn a_recording_ends_with_the_result_and_takes_its_place_when_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    fs::write(&file, "older").unwrap();
    let output = record(&file);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let printed: Value = serde_json::from_str(stdout(&output)).unwrap();
    let recorded = fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> =
        recorded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (first, last) = (&lines[0], &lines[lines.len() - 1]["end"]);
    for key in ["threadbare", "lab", "seed", "cores", "settings"] {
        assert_eq!(first[key], printed[key], "{key}");
    }
    assert_eq!(last["result"], printed["result"]);
    assert_eq!(last["dropped_events"], printed["dropped_events"]);
    let ms = last["elapsed_ns"].as_f64().unwrap() / 1e6;
    assert!((ms - printed["elapsed_ms"].as_f64().unwrap()).abs() < 1e-6, "{ms}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "something is left beside it");
}

#[test]
fn where_no_recording_can_be_written_nothing_runs() {
    for (file, why) in [
        ("/no/such/folder/run.jsonl", "no such file or directory"),
        ("/dev/null", "no new file can take its place"),
        ("/", "s a directory"),
    ] {
        let args = [RUN, &["--record", file]].concat();
        assert_refused(&args, &run(&args), why);
    }
}

#[test]
fn a_recording_is_printed_in_every_format_as_the_run_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    for format in ["text", "json", "jsonl"] {
        let set = ["run", "list", "--set", "pause=0ms", "--set", "rounds=3", "--format", format];
        let recorded = run(&[&set[..], &["--record", file.to_str().unwrap()]].concat());
        let again = run(&["replay", file.to_str().unwrap(), "--format", format]);
        assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
        assert_eq!(stdout(&again), stdout(&recorded));
    }
}

#[test]
fn a_recording_is_played_on_a_terminal_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    assert_eq!(record(&file).status.code(), Some(0));
    let args = ["replay", file.to_str().unwrap()];
    assert_refused(&args, &run(&args), "not a terminal");
}

#[test]
fn a_file_that_is_no_recording_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    assert_eq!(record(&file).status.code(), Some(0));
    let whole = fs::read_to_string(&file).unwrap();
    let count = whole.lines().count();
    let cut = whole.trim_end().rsplit_once('\n').unwrap().0;
    let path = file.to_str().unwrap();
    for (text, place, why) in [
        ("", 1, "the file is empty"),
        ("\u{1b}]0;title\u{7}\n", 1, "not JSON"),
        ("{\"a\":1}", 1, "not a recording"),
        (cut, count, "has no end"),
    ] {
        fs::write(&file, text).unwrap();
        let args = ["replay", path];
        let output = run(&args);
        assert_refused(&args, &output, why);
        let start = format!("threadbare: replay: {path}:{place}: ");
        assert!(stderr(&output).starts_with(&start), "{}", stderr(&output));
    }
    let args = ["replay", "/no/such/file"];
    assert_refused(&args, &run(&args), "no such file");
    let args = ["replay", "/"];
    let output = run(&args);
    assert_eq!(stderr(&output), "threadbare: replay: /: is a directory\n");
}
