//! Many threads and workers at once.

use serde_json::json;

use crate::figures::{named, written};
use crate::{python, watched};

/// All of them are there at the same time, and each does something.
const THREADS: &str = "\
import threading
from concurrent.futures import ThreadPoolExecutor
lock, all_there, all_at_work = threading.Lock(), threading.Barrier(200), threading.Barrier(64)
def work():
    all_there.wait()
    for _ in range(10):
        with lock: pass
threads = [threading.Thread(target=work) for _ in range(200)]
for t in threads: t.start()
for t in threads: t.join()
with ThreadPoolExecutor(64) as executor:
    for _ in range(128): executor.submit(all_at_work.wait)
";

#[test]
fn two_hundred_threads_and_sixty_four_workers_are_counted() {
    let (_folder, path) = written(THREADS);
    let result = watched(&python(), &path, &[]);
    let threads = result["threads"].as_array().unwrap();
    let of = |role| threads.iter().filter(|thread| thread["role"] == role).count();
    assert_eq!((of("user"), of("worker")), (200, 64));
    assert!(threads.iter().all(|thread| thread["ended"] == "returned"));
    assert_eq!(named(&result["locks"], "lock")["acquires"], 2000);
    assert_eq!(named(&result["locks"], "all_there")["acquires"], 200);
    let executor = &result["executors"][0];
    let tasks = ["workers", "tasks", "finished", "failed"].map(|key| &executor[key]);
    assert_eq!(tasks, [&json!(64), &json!(128), &json!(128), &json!(0)]);
    assert_eq!((&result["exit"], &result["lost_records"]), (&json!({ "code": 0 }), &json!(0)));
}

const PROCESSES: &str = "\
import multiprocessing
def work(n):
    all_there.wait()
    return n
if __name__ == '__main__':
    context = multiprocessing.get_context('fork')
    all_there = context.Barrier(64)
    with context.Pool(64) as pool:
        print(sum(pool.map(work, range(64), chunksize=1)))
        pool.close()
        pool.join()
";

#[test]
fn sixty_four_worker_processes_are_counted() {
    let (_folder, path) = written(PROCESSES);
    let result = watched(&python(), &path, &[]);
    assert_eq!(result["stdout"], "2016\n", "{result}");
    let workers = result["processes"].as_array().unwrap();
    assert_eq!(workers.len(), 64);
    assert!(workers.iter().all(|one| one["exit"] == json!({ "code": 0 })), "{workers:?}");
    let pool = ["size", "tasks", "done", "failed"].map(|key| &result["pools"][0][key]);
    assert_eq!(pool, [&json!(64), &json!(64), &json!(64), &json!(0)]);
}
