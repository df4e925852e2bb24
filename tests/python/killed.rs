//! A process of the script that the user kills.

use std::fs;

use serde_json::json;
use threadbare::lab::Run;

use crate::act::{choose, opened, until_result};
use crate::figures::{named, written};
use crate::{DEADLINE, interpreters, python};

fn found(run: &dyn Run, texts: &[&str]) {
    let findings = run.findings();
    let has = |text: &&str| findings.iter().any(|one| one.text.contains(*text));
    assert!(texts.iter().all(has), "{findings:?}");
}

const EXECUTOR: &str = "\
import os, time
from concurrent.futures import ProcessPoolExecutor
def work(n):
    while not os.path.exists(__file__ + '.go'):
        time.sleep(0.01)
if __name__ == '__main__':
    with ProcessPoolExecutor(1) as pool:
        futures = [pool.submit(work, n) for n in range(3)]
        print({type(future.exception()).__name__ for future in futures})
";

#[test]
fn an_executor_notices_that_its_worker_was_killed() {
    for python in interpreters() {
        let (_folder, path) = written(EXECUTOR);
        let mut run = opened(&python, &path);
        until_result(run.as_mut(), "a task", |result| {
            result["processes"].as_array().unwrap().iter().any(|one| one["name"] != "forkserver")
        });
        choose(run.as_mut(), 'k', "Process-1)");
        assert!(run.drain_to_end(DEADLINE));
        let (result, about) = (run.result(), python.display());
        assert_eq!(result["stdout"], "{'BrokenProcessPool'}\n", "{about}: {result}");
        found(run.as_ref(), &["Process-1 (process", "pool noticed and failed 3 of 3 tasks"]);
        let pid = result["killed"][0].as_u64().unwrap();
        let processes = result["processes"].as_array().unwrap();
        let killed = processes.iter().find(|one| one["pid"] == pid).unwrap();
        assert_eq!(killed["exit"], json!({ "signal": 9 }), "{about}");
    }
}

const POOL: &str = "\
import os, time
from multiprocessing import Pool
def work(n):
    open(__file__ + '.%d' % n, 'w').close()
    while n == 1 and not os.path.exists(__file__ + '.go'):
        time.sleep(0.01)
if __name__ == '__main__':
    with Pool(2) as pool:
        pool.map(work, range(3), chunksize=1)
";

#[test]
fn a_pool_waits_for_ever_for_the_task_of_a_worker_that_was_killed() {
    let (_folder, path) = written(POOL);
    let mut run = opened(&python(), &path);
    let mut name = String::new();
    let file = |n| path.with_extension(format!("py.{n}"));
    until_result(run.as_mut(), "all but one", |result| {
        let pool = &result["pools"][0];
        pool["done"] == 2 && file(1).exists()
    });
    // The one that is at it has the task in its lane.
    let timeline = run.timeline();
    for (_, task) in timeline.tasks() {
        if let Some(lane) = task.worker.filter(|_| task.ended.is_none()) {
            name = timeline.name(lane).to_owned();
        }
    }
    choose(run.as_mut(), 'k', &format!("({name})"));
    until_result(run.as_mut(), "lost", |result| {
        let workers = result["processes"].as_array().unwrap();
        workers.iter().any(|one| one["lost"] == "chunk 2")
    });
    found(run.as_ref(), &["chunk 2 was lost", "2 of 3 chunks are done", "waits for ever"]);
    // It goes on waiting, with a new worker, until it is stopped.
    until_result(run.as_mut(), "another", |result| {
        result["processes"].as_array().unwrap().len() == 3
    });
    assert!(!run.finished());
    let result = run.result();
    let worker = named(&result["processes"], &name);
    assert_eq!(worker["exit"], json!({ "signal": 9 }));
    let _ = fs::remove_file(file(1));
}
