//! What processes share by `multiprocessing` is one thing in the result, whatever process it was
//! used in, and however that was started.

use serde_json::{Value, json};

use crate::figures::{named, written};
use crate::{interpreters, watched};

const METHODS: [&str; 3] = ["fork", "spawn", "forkserver"];

/// The results of a script under every version, once with each start method as its argument.
fn with_each_method(text: &str, check: impl Fn(&Value, &str)) {
    let (_folder, path) = written(text);
    for python in interpreters() {
        for method in METHODS {
            let about = format!("{} {method}", python.display());
            let result = watched(&python, &path, &[method]);
            assert_eq!(result["exit"], json!({ "code": 0 }), "{about}: {result}");
            assert_eq!(result["lost_records"], 0, "{about}");
            check(&result, &about);
        }
    }
}

#[test]
fn a_lock_of_multiprocessing_is_one_lock_in_all_of_its_processes() {
    with_each_method(
        "\
import multiprocessing as mp, sys
def work(lock, again, gate, few, pipe):
    with lock:
        with again:
            again.acquire()
            again.release()
    pipe.send(1)
    # Held by the parent, which waits until this waits.
    gate.acquire()
    gate.release()
    with few: pass
def until(condition):
    while not condition(): pass
def main():
    context = mp.get_context(sys.argv[1])
    lock = context.Lock()
    again = context.RLock()
    gate = context.Semaphore(1)
    few = context.BoundedSemaphore(2)
    gate.acquire()
    ends = [context.Pipe() for _ in range(2)]
    children = [context.Process(target=work, args=(lock, again, gate, few, end[1])) for end in ends]
    for child in children: child.start()
    for end in ends: end[0].recv()
    print(lock.acquire(), lock.acquire(False), lock.acquire(timeout=0.01), lock.release())
    gate.release()
    for child in children: child.join()
    try: lock.release()
    except ValueError as error: print(error)
    queue = context.Queue()
    queue.put(1)
    queue.get()
    with context.Pool(1) as pool: print(pool.map(abs, [-1]))
if __name__ == '__main__': main()
",
        |result, about| {
            let locks = result["locks"].as_array().unwrap();
            assert_eq!(locks.len(), 4, "{about}: {locks:?}");
            for (name, kind, acquires) in [
                ("lock", "multiprocessing.lock", 3),
                ("again", "multiprocessing.rlock", 4),
                ("gate", "multiprocessing.semaphore", 3),
                ("few", "multiprocessing.semaphore", 2),
            ] {
                let lock = named(&result["locks"], name);
                let about = format!("{about}: {lock}");
                assert_eq!(
                    (&lock["kind"], &lock["acquires"]),
                    (&json!(kind), &json!(acquires)),
                    "{about}"
                );
                assert_eq!(lock["holder"], json!(null), "{about}");
                assert_eq!(lock["waiting"], json!([]), "{about}");
            }
            let lock = named(&result["locks"], "lock");
            assert_eq!(
                (&lock["place"], &lock["hold_us"]["samples"]),
                (&json!("main.py:16"), &json!(3))
            );
        },
    );
}

#[test]
fn a_wait_for_a_lock_that_another_process_holds_is_contended() {
    with_each_method(
        "\
import multiprocessing as mp, sys, time
def holds(lock, pipe):
    with lock:
        pipe.send(1)
        time.sleep(0.1)
def main():
    context = mp.get_context(sys.argv[1])
    lock = context.Lock()
    here, there = context.Pipe()
    child = context.Process(target=holds, args=(lock, there))
    child.start()
    here.recv()
    lock.acquire()
    lock.release()
    child.join()
if __name__ == '__main__': main()
",
        |result, about| {
            let lock = named(&result["locks"], "lock");
            let about = format!("{about}: {lock}");
            // It may be so late that the lock is free again.
            let contended = lock["contended"].as_u64().unwrap();
            assert!(contended <= 1, "{about}");
            assert_eq!((&lock["acquires"], &lock["hold_us"]["samples"]), (&json!(2), &json!(2)));
            assert!(lock["hold_us"]["max"].as_f64().unwrap() >= 95_000.0, "{about}");
        },
    );
}

#[test]
fn a_deadlock_between_processes_is_found() {
    let (_folder, path) = written(
        "\
import multiprocessing as mp, sys
def work(first, second, barrier):
    with first:
        barrier.wait()
        with second: pass
def main():
    context = mp.get_context('fork')
    left = context.Lock()
    right = context.Lock()
    barrier = context.Barrier(2)
    orders = [(left, right, barrier), (right, left, barrier)]
    children = [context.Process(target=work, args=order, name='child') for order in orders]
    for child in children: child.start()
    for child in children: child.join()
if __name__ == '__main__': main()
",
    );
    let python = crate::python();
    let output = crate::threadbare(&python, &["--timeout", "8s", path.to_str().unwrap()])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    let deadlock = object["result"]["deadlock"].as_array().unwrap();
    let mut wants: Vec<_> = deadlock.iter().map(|step| step["wants"].as_str().unwrap()).collect();
    wants.sort_unstable();
    assert_eq!(wants, ["left", "right"], "{deadlock:?}");
    let by = deadlock.iter().map(|step| step["held_by"].as_str().unwrap());
    assert!(by.into_iter().all(|by| by.starts_with("child")), "{deadlock:?}");
}
