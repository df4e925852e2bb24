//! The queues and lists that the threads of a script share.

use serde_json::{Value, json};

use crate::act::{choose, opened};
use crate::figures::{named, written};
use crate::{DEADLINE, interpreters, run, watched};

#[test]
fn queues_are_counted_with_their_waits_and_what_is_left() {
    let (_folder, path) = written(
        "\
import queue, threading, time
orders = queue.Queue(2)
class Stack(queue.LifoQueue): pass
stack = Stack()
simple = queue.SimpleQueue()
library = threading.Condition()
def consumer():
    while not orders.not_full._waiters: time.sleep(0.001)
    time.sleep(0.1)
    for _ in range(3):
        orders.get()
        orders.task_done()
    simple.get()
    simple.put(2)
t = threading.Thread(target=consumer)
t.start()
for n in range(3): orders.put(n)
orders.join()
for n in range(5): stack.put(n)
stack.get()
time.sleep(0.1)
simple.put(1)
t.join()
try: orders.get(timeout=0.01)
except queue.Empty: pass
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let about = python.display();
        let figures = |name: &str| {
            let queue = named(&result["queues"], name);
            ["kind", "maxsize", "puts", "gets", "left", "longest"].map(|key| queue[key].clone())
        };
        let all = [json!("queue"), json!(2), json!(3), json!(3), json!(0), json!(2)];
        assert_eq!(figures("orders"), all, "{about}");
        let all = [json!("lifo"), json!(null), json!(5), json!(1), json!(4), json!(5)];
        assert_eq!(figures("stack"), all, "{about}");
        assert_eq!(figures("simple")[..4], [json!("simple"), json!(null), json!(2), json!(1)]);
        let orders = named(&result["queues"], "orders");
        assert_eq!(orders["put_waits"], 1, "{about}: {orders}");
        let waited = orders["put_wait_us"]["max"].as_f64().unwrap();
        assert!((100_000.0..1e7).contains(&waited), "{about}: {orders}");
        // The last one ended without an item.
        assert!(orders["get_waits"].as_u64().unwrap() >= 1, "{about}: {orders}");
        assert_eq!(named(&result["queues"], "simple")["get_waits"], 1, "{about}");
        assert_eq!(result["queues"].as_array().unwrap().len(), 3, "{about}");
        assert_eq!(named(&result["locks"], "library")["kind"], "condition", "{about}");
    }
}

/// Whether lists are only looked at, as before 3.12.
fn are_looked_at(result: &Value) -> bool {
    let not = result["not_watched"].as_array().unwrap();
    not.iter().any(|one| one.as_str().unwrap().starts_with("operations of lists (before"))
}

#[test]
fn the_lists_that_threads_share_are_counted_and_no_others() {
    let (_folder, path) = written(
        "\
import threading
from concurrent.futures import ThreadPoolExecutor
shared = [0]
def adder():
    own = []
    for n in range(5):
        shared.append(n)
        own.append(n)
def remover():
    for n in range(7):
        try: shared.pop(0)
        except IndexError: pass
class Box:
    def __init__(self): self.items = []
    def work(self):
        for n in range(3): self.items.append(n)
    def keep(self): done.wait()
def keep(out): done.wait()
done = threading.Event()
def local(part, out):
    out.extend([part, part])
    out.remove(part)
def run(threads):
    for t in threads: t.start(); t.join()
def main():
    out = []
    run([threading.Thread(target=adder), threading.Thread(target=remover)])
    box = Box()
    # A list is the same as long as a thread has it.
    keepers = [threading.Thread(target=box.keep), threading.Thread(target=keep, args=(out,))]
    for t in keepers: t.start()
    run([threading.Thread(target=box.work) for _ in range(2)])
    run([threading.Thread(target=local, args=(n, out)) for n in range(2)])
    with ThreadPoolExecutor(1) as pool: pool.submit(local, 2, out)
    done.set()
    print(shared, box.items, out)
main()
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let about = python.display();
        if are_looked_at(&result) {
            for (name, found, left) in [("shared", 1, 0), ("self.items", 0, 6), ("out", 0, 3)] {
                let list = named(&result["lists"], name);
                assert_eq!(
                    (&list["found"], &list["left"]),
                    (&json!(found), &json!(left)),
                    "{about}"
                );
                for unknown in ["operations", "appended", "removed", "failed", "threads"] {
                    assert_eq!(list[unknown], Value::Null, "{about}: {list}");
                }
                assert!(list["looked_at"]["changes"].as_u64() >= Some(2), "{about}: {list}");
            }
            assert_eq!(result["lists"].as_array().unwrap().len(), 3, "{about}: {result}");
            continue;
        }
        let figures = |name: &str| {
            let list = named(&result["lists"], name);
            ["operations", "found", "appended", "removed", "failed", "left", "threads"]
                .map(|key| list[key].as_u64().unwrap_or(99))
        };
        assert_eq!(figures("shared"), [12, 1, 5, 6, 1, 0, 2], "{about}");
        assert_eq!(figures("self.items"), [6, 0, 6, 0, 0, 6, 2], "{about}");
        assert_eq!(figures("out"), [6, 0, 6, 3, 0, 3, 3], "{about}");
        assert_eq!(result["lists"].as_array().unwrap().len(), 3, "{about}");
    }
}

#[test]
fn lists_of_tasks_that_have_ended_are_not_taken_for_those_of_others() {
    let (_folder, path) = written(
        "\
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
everyone = Barrier(3)
def work(chunk):
    everyone.wait()
    try: chunk.pop(0)
    except IndexError: pass
with ThreadPoolExecutor(3) as pool:
    for _ in range(20):
        for done in [pool.submit(work, []) for _ in range(3)]: done.result()
",
    );
    for python in interpreters() {
        let report = run(&python, &path, &[]);
        let (about, lists) = (python.display(), report["result"]["lists"].as_array().unwrap());
        let of_one = lists.iter().all(|list| list["threads"] == 1);
        assert!(of_one, "{about}: {lists:?}");
        let findings = report["findings"].to_string();
        assert!(!findings.contains("raised an exception"), "{about}: {findings}");
    }
}

#[test]
fn a_forked_child_has_lists_of_its_own() {
    let (_folder, path) = written(
        "\
import os, threading
numbers, child = [1], None
def add():
    thread = threading.Thread(target=lambda: numbers.append(2))
    thread.start()
    thread.join()
add()
child = os.fork()
add()
if child:
    os.waitpid(child, 0)
    numbers.append(4)
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let lists = result["lists"].as_array().unwrap();
        let figures: Vec<_> = lists.iter().map(|list| [&list["found"], &list["left"]]).collect();
        let expected = [[&json!(1), &json!(4)], [&json!(2), &json!(3)]];
        assert_eq!(figures, expected, "{}: {result}", python.display());
    }
}

const UNDER_A_LOCK: &str = "\
import threading
numbers, same = [1], [0]
lock = threading.Lock()
lock.acquire()
def add():
    while not lock.acquire(timeout=0.005):
        pass
    numbers.append(2)
    same.append(same.pop())
    lock.release()
threads = [threading.Thread(target=add, name='adder')]
threads[0].start()
threads[0].join()
lock.release()
print(numbers)
";

#[test]
fn a_list_is_looked_at_when_a_lock_is_released_that_was_taken_away() {
    for python in interpreters() {
        let (_folder, path) = written(UNDER_A_LOCK);
        let mut run = opened(&python, &path);
        let about = python.display();
        choose(run.as_mut(), 'l', "take away lock");
        assert!(run.drain_to_end(DEADLINE));
        let result = run.result();
        let (list, all) = (&result["lists"][0], result["lists"].as_array().unwrap().len());
        let look = json!({ "changes": 1, "before": 1, "thread": "adder", "released": "lock" });
        // Of the other, operations may be seen, but no length that is another.
        let is_looked_at = list["operations"].is_null();
        let expected = if is_looked_at { (look, 1) } else { (Value::Null, 2) };
        assert_eq!((list["looked_at"].clone(), all), expected, "{about}: {result}");
        let figures = (&list["name"], &list["found"], &list["left"]);
        assert_eq!(figures, (&json!("numbers"), &json!(1), &json!(2)), "{about}: {result}");
        let end = (&result["level"], result["stdout"].as_str().unwrap());
        assert_eq!(end, (&"L4".into(), "[1, 2]\n"), "{about}");
    }
}

const CHANGED_BEFORE_A_START: &str = "\
import threading
items, done = [], threading.Event()
first = threading.Thread(target=lambda values: done.wait(), args=(items,), name='first')
first.start()
items.append(1)
second = threading.Thread(target=lambda values: done.set(), args=(items,), name='second')
second.start()
first.join(), second.join()
";

#[test]
fn a_thread_that_begins_after_a_list_has_changed_is_one_thread() {
    for python in interpreters() {
        let (_folder, path) = written(CHANGED_BEFORE_A_START);
        let result = watched(&python, &path, &[]);
        let threads = result["threads"].as_array().unwrap().iter();
        let names: Vec<_> = threads.map(|thread| thread["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["MainThread", "first", "second"], "{}", python.display());
    }
}

const EACH_LOOK: &str = "\
import multiprocessing, threading
first, second, third, fourth, fifth, last = [], [], [], [], [], []
class Lines(list):
    def __len__(self): raise LookupError
lines = Lines()
mutex = multiprocessing.Lock()
nested = multiprocessing.RLock()
slots = multiprocessing.Semaphore(1)
changed = threading.Condition()
ready = threading.Event()
ended = multiprocessing.Event()
def work():
    with mutex: first.append(1)
    with nested: second.append(2)
    with slots: third.append(3)
    with changed:
        fourth.append(4)
        changed.notify()
        fourth.clear()
    fifth.append(5)
    ready.set()
    fifth.clear()
    last.append(6)
    ended.set()
    last.clear()
    lines.append(7)
thread = threading.Thread(target=work, name='worker')
thread.start()
thread.join()
";

#[test]
fn a_list_of_any_type_is_looked_at_when_a_lock_is_released_or_a_thread_notifies() {
    let (_folder, path) = written(EACH_LOOK);
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        assert_eq!(result["stderr"], "", "{}", python.display());
        if !are_looked_at(&result) {
            continue;
        }
        let look = |name: &str| named(&result["lists"], name)["looked_at"].clone();
        let seen = |before: u64, changes: u64, released: Option<&str>| json!({ "changes": changes, "before": before, "thread": "worker", "released": released });
        for (list, lock) in [("first", "mutex"), ("second", "nested"), ("third", "slots")] {
            assert_eq!(look(list), seen(0, 1, Some(lock)), "{}", python.display());
        }
        for list in ["fourth", "fifth", "last"] {
            assert_eq!(look(list)["changes"], 2, "{}: {list}", python.display());
        }
        assert_eq!(look("lines"), seen(0, 1, None), "{}", python.display());
    }
}

#[test]
fn items_that_leave_a_queue_in_another_way_are_not_left_in_it() {
    let (_folder, path) = written(
        "\
import queue
shut, cleared, full = queue.Queue(), queue.Queue(), queue.Queue()
for one in (shut, cleared, full):
    one.put(1)
    one.put(2)
if hasattr(shut, 'shutdown'): shut.shutdown(immediate=True)
else: shut.queue.clear()
with cleared.mutex: cleared.queue.clear()
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        for (name, left) in [("shut", 0), ("cleared", 0), ("full", 2)] {
            let queue = named(&result["queues"], name);
            let is = (&queue["puts"], &queue["left"]);
            assert_eq!(is, (&json!(2), &json!(left)), "{} {name}: {queue}", python.display());
        }
    }
}
