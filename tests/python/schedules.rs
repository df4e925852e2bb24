//! Schedules of a script on the screen: the user lets its threads go one step at a time.

use std::path::Path;
use std::process::Command as Process;
use std::time::Duration;

use serde_json::Value;
use threadbare::lab::{ActionKind, Command, Detail, Key, Run, Script, Settings, ViewOptions};
use threadbare::labs;
use threadbare::scene::{Body, Panel, Scene, Schedule};

use crate::figures::written;
use crate::{interpreters, wait_until};

/// Opens the script to be stepped through `schedule`, which may be empty.
fn stepped(python: &Path, script: &Path, schedule: &str) -> Box<dyn Run> {
    let info = labs::SCRIPT.info;
    let program = env!("CARGO_BIN_EXE_threadbare").into();
    let mut settings = Settings::defaults(info, 1, program, true);
    for (key, value) in
        [("python", python.to_str().unwrap()), ("mode", "step"), ("schedule", schedule)]
    {
        settings.set(info, key, value).unwrap();
    }
    settings.script = Some(Script { path: script.to_owned(), arguments: Vec::new() }.into());
    let mut run = labs::SCRIPT.open(settings).unwrap();
    until(run.as_mut(), "it is stepped", |scene| schedule_of(scene).is_some());
    run
}

/// Follows the run until this is seen.
fn until(run: &mut dyn Run, what: &str, seen: impl Fn(&Scene) -> bool) -> Scene {
    wait_until(what, || {
        run.wait(Duration::from_millis(20));
        run.drain(1000);
        seen(&scene(run))
    });
    scene(run)
}

fn scene(run: &dyn Run) -> Scene {
    run.scene(Detail::Full, &ViewOptions::default())
}

fn panels(scene: &Scene) -> impl Iterator<Item = &Panel> {
    scene.rows.iter().flat_map(|row| &row.panels)
}

fn schedule_of(scene: &Scene) -> Option<&Schedule> {
    panels(scene).find_map(|panel| match &panel.body {
        Body::Schedule(schedule) => Some(schedule),
        _ => None,
    })
}

fn taken(scene: &Scene) -> usize {
    schedule_of(scene).unwrap().taken
}

/// The rows of the table of locks and variables, each as one text: its name, what it is now, and who
/// waits for it.
fn objects(scene: &Scene) -> Vec<String> {
    let tables = panels(scene).filter_map(|panel| match &panel.body {
        Body::Table(table) => Some(table),
        _ => None,
    });
    let text = |row: &Vec<threadbare::scene::Span>| {
        let cells = [0, 1, 4].map(|cell| row[cell].text.to_string());
        cells.join(" ").trim().to_owned()
    };
    tables.flat_map(|table| table.rows.iter().map(text)).collect()
}

/// Whether the line of the status says this.
fn says(scene: &Scene, text: &str) -> bool {
    let lines = panels(scene).filter_map(|panel| match &panel.body {
        Body::Lines(lines) => Some(lines),
        _ => None,
    });
    let mut spans = lines.flatten().flat_map(|line| &line.0);
    spans.any(|span| span.text.contains(text))
}

fn press(run: &mut dyn Run, key: Key) {
    let action = run.actions().into_iter().find(|action| action.key == key);
    let Some(ActionKind::Press(command)) = action.map(|action| action.kind) else {
        panic!("{key:?} does nothing");
    };
    run.command(Command::Do(command));
}

fn has_finding(scene: &Scene, text: &str) -> bool {
    scene.findings.iter().any(|finding| finding.text.contains(text))
}

fn example(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

const TWICE: &str = "\
import threading
total = 0
lock = threading.Lock()
def add():
    global total
    with lock:
        seen = total
    with lock:
        total = seen + 1
threads = [threading.Thread(target=add, name=name) for name in ('one', 'two')]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert total == 2
";

#[test]
fn threads_are_let_go_one_by_one_into_a_lost_update_and_back() {
    for python in interpreters() {
        let (_folder, path) = written(TWICE);
        let mut run = stepped(&python, &path, "");
        let run = run.as_mut();
        let about = python.display();
        // To where both can go on, and then in turns: each reads, then each writes.
        let ready = |scene: &Scene, thread: usize| {
            let state = &schedule_of(scene).unwrap().threads[thread].state;
            state.text.as_str() == "ready"
        };
        while !(ready(&scene(run), 1) && ready(&scene(run), 2)) {
            let at = taken(&scene(run));
            press(run, Key::Char('.'));
            until(run, "one more step", |scene| taken(scene) == at + 1);
        }
        let mut go = |thread: usize, to: &str| {
            for _ in 0..30 {
                let at = taken(&scene(run));
                let key = char::from_digit(u32::try_from(thread + 1).unwrap(), 10).unwrap();
                press(run, Key::Char(key));
                let now = until(run, "its step", |scene| taken(scene) == at + 1);
                let row = &schedule_of(&now).unwrap().steps[at];
                assert_eq!(row.thread, thread, "{about}: {row:?}");
                if row.text.text.contains(to) {
                    return;
                }
            }
            panic!("{about}: no step of {thread} {to}");
        };
        go(1, "releases lock");
        go(2, "releases lock");
        press(run, Key::End);
        let end = until(run, "the end", |scene| has_finding(scene, "In the end"));
        assert!(has_finding(&end, "AssertionError"), "{about}: {:?}", end.findings);
        assert!(objects(&end).contains(&"total 1".to_owned()), "{about}: {:?}", objects(&end));
        let at = taken(&end);
        press(run, Key::Char(','));
        let back = until(run, "back", |scene| taken(scene) == at - 1);
        assert!(!has_finding(&back, "In the end"), "{about}");
        press(run, Key::Home);
        let start = until(run, "the start", |scene| taken(scene) == 0);
        assert!(objects(&start).contains(&"total 0".to_owned()), "{about}: {:?}", objects(&start));
        // The main thread alone has begun.
        press(run, Key::Char('3'));
        until(run, "a refusal", |scene| says(scene, "two cannot go on here"));
    }
}

const MANY_VALUES: &str = "\
import threading
lock = threading.Lock()
NAMES = ['v%d' % n for n in range(150)]
def work():
    for n in range(80):
        with lock:
            globals().update(dict.fromkeys(NAMES, '%050d' % n))
thread = threading.Thread(target=work)
thread.start()
thread.join()
raise ValueError
";

#[test]
fn values_leave_room_for_what_else_is_written_and_none_is_shown_that_is_not_known() {
    for python in interpreters() {
        let (_folder, path) = written(MANY_VALUES);
        let mut run = stepped(&python, &path, "");
        press(run.as_mut(), Key::End);
        let end = until(run.as_mut(), "the end", |scene| has_finding(scene, "In the end"));
        let (about, values) = (python.display(), objects(&end));
        assert!(values.contains(&"v149 unknown: no room left".to_owned()), "{about}: {values:?}");
        // The line that raised was first met when there was no more room for values.
        assert!(has_finding(&end, "line 11"), "{about}: {:?}", end.findings);
    }
}

const LOCAL: &str = "\
import threading
class Account: pass
def add(account, amount):
    seen = account.balance
    account.balance = seen + amount
    account.latest = amount
def main():
    account = Account()
    account.balance = 100
    for amount in (5, 7):
        thread = threading.Thread(target=add, args=(account, amount), name='adds %d' % amount)
        thread.start()
        thread.join()
main()
";

#[test]
fn local_variables_are_those_of_the_innermost_function_of_each_thread_that_runs() {
    for python in interpreters() {
        let (_folder, path) = written(LOCAL);
        let mut run = stepped(&python, &path, "");
        let about = python.display().to_string();
        let first = scene(run.as_ref());
        let titled = |panel: &&Panel| panel.title.to_string().contains("variables");
        let note = panels(&first).find(titled).unwrap().note.to_string();
        if note.contains("from CPython 3.13 on") {
            let older = (8..13).any(|minor| about.contains(&format!("3.{minor}")));
            assert!(older && !objects(&first).iter().any(|one| one.contains("amount")), "{about}");
            continue;
        }
        let mut seen = Vec::new();
        loop {
            let at = taken(&scene(run.as_ref()));
            press(run.as_mut(), Key::Char('.'));
            let now = until(run.as_mut(), "a step", |scene| taken(scene) > at);
            seen.push(objects(&now));
            if has_finding(&now, "In the end") {
                break;
            }
        }
        let at = |variable: &str| {
            let has = |objects: &&Vec<String>| objects.iter().any(|one| one == variable);
            let found = seen.iter().find(has);
            found.unwrap_or_else(|| panic!("{about}: {variable}: {seen:#?}"))
        };
        // Another thread changes what a local variable of this one belongs to.
        let written = at("1 account.balance 105");
        assert!(written.contains(&"2 seen 100".to_owned()), "{about}: {written:?}");
        assert!(written.contains(&"2 amount 5".to_owned()), "{about}: {written:?}");
        let second = at("3 seen 105");
        assert!(!second.iter().any(|one| one.starts_with("2 ")), "{about}: it ended: {second:?}");
        assert!(at("1 account.balance 112").contains(&"1 amount 7".to_owned()), "{about}");
    }
}

#[test]
fn a_lock_has_its_holder_and_those_that_wait_and_a_deadlock_its_end() {
    let python = &interpreters()[0];
    let script = example("lock_order.py");
    let code = explored(python, &script)["shortest"]["code"].as_str().unwrap().to_owned();
    let mut run = stepped(python, &script, &code);
    press(run.as_mut(), Key::End);
    let end = until(run.as_mut(), "the end", |scene| has_finding(scene, "deadlock"));
    let locks = objects(&end);
    let held = |name: &str, by: &str| {
        locks.iter().any(|lock| lock.contains(&format!("held by {name} {by}")))
    };
    assert!(held("saver", "spender") && held("spender", "saver"), "{locks:?}");
    let states = schedule_of(&end).unwrap().threads.iter();
    let blocked = states.filter(|thread| thread.state.text.starts_with("blocked by "));
    assert_eq!(blocked.count(), 2);
    assert!(end.badges.iter().any(|badge| badge.text.starts_with("L2")), "{:?}", end.badges);
}

fn explored(python: &Path, script: &Path) -> Value {
    let mut command = Process::new(env!("CARGO_BIN_EXE_threadbare"));
    command.arg("explore").arg(script).args(["--format", "json", "--seed", "1", "--set"]);
    let output = command.arg(format!("python={}", python.display())).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_search_shows_the_schedule_that_it_has_found() {
    let python = &interpreters()[0];
    for (script, found) in [("lost_update.py", true), ("lost_update_mended.py", false)] {
        let mut run = stepped(python, &example(script), "");
        press(run.as_mut(), Key::Char('x'));
        let text = if found { "failing schedule was found" } else { "None fails: " };
        let scene = until(run.as_mut(), text, |scene| has_finding(scene, text));
        let conflicts = schedule_of(&scene).unwrap().steps.iter().any(|step| step.conflict);
        assert_eq!((conflicts, taken(&scene)), (found, 0), "{script}");
        assert!(run.actions().iter().any(|action| action.key == Key::Char('x')));
        press(run.as_mut(), Key::End);
        let end = until(run.as_mut(), "the end", |scene| has_finding(scene, "In the end"));
        assert_eq!(has_finding(&end, "AssertionError"), found, "{script}: {:?}", end.findings);
    }
}

#[test]
fn a_script_that_depends_on_more_than_its_schedule_is_said_to() {
    let python = &interpreters()[0];
    let (_folder, path) = written(
        "\
import pathlib, threading
file = pathlib.Path(__file__).with_name('runs')
runs = len(file.read_text()) if file.exists() else 0
file.write_text('x' * (runs + 1))
total = 0
def add():
    global total
    total += 1
first, second = threading.Thread(target=add), threading.Thread(target=add)
first.start()
if runs % 2:
    total = 5
else:
    total = 7
second.start()
second.join()
",
    );
    let mut run = stepped(python, &path, "");
    let run = run.as_mut();
    let ready = |scene: &Scene| {
        let second = &schedule_of(scene).unwrap().threads[2];
        second.state.text.as_str() == "ready"
    };
    while !ready(&scene(run)) {
        let at = taken(&scene(run));
        press(run, Key::Char('.'));
        until(run, "one more step", |scene| taken(scene) == at + 1);
    }
    press(run, Key::Char('3'));
    until(run, "another run", |scene| says(scene, "did something else"));
}

#[test]
fn what_is_no_code_is_refused_in_one_line_before_anything_starts() {
    let mut command = Process::new(env!("CARGO_BIN_EXE_threadbare"));
    command.args(["open", "--set", "schedule=nonsense"]).arg(example("lost_update.py"));
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
    assert!(stderr.contains("nonsense"), "{stderr}");
}
