//! Executors, pools and processes.

use std::process::Command;

use serde_json::{Value, json};

use crate::figures::{named, written};
use crate::{interpreters, output, python, run, watched};

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
fn a_pool_is_watched_wherever_its_script_lies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("multiprocessing/main.py");
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    let text = "\
from multiprocessing import Pool
if __name__ == '__main__':
    with Pool(1) as pool:
        print(pool.map(abs, [-1]))
";
    std::fs::write(&path, text).unwrap();
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let about = python.display();
        assert_eq!((&result["exit"], &result["stdout"]), (&json!({ "code": 0 }), &json!("[1]\n")));
        let pool = named(&result["pools"], "pool");
        assert_eq!((&pool["place"], &pool["tasks"]), (&json!("main.py:3"), &json!(1)), "{about}");
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
        # Not ended while one of them may still begin.
        pool = context.Pool(2)
        print(pool.map(square, range(5), chunksize=2))
        pool.close(), pool.join()
    with ProcessPoolExecutor(2) as executor: print(sum(executor.map(square, range(3))))
    subprocess.run([sys.executable, '-c', 'import sys, threading; threading.Lock().acquire(); sys.exit(4)'])
    if os.fork() == 0: os._exit(5)
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
        for code in [4, 5] {
            let exit = json!({ "code": code });
            assert!(processes.iter().any(|one| one["exit"] == exit), "{about}: {processes:?}");
        }
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
            assert!(pool["parts_ms"]["pickle"].as_f64().unwrap() > 0.0, "{about}");
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

#[test]
fn threads_that_a_library_has_for_itself_are_counted_but_not_drawn() {
    let (_folder, path) = written(
        "\
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import pool
import threading
if __name__ == '__main__':
    threading.Timer(0, print).start()
    with pool.ThreadPool(1) as threads: threads.apply(pow, (2, 3))
    with ProcessPoolExecutor(1) as executor: executor.submit(pow, 2, 3).result()
",
    );
    let python = python();
    let threads = watched(&python, &path, &[])["threads"].take();
    let threads = threads.as_array().unwrap().iter();
    let of = |role| threads.clone().filter(|thread| thread["role"] == role).count();
    assert_eq!((of("user"), of("worker")), (1, 1), "{threads:?}");
    assert!(of("helper") >= 4, "{threads:?}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command.args(["run", "--format", "jsonl", "--set"]);
    command.arg(format!("python={}", python.display())).arg(&path);
    let output = output(&mut command);
    let lines = String::from_utf8(output.stdout).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let started = events.filter(|event| event["event"] == "thread.start").count();
    // The driver, the main thread, the timer, the worker and the worker process.
    assert_eq!(started, 5, "{lines}");
}

#[test]
fn how_a_process_ended_is_what_it_did() {
    let (_folder, path) = written(
        "\
import multiprocessing as mp, os, sys
def fails(): raise ValueError('child')
def leaves(): sys.exit(3)
def vanishes(): os._exit(7)
def returns(): pass
if __name__ == '__main__':
    mp.set_start_method(sys.argv[1])
    for function in (fails, leaves, vanishes, returns):
        process = mp.Process(target=function, name=function.__name__)
        process.start()
        process.join()
",
    );
    for python in interpreters() {
        for method in ["fork", "spawn", "forkserver"] {
            let report = run(&python, &path, &[method]);
            let (about, result) = (format!("{} {method}", python.display()), &report["result"]);
            for (name, ended, error) in [
                ("fails", "raised", json!("ValueError: child")),
                ("leaves", "exited", Value::Null),
                ("vanishes", "exited", Value::Null),
                ("returns", "returned", Value::Null),
            ] {
                let thread = named(&result["threads"], name);
                let is = (&thread["ended"], &thread["error"]);
                assert_eq!(is, (&json!(ended), &error), "{about} {name}: {result}");
                let process = named(&result["processes"], name);
                assert_eq!(process["start_method"], method, "{about} {name}");
            }
            let findings = report["findings"].to_string();
            assert!(
                findings.contains("fails was ended by ValueError: child"),
                "{about}: {findings}"
            );
            assert!(!findings.contains("all other threads"), "{about}: {findings}");
        }
    }
}

#[test]
fn a_task_that_a_pool_loses_with_its_worker_is_a_finding() {
    let (_folder, path) = written(
        "\
import multiprocessing as mp, os, sys
def leaves(code):
    if code == 9: os.kill(os.getpid(), 9)
    sys.exit(code)
with mp.get_context('fork').Pool(1) as pool:
    worker = pool._pool[0]
    pool.map_async(leaves, [int(sys.argv[1])])
    worker.join()
",
    );
    for python in interpreters() {
        for (code, ended) in [("4", "ended with exit code 4"), ("9", "was killed by SIGKILL")] {
            let report = run(&python, &path, &[code]);
            let about = format!("{} {code}", python.display());
            let processes = report["result"]["processes"].as_array().unwrap();
            let lost: Vec<_> = processes.iter().filter(|one| !one["lost"].is_null()).collect();
            assert_eq!(lost.len(), 1, "{about}: {processes:?}");
            assert_eq!(lost[0]["lost"], "task 1", "{about}");
            let findings = report["findings"].to_string();
            assert!(
                findings.contains(ended) && findings.contains("was lost"),
                "{about}: {findings}"
            );
        }
    }
}

#[test]
fn a_wait_for_a_process_that_is_not_watched_is_none_for_threads() {
    let (_folder, path) = written("import subprocess\nsubprocess.run(['sleep', '0.2'])\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command.args(["run", "--set"]).arg(format!("python={}", python().display())).arg(&path);
    crate::clean(&mut command);
    let text = output(&mut command).stdout;
    let text = String::from_utf8_lossy(&text);
    assert!(!text.contains("all other threads"), "{text}");
    assert!(text.contains("the end of a process"), "{text}");
}
