//! `explore` on scripts: which order breaks them, and that it comes again.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::figures::written;
use crate::{clean, interpreters, python, wait_until};

pub const LOST_UPDATE: &str = "\
import threading
counter = 0
def add():
    global counter
    for _ in range(5):
        counter += 1
threads = [threading.Thread(target=add, name=name) for name in ('one', 'other')]
for t in threads: t.start()
for t in threads: t.join()
assert counter == 10, counter
";
const LOCK_ORDER: &str = "\
import threading
first = threading.Lock()
second = threading.RLock()
def forward():
    with first:
        with second: pass
def backward():
    with second:
        with first: pass
threads = [threading.Thread(target=f, name=f.__name__) for f in (forward, backward)]
for t in threads: t.start()
for t in threads: t.join()
";

fn locked() -> String {
    LOST_UPDATE
        .replace("counter = 0\n", "counter = 0\nlock = threading.Lock()\n")
        .replace("        counter += 1", "        with lock: counter += 1")
}

pub fn explore(python: &Path, script: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command.arg("explore").arg(script).arg("--set");
    command.arg(format!("python={}", python.display())).args(args).stdin(Stdio::null());
    clean(&mut command);
    command
}

pub fn found(python: &Path, script: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let args = [&["--format", "json"], args].concat();
    let output = explore(python, script, &args).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let json = serde_json::from_slice(&output.stdout);
    (output.status.code(), json.unwrap_or_else(|_| panic!("{}: {stderr}", python.display())))
}

pub fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a seed finds in a script is the same each time, and its code repeats it in a new process.
#[track_caller]
pub fn assert_found(python: &Path, script: &Path, args: &[&str], kind: &str) -> Value {
    let args = &[&["--seed", "7"], args].concat();
    let (status, first) = found(python, script, args);
    assert_eq!(status, Some(3), "{}: {first}", python.display());
    assert_eq!(first["failures"], 1, "{first}");
    assert_eq!(first["kinds"][kind], 1, "{}: {first}", python.display());
    let (_, second) = found(python, script, args);
    let shortest = &first["shortest"];
    assert_eq!(*shortest, second["shortest"], "{}", python.display());
    assert_eq!(shortest["repeats"], true);
    let code = shortest["code"].as_str().unwrap();
    let (status, again) = found(python, script, &["--replay", code]);
    assert_eq!((status, &again["failed"]), (Some(3), &json!(true)), "{code}: {again}");
    for part in ["kind", "end", "steps", "level", "switches", "deadlock"] {
        assert_eq!(again[part], shortest[part], "{}: {code}: {part}", python.display());
    }
    first
}

#[test]
fn a_lost_update_is_found_and_comes_again() {
    let (_folder, script) = written(LOST_UPDATE);
    for python in interpreters() {
        let report = assert_found(&python, &script, &[], "assertion");
        let shortest = &report["shortest"];
        assert_eq!(shortest["switches"], 1, "{shortest}");
        let end = shortest["end"].as_str().unwrap();
        assert!(end.starts_with("AssertionError in MainThread, line 10: "), "{end}");
        // Up to 3.9 the interpreter itself gives the GIL away there.
        let old = ["3.8.", "3.9."]
            .iter()
            .any(|minor| report["interpreter"]["version"].as_str().unwrap().starts_with(minor));
        assert_eq!(shortest["level"], if old { "L2" } else { "L3" }, "{report}");
        let steps = shortest["steps"].as_array().unwrap();
        let lost = |step: &&Value| step["op"] == "counter += 1" && step["line"] == 6;
        assert!(steps.iter().filter(lost).count() >= 3, "{shortest}");
    }
}

#[test]
fn a_deadlock_is_found_and_its_circle_named() {
    let (_folder, script) = written(LOCK_ORDER);
    for python in interpreters() {
        let report = assert_found(&python, &script, &[], "deadlock");
        let mut circle = report["shortest"]["deadlock"].as_array().unwrap()[..2].to_vec();
        circle.sort_by_key(|one| one["thread"].to_string());
        let expected = json!([
            { "thread": "backward", "wants": "first", "held_by": "forward", "file": "main.py", "line": 9 },
            { "thread": "forward", "wants": "second", "held_by": "backward", "file": "main.py", "line": 6 },
        ]);
        assert_eq!(json!(circle), expected, "{report}");
        let output = explore(&python, &script, &["--seed", "7"]).output().unwrap();
        let text = text(&output);
        assert!(text.contains("forward (line 6) waits for second, which backward holds"), "{text}");
    }
}

#[test]
fn a_correct_script_has_no_failure_and_that_is_called_a_sample() {
    let (_folder, script) = written(&locked());
    for python in interpreters() {
        let (status, report) = found(&python, &script, &["--limit", "100", "--search", "pct"]);
        assert_eq!((status, &report["failures"]), (Some(0), &json!(0)), "{report}");
        assert_eq!((&report["schedules"], &report["cut_off"]), (&json!(100), &json!(0)));
        assert_eq!(report["complete"], false);
    }
    let by_chance = &["--search", "random", "--limit", "3"][..];
    let output = explore(&python(), &script, by_chance).output().unwrap();
    assert!(text(&output).contains("That is a sample and no proof"), "{}", text(&output));
    let complete = [by_chance, &["--complete"]].concat();
    let output = explore(&python(), &script, &complete).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_correct_script_has_no_failure_in_two_thousand_schedules() {
    let (_folder, script) = written(&locked());
    let args = ["--limit", "2000", "--search", "random"];
    let (status, report) = found(&python(), &script, &args);
    let all = (&report["schedules"], &report["cut_off"], &report["failures"]);
    assert_eq!((status, all), (Some(0), (&json!(2000), &json!(0), &json!(0))), "{report}");
}

#[test]
fn a_correct_script_is_proved_and_a_proof_says_what_it_covers() {
    let (_folder, script) = written(&locked().replace("range(5)", "range(2)").replace("10", "4"));
    for python in interpreters() {
        let args = ["--search", "all", "--complete"];
        let (status, report) = found(&python, &script, &args);
        assert_eq!((status, &report["complete"]), (Some(0), &json!(true)), "{report}");
        let schedules = report["schedules"].as_u64().unwrap();
        assert!((6..=60).contains(&schedules), "{schedules}");
    }
    let output = explore(&python(), &script, &["--search", "all"]).output().unwrap();
    let text = text(&output);
    assert!(text.contains("None fails, whatever the order of its threads"), "{text}");
    let (status, bounded) = found(&python(), &script, &["--search", "all", "--bound", "0"]);
    assert_eq!((status, &bounded["incomplete"]), (Some(0), &json!(["preemption_bound"])));
}

#[test]
fn an_executor_that_is_left_to_the_interpreter_is_ended_by_it() {
    let (_folder, script) = written(
        "from concurrent.futures import ThreadPoolExecutor\n\
         pool = ThreadPoolExecutor(1)\n\
         pool.submit(len, '')\n",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &script, &["--limit", "20"]);
        assert_eq!((status, &report["cut_off"]), (Some(0), &json!(0)), "{report}");
    }
}

/// The variables of closures are shared between frames, and one of them belongs to a thread that
/// waits at a gate while another one changes it.
const CLOSURE: &str = "\
import threading
def main():
    total = 0
    items = [0]
    lock = threading.Lock()
    def add():
        nonlocal total
        for _ in range(2):
            with lock: total = total + 1
    def other():
        for item in items if total < 3 else []:
            items[0] = item + 1
    threads = [threading.Thread(target=work) for work in (add, other)]
    for t in threads: t.start()
    for t in threads: t.join()
    assert total == 2, total
main()
";

#[test]
fn control_changes_no_variable_of_a_closure() {
    let (_folder, script) = written(CLOSURE);
    for python in interpreters() {
        let args = ["--search", "all", "--bound", "2", "--limit", "2000"];
        let (status, report) = found(&python, &script, &args);
        assert_eq!((status, &report["failures"]), (Some(0), &json!(0)), "{report}");
        assert!(report["schedules"].as_u64().unwrap() > 20, "{report}");
    }
}

#[test]
fn a_schedule_in_which_no_thread_had_to_give_way_is_not_called_forced() {
    let (_folder, script) =
        written("import threading\nthreading.Thread(target=lambda: 1 / 0).start()\n");
    let output = explore(&python(), &script, &[]).output().unwrap();
    let text = text(&output);
    assert!(text.contains("\n1 schedule, which fails. "), "{text}");
    let level = "Level L2: nothing was forced. Each thread runs until it waits or ends.\n";
    assert!(text.contains(level), "{text}");
    // What is controlled is not said to be none of that.
    assert!(text.contains("; locks of C extensions; clocks other than"), "{text}");
}

#[test]
fn each_kind_of_failure_is_recognised() {
    let race = |end: &str| LOST_UPDATE.replace("assert counter == 10, counter", end);
    for (script, args, kind) in [
        (race("if counter != 10: raise LookupError(counter)"), &[][..], "exception"),
        (race("import sys; sys.exit(counter != 10)"), &[], "exit_code"),
        // Whatever the status is.
        ("import sys; sys.exit(250)".to_owned(), &[], "exit_code"),
        ("import sys; sys.exit(251)".to_owned(), &[], "exit_code"),
        (race("print(counter)"), &["--same-output"], "output"),
        (
            "import threading\nthreading.Thread(target=lambda: {}['x']).start()".to_owned(),
            &[],
            "exception",
        ),
    ] {
        let (_folder, script) = written(&script);
        assert_found(&python(), &script, args, kind);
    }
}

#[track_caller]
fn assert_refused(output: &Output, status: i32, expected: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{stderr}");
    assert!(stderr.contains(expected) && stderr.matches('\n').count() == 1, "{stderr}");
}

#[test]
fn what_cannot_be_explored_is_one_line() {
    let (folder, script) = written(LOST_UPDATE);
    let run = |args: &[&str]| explore(&python(), &script, args).output().unwrap();
    assert_refused(&run(&["--query", "x == 1"]), 2, "--query: not for scripts");
    assert_refused(&run(&["--bound", "1"]), 2, "a --bound needs --search all");
    assert_refused(&run(&["--search", "sleep-sets"]), 2, "sleep-sets is not there for scripts");
    assert_refused(&run(&["--replay", "py311-x-0-00"]), 2, "mistyped");
    assert_refused(&run(&["--replay", "counter2-g6nd-ab3-x7"]), 2, "it is no code of a script");
    let (_, report) = found(&python(), &script, &[]);
    let code = report["shortest"]["code"].as_str().unwrap().to_owned();
    assert_refused(&run(&["--replay", &code, "--", "x"]), 2, "or other arguments");
    let none = folder.path().join("none.py");
    let output = explore(&python(), &none, &[]).output().unwrap();
    assert_refused(&output, 2, "no such file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    clean(command.args(["explore", "--replay", &code]).stdin(Stdio::null()));
    assert_refused(&command.output().unwrap(), 2, "name the script, too");
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    clean(command.args(["explore", "counter", "--same-output"]).stdin(Stdio::null()));
    assert_refused(&command.output().unwrap(), 2, "only for scripts");
    let output = explore(Path::new("/bin/true"), &script, &[]).output().unwrap();
    assert_refused(&output, 1, "the interpreter did not load the shim");
}

#[test]
fn a_script_that_cannot_run_is_one_line_and_no_report() {
    for (text, expected) in [
        ("def (:\n", "SyntaxError: invalid syntax (main.py, line 1)"),
        ("if 1:\npass\n", "IndentationError: expected an indented block"),
        ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n", "the interpreter ended"),
    ] {
        let (_folder, script) = written(text);
        for python in interpreters() {
            let output = explore(&python, &script, &[]).output().unwrap();
            assert_refused(&output, 1, expected);
            assert_eq!(output.stdout, b"", "{}: {expected}", python.display());
        }
    }
}

#[test]
fn a_script_has_its_arguments_and_its_name() {
    let (_folder, script) = written(
        "import sys, threading\nassert __name__ == '__main__'\nassert sys.argv[1:] == ['a', '-v'], sys.argv\n",
    );
    for python in interpreters() {
        let args = ["--limit", "3", "--", "a", "-v"];
        assert_eq!(found(&python, &script, &args).0, Some(0), "{}", python.display());
        assert_eq!(found(&python, &script, &["--limit", "3", "a"]).0, Some(3));
    }
}

#[test]
fn a_signal_ends_the_search_and_the_interpreter() {
    let (folder, script) = written(&format!(
        "import os, sys\nopen(sys.argv[1], 'w').write('%d %d\\n' % (os.getpid(), os.getppid()))\n{}",
        locked()
    ));
    let pids = folder.path().join("pids");
    let args = ["--limit", "1000000", "--", pids.to_str().unwrap()];
    for (signal, status) in [(Signal::INT, Some(130)), (Signal::KILL, None)] {
        let _ = std::fs::remove_file(&pids);
        let child = explore(&python(), &script, &args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let read = || std::fs::read_to_string(&pids).unwrap_or_default();
        wait_until("the script runs", || read().ends_with('\n'));
        let server: u32 = read().split_whitespace().nth(1).unwrap().parse().unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait_with_output().unwrap().status.code(), status);
        wait_until("the interpreter ends", || {
            threadbare::kit::proc_stat::state_of(server)
                .map_or(true, |state| matches!(state, 'Z' | 'X'))
        });
    }
}

#[test]
fn each_broken_example_breaks_and_each_mended_one_is_proved() {
    let example = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).with_extension("py")
    };
    for (name, kind) in [
        ("lost_update", "assertion"),
        ("lock_order", "deadlock"),
        ("check_then_act", "exception"),
        ("notify_before_wait", "deadlock"),
    ] {
        for python in interpreters() {
            let report = assert_found(&python, &example(name), &[], kind);
            let switches = report["shortest"]["switches"].as_u64().unwrap();
            assert!(switches <= 1, "{name}: {report}");
        }
    }
    for name in ["lost_update_mended", "check_then_act_mended", "notify_before_wait_mended"] {
        for python in interpreters() {
            let (status, report) = found(&python, &example(name), &["--complete"]);
            assert_eq!(status, Some(0), "{name}: {report}");
        }
    }
    let (status, report) = found(&python(), &example("shared_list"), &["--limit", "50"]);
    assert_eq!((status, &report["failures"]), (Some(0), &json!(0)), "{report}");
    let without = std::fs::read_to_string(example("shared_list")).unwrap();
    let second = "    threading.Thread(target=remove, name=\"other\"),\n]\nfor thread";
    let without = without.replace("with lock:", "if True:").replacen("]\nfor thread", second, 1);
    let (_folder, script) = written(&without);
    assert_found(&python(), &script, &[], "exception");
}
