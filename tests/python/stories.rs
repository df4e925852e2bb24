//! How a failing schedule of a script is described: what its steps have made of lists and other values,
//! and what its threads did with conditions, queues and the like.

use serde_json::{Value, json};

use crate::explored::{LOST_UPDATE, assert_found, explore, found, text};
use crate::figures::written;
use crate::{interpreters, python};

/// The steps of the shortest schedule that was found, each as thread, line, effect and values.
fn steps(report: &Value) -> Vec<(String, u64, String, Value)> {
    let steps = report["shortest"]["steps"].as_array().unwrap().iter();
    let text = |step: &Value, key: &str| step[key].as_str().unwrap().to_owned();
    let step = |step: &Value| {
        let line = step["line"].as_u64().unwrap();
        (text(step, "thread"), line, text(step, "effect"), step["values"].clone())
    };
    steps.map(step).collect()
}

#[track_caller]
fn assert_described(report: &Value, thread: &str, line: u64, effect: &str, values: &Value) {
    let steps = steps(report);
    let is_described = |(who, at, what, made): &(String, u64, String, Value)| {
        who == thread && *at == line && what.contains(effect) && made == values
    };
    assert!(steps.iter().any(is_described), "{thread} {line} {effect} {values}: {steps:#?}");
}

/// A list is global, an attribute of what is local, in a closure, and an argument; and one is of a
/// type of the script's own.
const LISTS: &str = "\
import threading
class Lines(list):
    def __len__(self): raise LookupError
    def __iter__(self): raise LookupError
    def __repr__(self): raise LookupError
everything = []
class Box:
    def __init__(self): self.items = [1]
    def take(self):
        if self.items:
            self.items.pop()
            everything.append('item')
def main():
    box, closed = Box(), Lines()
    def work(given):
        box.take()
        closed.append(0)
        given.append(1)
    threads = [threading.Thread(target=work, args=([],), name=name) for name in ('one', 'two')]
    for t in threads: t.start()
    for t in threads: t.join()
main()
";

#[test]
fn what_was_done_before_a_second_thread_was_started_comes_first() {
    let (_folder, script) = written(
        "import queue, threading\n\
         q = queue.Queue()\n\
         for n in range(2): q.put(n)\n\
         def work():\n    raise ValueError(q.get())\n\
         threading.Thread(target=work, name='works').start()\n",
    );
    for python in interpreters() {
        let (_, report) = found(&python, &script, &[]);
        let steps = steps(&report);
        let first: Vec<_> = steps.iter().take(2).map(|step| (step.1, step.2.as_str())).collect();
        let expected = [(3, "puts 0 in q, puts 1 in q"), (6, "starts works")];
        assert_eq!(first, expected, "{}: {steps:#?}", python.display());
    }
}

#[test]
fn a_line_of_another_file_is_shown_with_its_file() {
    let (folder, script) = written(
        "import threading, other\n\
         threads = [threading.Thread(target=other.add) for _ in range(2)]\n\
         for t in threads: t.start()\n\
         for t in threads: t.join()\n\
         other.check()\n",
    );
    let other = "n = 0\n\ndef add():\n    global n\n    n += 1\n\ndef check(): assert n == 2\n";
    std::fs::write(folder.path().join("other.py"), other).unwrap();
    let output = explore(&python(), &script, &["--seed", "7"]).output().unwrap();
    let text = text(&output);
    assert!(text.contains("(add) other.py:5  n += 1"), "{text}");
    assert!(text.contains("MainThread              3  for t in threads: t.start()"), "{text}");
    assert!(text.contains("In the end: AssertionError in MainThread, other.py:7"), "{text}");
}

#[test]
fn an_exception_in_no_line_of_the_scripts_has_no_line() {
    let (_folder, script) =
        written("import threading\nthreading.Thread(target=1 .real, name='calls').start()\n");
    for python in interpreters() {
        let (_, report) = found(&python, &script, &[]);
        let expected = "TypeError in calls, in the library: 'int' object is not callable";
        assert_eq!(report["shortest"]["end"], expected, "{}", python.display());
    }
}

#[test]
fn a_code_is_of_the_files_that_the_script_imports_too() {
    let (folder, script) = written("import other\nother.work()\n");
    let other = folder.path().join("other.py");
    let source = "import threading\ndef work():\n    threading.Thread(target=1 .real).start()\n";
    std::fs::write(&other, source).unwrap();
    for python in interpreters() {
        std::fs::write(&other, source).unwrap();
        let report = assert_found(&python, &script, &[], "exception");
        let code = report["shortest"]["code"].as_str().unwrap();
        std::fs::write(&other, format!("{source}# Another version.\n")).unwrap();
        let output = explore(&python, &script, &["--replay", code]).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let about = python.display();
        assert_eq!(output.status.code(), Some(2), "{about}: {stderr}");
        assert!(stderr.contains("another version of a file that the script imports"), "{stderr}");
    }
}

#[test]
fn what_is_done_after_the_program_is_no_part_of_its_last_line() {
    let (_folder, script) = written(
        "from concurrent.futures import ThreadPoolExecutor\n\
         pool = ThreadPoolExecutor(1)\n\
         pool.submit(len, '').result()\n\
         assert not pool\n",
    );
    for python in interpreters() {
        let (_, report) = found(&python, &script, &[]);
        let steps = steps(&report);
        let joins: Vec<_> = steps.iter().filter(|step| step.2.contains("sees the end")).collect();
        let is_of_none =
            |step: &&(String, u64, String, Value)| step.0 == "MainThread" && step.1 == 0;
        let about = python.display();
        assert!(!joins.is_empty() && joins.iter().all(is_of_none), "{about}: {steps:#?}");
    }
}

#[test]
fn a_schedule_is_described_with_what_became_of_lists_under_every_version() {
    let (_folder, script) = written(LISTS);
    for python in interpreters() {
        let report = assert_found(&python, &script, &[], "exception");
        let steps = steps(&report);
        // The one that was not interrupted, or came second.
        let (thread, ..) = steps.iter().find(|step| step.1 == 17).unwrap();
        assert_described(&report, thread, 12, "", &json!({ "everything": "['item']" }));
        assert_described(&report, thread, 17, "", &json!({ "closed": "[0]" }));
        assert_described(&report, thread, 18, "", &json!({ "given": "[1]" }));
        let popped = steps.iter().find(|step| step.1 == 11 && step.3 != json!({})).unwrap();
        // Before 3.13, variables of the main thread's function are looked at in closures alone.
        let names = ["self.items", "box.items"].map(|name| json!({ name: "[]" }));
        assert!(names.contains(&popped.3), "{}: {popped:?}", python.display());
    }
    let output = explore(&python(), &script, &["--seed", "7"]).output().unwrap();
    assert!(text(&output).contains("-> everything is now ['item']\n"), "{}", text(&output));
}

const QUEUE: &str = "\
import queue, threading
q = queue.Queue()
done = threading.Event()
items = []
def producer():
    q.put(block=True, item={'n': 3})
    done.set()
def consumer():
    items.append(q.get())
    if not done.is_set():
        raise RuntimeError
threads = [threading.Thread(target=f, name=f.__name__) for f in (consumer, producer)]
for t in threads: t.start()
for t in threads: t.join()
";

const CONDITION: &str = "\
import threading
cond = threading.Condition()
slots = threading.Semaphore(1)
ready = 0
def consumer():
    with cond:
        cond.wait()
def producer():
    global ready
    with cond:
        ready += 1
        cond.notify()
    with slots: pass
threads = [threading.Thread(target=f, name=f.__name__) for f in (consumer, producer)]
for t in threads: t.start()
for t in threads: t.join()
";

#[test]
fn a_schedule_is_described_with_what_threads_do_with_their_tools() {
    let none = json!({});
    let (_folder, script) = written(QUEUE);
    let (_other, conditions) = written(CONDITION);
    for python in interpreters() {
        let report = assert_found(&python, &script, &[], "exception");
        assert_described(&report, "consumer", 9, "waits for an item in q", &none);
        assert_described(&report, "producer", 6, "puts {'n': 3} in q", &none);
        let items = json!({ "items": "[{'n': 3}]" });
        assert_described(&report, "consumer", 9, "gets {'n': 3} from q", &items);
        assert_described(&report, "producer", 7, "sets done", &none);

        let report = assert_found(&python, &conditions, &[], "deadlock");
        assert_described(&report, "producer", 10, "acquires cond", &none);
        assert_described(&report, "producer", 11, "writes ready", &json!({ "ready": "1" }));
        assert_described(&report, "producer", 12, "notifies no thread on cond", &none);
        assert_described(&report, "producer", 13, "acquires slots", &none);
        assert_described(&report, "consumer", 7, "waits on cond", &none);
    }
}

#[test]
fn the_shortest_schedule_is_the_same_for_every_seed() {
    let (_folder, lists) = written(LISTS);
    let (_other, counter) = written(LOST_UPDATE);
    for script in [lists, counter] {
        for python in interpreters() {
            let shortest = |seed: &str| {
                let (status, report) = found(&python, &script, &["--seed", seed]);
                assert_eq!(status, Some(3), "{}: {report}", python.display());
                report["shortest"].clone()
            };
            let first = shortest("1");
            for seed in ["2", "3"] {
                assert_eq!(first, shortest(seed), "{}: {seed}", python.display());
            }
        }
    }
}

/// An executor joins its threads in the order of a set, and futures are waited for in one.
const EXECUTORS: &str = "\
from concurrent.futures import ThreadPoolExecutor, as_completed
def inner(n): return n
def outer(n):
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(inner, range(n)))
with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(outer, n) for n in range(3)]
    print(sum(future.result() for future in as_completed(futures)))
";

#[test]
fn an_executor_does_the_same_when_its_schedule_is_run_again() {
    let (_folder, script) = written(EXECUTORS);
    for python in interpreters() {
        let args = ["--search", "all", "--limit", "60", "--seed", "1"];
        let (status, report) = found(&python, &script, &args);
        let incomplete = report["incomplete"].as_array().unwrap();
        assert_eq!((status, &report["schedules"]), (Some(0), &json!(60)), "{report}");
        assert!(!incomplete.contains(&json!("diverged")), "{}: {report}", python.display());
    }
}

const NAMESAKES: &str = "\
import threading
first, second = threading.Lock(), threading.Lock()
def work(one, other):
    with one:
        with other:
            pass
for locks in (first, second), (second, first):
    threading.Thread(target=work, args=locks, name='worker').start()
";

#[test]
fn threads_of_one_name_are_distinguished() {
    let (_folder, script) = written(NAMESAKES);
    let report = assert_found(&python(), &script, &[], "deadlock");
    let mut names: Vec<_> = steps(&report).into_iter().map(|(thread, ..)| thread).collect();
    names.retain(|name| name != "MainThread");
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["worker #2", "worker #3"]);
}
