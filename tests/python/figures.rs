//! What is reported of a script is what it did, under every version.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{interpreters, python, watched};

/// A script in a folder that vanishes.
pub fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.py");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

pub fn named<'a>(all: &'a Value, name: &str) -> &'a Value {
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
fn waits_for_a_condition_over_a_lock_of_the_script_are_counted() {
    let (_folder, path) = written(
        "\
import threading, time
lock = threading.Lock()
guard = threading.RLock()
over_lock = threading.Condition(lock)
over_guard = threading.Condition(guard)
def consumer(condition):
    with condition: condition.wait()
for condition in (over_lock, over_guard):
    t = threading.Thread(target=consumer, args=(condition,))
    t.start()
    while not condition._waiters: time.sleep(0.001)
    time.sleep(0.1)
    with condition: condition.notify()
    t.join()
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let about = python.display();
        for name in ["over_lock", "over_guard"] {
            let condition = named(&result["locks"], name);
            let counts = (&condition["acquires"], &condition["contended"]);
            assert_eq!(counts, (&json!(1), &json!(1)), "{about} {name}: {condition}");
            let max = condition["wait_us"]["max"].as_f64().unwrap();
            assert!((100_000.0..1e7).contains(&max), "{about} {name}: {condition}");
        }
        for name in ["lock", "guard"] {
            let lock = named(&result["locks"], name);
            assert_eq!(lock["acquires"], 3, "{about} {name}: {lock}");
        }
    }
}

#[test]
fn what_one_process_writes_is_kept_when_that_of_another_cannot_be_read() {
    let (_folder, path) = written(
        "\
import os, struct, threading, time
lock = threading.Lock()
for _ in range(20):
    with lock: pass
ring = next(line.split()[5] for line in open('/proc/self/maps') if '/ring.' in line)
def read():
    with open(ring, 'rb') as file:
        return struct.unpack('4Q', file.read(32))[3]
while read() < 20: time.sleep(0.001)
with open(os.path.join(os.path.dirname(ring), 'ring.1'), 'w') as file: file.write('no ring')
",
    );
    let result = watched(&python(), &path, &[]);
    assert!(result["records"].as_u64().unwrap() >= 20, "{result}");
    let not = result["not_watched"][0].as_str().unwrap();
    assert!(not.starts_with("anything: what the shim wrote cannot be read"), "{not}");
}

#[test]
fn the_ring_of_a_process_has_its_memory_before_it_is_written() {
    let (_folder, path) = written(
        "\
import os
ring = next(line.split()[5] for line in open('/proc/self/maps') if '/ring.' in line)
about = os.stat(ring)
print(about.st_size > 0 and about.st_blocks * 512 >= about.st_size)
",
    );
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        assert_eq!(result["stdout"], "True\n", "{}", python.display());
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
    assert!(has("locks, queues and pools after the first 20000"), "{not:?}");
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
