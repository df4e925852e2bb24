//! What a script makes is named by the variable that holds it, whatever else its line makes.

use serde_json::Value;

use crate::explored::found;
use crate::figures::written;
use crate::{interpreters, watched};

/// Each line makes things that have the names behind it.
const MADE: &[(&str, &[&str])] = &[
    ("a = Lock(); b = Lock()", &["a", "b"]),
    ("c, d = Lock(), Lock()", &["c", "d"]),
    ("e, f, g = Lock(), Lock(), Lock()", &["e", "f", "g"]),
    ("h, i, j, k = Lock(), Lock(), Lock(), Lock()", &["h", "i", "j", "k"]),
    ("locks = [Lock() for _ in range(2)]", &["locks[0]", "locks[1]"]),
    ("forks = [Lock() for _ in range(TWO)]", &["forks[0]", "forks[1]"]),
    ("more = [Lock(), Lock()]", &["more[0]", "more[1]"]),
    ("pairs = [(Lock(), Lock()) for _ in 'x']", &["pairs[0][0]", "pairs[0][1]"]),
    ("some = [Lock() for n in range(4) if n % 2]", &["some#1", "some#2"]),
    ("l, m = [Lock() for _ in range(2)]", &["l", "m"]),
    ("table = {'a': Lock(), 'b': Lock()}", &["table['a']", "table['b']"]),
    ("keyed = {n: Lock() for n in ('x', 'y')}", &["keyed['x']", "keyed['y']"]),
    ("for n in range(2): table[n] = Lock()", &["table[0]", "table[1]"]),
    ("more.append(Lock())", &["more[2]"]),
    ("class Account:\n    def __init__(self): self.a, self.b = Lock(), RLock()", &[]),
    ("one = Account()", &["self.a", "self.b"]),
    ("one.__lock = one.other = Lock()", &["one.__lock"]),
    (
        "@dataclass\nclass Purse:\n    lock: object = field(default_factory=Lock)\npurse = Purse()",
        &["self.lock"],
    ),
    ("def make(): return Lock()\nmade = make()", &["made"]),
    // What `map` returns is none of these.
    ("mapped = list(map(lambda _: Lock(), [1]))", &["Lock:30"]),
    ("over = Condition(Lock())", &["Lock:31", "over"]),
    ("q, s = Queue(), Semaphore(2)", &["s"]),
    ("with ThreadPoolExecutor(1) as x, ThreadPoolExecutor(1) as y: pass", &[]),
    ("import threading\ndef local():\n    n, o = threading.Lock(), threading.RLock()", &[]),
    ("local()", &["n", "o"]),
];

fn names(all: &Value) -> Vec<&str> {
    all.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn what_is_made_has_the_name_of_its_variable() {
    let lines: Vec<_> = MADE.iter().map(|(line, _)| *line).collect();
    let script = format!(
        "from concurrent.futures import ThreadPoolExecutor\n\
         from dataclasses import dataclass, field\nfrom queue import Queue\n\
         from threading import Condition, Lock, RLock, Semaphore\nTWO = 2\n{}\n",
        lines.join("\n"),
    );
    let expected: Vec<_> = MADE.iter().flat_map(|(_, names)| *names).copied().collect();
    let (_folder, path) = written(&script);
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        assert_eq!(names(&result["locks"]), expected, "{}", python.display());
        assert_eq!(names(&result["queues"]), ["q"], "{}", python.display());
        assert_eq!(names(&result["executors"]), ["x", "y"], "{}", python.display());
    }
}

#[test]
fn two_locks_of_a_line_are_told_apart_in_a_deadlock() {
    let (_folder, path) = written(
        "import threading\n\
         a, b = threading.Lock(), threading.Lock()\n\
         def work(first, second):\n    with first:\n        with second: pass\n\
         threads = [threading.Thread(target=work, args=it) for it in ((a, b), (b, a))]\n\
         for t in threads: t.start()\nfor t in threads: t.join()\n",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &path, &["--search", "all"]);
        let mut wanted: Vec<_> = report["shortest"]["deadlock"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["held_by"].as_str().and(one["wants"].as_str()))
            .collect();
        wanted.sort_unstable();
        assert_eq!((status, wanted), (Some(3), vec!["a", "b"]), "{}", python.display());
    }
}

#[test]
fn a_child_that_is_no_fork_has_its_name_while_it_runs_the_script_as_a_module() {
    let (_folder, path) = written(
        "import multiprocessing as mp, sys, threading\n\
         def work(): pass\n\
         if mp.current_process().name == 'MainProcess':\n\
         \x20   child = mp.get_context(sys.argv[1]).Process(target=work, name='child')\n\
         \x20   child.start()\n\
         \x20   child.join()\n\
         else:\n\
         \x20   thread = threading.Thread(target=work, name='thread')\n\
         \x20   thread.start()\n\
         \x20   thread.join()\n",
    );
    for python in interpreters() {
        for method in ["spawn", "forkserver"] {
            let result = watched(&python, &path, &[method]);
            let mut threads = names(&result["threads"]);
            threads.retain(|name| *name != "forkserver");
            let about = format!("{} {method}", python.display());
            assert_eq!(threads, ["MainThread", "child", "child/thread"], "{about}");
        }
    }
}

#[test]
fn a_list_that_is_written_out_in_a_call_changes_no_name() {
    let (_folder, path) = written(
        "import multiprocessing as mp\n\
         q, a = mp.Queue(), mp.Array('i', [1, 2, 3])\n\
         x = mp.Array('i', [1, 2, 3]); y = mp.Array('d', [1, 2, 3])\n",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let about = python.display();
        assert_eq!(names(&result["queues"]), ["q"], "{about}");
        assert_eq!(names(&result["values"]), ["a", "x", "y"], "{about}");
    }
}
