//! What a user does to a script that runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use threadbare::lab::{ActionKind, AnyCommand, Command, Key, Run, Script, Settings};
use threadbare::labs;

use crate::figures::written;
use crate::{DEADLINE, interpreters, wait_until};

/// Runs the script as the screen does.
pub fn opened(python: &Path, script: &Path) -> Box<dyn Run> {
    opened_with(python, script, &[])
}

/// The same with other settings.
pub fn opened_with(python: &Path, script: &Path, set: &[(&str, &str)]) -> Box<dyn Run> {
    let info = labs::SCRIPT.info;
    let program = env!("CARGO_BIN_EXE_threadbare").into();
    let mut settings = Settings::defaults(info, 1, program, true);
    settings.set(info, "python", python.to_str().unwrap()).unwrap();
    for (key, value) in set {
        settings.set(info, key, value).unwrap();
    }
    settings.script = Some(Script { path: script.to_owned(), arguments: Vec::new() }.into());
    labs::SCRIPT.open(settings).unwrap()
}

/// What a key leads to now, by the texts of its choices.
pub fn choices(run: &dyn Run, key: char) -> BTreeMap<String, AnyCommand> {
    let action = run.actions().into_iter().find(|action| action.key == Key::Char(key));
    match action.map(|action| (action.label.to_string(), action.kind)) {
        Some((label, ActionKind::Press(command))) => [(label, command)].into(),
        Some((_, ActionKind::Choose { items, .. })) => {
            items.into_iter().map(|(command, text)| (text, command)).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// Follows the run until this was written.
pub fn until_written(run: &mut dyn Run, text: &str) {
    until_result(run, text, |result| result["stdout"].as_str().unwrap().contains(text));
}

fn switch(run: &mut dyn Run, text: &str) {
    choose(run, 'l', text);
}

/// Presses a key, and chooses what has this text in it, as soon as that is offered.
pub fn choose(run: &mut dyn Run, key: char, text: &str) {
    let mut found = None;
    wait_until(text, || {
        run.wait(Duration::from_millis(20));
        run.drain(1000);
        found = choices(run, key).into_iter().find(|(choice, _)| choice.contains(text));
        found.is_some()
    });
    run.command(Command::Do(found.unwrap().1));
}

/// Follows the run until its result is so.
pub fn until_result(run: &mut dyn Run, what: &str, so: impl Fn(&Value) -> bool) {
    wait_until(what, || {
        run.wait(Duration::from_millis(20));
        run.drain(1000);
        so(&run.result())
    });
}

const ONE_LOCK: &str = "\
import threading
lock = threading.Lock()
lock.acquire()
def other():
    passed = 0
    while not lock.acquire(timeout=0.005):
        pass
    print('passed', flush=True)
    passed = 1
    while lock.acquire(timeout=0.005):
        passed += 1
    for _ in range(passed):
        lock.release()
    print('kept out', lock.locked(), passed, flush=True)
thread = threading.Thread(target=other)
thread.start()
thread.join()
lock.release()
print('end', lock.locked())
";

#[test]
fn a_lock_is_taken_away_and_given_back_while_the_script_runs() {
    for python in interpreters() {
        let (_folder, path) = written(ONE_LOCK);
        let mut run = opened(&python, &path);
        switch(run.as_mut(), "take away lock");
        until_written(run.as_mut(), "passed\n");
        switch(run.as_mut(), "give back lock");
        until_written(run.as_mut(), "kept out");
        assert!(run.drain_to_end(DEADLINE));
        let (about, result) = (python.display(), run.result());
        let stdout = result["stdout"].as_str().unwrap();
        let passed = stdout.split_whitespace().nth(4).unwrap();
        assert_eq!(stdout, format!("passed\nkept out True {passed}\nend False\n"), "{about}");
        let lock = &result["locks"][0];
        assert_eq!((&lock["removed"], &lock["acquires"]), (&true.into(), &1.into()), "{about}");
        assert_eq!(lock["passed"].to_string(), passed, "{about}");
        assert_eq!((&result["level"], &result["exit"]["code"]), (&"L4".into(), &0.into()));
    }
}

/// A condition waits and wakes as before while its own lock is away, of both kinds.
const CONDITIONS: &str = "\
import threading
away = threading.Lock()
away.acquire()
plain = threading.Lock()
deep = threading.RLock()
def held(lock):
    got = []
    other = threading.Thread(target=lambda: got.append(lock.acquire(timeout=0.005)) or got[0] and lock.release())
    other.start()
    other.join()
    return not got[0]
for lock in (plain, deep):
    condition, ready = threading.Condition(lock), []
    print('next', flush=True)
    lock.acquire()
    while held(lock):
        pass
    with condition:
        def wake(condition=condition, ready=ready):
            with condition:
                ready.append(1)
                condition.notify()
        threading.Thread(target=wake).start()
        print(condition.wait_for(lambda: ready, timeout=60), flush=True)
    lock.release()
    with lock:
        pass
print('end')
";

#[test]
fn a_condition_works_on_while_its_lock_is_away() {
    for python in interpreters() {
        let (_folder, path) = written(CONDITIONS);
        let mut run = opened(&python, &path);
        let about = python.display();
        for (n, name) in ["plain (main.py:4)", "deep (main.py:5)"].iter().enumerate() {
            until_written(run.as_mut(), &("next\n[1]\n".repeat(n) + "next\n"));
            switch(run.as_mut(), &format!("take away {name}"));
        }
        assert!(run.drain_to_end(DEADLINE));
        let result = run.result();
        assert_eq!(result["stdout"], "next\n[1]\nnext\n[1]\nend\n", "{about}: {result}");
        assert_eq!(
            (&result["stderr"], &result["exit"]["code"]),
            (&serde_json::Value::Null, &0.into()),
            "{about}"
        );
    }
}
