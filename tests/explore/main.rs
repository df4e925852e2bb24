//! The explorer from outside, by the built program: known counts, findings that come again
//! in a new process, repairs that are proved, questions, signals.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use threadbare::programs;
use threadbare::programs::code::check_digits;

const FAILS: Option<i32> = Some(3);
const HOLDS: Option<i32> = Some(0);

fn explore(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command
        .arg("explore")
        .args(args)
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::null());
    command
}

fn text(output: &Output) -> (Option<i32>, &str) {
    (output.status.code(), std::str::from_utf8(&output.stdout).unwrap())
}

fn found(args: &[&str]) -> (Option<i32>, Value) {
    let output = explore(args).args(["--format", "json"]).output().unwrap();
    let reported = String::from_utf8_lossy(&output.stderr);
    let json = serde_json::from_slice(&output.stdout);
    (output.status.code(), json.unwrap_or_else(|_| panic!("{args:?}: {reported}")))
}

#[test]
fn every_shortest_finding_comes_again_from_its_code_in_a_new_process() {
    for program in programs::ALL {
        let (status, first) = found(&[program.id]);
        assert_eq!(status, FAILS, "{}", program.id);
        assert_eq!(first["complete"], true, "{}", program.id);
        let shortest = &first["shortest"];
        let code = shortest["code"].as_str().unwrap();
        let (status, again) = found(&["--replay", code]);
        assert_eq!((status, &again["failed"]), (FAILS, &json!(true)), "{code}");
        for part in ["steps", "end", "why"] {
            assert!(shortest[part].is_array() || shortest[part].is_string());
            assert_eq!(again[part], shortest[part], "{code}: {part}");
        }
    }
}

#[test]
fn every_repaired_program_is_proved_over_all_interleavings() {
    for program in programs::ALL {
        let repaired = format!("{}=on", program.repair.key);
        let (status, proof) = found(&[program.id, "--set", &repaired]);
        let figures = [&proof["complete"], &proof["failures"], &proof["shortest"]];
        let expected = [&json!(true), &json!(0), &Value::Null];
        assert_eq!((status, figures), (HOLDS, expected), "{}", program.id);
        assert!(proof["schedules"].as_u64() > Some(0), "{}", program.id);
    }
}

#[test]
fn the_known_counts() {
    let counts = |args: &[&str]| {
        let (_, found) = found(args);
        assert_eq!(found["complete"], true, "{args:?}");
        let figure = |key: &str| found[key].as_u64().unwrap();
        (figure("schedules"), figure("failures"))
    };
    for (n, unlocked, locked) in
        [("n=2", (924, 918), 6), ("n=3", (48_620, 48_600), 20), ("n=4", (2_704_156, 2_704_086), 70)]
    {
        assert_eq!(counts(&["list", "--set", n]), unlocked, "{n}");
        let with_lock = counts(&["list", "--set", n, "--set", "lock=on"]);
        assert_eq!(with_lock, (locked, 0), "{n}");
    }
    for (n, expected) in [("n=3", (168, 6)), ("n=4", (98_184, 24))] {
        assert_eq!(counts(&["philosophers", "--set", n]), expected, "{n}");
    }
    assert_eq!(counts(&["counter"]), (20, 18));
}

#[test]
fn a_question_is_answered_by_a_schedule_with_status_3_or_by_no_with_status_0() {
    let lost = explore(&["counter", "--query", "end count == 1"]).output().unwrap();
    let (status, reported) = text(&lost);
    assert_eq!(status, FAILS);
    assert!(reported.contains("Yes, in 18 of 20 interleavings."), "{reported}");
    let (_, code) = reported.trim_end().rsplit_once(' ').unwrap();
    let again = explore(&["--replay", code]).output().unwrap();
    let (status, story) = text(&again);
    assert_eq!(status, FAILS);
    assert!(story.contains("Why: "), "{story}");

    let both = "ever holds(philosopher[1], fork[1]) && holds(philosopher[2], fork[1])";
    let (status, never) = found(&["philosophers", "--set", "n=3", "--query", both]);
    assert_eq!((status, &never["query"]["answer"]), (HOLDS, &json!(false)), "{never}");
    assert_eq!(never["schedules"], 168);
    let (status, found) = found(&["counter", "--query", "count == 2"]);
    assert_eq!((status, &found["query"]["answer"]), (FAILS, &json!(true)));
    assert_eq!(found["query"]["code"], found["shortest"]["code"]);
}

/// A billion random runs take longer than a test may take.
#[test]
fn a_signal_ends_a_long_search_with_what_was_covered() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let long = ["list", "--search", "random", "--limit", "1000000000"];
        let mut child =
            explore(&long).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until_watched(&child);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let began = Instant::now();
        let deadline = Duration::from_secs(30);
        while child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < deadline, "it goes on");
            std::thread::yield_now();
        }
        let output = child.wait_with_output().unwrap();
        let (code, reported) = text(&output);
        assert_eq!(code, Some(status));
        assert!(reported.contains("The search was stopped."), "{reported}");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.starts_with("threadbare: stopped: explore list: SIG"), "{complaint}");
        assert_eq!(complaint.matches('\n').count(), 1, "no progress in a file");
    }
}

/// Until the program catches these signals: before, they would end it like any other.
fn until_watched(child: &std::process::Child) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let path = format!("/proc/{}/status", child.id());
    let caught = || {
        let status = std::fs::read_to_string(&path).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
    };
    let both = 1 << (2 - 1) | 1 << (15 - 1);
    while caught() & both != both {
        assert!(Instant::now() < deadline, "it does not watch for signals");
        std::thread::yield_now();
    }
}

/// What stands on stderr, with the status.
fn refused(args: &[&str]) -> (Option<i32>, String) {
    let output = explore(args).output().unwrap();
    let reported = String::from_utf8(output.stderr).unwrap();
    assert_eq!(reported.matches('\n').count(), 1, "{args:?}: {reported}");
    (output.status.code(), reported)
}

const UNFINISHED: Option<i32> = Some(1);
const USAGE: Option<i32> = Some(2);

/// The code of another schedule of the same program, as if it had been made here.
fn forged(code: &str, schedule: &str) -> String {
    let parts: Vec<&str> = code.split('-').collect();
    let text = format!("{}-{}-{schedule}", parts[0], parts[1]);
    format!("{text}-{}", check_digits(&text))
}

fn shortest(args: &[&str]) -> String {
    let (_, found) = found(args);
    found["shortest"]["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_code_is_replayed_with_its_program_and_refused_with_another() {
    let code = shortest(&["counter"]);
    let (status, again) = found(&["counter", "--replay", &code]);
    assert_eq!((status, &again["failed"]), (FAILS, &json!(true)));
    let holds = forged(&code, "0");
    let (status, again) = found(&["counter", "--replay", &holds]);
    assert_eq!((status, &again["failed"]), (HOLDS, &json!(false)));
    let (status, reported) = refused(&["list", "--replay", &code]);
    assert_eq!(status, USAGE);
    assert!(reported.contains("it is a code of counter, not of list"), "{reported}");
    let (status, reported) = refused(&["nothing", "--replay", &code]);
    assert_eq!(status, USAGE);
    assert!(reported.contains("unknown program: nothing"), "{reported}");
    let (status, reported) = refused(&["src"]);
    assert_eq!(status, USAGE);
    assert!(
        reported.trim_end().ends_with("; the file or folder of this name is ./src"),
        "{reported}"
    );
    for beside in [["--set", "n=3"], ["--bound", "1"], ["--limit", "1"]] {
        let args = [&["counter", "--replay", &code], &beside[..]].concat();
        assert_eq!(refused(&args).0, USAGE, "{beside:?}");
    }
}

#[test]
fn a_schedule_that_cannot_be_run_is_refused_not_passed() {
    let counter = shortest(&["counter"]);
    let philosophers = shortest(&["philosophers", "--set", "n=2"]);
    for (code, schedule, why) in [
        (&counter, "b2o", "step 3 cannot be taken: there is no thread 15"),
        (&counter, "ca2b", "step 1 cannot be taken: there is no thread 3"),
        (&counter, "A2b", "adder[1] has no store in its buffer"),
        (&counter, "a6b6", "step 4 cannot be taken: adder[1] has ended"),
        (&counter, "a3b4", "step 7 cannot be taken: the run has ended"),
        (&counter, "a9999b9999", "more than the 10000 steps"),
        (&philosophers, "c9cs", "there is no thread 3"),
        (&philosophers, "aab", "is blocked before `acquire fork[1]`"),
    ] {
        let code = forged(code, schedule);
        let (status, reported) = refused(&["--replay", &code]);
        assert_eq!(status, USAGE, "{code}");
        assert!(reported.contains(why), "{code}: {reported}");
    }
    let (status, reported) = refused(&["--replay", "counter2-g6nd-ab3"]);
    assert_eq!(status, USAGE);
    assert!(reported.contains("PROGRAM-VERSION-SCHEDULE-CHECK"), "{reported}");
    let (status, reported) = refused(&["--replay", &counter.replacen("-a", "-b", 1)]);
    assert_eq!(status, USAGE);
    assert!(reported.contains("mistyped"), "{reported}");
}

/// Two orders that come to the same may need different numbers of switches: what sleep sets
/// leave out may be the one within the bound.
#[test]
fn sleep_sets_under_a_bound_are_refused() {
    for program in programs::ALL {
        let args = [program.id, "--search", "sleep-sets", "--bound", "1"];
        let (status, reported) = refused(&args);
        assert_eq!(status, USAGE);
        assert!(reported.contains("within a --bound; search all"), "{reported}");
    }
    let (status, within) = found(&["philosophers", "--bound", "1"]);
    assert_eq!((status, &within["failures"]), (FAILS, &json!(3)));
    assert_eq!(within["schedules"], 57);
}

#[test]
fn only_a_search_of_all_interleavings_passes_for_complete() {
    let locked = ["counter", "--set", "lock=on"];
    let with = |more: &[&'static str]| [&locked[..], more].concat();
    assert_eq!(found(&with(&["--complete"])).0, HOLDS);
    for (more, why, reported) in [
        (&["--limit", "1"][..], "run_limit", "The search ended at its limit, after 1 run"),
        (&["--search", "random"], "sampled", "They were chosen at random."),
    ] {
        let (status, json) = found(&with(more));
        assert_eq!((status, &json["complete"]), (HOLDS, &json!(false)));
        assert_eq!(json["incomplete"], json!([why]));
        let output = explore(&with(&[more, &["--complete"]].concat())).output().unwrap();
        let (status, shown) = text(&output);
        assert_eq!(status, UNFINISHED);
        assert!(shown.contains(reported) && shown.contains("does not mean that there is none"));
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(
            complaint.contains("not complete: explore counter: ") && complaint.contains(reported)
        );
    }
    let (status, json) = found(&["counter", "--bound", "0"]);
    assert_eq!((status, &json["incomplete"]), (HOLDS, &json!(["preemption_bound"])));
    assert_eq!(found(&["counter", "--complete"]).0, FAILS, "a failure goes first");
    let query = ["counter", "--query", "count > 2", "--bound", "0", "--complete"];
    let output = explore(&query).output().unwrap();
    let (status, reported) = text(&output);
    assert_eq!(status, UNFINISHED);
    assert!(
        reported.contains("which does not mean never.\nThose with more than 0 switches"),
        "{reported}"
    );
}
