//! What is reported of a script is what it did, under every version.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{interpreters, python, run, watched};

/// A script in a folder that vanishes.
pub fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.py");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn named<'a>(all: &'a Value, name: &str) -> &'a Value {
    let mut all = all.as_array().unwrap().iter();
    all.find(|one| one["name"] == name).unwrap_or(&Value::Null)
}

#[test]
fn threads_and_locks_are_counted_exactly() {
    let (_folder, path) = written(
        "\
import threading, time
from concurrent.futures import ThreadPoolExecutor
lock = threading.Lock()
class Box:
    def __init__(self):
        self.guard = threading.RLock()
box = Box()
held = threading.Event()
def holds():
    with lock:
        held.set()
        time.sleep(0.2)
def waits():
    held.wait()
    for _ in range(3):
        with lock, box.guard:
            with box.guard:
                pass
def fails():
    raise KeyError('gone')
def tries():
    lock.acquire()
    print(lock.acquire(False), lock.acquire(timeout=0.01))
    lock.release()
threads = [threading.Thread(target=f, name=f.__name__) for f in (holds, waits, fails)]
threads.append(threading.Thread(target=time.sleep, args=(60,), name='abandoned', daemon=True))
for t in threads: t.start()
for t in threads[:3]: t.join()
t = threading.Thread(target=tries, name='tries')
t.start()
t.join()
with ThreadPoolExecutor(1, 'pool') as pool:
    pool.submit(pow, 2, 3).result()
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let about = python.display();
        assert_eq!(result["level"], "L0");
        assert_eq!(result["interpreter"]["implementation"], "cpython", "{about}");
        assert_eq!(result["interpreter"]["gil"], true, "{about}");
        let lock = named(&result["locks"], "lock");
        assert_eq!((&lock["kind"], &lock["acquires"]), (&json!("lock"), &json!(5)), "{about}");
        assert_eq!((&lock["contended"], &lock["place"]), (&json!(1), &json!("main.py:3")));
        let wait = lock["wait_us"]["max"].as_f64().unwrap();
        assert!((100_000.0..5e6).contains(&wait), "{about}: {lock}");
        assert!(lock["hold_us"]["max"].as_f64().unwrap() >= 195_000.0, "{about}: {lock}");
        let guard = named(&result["locks"], "self.guard");
        assert_eq!((&guard["kind"], &guard["acquires"]), (&json!("rlock"), &json!(6)), "{about}");
        assert_eq!(guard["hold_us"]["samples"], 3, "{about}");
        assert_eq!(result["locks"].as_array().unwrap().len(), 3, "{about}");
        for (name, role, ended) in [
            ("MainThread", "main", "returned"),
            ("holds", "user", "returned"),
            ("waits", "user", "returned"),
            ("fails", "user", "raised"),
            ("tries", "user", "returned"),
            ("pool_0", "worker", "returned"),
        ] {
            let thread = named(&result["threads"], name);
            assert_eq!((&thread["role"], &thread["ended"]), (&json!(role), &json!(ended)));
        }
        let fails = named(&result["threads"], "fails");
        let error = (&fails["error"], &fails["error_at"]);
        assert_eq!(error, (&json!("KeyError: 'gone'"), &json!("main.py:20")), "{about}");
        // Its function is not the script's own, so it counts as a helper's or the user's.
        let abandoned = named(&result["threads"], "abandoned");
        let ended = (&abandoned["ended"], &abandoned["daemon"]);
        assert_eq!(ended, (&json!("killed"), &json!(true)), "{about}");
        assert_eq!(result["threads"].as_array().unwrap().len(), 7, "{about}");
        assert_eq!(result["lost_records"], 0, "{about}");
    }
}

#[test]
fn a_wait_is_seen_however_it_is_asked_for() {
    let (_folder, path) = written(
        "\
import threading, time
first = threading.Lock()
second = threading.Lock()
held = [threading.Event(), threading.Event()]
def holds(lock, event):
    with lock:
        event.set()
        time.sleep(0.1)
for lock, event in zip((first, second), held):
    threading.Thread(target=holds, args=(lock, event)).start()
    event.wait()
first.acquire(1)
second.acquire(True, threading.TIMEOUT_MAX)
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        // The second may have been released while the first was waited for.
        let first = named(&result["locks"], "first");
        assert_eq!(first["contended"], 1, "{}: {first}", python.display());
        let second = named(&result["locks"], "second");
        assert_eq!(second["acquires"], 2, "{}: {second}", python.display());
    }
}

#[test]
fn waits_for_conditions_events_semaphores_and_barriers_are_counted() {
    let (_folder, path) = written(
        "\
import threading, time
condition = threading.Condition()
event = threading.Event()
gate = threading.Semaphore(1)
barrier = threading.Barrier(2)
class Signal(threading.Event):
    def __init__(self, name):
        super().__init__()
signal = Signal('own')
items = []
def consumer():
    with condition:
        while not items: condition.wait()
    event.wait()
    signal.wait()
    with gate: pass
    barrier.wait()
def until(waiters):
    while not waiters: time.sleep(0.001)
t = threading.Thread(target=consumer)
gate.acquire()
t.start()
until(condition._waiters)
time.sleep(0.1)
with condition:
    items.append(1)
    condition.notify()
until(event._cond._waiters)
time.sleep(0.1)
event.set()
until(signal._cond._waiters)
signal.set()
until(gate._cond._waiters)
time.sleep(0.1)
gate.release()
barrier.wait()
t.join()
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let about = python.display();
        for (name, kind, acquires, waited) in [
            ("condition", "condition", 1, 100_000.0),
            ("event", "event", 1, 100_000.0),
            ("signal", "event", 1, 0.0),
            ("gate", "semaphore", 2, 100_000.0),
            ("barrier", "barrier", 2, 0.0),
        ] {
            let tool = named(&result["locks"], name);
            let counts = (&tool["kind"], &tool["acquires"]);
            assert_eq!(counts, (&json!(kind), &json!(acquires)), "{about} {name}: {tool}");
            let max = tool["wait_us"]["max"].as_f64().unwrap();
            assert!(max >= waited && max < 1e7, "{about} {name}: {tool}");
        }
        assert_eq!(result["locks"].as_array().unwrap().len(), 5, "{about}");
    }
}

#[test]
fn however_many_records_there_are_none_is_lost_without_being_counted() {
    let (_folder, path) = written(
        "\
import threading
lock = threading.Lock()
def work():
    for _ in range(100_000):
        with lock: pass
threads = [threading.Thread(target=work) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
",
    );
    let result = watched(&python(), &path, &[]);
    let count = |key: &str| result[key].as_u64().unwrap();
    let lock = named(&result["locks"], "lock");
    let acquires = lock["acquires"].as_u64().unwrap();
    let contended = lock["contended"].as_u64().unwrap();
    // Start and end of three threads, two joins, and at most one wait for the others at the end.
    let all = 400_000 + contended;
    let seen = count("records") + count("lost_records");
    assert!((all + 9..=all + 12).contains(&seen) || count("lost_records") > 0, "{result}");
    assert!(acquires + count("lost_records") >= 200_000, "{acquires} {result}");
    if count("lost_records") == 0 {
        assert_eq!(acquires, 200_000);
    }
}

#[test]
fn what_is_not_watched_is_named() {
    let (_folder, path) = written(
        "\
import threading
for _ in range(20_050): threading.Lock()
",
    );
    let result = watched(&python(), &path, &[]);
    let not = result["not_watched"].as_array().unwrap();
    let has = |text: &str| not.iter().any(|one| one.as_str().unwrap().contains(text));
    assert!(has("variables") && has("asyncio") && has("no Python"), "{not:?}");
    assert!(has("locks after the first 20000"), "{not:?}");
    assert_eq!(result["locks"].as_array().unwrap().len(), 20_000);
}

#[test]
fn an_exception_that_ends_the_script_is_its_main_threads() {
    let (_folder, path) = written("import threading\nraise LookupError('main')\n");
    let result = watched(&python(), &path, &[]);
    let main = named(&result["threads"], "MainThread");
    assert_eq!(
        (&main["ended"], &main["error"], &main["error_at"]),
        (&json!("raised"), &json!("LookupError: main"), &json!("main.py:2"))
    );
    assert_eq!(result["exit"], json!({ "code": 1 }));
}

#[test]
fn queues_are_counted_with_their_waits_and_what_is_left() {
    let (_folder, path) = written(
        "\
import queue, threading, time
jobs = queue.Queue(2)
class Stack(queue.LifoQueue): pass
stack = Stack()
simple = queue.SimpleQueue()
library = threading.Condition()
def consumer():
    while not jobs.not_full._waiters: time.sleep(0.001)
    time.sleep(0.1)
    for _ in range(3):
        jobs.get()
        jobs.task_done()
    simple.get()
    simple.put(2)
t = threading.Thread(target=consumer)
t.start()
for n in range(3): jobs.put(n)
jobs.join()
for n in range(5): stack.put(n)
stack.get()
time.sleep(0.1)
simple.put(1)
t.join()
try: jobs.get(timeout=0.01)
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
        assert_eq!(figures("jobs"), all, "{about}");
        let all = [json!("lifo"), json!(null), json!(5), json!(1), json!(4), json!(5)];
        assert_eq!(figures("stack"), all, "{about}");
        assert_eq!(figures("simple")[..4], [json!("simple"), json!(null), json!(2), json!(1)]);
        let jobs = named(&result["queues"], "jobs");
        assert_eq!(jobs["put_waits"], 1, "{about}: {jobs}");
        let waited = jobs["put_wait_us"]["max"].as_f64().unwrap();
        assert!((100_000.0..1e7).contains(&waited), "{about}: {jobs}");
        // The last one ended without an item.
        assert!(jobs["get_waits"].as_u64().unwrap() >= 1, "{about}: {jobs}");
        assert_eq!(named(&result["queues"], "simple")["get_waits"], 1, "{about}");
        assert_eq!(result["queues"].as_array().unwrap().len(), 3, "{about}");
        assert_eq!(named(&result["locks"], "library")["kind"], "condition", "{about}");
    }
}

#[test]
fn tasks_of_executors_are_counted_and_a_failure_that_nothing_saw_is_a_finding() {
    let (_folder, path) = written(
        "\
from concurrent.futures import ThreadPoolExecutor, ProcessPoolExecutor
import threading, time
gate = threading.Event()
def work(n):
    if n == 3: raise ValueError('three')
    time.sleep(0.05)
    return n
if __name__ == '__main__':
    with ThreadPoolExecutor(max_workers=2) as pool:
        seen = pool.submit(work, 3)
        lost = pool.submit(work, 3)
        print(seen.exception(), sum(pool.map(work, [1, 2])))
    one = ThreadPoolExecutor(1)
    first, second = one.submit(gate.wait), one.submit(work, 1)
    second.cancel()
    gate.set()
    one.shutdown()
    with ProcessPoolExecutor(1) as processes:
        processes.submit(work, 1).result()
",
    );
    for python in interpreters() {
        let object = run(&python, &path, &[]);
        let result = &object["result"];
        let about = python.display();
        let figures = |name: &str| {
            let executor = named(&result["executors"], name);
            ["kind", "workers", "tasks", "finished", "failed", "cancelled", "unseen_failures"]
                .map(|key| executor[key].clone())
        };
        let all = |kind: &str, counts: [u64; 6]| {
            let counts: Vec<_> = counts.iter().map(|count| json!(count)).collect();
            std::iter::once(json!(kind)).chain(counts).collect::<Vec<_>>()
        };
        assert_eq!(figures("pool").to_vec(), all("threads", [2, 4, 2, 2, 0, 1]), "{about}");
        assert_eq!(figures("one").to_vec(), all("threads", [1, 2, 1, 0, 1, 0]), "{about}");
        assert_eq!(figures("processes").to_vec(), all("processes", [1, 1, 1, 0, 0, 0]), "{about}");
        let pool = named(&result["executors"], "pool");
        let error = (&pool["error"], &pool["error_at"]);
        assert_eq!(error, (&json!("ValueError: three"), &json!("main.py:5")), "{about}");
        assert_eq!(pool["ran_us"]["samples"], 4, "{about}");
        assert!(pool["ran_us"]["max"].as_f64().unwrap() >= 50_000.0, "{about}: {pool}");
        let finding = "1 of 4 tasks of pool failed, with ValueError: three at main.py:5, \
                       and nothing asked their futures for it.";
        let has = object["findings"].as_array().unwrap().iter().any(|one| one["text"] == finding);
        assert!(has, "{about}: {}", object["findings"]);
    }
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
def local(part, out):
    out.extend([part, part])
    out.remove(part)
def run(threads):
    for t in threads: t.start(); t.join()
def main():
    out = []
    run([threading.Thread(target=adder), threading.Thread(target=remover)])
    box = Box()
    run([threading.Thread(target=box.work) for _ in range(2)])
    run([threading.Thread(target=local, args=(n, out)) for n in range(2)])
    with ThreadPoolExecutor(1) as pool: pool.submit(local, 2, out)
    print(shared, box.items, out)
main()
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let about = python.display();
        let not = result["not_watched"].as_array().unwrap();
        if not.iter().any(|one| one.as_str().unwrap().starts_with("lists (before 3.12")) {
            assert_eq!(result["lists"], json!([]), "{about}");
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
fn children_of_every_start_method_are_followed() {
    let (_folder, path) = written(
        "\
import multiprocessing as mp, os, subprocess, sys, threading, time
from concurrent.futures import ProcessPoolExecutor
lock = threading.Lock()
def square(n):
    time.sleep(0.01)
    return n * n
def child(code):
    with lock: pass
    t = threading.Thread(target=time.sleep, args=(0.01,), name='in child')
    t.start()
    t.join()
    sys.exit(code)
if __name__ == '__main__':
    for method in ('fork', 'spawn', 'forkserver'):
        context = mp.get_context(method)
        process = context.Process(target=child, args=(3,), name=method + ' child')
        process.start()
        process.join()
        with context.Pool(2) as pool: print(pool.map(square, range(5), chunksize=2))
    with ProcessPoolExecutor(2) as executor: print(sum(executor.map(square, range(3))))
    subprocess.run([sys.executable, '-c', 'import threading; threading.Lock().acquire()'])
    if os.fork() == 0: os._exit(0)
    os.wait()
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let about = python.display();
        let processes = result["processes"].as_array().unwrap();
        for method in ["fork", "spawn", "forkserver"] {
            let child = named(&result["processes"], &format!("{method} child"));
            let about = format!("{about}: {result}");
            assert_eq!(child["start_method"], method, "{about}");
            assert_eq!(child["exit"], json!({ "code": 3 }), "{about}");
            let thread = named(&result["threads"], &format!("{method} child/in child"));
            assert_eq!(thread["ended"], "returned", "{about}");
            let main = named(&result["threads"], &format!("{method} child"));
            assert_eq!(main["role"], "main", "{about}");
            assert!(!main["ended"].is_null(), "{about}");
        }
        let with = |method| processes.iter().filter(|one| one["start_method"] == method).count();
        // A child and two workers each; two more of the executor, if it forks, and the last.
        assert!(with("spawn") >= 3 && with("forkserver") >= 3 && with("fork") >= 4, "{about}");
        assert_eq!((with("helper"), with("subprocess")), (1, 1), "{about}: {processes:?}");
        let pools = result["pools"].as_array().unwrap();
        assert_eq!(pools.len(), 3, "{about}");
        for (pool, method) in pools.iter().zip(["fork", "spawn", "forkserver"]) {
            let about = format!("{about}: {pool}");
            let counts = ["size", "tasks", "chunks", "failed"].map(|key| pool[key].as_u64());
            assert_eq!(counts, [2, 5, 3, 0].map(Some), "{about}");
            assert_eq!(pool["start_method"], method, "{about}");
            let parts = ["start", "compute", "shutdown"];
            let parts = parts.map(|part| pool["parts_ms"][part].as_f64().unwrap());
            assert!(parts[1] >= 30.0, "{about}");
            assert!(parts.iter().sum::<f64>() <= pool["total_ms"].as_f64().unwrap(), "{about}");
        }
        // The copy of a forked child is a lock of its own, and that of a spawned one as well.
        let locks = result["locks"].as_array().unwrap().iter();
        let acquired = locks.filter(|lock| lock["acquires"] == 1).count();
        assert!(acquired >= 4, "{about}: {}", result["locks"]);
        let executor = named(&result["executors"], "executor");
        assert_eq!((&executor["tasks"], &executor["finished"]), (&json!(3), &json!(3)), "{about}");
        assert_eq!(executor["ran_us"]["samples"], 3, "{about}: {executor}");
        assert!(executor["ran_us"]["max"].as_f64().unwrap() >= 10_000.0, "{about}: {executor}");
        assert_eq!(result["lost_records"], 0, "{about}");
    }
}
