//! What threads see of each other: it is searched, or named as what was not.

use serde_json::json;

use crate::explored::found;
use crate::figures::written;
use crate::{interpreters, watched};

/// Two threads that do `work`, and what must hold in the end.
fn twice(before: &str, work: &str, holds: &str) -> String {
    format!(
        "import threading\n{before}\ndef work():\n    {work}\n\
         threads = [threading.Thread(target=work) for _ in range(2)]\n\
         for t in threads: t.start()\nfor t in threads: t.join()\nassert {holds}\n"
    )
}

#[test]
fn what_threads_see_of_each_other_without_a_lock_is_found() {
    let scripts = [
        // A name that is set after the thread has begun.
        "import threading\n\
         def work(): print(config)\n\
         thread = threading.Thread(target=work)\n\
         thread.start()\n\
         config = 1\n\
         thread.join()\n"
            .to_owned(),
        // An attribute that is set after the object is known to another thread.
        "import threading\n\
         class Worker(threading.Thread):\n\
         \x20   def __init__(self):\n\
         \x20       super().__init__()\n\
         \x20       self.start()\n\
         \x20       self.jobs = [1]\n\
         \x20   def run(self): assert self.jobs\n\
         Worker().join()\n"
            .to_owned(),
        twice(
            "class Ticket:\n    sold = 0\n    def __init__(self): Ticket.sold += 1",
            "Ticket()",
            "Ticket.sold == 2",
        ),
        twice(
            "def numbers():\n    n = 0\n    while n < 3:\n        n += 1\n        yield n\n\
             all = numbers()",
            "for n in all: pass",
            "True",
        ),
        twice(
            "event = threading.Event()\nfirst = []",
            "if not event.is_set(): event.set(); first.append(1)",
            "len(first) == 1",
        ),
        twice(
            "lock = threading.Lock()\ntaken = []",
            "if lock.acquire(False): n = 1; taken.append(n); lock.release()",
            "len(taken) == 2",
        ),
        twice(
            "import functools\ncalls = []\n\
             @functools.lru_cache(None)\n\
             def slow(n):\n    calls.append(n)\n    return n",
            "slow(1)",
            "len(calls) == 1",
        ),
    ];
    for script in scripts {
        let (_folder, path) = written(&script);
        for python in interpreters() {
            let (status, report) = found(&python, &path, &["--search", "all"]);
            assert_eq!(status, Some(3), "{}: {script}{report}", python.display());
        }
    }
}

#[test]
fn what_was_not_searched_is_named_and_nothing_is_proved() {
    let (_folder, path) = written(
        "import threading\n\
         def work(): pass\n\
         thread = threading.Thread(target=work)\n\
         thread.start()\n\
         thread.is_alive()\n\
         thread.join()\n",
    );
    for python in interpreters() {
        let (status, report) = found(&python, &path, &["--search", "all"]);
        assert_eq!((status, &report["incomplete"]), (Some(0), &json!(["unseen"])), "{report}");
    }
}

/// The locals and the list of threads of the exercise are nobody else's, so their order makes no
/// difference: as many classes as there are orders of the critical sections.
#[test]
fn what_is_of_one_thread_alone_costs_no_schedule() {
    let script = twice(
        "lock = threading.Lock()\nitems = []\nstart = 0",
        "for n in range(3):\n        with lock: items.append(n)",
        "len(items) == 6",
    );
    let (_folder, path) = written(&script);
    for python in interpreters() {
        let (status, report) = found(&python, &path, &["--search", "all", "--complete"]);
        assert_eq!((status, &report["schedules"]), (Some(0), &json!(20)), "{report}");
    }
}

#[test]
fn a_list_that_two_threads_meet_at_once_is_one_list() {
    let (_folder, path) = written(
        "import threading\n\
         results = []\n\
         gate = threading.Barrier(4)\n\
         def work(n):\n\
         \x20   gate.wait()\n\
         \x20   for _ in range(5): results.append(n)\n\
         threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]\n\
         for t in threads: t.start()\n\
         for t in threads: t.join()\n",
    );
    for python in interpreters() {
        for _ in 0..3 {
            let result = watched(&python, &path, &[]);
            let lists = result["lists"].as_array().unwrap();
            assert_eq!(lists.len(), 1, "{}: {lists:?}", python.display());
            let figures = ["name", "left", "appended"].map(|key| lists[0][key].clone());
            // Before 3.12 it is only looked at.
            let appended = lists[0]["looked_at"].is_null().then_some(20);
            let expected = [json!("results"), json!(20), json!(appended)];
            assert_eq!(figures, expected, "{}: {lists:?}", python.display());
        }
    }
}

#[test]
fn a_tracer_of_the_script_is_named() {
    for set in ["sys.settrace", "sys.setprofile"] {
        let (_folder, path) = written(&format!(
            "import sys, threading\n\
             {set}(lambda *_: None)\n\
             thread = threading.Thread(target=int)\n\
             thread.start()\n\
             thread.join()\n\
             {set}(None)\n"
        ));
        for python in interpreters() {
            let result = watched(&python, &path, &[]);
            let not = result["not_watched"].to_string();
            assert!(not.contains("its own tracer or profiler"), "{}: {not}", python.display());
        }
    }
}
