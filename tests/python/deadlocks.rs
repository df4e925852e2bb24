//! Threads that wait for each other's locks are in a deadlock, also if the program ends.

use serde_json::json;

use crate::explored::found;
use crate::figures::written;
use crate::{interpreters, watched};

/// Two daemons that wait for each other, and a third one for one of them, when the script ends.
const DAEMONS: &str = "\
import threading, time
first, second = threading.Lock(), threading.RLock()
both = threading.Barrier(3)
def work(one, other):
    with one:
        both.wait()
        with other: pass
def late():
    with first: pass
for name, locks in (('forward', (first, second)), ('backward', (second, first))):
    threading.Thread(target=work, args=locks, name=name, daemon=True).start()
both.wait()
threading.Thread(target=late, name='late', daemon=True).start()
time.sleep(0.5)
";

#[test]
fn daemons_that_wait_for_each_other_are_a_deadlock_of_a_script_that_ends() {
    let (_folder, path) = written(DAEMONS);
    for python in interpreters() {
        let about = python.display();
        let (status, report) = found(&python, &path, &[]);
        assert_eq!((status, &report["kinds"]), (Some(3), &json!({"deadlock": 1})), "{about}");
        let shortest = &report["shortest"];
        assert_eq!(shortest["end"], "deadlock: threads wait for each other", "{about}");
        let waiters: Vec<_> = shortest["deadlock"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| ["thread", "wants", "held_by"].map(|key| one[key].as_str().unwrap()))
            .collect();
        let expected = [
            ["forward", "second", "backward"],
            ["backward", "first", "forward"],
            ["late", "first", "forward"],
        ];
        assert_eq!(waiters, expected, "{about}");

        let result = watched(&python, &path, &[]);
        let circle = result["deadlock"].as_array().unwrap();
        assert_eq!((circle.len(), &result["exit"]), (2, &json!({"code": 0})), "{about}");
    }
}

#[test]
fn a_daemon_that_waits_for_no_other_one_is_no_failure() {
    let (_folder, path) = written(
        "import queue, threading, time\n\
         items, lock = queue.Queue(), threading.Lock()\n\
         def hold():\n    with lock: items.get()\n\
         def wait():\n    with lock: pass\n\
         for work in (hold, wait):\n\
         \x20   threading.Thread(target=work, daemon=True).start()\n\
         \x20   time.sleep(0.1)\n",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &path, &["--limit", "20"]);
        assert_eq!((status, &report["failures"]), (Some(0), &json!(0)), "{}", python.display());
        let result = watched(&python, &path, &[]);
        assert!(result["deadlock"].is_null(), "{}: {}", python.display(), result["deadlock"]);
    }
}

#[test]
fn a_lost_notification_lets_no_thread_go_on_although_another_one_has_ended() {
    let (_folder, path) = written(
        "import threading\n\
         changed = threading.Condition()\n\
         def notify():\n    with changed: changed.notify()\n\
         def wait():\n    with changed: changed.wait()\n\
         threads = [threading.Thread(target=work) for work in (notify, wait)]\n\
         for thread in threads: thread.start()\n\
         for thread in threads: thread.join()\n",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &path, &[]);
        let end = &report["shortest"]["end"];
        let expected = json!("deadlock: no thread can go on");
        assert_eq!((status, end), (Some(3), &expected), "{}", python.display());
    }
}

#[test]
fn an_exception_that_left_a_lock_acquired_is_named_with_the_deadlock() {
    let (_folder, path) = written(
        "import threading\n\
         lock = threading.Lock()\n\
         def fail():\n    lock.acquire()\n    raise ValueError('too late')\n\
         def wait():\n    with lock: pass\n\
         for work in (fail, wait):\n\
         \x20   threading.Thread(target=work, name=work.__name__).start()\n",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &path, &[]);
        let (shortest, about) = (&report["shortest"], python.display());
        let end =
            "deadlock: no thread can go on; before that, ValueError in fail, line 5: too late";
        assert_eq!((status, &shortest["end"]), (Some(3), &json!(end)), "{about}");
        let raised = json!([{
            "thread": "fail", "error": "ValueError", "text": "too late", "file": "main.py", "line": 5
        }]);
        assert_eq!(shortest["raised"], raised, "{about}");
    }
}

#[test]
fn locks_and_threads_of_the_module_below_threading_are_controlled() {
    let (_folder, path) = written(
        "import _thread\n\
         first, second = _thread.allocate_lock(), _thread.allocate_lock()\n\
         ended = _thread.allocate_lock()\n\
         ended.acquire()\n\
         def forward():\n    with first:\n        with second: pass\n    ended.release()\n\
         _thread.start_new_thread(forward, ())\n\
         with second:\n    with first: pass\n\
         ended.acquire()\n",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &path, &[]);
        assert_eq!(status, Some(3), "{}: {report}", python.display());
        let deadlock = report["shortest"]["deadlock"].as_array().unwrap();
        let wanted: Vec<_> = deadlock.iter().map(|one| one["wants"].as_str().unwrap()).collect();
        assert_eq!(wanted, ["first", "second"], "{}", python.display());
    }
}
